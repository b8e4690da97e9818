"""How many cases are needed to see a difference of two rates, and how likely a given number is to show it."""

import math

from audit.statistics.distributions import critical_z, normal_quantile


def needed_n(rate_1: float, rate_2: float, *, power: float = 0.8, level: float = 0.95) -> int | None:
    """Return the cases per group that show ``rate_1`` against ``rate_2`` with ``power`` (score test; Fleiss).

    None when the rates are equal. Example: 0.10 against 0.20 needs 199 a group.
    """
    if rate_1 == rate_2:
        return None
    pooled = (rate_1 + rate_2) / 2
    error = critical_z(level) * math.sqrt(2 * pooled * (1 - pooled))
    miss = normal_quantile(power) * math.sqrt(rate_1 * (1 - rate_1) + rate_2 * (1 - rate_2))
    return math.ceil((error + miss) ** 2 / (rate_1 - rate_2) ** 2)


def needed_n_for_ratio(
    reference_rate: float, ratio: float = 0.8, *, power: float = 0.8, level: float = 0.95
) -> int | None:
    """Return the cases per group that show a rate of ``ratio`` times the reference (Cohen's arcsine h).

    Examples at ratio 0.8: reference 0.05 -> 6,726; 0.1 -> 3,205; 0.3 -> 858; 0.6 -> 270. None when the
    reference rate is 0 or the other rate would leave 0..1.
    """
    other = reference_rate * ratio
    if not 0 < reference_rate <= 1 or not 0 <= other <= 1 or ratio == 1:
        return None
    effect = 2 * math.asin(math.sqrt(reference_rate)) - 2 * math.asin(math.sqrt(other))
    return math.ceil(2 * (critical_z(level) + normal_quantile(power)) ** 2 / effect**2)


def power_for_ratio(reference_rate: float, ratio: float, n_1: int, n_2: int, *, level: float = 0.95) -> float | None:
    """Return the chance that ``n_1`` and ``n_2`` cases show a rate of ``ratio`` times the reference."""
    other = reference_rate * ratio
    if not 0 < reference_rate <= 1 or not 0 <= other <= 1 or not n_1 or not n_2:
        return None
    effect = abs(2 * math.asin(math.sqrt(reference_rate)) - 2 * math.asin(math.sqrt(other)))
    shift = effect / math.sqrt(1 / n_1 + 1 / n_2)
    z = critical_z(level)
    return 0.5 * math.erfc((z - shift) / math.sqrt(2)) + 0.5 * math.erfc((z + shift) / math.sqrt(2))
