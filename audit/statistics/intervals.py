"""Confidence intervals for rates, their differences and their ratios, from counts alone.

A value of ``None`` means *undefined* (an empty denominator), never zero. Sources: Wilson 1927; Newcombe 1998,
Statistics in Medicine 17:857 (method 8, 10 and 11); Katz et al. 1978; Koopman 1984; Clopper & Pearson 1934.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from audit.statistics.distributions import beta_quantile, critical_z, root_between


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its confidence limits; ``value`` None is undefined, a limit None is not available.

    ``n`` is the denominator the figure stands on (the smaller one of a comparison), ``level`` the confidence level.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    level: float

    def to_json(self) -> dict[str, Any]:
        """Return the interval as plain data."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "method": self.method,
            "level": self.level,
        }

    def contains(self, number: float) -> bool:
        """Tell whether ``number`` lies within the limits; an open limit lets everything through."""
        return (self.low is None or self.low <= number) and (self.high is None or number <= self.high)


def undefined(n: int, level: float, method: str = "undefined") -> Interval:
    """Return the interval of a figure that cannot be computed."""
    return Interval(None, None, None, n, method, level)


def check_counts(events: int, n: int) -> None:
    """Refuse counts that no sample can have."""
    if not 0 <= events <= n:
        raise ValueError(f"{events} events of {n}: events lie between 0 and n")


def wilson(events: int, n: int, level: float = 0.95) -> Interval:
    """Return the Wilson score interval of ``events / n``."""
    check_counts(events, n)
    if n == 0:
        return undefined(0, level)
    z = critical_z(level)
    p = events / n
    centre = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At 0 and n the limit is exact by algebra; rounding would leave 1e-18 instead.
    low = 0.0 if events == 0 else (centre - spread) / scale
    high = 1.0 if events == n else (centre + spread) / scale
    return Interval(p, low, high, n, "wilson", level)


def clopper_pearson(events: int, n: int, level: float = 0.95) -> Interval:
    """Return the exact binomial interval of ``events / n``."""
    check_counts(events, n)
    if n == 0:
        return undefined(0, level)
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else beta_quantile(tail, events, n - events + 1)
    high = 1.0 if events == n else beta_quantile(1 - tail, events + 1, n - events)
    return Interval(events / n, low, high, n, "clopper_pearson", level)


def zero_event_upper(n: int, level: float = 0.95) -> float | None:
    """Return the exact one-sided upper bound of a rate after no event in ``n``: 1 - (1 - level)^(1/n)."""
    return None if n == 0 else -math.expm1(math.log1p(-level) / n)


def newcombe(events_1: int, n_1: int, events_2: int, n_2: int, level: float = 0.95) -> Interval:
    """Return Newcombe's hybrid score interval of p1 - p2."""
    first, second = wilson(events_1, n_1, level), wilson(events_2, n_2, level)
    if first.value is None or second.value is None:
        return undefined(min(n_1, n_2), level)
    return _square_and_add(first, second, 0.0, "newcombe", min(n_1, n_2))


def _arms(figure: Interval) -> tuple[float, float, float]:
    """Return a figure with the lengths of its lower and upper arm."""
    if figure.value is None or figure.low is None or figure.high is None:
        raise ValueError("a difference needs two figures with both limits")
    return figure.value, figure.value - figure.low, figure.high - figure.value


def _square_and_add(first: Interval, second: Interval, phi: float, method: str, n: int) -> Interval:
    value_1, below_1, above_1 = _arms(first)
    value_2, below_2, above_2 = _arms(second)
    difference = value_1 - value_2
    down = below_1**2 - 2 * phi * below_1 * above_2 + above_2**2
    up = above_1**2 - 2 * phi * above_1 * below_2 + below_2**2
    low = max(-1.0, difference - math.sqrt(max(down, 0.0)))
    high = min(1.0, difference + math.sqrt(max(up, 0.0)))
    return Interval(difference, low, high, n, method, first.level)


def newcombe_paired(both: int, only_1: int, only_2: int, neither: int, level: float = 0.95) -> Interval:
    """Return the paired score interval of p1 - p2 from one 2 x 2 table (Newcombe 1998, method 10).

    ``only_1`` counts the pairs where the event happened at the first occasion only.
    """
    n = both + only_1 + only_2 + neither
    if n == 0:
        return undefined(0, level)
    first, second = wilson(both + only_1, n, level), wilson(both + only_2, n, level)
    margins = (both + only_1) * (only_2 + neither) * (both + only_2) * (only_1 + neither)
    excess: float = both * neither - only_1 * only_2
    if excess > 0:
        excess = max(excess - n / 2, 0)
    phi = excess / math.sqrt(margins) if margins else 0.0
    return _square_and_add(first, second, phi, "newcombe_paired", n)


def difference_of(first: Interval, second: Interval) -> Interval:
    """Return the interval of a difference of two independent figures that already have intervals (MOVER)."""
    n = min(first.n, second.n)
    if None in (first.value, first.low, first.high, second.value, second.low, second.high):
        return undefined(n, first.level)
    value_1, below_1, above_1 = _arms(first)
    value_2, below_2, above_2 = _arms(second)
    difference = value_1 - value_2
    low, high = difference - math.hypot(below_1, above_2), difference + math.hypot(above_1, below_2)
    return Interval(difference, low, high, n, "mover", first.level)


def katz(events_1: int, n_1: int, events_2: int, n_2: int, level: float = 0.95) -> Interval:
    """Return the Katz log interval of p1 / p2; limits are None where a count of zero leaves them undefined."""
    check_counts(events_1, n_1)
    check_counts(events_2, n_2)
    n = min(n_1, n_2)
    if n == 0 or events_2 == 0:
        return undefined(n, level, "katz_log")
    ratio = (events_1 / n_1) / (events_2 / n_2)
    if events_1 == 0:
        return Interval(0.0, None, None, n, "katz_log", level)
    variance = 1 / events_1 - 1 / n_1 + 1 / events_2 - 1 / n_2
    factor = math.exp(critical_z(level) * math.sqrt(max(variance, 0.0)))
    return Interval(ratio, ratio / factor, ratio * factor, n, "katz_log", level)


def koopman(events_1: int, n_1: int, events_2: int, n_2: int, level: float = 0.95) -> Interval:
    """Return Koopman's score interval of p1 / p2; ``high`` is None where it has no upper limit (no event in 2)."""
    check_counts(events_1, n_1)
    check_counts(events_2, n_2)
    n = min(n_1, n_2)
    if n == 0 or (events_1 == 0 and events_2 == 0):
        return undefined(n, level, "koopman_score")
    z = critical_z(level)
    value = None if events_2 == 0 else (events_1 / n_1) / (events_2 / n_2)

    def excess(log_ratio: float) -> float:
        # The root of the chi-square is close to linear, which the search needs to be quick.
        return math.sqrt(_koopman_statistic(math.exp(log_ratio), events_1, n_1, events_2, n_2)) - z

    # A half event stands in for none, only to have a point from which the search can start.
    start = math.log(max(events_1, 0.5) / n_1) - math.log(max(events_2, 0.5) / n_2)
    low = 0.0 if events_1 == 0 else math.exp(_root(excess, start, -1.0))
    high = None if events_2 == 0 else math.exp(_root(excess, start, 1.0))
    return Interval(value, low, high, n, "koopman_score", level)


def _koopman_statistic(ratio: float, events_1: int, n_1: int, events_2: int, n_2: int) -> float:
    """Score chi-square of H0 p1 = ratio * p2, with p2 at its constrained maximum likelihood."""
    a = (n_1 + n_2) * ratio
    b = n_1 * ratio + events_1 + n_2 + events_2 * ratio
    c = events_1 + events_2
    # 2c / (b + root) is the smaller root of the quadratic without cancellation.
    p_2 = 2 * c / (b + math.sqrt(max(b * b - 4 * a * c, 0.0)))
    p_1 = min(ratio * p_2, 1.0)
    p_2 = min(p_2, 1.0)
    gap = events_1 / n_1 - ratio * events_2 / n_2
    variance = p_1 * (1 - p_1) / n_1 + ratio * ratio * p_2 * (1 - p_2) / n_2
    if variance <= 0:
        return 0.0 if gap == 0 else math.inf
    return gap * gap / variance


def _root(function: Callable[[float], float], start: float, direction: float) -> float:
    """Return where ``function`` leaves the negative side, walking from ``start`` in ``direction``."""
    inside, step = start, 0.25
    outside = start + direction * step
    while function(outside) < 0:
        inside, step = outside, step * 2
        outside = start + direction * step
        if step > 600:
            return outside
    return root_between(function, inside, outside)


def ratio_interval(events_1: int, n_1: int, events_2: int, n_2: int, level: float = 0.95) -> Interval:
    """Return the interval of p1 / p2: Katz log, and Koopman's score where Katz is not to be trusted.

    Score below five events in either group, and where either group has nothing but events (Katz would then
    treat that rate as known). Undefined where the second group has no event: the difference still stands.
    """
    n = min(n_1, n_2)
    if n == 0 or events_2 == 0:
        return undefined(n, level)
    if min(events_1, events_2) < 5 or events_1 == n_1 or events_2 == n_2:
        return koopman(events_1, n_1, events_2, n_2, level)
    return katz(events_1, n_1, events_2, n_2, level)
