"""Ranking, distances and calibration from histograms, against scipy and scikit-learn."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from audit.fairness import AssessmentConfig, Schema, counts_from_frame
from audit.fairness.details import score_details
from audit.fairness.scores import (
    auc,
    calibration,
    kolmogorov_smirnov,
    mean_score,
    mean_score_difference,
    score_table,
    wasserstein,
)
from tests.scale import SEED, count


def table_of(schema, scores, outcomes=None, group="a"):
    frame = pd.DataFrame({"g": group, "d": 1, "s": scores, "y": 1 if outcomes is None else outcomes})
    counts = counts_from_frame(frame, schema)
    return score_table(counts.schema, counts.total())


def distinct(*samples):
    values = np.unique(np.concatenate(samples))
    middles = (values[1:] + values[:-1]) / 2
    edges = tuple(float(x) for x in (values[0] - 1, *middles, values[-1] + 1))
    return Schema(("g",), "d", "1", "y", "1", score="s", edges=edges)


def test_one_bin_per_score_is_exact():
    rng = np.random.default_rng(SEED)
    for _ in range(40):
        a, b = rng.integers(0, 11, 80) / 10, rng.integers(0, 9, 50) / 10
        y = rng.integers(0, 2, 80)
        schema = distinct(a, b)
        first, second = table_of(schema, a, y), table_of(schema, b)
        assert auc(first).value == pytest.approx(roc_auc_score(y, a), abs=1e-12)
        assert kolmogorov_smirnov(first, second) == pytest.approx(stats.ks_2samp(a, b).statistic, abs=1e-12)
        assert wasserstein(first, second) == pytest.approx(stats.wasserstein_distance(a, b), abs=1e-9)


def test_equal_bins_bound_the_error_of_the_distances():
    rng = np.random.default_rng(SEED)
    schema = Schema(("g",), "d", "1", "y", "1", score="s", edges=tuple(np.linspace(0, 1, 65).tolist()))
    for _ in range(20):
        a, b = rng.beta(2, 3, 300), rng.beta(2.5, 3, 200)
        first, second = table_of(schema, a), table_of(schema, b)
        assert kolmogorov_smirnov(first, second) <= stats.ks_2samp(a, b).statistic + 1e-12
        assert abs(wasserstein(first, second) - stats.wasserstein_distance(a, b)) <= 1 / 64


def test_missing_scores_are_counted_and_in_no_figure():
    schema = Schema(("g",), "d", "1", "y", "1", score="s", edges=(0.0, 0.5, 1.0))
    table = table_of(schema, [0.1, 0.7, None])
    assert (table.n, table.missing) == (2, 1)


def test_auc_without_both_outcomes_is_undefined():
    schema = Schema(("g",), "d", "1", "y", "1", score="s", edges=(0.0, 0.5, 1.0))
    assert auc(table_of(schema, [0.1, 0.7], [1, 1])).value is None
    assert kolmogorov_smirnov(table_of(schema, [0.1]), table_of(schema, [None])) is None


def test_delong_interval_covers_the_truth():
    rng = np.random.default_rng(SEED)
    schema = Schema(("g",), "d", "1", "y", "1", score="s", edges=tuple(np.linspace(-5, 6, 201).tolist()))
    truth = stats.norm.cdf(1 / math.sqrt(2))
    rounds = count(3000, at_least=150)
    hits = 0
    for _ in range(rounds):
        scores = np.r_[rng.normal(1, 1, 60), rng.normal(0, 1, 80)]
        hits += auc(table_of(schema, scores, np.r_[np.ones(60, int), np.zeros(80, int)])).contains(truth)
    assert 0.91 <= hits / rounds <= 0.985


def test_calibration_error_of_a_calibrated_score_is_what_chance_gives():
    rng = np.random.default_rng(SEED)
    schema = Schema(("g",), "d", "1", "y", "1", score="s", edges=tuple(np.linspace(0, 1, 21).tolist()))
    scores = rng.random(4000)
    calibrated = calibration(schema, table_of(schema, scores, (rng.random(4000) < scores).astype(int)))
    assert calibrated.ece.value == pytest.approx(calibrated.ece_by_chance, rel=0.6)
    assert calibrated.bias.contains(0)
    shifted = calibration(schema, table_of(schema, scores, (rng.random(4000) < scores * 0.7).astype(int)))
    assert shifted.ece.low > 3 * shifted.ece_by_chance
    assert shifted.bias.low > 0.1
    assert all(part.observed.low <= part.observed.value <= part.observed.high for part in shifted.bins)


def test_calibration_error_equals_its_definition():
    rng = np.random.default_rng(SEED)
    edges = np.linspace(0, 1, 11)
    schema = Schema(("g",), "d", "1", "y", "1", score="s", edges=tuple(edges.tolist()))
    scores, y = rng.random(500).round(6), rng.integers(0, 2, 500)
    expected = sum(
        (place.sum() / 500) * abs(y[place].mean() - scores[place].mean())
        for i in range(10)
        if (place := (np.digitize(scores, edges[1:-1]) == i)).any()
    )
    assert calibration(schema, table_of(schema, scores, y)).ece.value == pytest.approx(expected, abs=1e-9)


def test_scores_that_are_no_probabilities_get_no_calibration():
    frame = pd.DataFrame({"g": ["a", "b"] * 40, "d": [1, 0] * 40, "y": [1, 0, 0, 1] * 20, "s": range(80)})
    schema = Schema(("g",), "d", "1", "y", "1", score="s", edges=(0.0, 40.0, 80.0))
    details = score_details(counts_from_frame(frame, schema), AssessmentConfig(("g",), reference={"g": "a"}))
    assert all("calibration" not in row for row in details)
    assert details[1]["kolmogorov_smirnov"] is not None


def test_groups_below_the_floor_show_no_scores():
    frame = pd.DataFrame({"g": ["a"] * 40 + ["b"] * 5, "d": 1, "y": 1, "s": 0.5})
    schema = Schema(("g",), "d", "1", "y", "1", score="s", edges=(0.0, 0.5, 1.0))
    details = score_details(counts_from_frame(frame, schema), AssessmentConfig(("g",), reference={"g": "a"}))
    assert details[1] == {"attribute": "g", "group": "b", "n": 5, "hidden": True}


def test_the_mean_score_is_exact_and_its_interval_holds_the_one_of_the_scores_themselves():
    schema = Schema(("g",), "d", "1", "y", "1", score="s", edges=tuple(i / 20 for i in range(21)))
    rng = np.random.default_rng(SEED)
    for n in (2, 30, 4000):
        scores = np.round(rng.beta(2, 5, n), 6)
        found = mean_score(schema, table_of(schema, scores))
        low, high = stats.norm.interval(0.95, loc=scores.mean(), scale=stats.sem(scores))
        assert found.value == pytest.approx(scores.mean(), abs=1e-9)
        assert found.low <= low + 1e-12
        assert found.high >= high - 1e-12
        assert found.n == n
    assert found.high - found.low < 1.02 * (high - low)  # twenty bins widen it by a hundredth


def test_the_difference_of_mean_scores_covers_the_truth_in_95_of_100_logs():
    schema = Schema(("g",), "d", "1", "y", "1", score="s", edges=tuple(i / 20 for i in range(21)))
    rng, rounds, hits = np.random.default_rng(SEED), count(2000, at_least=200), 0
    for _ in range(rounds):
        first, second = rng.beta(2, 5, 80), rng.beta(3, 5, 60)
        found = mean_score_difference(schema, table_of(schema, first), table_of(schema, second))
        hits += found.low <= 2 / 7 - 3 / 8 <= found.high
    assert hits / rounds >= 0.92
    nobody = table_of(schema, [0.5]).__class__(np.zeros((20, 3), int), np.zeros((20, 3), int), 0)
    assert mean_score_difference(schema, nobody, table_of(schema, [0.5])).value is None
