"""What the counts say about the declared mode: the input of the consistency rules and of the observed mode."""

from dataclasses import dataclass

from audit.oversight.counts import OversightCounts
from audit.statistics import Interval, wilson
from policies.oversight.consistency import Observed
from policies.oversight.modes import Mode
from policies.oversight.observed import ModeCounts, ObservedMode, observed_mode


@dataclass(frozen=True, slots=True)
class ShownMode:
    """The observed mode with an interval around each share it rests on, by the share's name."""

    observed: ObservedMode
    intervals: dict[str, Interval]


def mode_seen(
    counts: OversightCounts,
    *,
    declared: Mode | None,
    alerts: tuple[int, int] | None = None,
    watch_minutes: tuple[float, float] | None = None,
    mandate_valid: int | None = None,
) -> ShownMode:
    """Return how the use case really runs. ``alerts``: (acknowledged, raised); ``watch_minutes``: (watched, operating).

    Decisions that the policy in force sent to people count for or against human in the loop; with no policy, all do.
    """
    governed = counts["required"] > 0
    acknowledged, raised = alerts or (0, 0)
    seen = observed_mode(
        ModeCounts(
            executed=counts["executed"],
            needed=counts["required"] if governed else None,
            reviewed_before=counts["reviewed_before"] if governed else counts["person_before"],
            reviewed_after=counts["reviewed_after"],
            never_reviewed=counts["never_reviewed"] if governed else counts["executed"] - counts["person_before"],
            overruled_ignored=counts["breach_code", "OVERRULED_IGNORED"],
            alerts_raised=raised,
            alerts_acknowledged=acknowledged,
            watch_minutes=watch_minutes[0] if watch_minutes else None,
            operating_minutes=watch_minutes[1] if watch_minutes else None,
            mandate_valid=mandate_valid,
        ),
        declared=declared,
    )
    return ShownMode(seen, {each.name: wilson(each.events, each.n) for each in seen.evidence})


def observed_counts(
    counts: OversightCounts,
    *,
    alerts: tuple[int, int] | None = None,
    watch_events: int | None = None,
    two_person: int | None = None,
) -> Observed:
    """Return the input of :func:`policies.oversight.consistency.consistency` from counts; None stays unknown.

    Here every executed decision counts, whatever the policy asked: the rules speak of decisions, not of policies.
    """
    return Observed(
        executed=counts["executed"],
        reviewed_before_execution=counts["person_before"],
        executed_without_person=counts["executed"] - counts["person_before"],
        two_person=two_person,
        timed_reviews=counts["timed"],
        too_fast=counts["too_fast"],
        alerts_raised=alerts[1] if alerts else None,
        alerts_acknowledged=alerts[0] if alerts else None,
        watch_events=watch_events,
    )
