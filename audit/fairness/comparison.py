"""Each group against its reference: difference, ratio, test, correction, verdict."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from audit.fairness.config import AssessmentConfig
from audit.fairness.groups import GroupFigures, Reference
from audit.fairness.rates import METRICS
from audit.fairness.verdicts import ATTENTION, INSUFFICIENT, Judgement, Verdict, judge, too_small
from audit.statistics import (
    Interval,
    compare_proportions,
    holm,
    holm_levels,
    needed_n_for_ratio,
    newcombe,
    ratio_interval,
    undefined,
)

PLANNING_RATIO = 0.8
"""The ratio whose detection is planned for where a check has no threshold of its own."""


@dataclass(frozen=True)
class Comparison:
    """One group against its reference on one metric.

    ``difference`` is group minus reference, ``ratio`` group over reference, both at the check's level;
    ``judged`` is the ratio at the level Holm's correction leaves it, which the verdict follows. ``reverse`` is the
    verdict on the reference itself, asked the other way round (benefit metrics only): a declared reference can be
    the group that is worse off. ``verdict`` None: the check has no pass mark.
    """

    attribute: str
    metric: str
    group: str
    reference: str
    reference_rule: str
    events: int
    n: int
    reference_events: int
    reference_n: int
    difference: Interval
    ratio: Interval
    judged: Interval
    p_value: float | None
    test: str | None
    lacking: str | None
    p_adjusted: float | None = None
    verdict: Verdict | None = INSUFFICIENT
    code: str = "no_cases"
    reverse: Verdict | None = None
    needed_n: int | None = None
    compared: int = 0

    def to_json(self, *, suppress: bool) -> dict[str, Any]:
        """Return the row of the ``comparisons`` list of ``custodes fairness --json``."""
        hidden = suppress and self.code in ("too_few_to_show", "no_cases")
        return {
            "attribute": self.attribute,
            "metric": self.metric,
            "group": self.group,
            "reference": self.reference,
            "reference_rule": self.reference_rule,
            "events": None if hidden else self.events,
            "n": self.n,
            "reference_events": None if hidden else self.reference_events,
            "reference_n": self.reference_n,
            "difference": self.difference.to_json(),
            "ratio": self.ratio.to_json(),
            "ratio_judged": self.judged.to_json(),
            "p_value": self.p_value,
            "p_adjusted": self.p_adjusted,
            "test": self.test,
            "comparisons": self.compared,
            "verdict": self.verdict,
            "code": self.code,
            "reverse_verdict": self.reverse,
            "needed_n": self.needed_n,
        }


def _raw(metric: str, group: GroupFigures, reference: Reference, config: AssessmentConfig) -> Comparison:
    events_1, n_1 = METRICS[metric].counts(group.confusion)
    events_2, n_2 = METRICS[metric].counts(reference.group.confusion)
    lacking = too_small(events_1, n_1, events_2, n_2, config.floor)
    if lacking == "no_cases" and (group.shown_n is None or reference.group.shown_n is None):
        lacking = "too_few_to_show"
    hidden = min(n_1, n_2) < max(config.floor.shown, 1)
    n = min(n_1, n_2)
    nothing = undefined(n, config.level, "too_few_to_show")
    test = None if hidden else compare_proportions(events_1, n_1, events_2, n_2)
    ratio = nothing if hidden else ratio_interval(events_1, n_1, events_2, n_2, config.level)
    return Comparison(
        attribute=group.attribute,
        metric=metric,
        group=group.group,
        reference=reference.group.group,
        reference_rule=reference.rule,
        events=events_1,
        n=n_1,
        reference_events=events_2,
        reference_n=n_2,
        difference=nothing if hidden else newcombe(events_1, n_1, events_2, n_2, config.level),
        ratio=ratio,
        judged=ratio,
        p_value=None if test is None else test.p_value,
        test=None if test is None else test.method,
        lacking=lacking,
    )


def _needed(comparison: Comparison, threshold: float | None) -> int | None:
    if not comparison.reference_n:
        return None
    reference_rate = comparison.reference_events / comparison.reference_n
    return needed_n_for_ratio(reference_rate, PLANNING_RATIO if threshold in (None, 1) else threshold or PLANNING_RATIO)


def _judged(
    raw: Comparison, config: AssessmentConfig, level: float, adjusted: float | None, compared: int
) -> Comparison:
    counts = (raw.events, raw.n, raw.reference_events, raw.reference_n)
    interval = raw.ratio if level == config.level or raw.p_value is None else ratio_interval(*counts, level)
    orientation = METRICS[raw.metric].orientation
    reverse: Verdict | None = None
    if config.threshold is None:
        small = raw.lacking or ("interval_contains_one" if interval.contains(1.0) else None)
        code = small or ("below_reference" if (interval.value or 0.0) < 1 else "above_reference")
        verdict, needed = None, _needed(raw, None) if small else None
        return replace(
            raw, judged=interval, p_adjusted=adjusted, verdict=verdict, code=code, needed_n=needed, compared=compared
        )
    # Without a ratio the reverse question can still be answered: 0 of many against many.
    askable = raw.lacking in (None, "ratio_undefined") and orientation == "benefit" and adjusted is not None
    if askable and adjusted is not None:
        other = ratio_interval(counts[2], counts[3], counts[0], counts[1], level)
        reverse = judge(other, adjusted, threshold=config.threshold, level=config.level).verdict
    if raw.lacking is not None or adjusted is None:
        judgement = Judgement(INSUFFICIENT, raw.lacking or "no_cases")
    else:
        judgement = judge(interval, adjusted, threshold=config.threshold, orientation=orientation, level=config.level)
    return replace(
        raw,
        judged=interval,
        p_adjusted=adjusted,
        verdict=judgement.verdict,
        code=judgement.code,
        reverse=reverse,
        needed_n=_needed(raw, config.threshold) if judgement.verdict == INSUFFICIENT else None,
        compared=compared,
    )


def compare(
    groups: Mapping[tuple[str, ...], list[GroupFigures]],
    references: Mapping[tuple[tuple[str, ...], str], Reference],
    config: AssessmentConfig,
) -> list[Comparison]:
    """Compare every comparable group with its reference on every metric; Holm over all of them together.

    Corrected are all comparisons that have a p value, that is, whose rates may be shown. A reference chosen for
    being the highest was found by looking at every pair of groups, so every pair counts as a question asked.
    """
    raws = [
        _raw(metric, figures, reference, config)
        for (grouping, metric), reference in references.items()
        for figures in groups[grouping]
        if figures.comparable and figures.levels != reference.group.levels
    ]
    tested = [i for i, raw in enumerate(raws) if raw.p_value is not None]
    p_values = [raw.p_value for raw in raws if raw.p_value is not None]
    unseen = _unseen([raws[i] for i in tested])
    adjusted = dict(zip(tested, holm(p_values, unseen=unseen), strict=True))
    levels = dict(zip(tested, holm_levels(p_values, config.level, unseen=unseen), strict=True))
    asked = len(tested) + unseen
    return [_judged(raw, config, levels.get(i, config.level), adjusted.get(i), asked) for i, raw in enumerate(raws)]


def _unseen(tested: list[Comparison]) -> int:
    """Return how many pairs were looked at, beside the tested ones, to find the highest groups."""
    chosen = Counter((raw.attribute, raw.metric) for raw in tested if raw.reference_rule == "highest")
    return sum(others * (others - 1) // 2 for others in chosen.values())


def is_finding(comparison: Comparison) -> bool:
    """Whether a comparison shows a disparity, against the group or against its reference."""
    return ATTENTION in (comparison.verdict, comparison.reverse)
