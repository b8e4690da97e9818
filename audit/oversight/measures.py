"""All measures of oversight at once, from counts and from what only other rooms know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from audit.oversight.counts import OversightCounts
from audit.oversight.measure import Measure, Thresholds, Window
from audit.oversight.outcomes import (
    agreement,
    discrimination,
    own_judgement,
    reliance,
    signal_detection,
    value_added,
    verification_bias,
)
from audit.oversight.overriding import GroupTurns, group_overrides, override_rate, override_trend, reviewer_funnel
from audit.oversight.power import Drill, appeals, completeness, coverage, escalation, stop_drills
from audit.oversight.reviewing import access, batches, competence, reasons, too_fast, turnaround
from audit.oversight.sequences import GroupStep, approval_runs, human_step, workload
from audit.oversight.shifts import Shift
from audit.statistics import Interval

__all__ = ["Extras", "measures", "signal_detection"]


@dataclass(frozen=True, kw_only=True)
class Extras:
    """What counts of decisions do not hold. ``None``: nobody measured it, and the measure says *not available*."""

    ai_error: Interval | None = None  # error rate of the system, from outcomes or a blind panel
    shifts: Mapping[str, Shift] = field(default_factory=dict)  # by reviewer
    expected_override_rate: float | None = None
    max_per_hour: int | None = None
    drills: Sequence[Drill] = ()
    group_steps: Sequence[GroupStep] = ()
    group_turns: Sequence[GroupTurns] = ()
    events_received: int | None = None
    events_expected: int | None = None


def measures(
    counts: OversightCounts, *, window: Window, extras: Extras | None = None, thresholds: Thresholds | None = None
) -> tuple[Measure, ...]:
    """Return every measure in the order of its id; what is not available is there, with value ``None``."""
    more, terms = extras or Extras(), thresholds or Thresholds()
    return (
        override_rate(counts, window, more.ai_error),
        group_overrides(more.group_turns, window),
        reviewer_funnel(counts, window),
        override_trend(counts, window),
        turnaround(counts, window, terms),
        too_fast(counts, window, terms),
        batches(counts, window),
        approval_runs(more.shifts, more.expected_override_rate, window),
        reliance(counts, window, terms),
        own_judgement(counts, window),
        discrimination(counts, window),
        value_added(counts, window),
        verification_bias(counts, window),
        agreement(counts, window, terms),
        workload(counts, more.shifts, window, terms, more.max_per_hour),
        coverage(counts, window),
        completeness(more.events_received, more.events_expected, window, terms),
        escalation(counts, window, terms),
        stop_drills(more.drills, window, terms),
        human_step(more.group_steps, window),
        appeals(counts, window),
        reasons(counts, window, terms),
        access(counts, window, terms),
        competence(counts, window),
    )
