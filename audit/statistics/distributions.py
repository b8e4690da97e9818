"""Distribution functions in plain Python: normal, chi-square, binomial, beta."""

import math
from collections.abc import Callable
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY = 1e-300


def normal_quantile(probability: float) -> float:
    """Return z with P(Z <= z) = ``probability`` (0 < probability < 1)."""
    return _NORMAL.inv_cdf(probability)


def critical_z(level: float) -> float:
    """Return the two-sided normal critical value of a confidence ``level`` such as 0.95."""
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not {level}")
    # inv_cdf of the small tail keeps all digits where inv_cdf(1 - tail) would lose them.
    return -_NORMAL.inv_cdf((1 - level) / 2)


def normal_two_sided_p(z: float) -> float:
    """Return P(|Z| >= |z|)."""
    return math.erfc(abs(z) / math.sqrt(2))


def chi2_sf(statistic: float, degrees: int) -> float:
    """Return P(X >= statistic) for chi-square with ``degrees`` degrees of freedom."""
    if statistic <= 0:
        return 1.0
    return _gamma_upper(degrees / 2, statistic / 2)


def _gamma_upper(a: float, x: float) -> float:
    """Regularised upper incomplete gamma Q(a, x): series below a + 1, Lentz continued fraction above."""
    scale = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        step = a
        while abs(term) > abs(total) * 1e-17:
            step += 1
            term *= x / step
            total += term
        return 1 - total * scale
    b = x + 1 - a
    c = 1 / _TINY
    d = 1 / b
    fraction = d
    for i in range(1, 10_000):
        numerator = -i * (i - a)
        b += 2
        d = 1 / (numerator * d + b or _TINY)
        c = b + numerator / c or _TINY
        change = d * c
        fraction *= change
        if abs(change - 1) < 1e-16:
            break
    return scale * fraction


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta I_x(a, b) (Lentz continued fraction)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x < (a + 1) / (a + b + 2):
        return math.exp(log_front) * _beta_fraction(x, a, b) / a
    return 1 - math.exp(log_front) * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    c = 1.0
    d = 1 / (1 - (a + b) * x / (a + 1) or _TINY)
    fraction = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + even * d or _TINY)
        c = 1 + even / c or _TINY
        fraction *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / (1 + odd * d or _TINY)
        c = 1 + odd / c or _TINY
        change = d * c
        fraction *= change
        if abs(change - 1) < 1e-16:
            break
    return fraction


def root_between(function: Callable[[float], float], low: float, high: float) -> float:
    """Return a zero of ``function``, whose signs differ at the two ends (Brent 1973, to the last bits)."""
    a, b = low, high
    f_a, f_b = function(a), function(b)
    c, f_c = a, f_a
    step = previous = b - a
    for _ in range(200):
        if (f_b > 0) == (f_c > 0):
            c, f_c = a, f_a
            step = previous = b - a
        if abs(f_c) < abs(f_b):
            a, b, c = b, c, b
            f_a, f_b, f_c = f_b, f_c, f_b
        tolerance = 2.2e-16 * abs(b)
        half = (c - b) / 2
        if abs(half) <= tolerance or f_b == 0:
            break
        step, previous = _brent_step(a, b, c, f_a, f_b, f_c, step, previous, half, tolerance)
        a, f_a = b, f_b
        b += step if abs(step) > tolerance else math.copysign(tolerance, half)
        f_b = function(b)
    return b


def _brent_step(
    a: float, b: float, c: float, f_a: float, f_b: float, f_c: float,
    step: float, previous: float, half: float, tolerance: float,
) -> tuple[float, float]:  # fmt: skip
    """Return the next step and the one before it: interpolation where it shrinks the bracket, else halving."""
    if abs(previous) < tolerance or abs(f_a) <= abs(f_b) or not math.isfinite(f_a + f_c):
        return half, half
    s = f_b / f_a
    if a == c:
        p, q = 2 * half * s, 1 - s
    else:
        q, r = f_a / f_c, f_b / f_c
        p = s * (2 * half * q * (q - r) - (b - a) * (r - 1))
        q = (q - 1) * (r - 1) * (s - 1)
    p, q = (p, -q) if p > 0 else (-p, q)
    if 2 * p < min(3 * half * q - abs(tolerance * q), abs(previous * q)):
        return p / q, step
    return half, half


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return x with I_x(a, b) = ``probability``."""
    return root_between(lambda x: beta_cdf(x, a, b) - probability, 0.0, 1.0)


def binomial_cdf(k: int, n: int, p: float) -> float:
    """Return P(X <= k) for X ~ Binomial(n, p)."""
    if k < 0:
        return 0.0
    if k >= n:
        return 1.0
    return 1 - beta_cdf(p, k + 1, n - k)


def binomial_sf(k: int, n: int, p: float) -> float:
    """Return P(X >= k) for X ~ Binomial(n, p)."""
    if k <= 0:
        return 1.0
    if k > n:
        return 0.0
    return beta_cdf(p, k, n - k + 1)


def binomial_pmf(k: int, n: int, p: float) -> float:
    """Return P(X = k) for X ~ Binomial(n, p)."""
    if not 0 <= k <= n:
        return 0.0
    if p in (0.0, 1.0):
        return float(k == n * p)
    log_choose = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(log_choose + k * math.log(p) + (n - k) * math.log1p(-p))
