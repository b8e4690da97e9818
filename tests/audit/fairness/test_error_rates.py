"""How often fair logs are flagged, and how often real gaps are."""

import numpy as np
import pytest

from audit.fairness import AssessmentConfig, Counts, Schema, assess, with_preset
from tests.scale import SEED, count

SCHEMA = Schema(("group",), "d", "1", "y", "1")


def simulated(rng, sizes, selection, truth=0.5):
    """Counts of a log where every group has the given selection rate, whatever the outcome."""
    cells = {}
    for name, n in sizes.items():
        rate = selection[name] if isinstance(selection, dict) else selection
        positive = rng.binomial(n, truth)
        tp, fp = rng.binomial(positive, rate), rng.binomial(n - positive, rate)
        cells[(name,)] = np.array([n - positive - fp, positive - tp, 0, fp, tp, 0, 0, 0, 0], dtype=np.int64)
    return Counts(SCHEMA, cells)


def share(rounds, make, config, verdict):
    return sum(assess(make(), config).state == verdict for _ in range(rounds)) / rounds


def bound(rounds):
    return 0.05 + 3 * (0.05 * 0.95 / rounds) ** 0.5


@pytest.mark.parametrize("n", [60, 300, 1000])
def test_fair_logs_of_twelve_groups_and_four_metrics_are_rarely_flagged(n):
    rng = np.random.default_rng(SEED)
    sizes = dict.fromkeys("abcdefghijkl", n) | {"a": 5 * n}
    config = AssessmentConfig(("group",), reference={"group": "a"})
    rounds = count(2000, at_least=100)
    assert share(rounds, lambda: simulated(rng, sizes, 0.4), config, "attention") <= bound(rounds)


def test_the_highest_of_ten_equal_groups_as_reference_is_not_an_alarm_by_itself():
    rng = np.random.default_rng(SEED)
    config = with_preset(AssessmentConfig(("group",)), "us_four_fifths")
    rounds = count(2000, at_least=100)
    sizes = dict.fromkeys("abcdefghij", 100)
    logs = [simulated(rng, sizes, 0.3) for _ in range(rounds)]
    flagged = np.mean([any((s.ratio or 1) < 0.8 for s in assess(log, config).spreads) for log in logs])
    assert flagged > 0.9
    assert np.mean([assess(log, config).state == "attention" for log in logs]) <= bound(rounds)


def test_equal_groups_pass_with_enough_data_and_real_gaps_are_found():
    rng = np.random.default_rng(SEED)
    config = AssessmentConfig(("group",), metrics=("selection_rate",), reference={"group": "a"})
    rounds = count(1000, at_least=50)
    large = {"a": 20_000, "b": 8_000, "c": 8_000}
    assert share(rounds, lambda: simulated(rng, large, 0.3), config, "pass") > 0.95
    gap = {"a": 0.3, "b": 0.21, "c": 0.3}
    assert share(rounds, lambda: simulated(rng, large, gap), config, "attention") > 0.95


def test_a_rate_below_the_threshold_is_rarely_passed():
    rng = np.random.default_rng(SEED)
    config = AssessmentConfig(("group",), metrics=("selection_rate",), reference={"group": "a"})
    rounds = count(2000, at_least=100)
    edge = {"a": 0.3, "b": 0.24, "c": 0.24}
    sizes = {"a": 5000, "b": 700, "c": 3000}
    wrong = sum(
        any(c.verdict == "pass" for c in assess(simulated(rng, sizes, edge), config).comparisons) for _ in range(rounds)
    )
    assert wrong / rounds <= bound(rounds)
