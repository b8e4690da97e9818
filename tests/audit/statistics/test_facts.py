"""Published and documented figures, and what happens at the edges."""

import itertools
import random

import pytest

from audit import statistics as st
from tests.scale import SEED, count


def test_three_of_three_selected_is_not_certainty():
    interval = st.wilson(3, 3)
    assert (round(interval.low, 2), interval.high) == (0.44, 1.0)


def test_no_event_in_n_has_an_exact_upper_bound():
    for n, percent in ((30, 9.5), (59, 4.95), (100, 3.0), (300, 1.0), (4, 52.7)):
        assert 100 * st.zero_event_upper(n) == pytest.approx(percent, abs=0.06)
    assert st.zero_event_upper(0) is None


@pytest.mark.parametrize(("rate", "n"), [(0.05, 6726), (0.1, 3205), (0.3, 858), (0.6, 270)])
def test_needed_decisions_to_see_four_fifths(rate, n):
    assert st.needed_n_for_ratio(rate) == n


@pytest.mark.parametrize(("a", "b", "n"), [(0.1, 0.2, 199), (0.05, 0.1, 435), (0.1, 0.15, 686)])
def test_needed_reviews_to_see_a_difference(a, b, n):
    assert st.needed_n(a, b) == n


def test_power_at_the_needed_number_is_eighty_percent():
    assert st.power_for_ratio(0.3, 0.8, 858, 858) == pytest.approx(0.8, abs=0.002)
    assert st.power_for_ratio(0.0, 0.8, 858, 858) is None
    assert st.needed_n_for_ratio(0.0) is None


@pytest.mark.parametrize(("rate", "length"), [(0.02, 228), (0.05, 90), (0.10, 44), (0.20, 21)])
def test_approval_runs_beyond_one_percent(rate, length):
    assert st.run_length_beyond(rate, 0.01) == length
    assert st.run_tail(length, rate) < 0.01 <= st.run_tail(length - 1, rate)


@pytest.mark.parametrize(("rate", "length"), [(0.02, 342), (0.05, 135), (0.10, 66), (0.20, 31)])
def test_approval_runs_beyond_one_in_a_thousand(rate, length):
    assert st.run_length_beyond(rate, 0.001) == length


def test_longest_run_probability_equals_enumeration():
    for n, length in ((6, 2), (8, 3), (10, 4)):
        exact = 0.0
        for sequence in itertools.product((False, True), repeat=n):
            if st.longest_run(sequence) >= length:
                exact += 0.3 ** sum(sequence) * 0.7 ** (n - sum(sequence))
        assert st.longest_run_tail(n, length, 0.3) == pytest.approx(exact, rel=1e-12)


def test_runs_test_sees_alternation_and_blocks():
    blocks = [True] * 20 + [False] * 20
    assert st.wald_wolfowitz(blocks).statistic < -5
    assert st.wald_wolfowitz([True, False] * 20).statistic > 5
    assert st.wald_wolfowitz([True] * 20).p_value is None


def test_quantile_bounds_need_enough_values():
    assert (st.needed_n_for_upper_bound(0.9), st.needed_n_for_upper_bound(0.95)) == (29, 59)
    short = st.quantile_interval(list(range(20)), 0.95)
    assert short.high is None
    assert short.low is not None
    assert st.quantile_interval([], 0.5).value is None


def test_quantile_interval_covers_the_median():
    rng = random.Random(SEED)
    rounds = count(4000, at_least=200)
    hits = sum(st.quantile_interval([rng.random() for _ in range(30)], 0.5).contains(0.5) for _ in range(rounds))
    assert hits / rounds > 0.93


def test_undefined_is_none_and_never_zero():
    assert st.wilson(0, 0).value is None
    assert st.newcombe(1, 3, 0, 0).value is None
    assert st.ratio_interval(2, 10, 0, 10).value is None
    assert st.score_z(0, 0, 1, 2).p_value is None
    assert st.fisher_exact(0, 0, 1, 2).p_value is None
    assert st.cohen_kappa([[5, 0], [0, 0]]).value is None


def test_all_selected_in_both_groups_keeps_a_width():
    ratio = st.ratio_interval(12, 12, 12, 12)
    assert ratio.value == 1
    assert ratio.low < 0.85
    assert ratio.high > 1.15


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="between 0 and n"):
        st.wilson(4, 3)
    with pytest.raises(ValueError, match="between 0 and 1"):
        st.wilson(1, 3, level=95)


@pytest.mark.parametrize(("n", "p"), [(10, 0.1), (20, 0.05), (50, 0.1), (30, 0.5), (200, 0.3)])
def test_wilson_covers_the_truth(n, p):
    inside = 0.0
    for k in range(n + 1):
        if st.wilson(k, n).contains(p):
            inside += st.distributions.binomial_pmf(k, n, p)
    assert 0.915 <= inside <= 0.985


def test_ratio_and_difference_intervals_cover_the_truth():
    rng = random.Random(SEED)
    rounds = count(20_000, at_least=1000)
    ratio = difference = paired = 0
    for _ in range(rounds):
        k_1 = sum(rng.random() < 0.3 for _ in range(60))
        k_2 = sum(rng.random() < 0.4 for _ in range(80))
        ratio += st.ratio_interval(k_1, 60, k_2, 80).contains(0.75)
        difference += st.newcombe(k_1, 60, k_2, 80).contains(-0.1)
        pairs = rng.choices(range(4), (0.4, 0.15, 0.05, 0.4), k=60)
        paired += st.newcombe_paired(*(pairs.count(i) for i in range(4))).contains(0.10)
    for hits in (ratio, difference, paired):
        assert 0.93 <= hits / rounds <= 0.98
