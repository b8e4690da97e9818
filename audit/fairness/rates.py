"""The rates of one group, from its counts. "Positive" means favourable throughout.

Names follow Fairlearn and scikit-learn; formulas as in Verma & Rubin 2018. A rate with an empty denominator is
undefined (``None``), never zero.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from audit.fairness.counts import MISSING, NO, YES, Vector
from audit.fairness.schema import Schema
from audit.statistics import Interval, clopper_pearson, undefined, wilson

Orientation = Literal["benefit", "error"]
"""Whether more of a rate is better for the group (benefit) or every gap counts, in both directions (error)."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of one group at one decision stage.

    ``tp fp fn tn`` need a known outcome; ``selected_open`` and ``rejected_open`` are decided cases whose outcome is
    unknown; ``undecided`` cases have no known decision and stand in no rate.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0
    selected_open: int = 0
    rejected_open: int = 0
    undecided: int = 0

    @property
    def selected(self) -> int:
        """Cases decided favourably."""
        return self.tp + self.fp + self.selected_open

    @property
    def n(self) -> int:
        """Cases with a known decision."""
        return self.selected + self.fn + self.tn + self.rejected_open

    @property
    def known(self) -> int:
        """Decided cases whose outcome is known."""
        return self.tp + self.fp + self.fn + self.tn

    @property
    def open(self) -> int:
        """Decided cases whose outcome is unknown."""
        return self.selected_open + self.rejected_open

    def __add__(self, other: "Confusion") -> "Confusion":
        return Confusion(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def to_json(self) -> dict[str, int]:
        """Return the four outcome counts."""
        return {"tp": self.tp, "fp": self.fp, "fn": self.fn, "tn": self.tn}


def confusion_of(schema: Schema, vector: Vector) -> Confusion:
    """Read the counts of a single-stage vector."""
    if len(schema.stages) != 1:
        raise ValueError("choose a stage first: counts.stage(name)")
    cell = vector[:9].reshape(3, 3).tolist()
    return Confusion(
        tp=cell[YES][YES],
        fp=cell[YES][NO],
        fn=cell[NO][YES],
        tn=cell[NO][NO],
        selected_open=cell[YES][MISSING],
        rejected_open=cell[NO][MISSING],
        undecided=sum(cell[MISSING]),
    )


@dataclass(frozen=True)
class Metric:
    """A rate as events over denominator. ``rejected_outcomes``: needs the outcome of cases decided unfavourably."""

    name: str
    counts: Callable[[Confusion], tuple[int, int]]
    orientation: Orientation
    needs_outcome: bool = True
    rejected_outcomes: bool = True


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("selection_rate", lambda c: (c.selected, c.n), "benefit", False, False),
        Metric("scoring_rate", lambda c: (c.selected, c.n), "benefit", False, False),
        Metric("base_rate", lambda c: (c.tp + c.fn, c.known), "benefit"),
        Metric("true_positive_rate", lambda c: (c.tp, c.tp + c.fn), "benefit"),
        Metric("false_positive_rate", lambda c: (c.fp, c.fp + c.tn), "error"),
        Metric("true_negative_rate", lambda c: (c.tn, c.fp + c.tn), "benefit"),
        Metric("false_negative_rate", lambda c: (c.fn, c.tp + c.fn), "error"),
        Metric("positive_predictive_value", lambda c: (c.tp, c.tp + c.fp), "benefit", True, False),
        Metric("negative_predictive_value", lambda c: (c.tn, c.tn + c.fn), "benefit"),
        Metric("false_discovery_rate", lambda c: (c.fp, c.tp + c.fp), "error", True, False),
        Metric("false_omission_rate", lambda c: (c.fn, c.tn + c.fn), "error"),
        Metric("accuracy", lambda c: (c.tp + c.tn, c.known), "benefit"),
    )
}

COMPARED_WITHOUT_OUTCOME = ("selection_rate",)
COMPARED_WITH_OUTCOME = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "positive_predictive_value",
)
"""Demographic parity, equalized odds and predictive parity; each further metric costs power for all (Holm)."""


def rate(confusion: Confusion, metric: str, level: float = 0.95) -> Interval:
    """Return a rate with its Wilson interval."""
    events, n = METRICS[metric].counts(confusion)
    return wilson(events, n, level)


def exact_rate(confusion: Confusion, metric: str, level: float = 0.95) -> Interval:
    """Return a rate with its exact (Clopper-Pearson) interval."""
    events, n = METRICS[metric].counts(confusion)
    return clopper_pearson(events, n, level)


def treatment_ratio(confusion: Confusion, level: float = 0.95) -> Interval:
    """Return false negatives per false positive (treatment equality); undefined without a false positive.

    The interval is Wilson's for FN / (FN + FP), carried over to the odds.
    """
    errors = confusion.fn + confusion.fp
    if confusion.fp == 0:
        return undefined(errors, level, "wilson_odds")
    share = wilson(confusion.fn, errors, level)
    assert share.low is not None and share.high is not None  # noqa: S101, PT018
    high = None if share.high >= 1 else share.high / (1 - share.high)
    return Interval(confusion.fn / confusion.fp, share.low / (1 - share.low), high, errors, "wilson_odds", level)


def rates(
    confusion: Confusion, *, outcome: bool, level: float = 0.95, refused: tuple[str, ...] = (), scoring: bool = False
) -> dict[str, Interval]:
    """Return every rate of a group that the data can give, by name; refused ones are left out.

    ``scoring``: the "selected" are those above the median score (Local Law 144), so the rate is a scoring rate.
    """
    other = "selection_rate" if scoring else "scoring_rate"
    found: dict[str, Interval] = {}
    for name, metric in METRICS.items():
        if (outcome or not metric.needs_outcome) and name not in refused and name != other:
            found[name] = rate(confusion, name, level)
    if outcome and "false_negative_rate" in found and "false_positive_rate" in found:
        found["treatment_ratio"] = treatment_ratio(confusion, level)
    return found
