"""Comparisons inside strata (Mantel-Haenszel) and trends over ordered groups (Cochran-Armitage)."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from audit.statistics.distributions import chi2_sf, critical_z, normal_two_sided_p
from audit.statistics.intervals import Interval, undefined
from audit.statistics.proportions import TestResult


class Stratum(NamedTuple):
    """Events and size of two groups inside one stratum."""

    events_1: int
    n_1: int
    events_2: int
    n_2: int


def _informative(strata: Sequence[Stratum]) -> list[Stratum]:
    return [stratum for stratum in strata if stratum.n_1 and stratum.n_2]


def mantel_haenszel_ratio(strata: Sequence[Stratum], level: float = 0.95) -> Interval:
    """Return the common ratio p1 / p2 over strata with the Greenland-Robins interval (1985)."""
    used = _informative(strata)
    n = sum(s.n_1 + s.n_2 for s in used)
    top = math.fsum(s.events_1 * s.n_2 / (s.n_1 + s.n_2) for s in used)
    bottom = math.fsum(s.events_2 * s.n_1 / (s.n_1 + s.n_2) for s in used)
    if bottom == 0:
        return undefined(n, level, "mantel_haenszel")
    if top == 0:
        return Interval(0.0, None, None, n, "mantel_haenszel", level)
    spread = math.fsum(
        (s.n_1 * s.n_2 * (s.events_1 + s.events_2) - s.events_1 * s.events_2 * (s.n_1 + s.n_2)) / (s.n_1 + s.n_2) ** 2
        for s in used
    )
    ratio = top / bottom
    factor = math.exp(critical_z(level) * math.sqrt(max(spread, 0.0) / (top * bottom)))
    return Interval(ratio, ratio / factor, ratio * factor, n, "mantel_haenszel", level)


def mantel_haenszel_odds(strata: Sequence[Stratum], level: float = 0.95) -> Interval:
    """Return the common odds ratio over strata with the Robins-Breslow-Greenland interval (1986)."""
    used = _informative(strata)
    n = sum(s.n_1 + s.n_2 for s in used)
    tops, bottoms, same, other = [], [], [], []
    for events_1, n_1, events_2, n_2 in used:
        total = n_1 + n_2
        tops.append(events_1 * (n_2 - events_2) / total)
        bottoms.append((n_1 - events_1) * events_2 / total)
        same.append((events_1 + n_2 - events_2) / total)
        other.append((n_1 - events_1 + events_2) / total)
    top, bottom = math.fsum(tops), math.fsum(bottoms)
    if bottom == 0:
        return undefined(n, level, "mantel_haenszel_odds")
    if top == 0:
        return Interval(0.0, None, None, n, "mantel_haenszel_odds", level)
    variance = (
        math.fsum(p * r for p, r in zip(same, tops, strict=True)) / (2 * top * top)
        + math.fsum(p * s + q * r for p, q, r, s in zip(same, other, tops, bottoms, strict=True)) / (2 * top * bottom)
        + math.fsum(q * s for q, s in zip(other, bottoms, strict=True)) / (2 * bottom * bottom)
    )
    ratio = top / bottom
    factor = math.exp(critical_z(level) * math.sqrt(variance))
    return Interval(ratio, ratio / factor, ratio * factor, n, "mantel_haenszel_odds", level)


def mantel_haenszel_test(strata: Sequence[Stratum], *, correction: bool = False) -> TestResult:
    """Test that the two groups share a rate within every stratum (Cochran-Mantel-Haenszel, 1 degree of freedom)."""
    gap = variance = 0.0
    for events_1, n_1, events_2, n_2 in _informative(strata):
        total, events = n_1 + n_2, events_1 + events_2
        gap += events_1 - n_1 * events / total
        if total > 1:
            variance += n_1 * n_2 * events * (total - events) / (total * total * (total - 1))
    if variance == 0:
        return TestResult(None, None, "mantel_haenszel")
    statistic = max(abs(gap) - (0.5 if correction else 0.0), 0.0) ** 2 / variance
    return TestResult(statistic, chi2_sf(statistic, 1), "mantel_haenszel")


def cochran_armitage(events: Sequence[int], sizes: Sequence[int], scores: Sequence[float] | None = None) -> TestResult:
    """Test for a linear trend of rates over ordered groups; z > 0 means rising. Scores default to 0, 1, 2 ..."""
    weights = list(scores) if scores is not None else [float(i) for i in range(len(events))]
    total, happened = sum(sizes), sum(events)
    if total == 0 or happened in (0, total):
        return TestResult(None, None, "cochran_armitage")
    pooled = happened / total
    trend = math.fsum(w * (k - n * pooled) for w, k, n in zip(weights, events, sizes, strict=True))
    centre = math.fsum(w * n for w, n in zip(weights, sizes, strict=True)) / total
    spread = math.fsum(n * (w - centre) ** 2 for w, n in zip(weights, sizes, strict=True))
    if spread == 0:
        return TestResult(None, None, "cochran_armitage")
    z = trend / math.sqrt(pooled * (1 - pooled) * spread)
    return TestResult(z, normal_two_sided_p(z), "cochran_armitage")
