"""The verdict on one comparison: pass, attention or insufficient data, and why."""

from dataclasses import dataclass
from typing import Literal

from audit.fairness.rates import Orientation
from audit.statistics import Interval

Verdict = Literal["pass", "attention", "insufficient_data"]

PASS: Verdict = "pass"  # noqa: S105 - a verdict, not a password
ATTENTION: Verdict = "attention"
INSUFFICIENT: Verdict = "insufficient_data"

RANK: dict[str, int] = {PASS: 0, INSUFFICIENT: 1, ATTENTION: 2}
"""Worst last: insufficient data ranks between the two others and is never green."""


@dataclass(frozen=True)
class Floor:
    """When counts are too small for a rate to be shown or judged, on the metric's own denominator.

    Below ``shown``: no rate (privacy too). Below ``judged``, or with fewer than ``events`` expected events:
    counts and interval, no verdict.
    """

    shown: int = 10
    judged: int = 30
    events: float = 5.0


@dataclass(frozen=True)
class Judgement:
    """A verdict with the stable code of its reason."""

    verdict: Verdict
    code: str


def too_small(events_1: int, n_1: int, events_2: int, n_2: int, floor: Floor) -> str | None:
    """Return the code of what these counts lack for a verdict, or None when they suffice.

    The expected events of a group are its n times the rate of both groups together.
    """
    if min(n_1, n_2) == 0:
        return "no_cases"
    if min(n_1, n_2) < floor.shown:
        return "too_few_to_show"
    if events_1 + events_2 == 0:
        return "no_events"
    if min(n_1, n_2) < floor.judged:
        return "below_minimum_n"
    if min(n_1, n_2) * (events_1 + events_2) / (n_1 + n_2) < floor.events:
        return "few_expected_events"
    if events_2 == 0:
        return "ratio_undefined"
    return None


def judge(
    ratio: Interval, p_adjusted: float, *, threshold: float, orientation: Orientation = "benefit", level: float = 0.95
) -> Judgement:
    """Judge a defined ratio, whose limits are at its Holm level, against ``threshold``.

    Benefit: pass when the whole interval is at or above the threshold; attention when it is wholly below, or when
    the point is below and the corrected p value is under 1 - level; otherwise insufficient data. Error rates are
    judged against the band threshold .. 1/threshold, since more errors are no better than fewer.
    """
    if ratio.value is None:
        return Judgement(INSUFFICIENT, "ratio_undefined")
    certain = p_adjusted < 1 - level
    low = 0.0 if ratio.low is None else ratio.low
    high = float("inf") if ratio.high is None else ratio.high
    ceiling = 1 / threshold if orientation == "error" else float("inf")
    if low >= threshold and high <= ceiling:
        return Judgement(PASS, "within_threshold")
    if high < threshold or (ratio.value < threshold and certain):
        return Judgement(ATTENTION, "below_threshold")
    if low > ceiling or (ratio.value > ceiling and certain):
        return Judgement(ATTENTION, "above_threshold")
    return Judgement(INSUFFICIENT, "interval_spans_threshold")


def inverse(ratio: Interval) -> Interval:
    """Return the interval of the same comparison asked the other way round."""

    def flip(number: float | None) -> float | None:
        return None if not number else 1 / number

    low = 0.0 if ratio.high is None else flip(ratio.high)
    return Interval(flip(ratio.value), low, flip(ratio.low), ratio.n, ratio.method, ratio.level)


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return the state of a whole check: that of its worst comparison; nothing compared is insufficient data."""
    return max(verdicts, key=RANK.__getitem__, default=INSUFFICIENT)
