"""Durations as counts that can be added up: logarithmic bins of 2 % width, so a quantile is right to about 1 %."""

import math
from collections.abc import Iterable

from audit.statistics import Interval, quantile_ranks

RATIO = math.log(1.02)
SHORTEST = 0.001  # seconds; what is shorter counts as this


def bin_of(seconds: float) -> int:
    """Return the bin of a duration in seconds; negative ones (a clock that is off) fall into the first."""
    return round(math.log(max(seconds, SHORTEST)) / RATIO)


def seconds_of(index: int) -> float:
    """Return the middle of a bin in seconds."""
    return math.exp(index * RATIO)


def binned_quantile(bins: Iterable[tuple[int, int]], probability: float, level: float = 0.95) -> Interval:
    """Return a quantile of (bin, count) pairs with its distribution-free limits; None where ``n`` cannot give one."""
    ordered = sorted((index, count) for index, count in bins if count > 0)
    n = sum(count for _, count in ordered)
    method = "order_statistics_binned"
    if n == 0:
        return Interval(None, None, None, 0, method, level)
    low, high = quantile_ranks(n, probability, level)
    middle = max(1, math.ceil(probability * n))
    return Interval(
        _at(ordered, middle),
        None if low is None else _at(ordered, low),
        None if high is None else _at(ordered, high),
        n,
        method,
        level,
    )


def _at(ordered: list[tuple[int, int]], rank: int) -> float:
    seen = 0
    for index, count in ordered:
        seen += count
        if seen >= rank:
            return seconds_of(index)
    return seconds_of(ordered[-1][0])
