"""Distribution-free limits for quantiles, from order statistics."""

import math
from collections.abc import Callable, Sequence

from audit.statistics.distributions import binomial_cdf, critical_z
from audit.statistics.intervals import Interval, undefined


def quantile(ordered: Sequence[float], probability: float) -> float | None:
    """Return the sample quantile of an ascending sequence (linear between order statistics, R type 7)."""
    n = len(ordered)
    if n == 0:
        return None
    position = (n - 1) * probability
    below = math.floor(position)
    above = min(below + 1, n - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def quantile_ranks(n: int, probability: float, level: float = 0.95) -> tuple[int | None, int | None]:
    """Return the 1-based ranks (low, high) whose order statistics enclose the quantile, half the error a side.

    None on a side where ``n`` is too small for any order statistic to serve.
    """
    tail = (1 - level) / 2
    # P(X_(r) > quantile) = P(fewer than r values at or below it) = cdf(r - 1).
    low = _last(n, probability, -1, level, lambda rank: binomial_cdf(rank - 1, n, probability) <= tail)
    above = _last(n, probability, 1, level, lambda rank: 1 - binomial_cdf(rank - 1, n, probability) > tail)
    return low or None, above + 1 if above < n else None


def _last(n: int, probability: float, side: int, level: float, holds: Callable[[int], bool]) -> int:
    """Return the last rank 0 .. n for which ``holds`` (it holds up to one), looking where it should be first.

    That place is the normal quantile with the Cornish-Fisher term for skewness and half a step for continuity.
    """
    z, skewness = side * critical_z(level), 1 - 2 * probability
    place = n * probability + z * math.sqrt(n * probability * (1 - probability)) + skewness * (z * z - 1) / 6 + 0.5
    below = min(max(math.floor(place), 0), n)
    above, reach = below + 1, 1
    while below > 0 and not holds(below):
        below, above, reach = max(below - reach, 0), below, reach * 2
    while above <= n and holds(above):
        below, above, reach = above, min(above + reach, n + 1), reach * 2
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if holds(middle) else (below, middle)
    return below


def quantile_interval(values: Sequence[float], probability: float, level: float = 0.95) -> Interval:
    """Return a sample quantile with its distribution-free interval; a limit is None when ``n`` is too small."""
    ordered = sorted(values)
    if not ordered:
        return undefined(0, level, "order_statistics")
    low, high = quantile_ranks(len(ordered), probability, level)
    return Interval(
        quantile(ordered, probability),
        None if low is None else ordered[low - 1],
        None if high is None else ordered[high - 1],
        len(ordered),
        "order_statistics",
        level,
    )


def needed_n_for_upper_bound(probability: float, level: float = 0.95) -> int:
    """Return the smallest n whose maximum is an upper bound of the quantile: p90 -> 29, p95 -> 59."""
    return math.ceil(math.log1p(-level) / math.log(probability))
