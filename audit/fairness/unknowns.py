"""Cases whose group is not known: how many, and what the most adverse truth about them could do."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from audit.fairness.comparison import Comparison
from audit.fairness.groups import GroupFigures
from audit.fairness.rates import METRICS


@dataclass(frozen=True)
class WorstCase:
    """Limits of a ratio over every way of assigning the unknown cases to the two groups or elsewhere.

    ``could_change``: the ratio lies on one side of the threshold and a limit on the other.
    """

    metric: str
    group: str
    reference: str
    low: float | None
    high: float | None
    could_change: bool


@dataclass(frozen=True)
class UnknownSummary:
    """Unknown cases of one attribute or cross: n, their share of all decided cases, and their bounds."""

    attribute: str
    n: int
    share: float | None
    above_limit: bool
    worst_case: tuple[WorstCase, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the summary as plain data."""
        return asdict(self)


def ratio_bounds(
    group: tuple[int, int], reference: tuple[int, int], unknown: tuple[int, int]
) -> tuple[float | None, float | None]:
    """Return the lowest and highest ratio of rates that the unknown (events, n) could produce.

    Lowest: every unknown without the event joins the group, every one with it the reference; highest: reversed.
    None where that rate would have an empty or zero reference.
    """
    events, others = unknown[0], unknown[1] - unknown[0]

    def ratio(top: tuple[int, int], bottom: tuple[int, int]) -> float | None:
        if not top[1] or not bottom[1] or not bottom[0]:
            return None
        return (top[0] / top[1]) / (bottom[0] / bottom[1])

    low = ratio((group[0], group[1] + others), (reference[0] + events, reference[1] + events))
    high = ratio((group[0] + events, group[1] + events), (reference[0], reference[1] + others))
    return low, high


def summarise_unknown(
    attribute: str,
    groups: Sequence[GroupFigures],
    comparisons: Sequence[Comparison],
    *,
    limit: float,
    threshold: float | None,
) -> UnknownSummary:
    """Return the unknown cases of one attribute with worst-case bounds for each of its comparisons."""
    unknown = [figures for figures in groups if figures.unknown]
    n = sum(figures.confusion.n for figures in unknown)
    total = sum(figures.confusion.n for figures in groups)
    share = n / total if total else None
    bounds = []
    for comparison in comparisons if n else ():
        if comparison.attribute != attribute or comparison.ratio.value is None:
            continue
        parts = [METRICS[comparison.metric].counts(figures.confusion) for figures in unknown]
        open_cases = (sum(part[0] for part in parts), sum(part[1] for part in parts))
        low, high = ratio_bounds(
            (comparison.events, comparison.n), (comparison.reference_events, comparison.reference_n), open_cases
        )
        value = comparison.ratio.value
        could = threshold is not None and (
            (value >= threshold and low is not None and low < threshold)
            or (value < threshold and (high is None or high >= threshold))
        )
        bounds.append(WorstCase(comparison.metric, comparison.group, comparison.reference, low, high, could))
    return UnknownSummary(attribute, n, share, share is not None and share > limit, tuple(bounds))
