"""Errors of a numeric prediction by group: mean absolute error, bias, root mean square error."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from audit.fairness.schema import SCORE_UNIT
from audit.statistics import Interval, critical_z, difference_of, undefined


@dataclass(frozen=True)
class ErrorSums:
    """Sums over cases of prediction minus truth, in whole millionths: exact, so any order of merging is equal."""

    n: int = 0
    total: int = 0
    absolute: int = 0
    squared: int = 0

    @classmethod
    def of(cls, predictions: Iterable[float], truths: Iterable[float]) -> "ErrorSums":
        """Add up the errors of predictions and truths of equal length."""
        errors = [round((p - y) * SCORE_UNIT) for p, y in zip(predictions, truths, strict=True)]
        return cls(len(errors), sum(errors), sum(map(abs, errors)), sum(e * e for e in errors))

    def __add__(self, other: "ErrorSums") -> "ErrorSums":
        return ErrorSums(
            self.n + other.n,
            self.total + other.total,
            self.absolute + other.absolute,
            self.squared + other.squared,
        )

    def __sub__(self, other: "ErrorSums") -> "ErrorSums":
        return self + ErrorSums(-other.n, -other.total, -other.absolute, -other.squared)


def _mean(sums: ErrorSums, total: int, level: float, method: str) -> Interval:
    if sums.n == 0:
        return undefined(0, level, method)
    value = total / sums.n / SCORE_UNIT
    if sums.n == 1:
        return Interval(value, None, None, 1, method, level)
    # |e| and e share their square, so one sum of squares serves both variances; integers keep all digits.
    variance = (sums.squared * sums.n - total * total) / (sums.n * (sums.n - 1)) / SCORE_UNIT**2
    spread = critical_z(level) * math.sqrt(max(variance, 0.0) / sums.n)
    return Interval(value, value - spread, value + spread, sums.n, method, level)


def mean_absolute_error(sums: ErrorSums, level: float = 0.95) -> Interval:
    """Return the mean absolute error with its normal interval."""
    figure = _mean(sums, sums.absolute, level, "mean_normal")
    low = None if figure.low is None else max(0.0, figure.low)
    return Interval(figure.value, low, figure.high, figure.n, figure.method, figure.level)


def bias(sums: ErrorSums, level: float = 0.95) -> Interval:
    """Return the mean of prediction minus truth with its normal interval."""
    return _mean(sums, sums.total, level, "mean_normal")


def root_mean_square_error(sums: ErrorSums) -> float | None:
    """Return the root mean square error; None without a case."""
    return None if sums.n == 0 else math.sqrt(sums.squared / sums.n) / SCORE_UNIT


def compare_errors(group: ErrorSums, reference: ErrorSums, level: float = 0.95) -> dict[str, Interval]:
    """Return group minus reference for mean absolute error and bias."""
    return {
        "mean_absolute_error": difference_of(mean_absolute_error(group, level), mean_absolute_error(reference, level)),
        "bias": difference_of(bias(group, level), bias(reference, level)),
    }
