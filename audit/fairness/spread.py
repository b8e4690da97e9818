"""The widest pair of groups on a metric, and the comparison that decides a check."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from audit.fairness.comparison import Comparison, is_finding
from audit.fairness.config import AssessmentConfig
from audit.fairness.groups import GroupFigures
from audit.fairness.rates import METRICS
from audit.fairness.schema import CROSS
from audit.fairness.verdicts import INSUFFICIENT, RANK


@dataclass(frozen=True)
class Spread:
    """Highest and lowest rate among the groups shown, Fairlearn's difference (max - min) and ratio (min / max).

    It has no interval: the spread of several groups is above zero even when their true rates are equal.
    """

    attribute: str
    metric: str
    lowest: str
    highest: str
    difference: float
    ratio: float | None
    groups: int

    def to_json(self) -> dict[str, Any]:
        """Return the spread as plain data."""
        return asdict(self)


def spreads_of(
    groups: Mapping[tuple[str, ...], list[GroupFigures]], metrics: Sequence[str], config: AssessmentConfig
) -> list[Spread]:
    """Return the widest pair per attribute and metric, over known groups whose rate may be shown and is defined."""
    found = []
    for grouping, listed in groups.items():
        for metric in metrics:
            rated = []
            for figures in listed:
                events, n = METRICS[metric].counts(figures.confusion)
                if figures.comparable and n >= max(config.floor.shown, 1):
                    rated.append((events / n, figures.group))
            if len(rated) < 2:
                continue
            (low, lowest), (high, highest) = min(rated), max(rated)
            ratio = low / high if high else None
            found.append(Spread(CROSS.join(grouping), metric, lowest, highest, high - low, ratio, len(rated)))
    return found


@dataclass(frozen=True)
class Parity:
    """The field's one-number summaries of an attribute (Fairlearn's definitions); None where undefined.

    Equalized odds takes the worse of the true and the false positive rate.
    """

    demographic_parity_difference: float | None = None
    demographic_parity_ratio: float | None = None
    equalized_odds_difference: float | None = None
    equalized_odds_ratio: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the summaries as plain data."""
        return asdict(self)


def parities(spreads: Sequence[Spread]) -> dict[str, Parity]:
    """Return the summaries per attribute from its widest pairs."""
    found = {}
    for attribute in dict.fromkeys(spread.attribute for spread in spreads):
        by_metric = {spread.metric: spread for spread in spreads if spread.attribute == attribute}
        selection = by_metric.get("selection_rate")
        odds = [by_metric.get("true_positive_rate"), by_metric.get("false_positive_rate")]
        both = [spread for spread in odds if spread is not None]
        ratios = [spread.ratio for spread in both if spread.ratio is not None]
        found[attribute] = Parity(
            selection.difference if selection else None,
            selection.ratio if selection else None,
            max(spread.difference for spread in both) if len(both) == 2 else None,
            min(ratios) if len(ratios) == 2 else None,
        )
    return found


def worst_comparison(comparisons: Sequence[Comparison]) -> Comparison | None:
    """Return the comparison that decides a check: worst verdict first, then the ratio furthest from 1."""

    def badness(comparison: Comparison) -> tuple[int, float]:
        value = comparison.ratio.value
        folded = 1.0 if value is None else 0.0 if value == 0 else min(value, 1 / value)
        rank = 3 if is_finding(comparison) else RANK[comparison.verdict or INSUFFICIENT]
        return rank, -folded

    return max(comparisons, key=badness, default=None)
