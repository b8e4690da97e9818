"""Scores by group, from histograms: ranking (AUC), distance of distributions, calibration.

All are exact when every bin holds one distinct score. Otherwise KS is a lower bound and Wasserstein-1 is off by at
most one bin width; say which binning was used.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.fairness.counts import NO, YES, Vector
from audit.fairness.schema import SCORE_UNIT, Schema
from audit.statistics import Interval, critical_z, difference_of, undefined, wilson

Bins = NDArray[np.int64]


@dataclass(frozen=True)
class ScoreTable:
    """Score histogram of one group: ``counts`` (bins, 3: outcome no, yes, unknown), ``sums`` in millionths alike."""

    counts: Bins
    sums: Bins
    missing: int

    @property
    def all(self) -> Bins:
        """Cases per bin, whatever their outcome."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def n(self) -> int:
        """Cases with a score."""
        return int(self.counts.sum())


def score_table(schema: Schema, vector: Vector) -> ScoreTable:
    """Read the score part of a group's vector."""
    histogram = vector[schema.cell_size : schema.cell_size + (schema.bins + 1) * 3].reshape(schema.bins + 1, 3)
    sums = vector[schema.cell_size + (schema.bins + 1) * 3 :].reshape(schema.bins, 3)
    return ScoreTable(histogram[:-1], sums, int(histogram[-1].sum()))


def auc(table: ScoreTable, level: float = 0.95) -> Interval:
    """Return P(score of a positive > score of a negative), ties half, with DeLong's interval on the logit scale."""
    positive, negative = table.counts[:, YES].astype(float), table.counts[:, NO].astype(float)
    p, n = positive.sum(), negative.sum()
    size = int(min(p, n))
    if size == 0:
        return undefined(size, level, "delong")
    below_negative = (np.cumsum(negative) - negative / 2) / n
    above_positive = 1 - (np.cumsum(positive) - positive / 2) / p
    value = float((positive * below_negative).sum() / p)
    if size < 2 or value in (0.0, 1.0):
        return Interval(value, None, None, size, "delong", level)
    spread_p = float((positive * (below_negative - value) ** 2).sum()) / (p - 1)
    spread_n = float((negative * (above_positive - value) ** 2).sum()) / (n - 1)
    error = math.sqrt(spread_p / p + spread_n / n) / (value * (1 - value))
    centre, z = math.log(value / (1 - value)), critical_z(level)
    low, high = (1 / (1 + math.exp(-(centre + side * z * error))) for side in (-1, 1))
    return Interval(value, low, high, size, "delong", level)


def _cumulative(table: ScoreTable) -> NDArray[np.float64]:
    return np.asarray(np.cumsum(table.all) / table.n)


def kolmogorov_smirnov(first: ScoreTable, second: ScoreTable) -> float | None:
    """Return max |F1 - F2| over the bin limits; None when a group has no score."""
    if not first.n or not second.n:
        return None
    return float(np.abs(_cumulative(first) - _cumulative(second)).max())


def wasserstein(first: ScoreTable, second: ScoreTable) -> float | None:
    """Return the Wasserstein-1 distance in score units, each bin's mass placed at the bin's own mean score."""
    if not first.n or not second.n:
        return None
    places = _places(first, second)
    order = np.argsort(places, kind="stable")
    gaps = np.diff(places[order])
    masses = np.concatenate([first.all / first.n, -second.all / second.n])[order]
    return float((np.abs(np.cumsum(masses))[:-1] * gaps).sum())


def _places(*tables: ScoreTable) -> NDArray[np.float64]:
    parts = []
    for table in tables:
        counts, sums = table.all, table.sums.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            parts.append(np.where(counts > 0, sums / np.maximum(counts, 1) / SCORE_UNIT, 0.0))
    return np.concatenate(parts)


@dataclass(frozen=True)
class CalibrationBin:
    """One score bin of a group: mean score, share of positive outcomes with its interval."""

    low: float
    high: float
    n: int
    mean_score: float
    observed: Interval

    def to_json(self) -> dict[str, Any]:
        """Return the bin as plain data."""
        return {**asdict(self), "observed": self.observed.to_json()}


@dataclass(frozen=True)
class Calibration:
    """Calibration of a group, over cases with score and outcome.

    ``ece``: the bins' mean |observed - mean score|, weighted by n. Chance alone makes it positive:
    ``ece_by_chance`` is its expectation if the group were calibrated. ``bias``: mean score minus observed rate.
    """

    bins: tuple[CalibrationBin, ...]
    ece: Interval
    ece_by_chance: float | None
    bias: Interval

    def to_json(self) -> dict[str, Any]:
        """Return the calibration as plain data."""
        return {
            "bins": [part.to_json() for part in self.bins],
            "ece": self.ece.to_json(),
            "ece_by_chance": self.ece_by_chance,
            "bias": self.bias.to_json(),
        }


def calibration(schema: Schema, table: ScoreTable, level: float = 0.95, *, minimum: int = 10) -> Calibration:
    """Return the calibration curve and error of one group; needs probability-like scores (0..1).

    Bins under ``minimum`` cases are left out of the curve and stay in the sums.
    """
    known = table.counts[:, [NO, YES]].sum(axis=1)
    positive, sums = table.counts[:, YES], table.sums[:, [NO, YES]].sum(axis=1) / SCORE_UNIT
    n = int(known.sum())
    if n == 0:
        return Calibration((), undefined(0, level, "ece"), None, undefined(0, level, "wilson_shifted"))
    used = np.flatnonzero(known)
    mean, rate, weight = sums[used] / known[used], positive[used] / known[used], known[used] / n
    gap = np.abs(rate - mean)
    noise = np.sqrt(np.clip(mean * (1 - mean), 0, None) / known[used])
    error = float((weight * gap).sum())
    spread = critical_z(level) * math.sqrt(float((weight**2 * rate * (1 - rate) / known[used]).sum()))
    bins = tuple(
        CalibrationBin(
            schema.edges[i],
            schema.edges[i + 1],
            int(known[i]),
            float(sums[i] / known[i]),
            wilson(int(positive[i]), int(known[i]), level),
        )
        for i in used
        if known[i] >= minimum
    )
    overall, score = wilson(int(positive.sum()), n, level), float(sums.sum() / n)
    assert overall.value is not None and overall.low is not None and overall.high is not None  # noqa: S101, PT018
    return Calibration(
        bins,
        Interval(error, max(0.0, error - spread), error + spread, n, "ece", level),
        float((weight * noise).sum()) * math.sqrt(2 / math.pi),
        Interval(score - overall.value, score - overall.high, score - overall.low, n, "wilson_shifted", level),
    )


def mean_score(schema: Schema, table: ScoreTable, level: float = 0.95) -> Interval:
    """Return the mean score, exact, with a normal interval that is never too narrow.

    A histogram does not hold the spread within its bins: each bin's largest possible variance given its limits and its
    own mean, (mean - low)(high - mean), stands for it (Bhatia & Davis 2000). Scores outside the edges are not covered.
    """
    n, used = table.n, np.flatnonzero(table.all)
    if n == 0:
        return undefined(0, level, "mean_binned")
    weight = table.all[used] / n
    means = table.sums.sum(axis=1)[used] / table.all[used] / SCORE_UNIT
    value = float((weight * means).sum())
    if n == 1:
        return Interval(value, None, None, 1, "mean_binned", level)
    edges = np.asarray(schema.edges)
    within = np.clip((means - edges[used]) * (edges[used + 1] - means), 0, None)
    variance = float((weight * ((means - value) ** 2 + within)).sum()) * n / (n - 1)
    spread = critical_z(level) * math.sqrt(variance / n)
    return Interval(value, value - spread, value + spread, n, "mean_binned", level)


def mean_score_difference(schema: Schema, first: ScoreTable, second: ScoreTable, level: float = 0.95) -> Interval:
    """Return the mean score of the first group minus that of the second, combining their intervals."""
    return difference_of(mean_score(schema, first, level), mean_score(schema, second, level))


def auc_difference(first: ScoreTable, second: ScoreTable, level: float = 0.95) -> Interval:
    """Return AUC of the first group minus that of the second, combining their intervals."""
    return difference_of(auc(first, level), auc(second, level))
