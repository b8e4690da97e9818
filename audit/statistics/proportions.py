"""Tests for two proportions and for 2 x 2 tables."""

import math
from dataclasses import dataclass
from typing import ClassVar

from audit.statistics.distributions import binomial_cdf, chi2_sf, normal_two_sided_p
from audit.statistics.intervals import check_counts


@dataclass(frozen=True)
class TestResult:
    """A two-sided test: statistic (None for exact tests without one), p value (None where undefined), its name."""

    __test__: ClassVar[bool] = False  # the name is the field's word; pytest must not collect it

    statistic: float | None
    p_value: float | None
    method: str


def score_z(events_1: int, n_1: int, events_2: int, n_2: int) -> TestResult:
    """Test p1 = p2 with the pooled (score) z statistic."""
    check_counts(events_1, n_1)
    check_counts(events_2, n_2)
    if n_1 == 0 or n_2 == 0:
        return TestResult(None, None, "score_z")
    events, n = events_1 + events_2, n_1 + n_2
    if events in (0, n):
        return TestResult(0.0, 1.0, "score_z")
    pooled = events / n
    z = (events_1 / n_1 - events_2 / n_2) / math.sqrt(pooled * (1 - pooled) * (1 / n_1 + 1 / n_2))
    return TestResult(z, normal_two_sided_p(z), "score_z")


def fisher_exact(events_1: int, n_1: int, events_2: int, n_2: int) -> TestResult:
    """Test p1 = p2 exactly, two-sided: the total probability of tables no more likely than the observed one.

    Weights are built outwards from the mode by exact integer ratios, so nothing overflows and no digit is lost
    to factorials of large numbers.
    """
    check_counts(events_1, n_1)
    check_counts(events_2, n_2)
    if n_1 == 0 or n_2 == 0:
        return TestResult(None, None, "fisher_exact")
    events, n = events_1 + events_2, n_1 + n_2
    lowest, highest = max(0, events - n_2), min(events, n_1)
    mode = min(max((events + 1) * (n_1 + 1) // (n + 2), lowest), highest)
    weights = {mode: 1.0}
    for step in (1, -1):
        k, weight = mode, 1.0
        while lowest <= k + step <= highest and weight > 0:
            above = k if step == 1 else k - 1
            up = (events - above) * (n_1 - above) / ((above + 1) * (n_2 - events + above + 1))
            weight = weight * up if step == 1 else weight / up
            k += step
            weights[k] = weight
    # A table so unlikely that its weight underflowed is less likely than all that were kept.
    observed = weights.get(events_1, 0.0) * (1 + 1e-7)
    extreme = math.fsum(weight for weight in weights.values() if weight <= observed)
    return TestResult(None, min(1.0, extreme / math.fsum(weights.values())), "fisher_exact")


def smallest_expected(events_1: int, n_1: int, events_2: int, n_2: int) -> float:
    """Return the smallest of the four counts expected when both groups share one rate."""
    n = n_1 + n_2
    if n == 0:
        return 0.0
    events = events_1 + events_2
    return min(n_1, n_2) * min(events, n - events) / n


def compare_proportions(events_1: int, n_1: int, events_2: int, n_2: int) -> TestResult:
    """Test p1 = p2 two-sided: Fisher exact when an expected count is below five, else the score z."""
    if smallest_expected(events_1, n_1, events_2, n_2) < 5:
        return fisher_exact(events_1, n_1, events_2, n_2)
    return score_z(events_1, n_1, events_2, n_2)


def mcnemar(only_1: int, only_2: int, *, exact: bool | None = None, correction: bool = False) -> TestResult:
    """Test equal marginal rates of pairs from the two discordant counts.

    ``exact`` None chooses the exact binomial form below 25 discordant pairs. ``correction`` is the continuity
    correction of the asymptotic form.
    """
    discordant = only_1 + only_2
    if exact is None:
        exact = discordant < 25
    method = "mcnemar_exact" if exact else "mcnemar"
    if discordant == 0:
        return TestResult(0.0, 1.0, method)
    if exact:
        smaller = min(only_1, only_2)
        return TestResult(float(smaller), min(1.0, 2 * binomial_cdf(smaller, discordant, 0.5)), method)
    gap = max(abs(only_1 - only_2) - (1 if correction else 0), 0)
    statistic = gap * gap / discordant
    return TestResult(statistic, chi2_sf(statistic, 1), method)


def binomial_test(events: int, n: int, probability: float) -> TestResult:
    """Test a rate against a declared ``probability`` exactly, two-sided by the method of small p values."""
    check_counts(events, n)
    if n == 0 or not 0 < probability < 1:
        return TestResult(None, None, "binomial_exact")
    odds = probability / (1 - probability)
    mode = min(int((n + 1) * probability), n)
    weights = {mode: 1.0}
    for step in (1, -1):
        k, weight = mode, 1.0
        while 0 <= k + step <= n and weight > 0:
            weight *= (n - k) / (k + 1) * odds if step == 1 else k / (n - k + 1) / odds
            k += step
            weights[k] = weight
    observed = weights.get(events, 0.0) * (1 + 1e-7)
    extreme = math.fsum(weight for weight in weights.values() if weight <= observed)
    return TestResult(None, min(1.0, extreme / math.fsum(weights.values())), "binomial_exact")


def goodness_of_fit(observed: list[int], expected_shares: list[float]) -> TestResult:
    """Pearson chi-square of counts against declared shares (which must add up to 1)."""
    total = sum(observed)
    if total == 0 or any(share <= 0 for share in expected_shares):
        return TestResult(None, None, "chi_square")
    statistic = math.fsum(
        (count - total * share) ** 2 / (total * share) for count, share in zip(observed, expected_shares, strict=True)
    )
    return TestResult(statistic, chi2_sf(statistic, len(observed) - 1), "chi_square")
