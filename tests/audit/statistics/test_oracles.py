"""Every interval and test against scipy and statsmodels on random and edge counts."""

import random

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats import proportion as sm
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.contingency_tables import mcnemar as sm_mcnemar
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.multitest import multipletests

from audit import statistics as st
from audit.statistics import distributions, multiplicity
from tests.scale import SEED, count

PAIRS = count(4000, at_least=200)


def tables(rounds: int, largest: int = 400):
    """Two groups with random sizes and events, edges included."""
    rng = random.Random(SEED)
    for _ in range(rounds):
        n_1, n_2 = rng.randint(1, largest), rng.randint(1, largest)
        edge = rng.random()
        k_1 = 0 if edge < 0.05 else n_1 if edge < 0.1 else rng.randint(0, n_1)
        k_2 = n_2 if 0.08 < edge < 0.13 else rng.randint(0, n_2)
        yield k_1, n_1, k_2, n_2


def test_wilson_and_clopper_pearson_equal_statsmodels():
    for k, n, _, _ in tables(PAIRS):
        for level in (0.9, 0.95, 0.999):
            ours = st.wilson(k, n, level)
            theirs = sm.proportion_confint(k, n, 1 - level, method="wilson")
            assert (ours.low, ours.high) == pytest.approx(theirs, abs=1e-12)
        exact = st.clopper_pearson(k, n)
        assert (exact.low, exact.high) == pytest.approx(sm.proportion_confint(k, n, 0.05, method="beta"), abs=1e-10)


def test_newcombe_equals_statsmodels():
    for k_1, n_1, k_2, n_2 in tables(PAIRS):
        ours = st.newcombe(k_1, n_1, k_2, n_2)
        theirs = sm.confint_proportions_2indep(k_1, n_1, k_2, n_2, method="newcomb", compare="diff")
        assert (ours.low, ours.high) == pytest.approx(theirs, abs=1e-12)


def test_katz_equals_statsmodels():
    for k_1, n_1, k_2, n_2 in tables(PAIRS):
        if k_1 == 0 or k_2 == 0:
            continue
        ours = st.katz(k_1, n_1, k_2, n_2)
        theirs = sm.confint_proportions_2indep(k_1, n_1, k_2, n_2, method="log", compare="ratio")
        assert (ours.low, ours.high) == pytest.approx(theirs, rel=1e-12)


def test_koopman_solves_the_score_equation_of_statsmodels():
    for k_1, n_1, k_2, n_2 in tables(count(2000, at_least=100), largest=80):
        ours = st.koopman(k_1, n_1, k_2, n_2)
        for limit in (ours.low, ours.high):
            if limit is None or limit <= 0 or 0 in (k_1, k_2) or k_1 == n_1 or k_2 == n_2:
                continue
            test = sm.test_proportions_2indep(
                k_1, n_1, k_2, n_2, value=limit, compare="ratio", method="score", correction=False
            )
            assert test.pvalue == pytest.approx(0.05, abs=1e-6)


def test_score_z_equals_statsmodels_and_fisher_equals_scipy():
    for k_1, n_1, k_2, n_2 in tables(PAIRS):
        if 0 < k_1 + k_2 < n_1 + n_2:
            z, p = sm.proportions_ztest([k_1, k_2], [n_1, n_2])
            ours = st.score_z(k_1, n_1, k_2, n_2)
            assert (ours.statistic, ours.p_value) == pytest.approx((z, p), rel=1e-9, abs=1e-12)
        p = stats.fisher_exact([[k_1, n_1 - k_1], [k_2, n_2 - k_2]]).pvalue
        assert st.fisher_exact(k_1, n_1, k_2, n_2).p_value == pytest.approx(p, rel=1e-9)


def test_fisher_does_not_overflow_where_float_binomials_do():
    theirs = stats.fisher_exact([[3000, 3000], [2900, 3100]]).pvalue
    assert st.fisher_exact(3000, 6000, 2900, 6000).p_value == pytest.approx(theirs, rel=1e-9)
    assert st.fisher_exact(2, 40, 1_000_000, 10_000_000).p_value == pytest.approx(
        stats.fisher_exact([[2, 38], [1_000_000, 9_000_000]]).pvalue, rel=1e-7
    )


def test_holm_and_benjamini_hochberg_equal_statsmodels():
    rng = np.random.default_rng(SEED)
    for size in (1, 2, 7, 60):
        for _ in range(count(60)):
            p = (rng.random(size) ** 3).round(int(rng.integers(2, 17))).tolist()
            assert st.holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)
            assert st.benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1], abs=1e-12)


def test_holm_levels_reject_exactly_what_holm_rejects():
    rng = np.random.default_rng(SEED)
    for _ in range(200):
        p = (rng.random(9) ** 4).tolist()
        by_level = [value <= 1 - level for value, level in zip(p, multiplicity.holm_levels(p), strict=True)]
        assert by_level == [adjusted <= 0.05 for adjusted in st.holm(p)]
    for p in ([0.001, 0.02, 0.3], [0.04], []):
        padded = [*p, 1.0, 1.0, 1.0]
        assert st.holm(p, unseen=3) == st.holm(padded)[: len(p)]
        assert st.holm_levels(p, unseen=3) == st.holm_levels(padded)[: len(p)]
    assert multiplicity.holm_levels([0.001, 0.5, 0.6]) == pytest.approx([1 - 0.05 / 3, 0.975, 0.975])


def test_mcnemar_equals_statsmodels():
    for b, _, c, _ in tables(150, largest=60):
        if b + c == 0:
            continue
        for exact, correction in ((True, False), (False, False), (False, True)):
            theirs = sm_mcnemar([[5, b], [c, 7]], exact=exact, correction=correction)
            ours = st.mcnemar(b, c, exact=exact, correction=correction)
            if not exact and correction and b == c:
                continue  # statsmodels squares |b - c| - 1 below zero; the correction must not add evidence
            assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9, abs=1e-14)
    assert st.mcnemar(10, 14).method == "mcnemar_exact"
    assert st.mcnemar(10, 15).method == "mcnemar"


def test_mantel_haenszel_equals_statsmodels():
    rng = random.Random(SEED)
    for _ in range(60):
        strata = []
        for _ in range(rng.randint(2, 6)):
            n_1, n_2 = rng.randint(20, 200), rng.randint(20, 200)
            strata.append(st.Stratum(rng.randint(1, n_1 - 1), n_1, rng.randint(1, n_2 - 1), n_2))
        theirs = StratifiedTable([np.array([[a, n - a], [c, m - c]]) for a, n, c, m in strata])
        odds = st.mantel_haenszel_odds(strata)
        assert odds.value == pytest.approx(theirs.oddsratio_pooled, rel=1e-12)
        assert (odds.low, odds.high) == pytest.approx(theirs.oddsratio_pooled_confint(), rel=1e-9)
        assert st.mantel_haenszel_ratio(strata).value == pytest.approx(theirs.riskratio_pooled, rel=1e-12)
        for correction in (False, True):
            if correction and (st.mantel_haenszel_test(strata, correction=True).statistic or 0) == 0:
                continue  # statsmodels squares |gap| - 1/2 below zero; the correction must not add evidence
            assert st.mantel_haenszel_test(strata, correction=correction).p_value == pytest.approx(
                theirs.test_null_odds(correction=correction).pvalue, rel=1e-9, abs=1e-14
            )


def test_one_stratum_gives_the_katz_interval():
    ratio = st.mantel_haenszel_ratio([st.Stratum(30, 120, 55, 140)])
    katz = st.katz(30, 120, 55, 140)
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((katz.value, katz.low, katz.high), rel=1e-12)


def test_cochran_armitage_is_the_correlation_with_the_scores():
    rng = random.Random(SEED)
    for _ in range(50):
        sizes = [rng.randint(5, 60) for _ in range(5)]
        events = [rng.randint(0, n) for n in sizes]
        y = np.concatenate([np.r_[np.ones(k), np.zeros(n - k)] for k, n in zip(events, sizes, strict=True)])
        x = np.repeat(np.arange(5), sizes)
        expected = np.sqrt(len(y)) * np.corrcoef(x, y)[0, 1]
        assert st.cochran_armitage(events, sizes).statistic == pytest.approx(expected, rel=1e-9)


def test_kappa_equals_statsmodels_and_ac1_resists_the_prevalence_paradox():
    rng = random.Random(SEED)
    for _ in range(50):
        table = [[rng.randint(1, 60) for _ in range(3)] for _ in range(3)]
        theirs = cohens_kappa(table)
        ours = st.cohen_kappa(table)
        assert ours.value == pytest.approx(theirs.kappa, rel=1e-12)
        assert ours.low == pytest.approx(theirs.kappa_low, rel=1e-9)
    paradox = [[90, 4], [4, 2]]
    assert st.percent_agreement(paradox).value == pytest.approx(0.92)
    assert st.cohen_kappa(paradox).value == pytest.approx(0.29, abs=0.005)
    assert st.gwet_ac1(paradox).value == pytest.approx(0.91, abs=0.005)


def test_distribution_functions_equal_scipy():
    rng = np.random.default_rng(SEED)
    for _ in range(300):
        x, a, b = rng.random(), *rng.integers(1, 300, 2)
        assert distributions.beta_cdf(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), abs=1e-11)
        n = int(a + b)
        assert distributions.binomial_cdf(int(a), n, x) == pytest.approx(stats.binom.cdf(a, n, x), abs=1e-11)
        assert distributions.binomial_sf(int(a), n, x) == pytest.approx(stats.binom.sf(a - 1, n, x), abs=1e-11)
        assert distributions.binomial_pmf(int(a), n, x) == pytest.approx(stats.binom.pmf(a, n, x), rel=1e-9, abs=1e-300)
        statistic, degrees = float(rng.random() * 60), int(rng.integers(1, 30))
        assert distributions.chi2_sf(statistic, degrees) == pytest.approx(
            stats.chi2.sf(statistic, degrees), rel=1e-9, abs=1e-13
        )
    for level in (0.5, 0.95, 1 - 1e-9):
        assert st.critical_z(level) == pytest.approx(stats.norm.isf((1 - level) / 2), rel=1e-12)


def test_binomial_and_chi_square_tests_equal_scipy():
    rng = random.Random(SEED)
    for _ in range(100):
        n = rng.randint(1, 500)
        k, p = rng.randint(0, n), rng.uniform(0.01, 0.99)
        assert st.binomial_test(k, n, p).p_value == pytest.approx(stats.binomtest(k, n, p).pvalue, rel=1e-8, abs=1e-250)
    observed, shares = [30, 50, 20], [0.25, 0.5, 0.25]
    assert st.goodness_of_fit(observed, shares).p_value == pytest.approx(
        stats.chisquare(observed, [25, 50, 25]).pvalue, rel=1e-12
    )
