"""Strata, shares, numeric errors, several classes, what-if."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from audit.fairness import AssessmentConfig, InvalidCheck, Schema, UnknownValue, assess, counts_from_frame
from audit.fairness.conditional import conditional
from audit.fairness.multiclass import multiclass_from_frame
from audit.fairness.regression import ErrorSums, bias, compare_errors, mean_absolute_error, root_mean_square_error
from audit.fairness.representation import representation
from audit.fairness.whatif import what_if
from tests.audit.fairness.frames import log
from tests.scale import SEED

SIMPSON = pd.concat(
    [
        log(men=(80, 100), women=(17, 20)).assign(office="easy"),
        log(men=(6, 20), women=(35, 100)).assign(office="hard"),
    ]
)


def simpson():
    counts = counts_from_frame(SIMPSON, Schema(("group", "office"), "approved", "yes"))
    return conditional(counts, "group", "office", group="women", reference="men")


def test_a_reversal_inside_the_strata_is_named():
    figures = simpson()
    assert figures.crude.value < 1 < figures.ratio.value
    assert figures.reverses
    assert [part.stratum for part in figures.strata] == ["easy", "hard"]


def test_the_stratified_ratio_is_mantel_haenszel():
    theirs = StratifiedTable([np.array([[17, 3], [80, 20]]), np.array([[35, 65], [6, 14]])])
    assert simpson().ratio.value == pytest.approx(theirs.riskratio_pooled, rel=1e-12)
    assert simpson().p_value == pytest.approx(theirs.test_null_odds(correction=False).pvalue, rel=1e-9)


def test_conditional_disparity_follows_its_definition():
    # easy: women 3 of 23 rejected, 17 of 97 accepted; hard: 65 of 79 and 35 of 41.
    expected = 0.5 * (3 / 23 - 17 / 97) + 0.5 * (65 / 79 - 35 / 41)
    assert simpson().disparity == pytest.approx(expected, rel=1e-12)
    assert simpson().crude_disparity == pytest.approx(68 / 102 - 52 / 138, rel=1e-12)


def test_unknown_strata_are_a_stratum_of_their_own():
    frame = SIMPSON.reset_index(drop=True)
    frame.loc[::7, "office"] = None
    counts = counts_from_frame(frame, Schema(("group", "office"), "approved", "yes"))
    figures = conditional(counts, "group", "office", group="women", reference="men")
    assert figures.strata[-1].stratum == "unknown"
    assert sum(part.n for part in figures.strata) == 120


def test_shares_are_compared_with_declared_shares():
    counts = counts_from_frame(log(a=(1, 300), b=(1, 700)), Schema(("group",), "approved", "yes"))
    check = representation(counts, "group", {"a": 0.4, "b": 0.6})
    assert check.p_value < 0.001
    assert check.groups[0].share.value == 0.3
    assert check.groups[0].ratio == pytest.approx(0.75)
    assert check.groups[0].p_adjusted >= check.groups[0].p_value


@pytest.mark.parametrize("shares", [{"a": 0.4, "b": 0.5}, {"a": 1.0}, {"a": 0.4, "c": 0.6}])
def test_incomplete_benchmarks_are_refused(shares):
    counts = counts_from_frame(log(a=(1, 300), b=(1, 700)), Schema(("group",), "approved", "yes"))
    with pytest.raises(InvalidCheck):
        representation(counts, "group", shares)


def test_numeric_errors_equal_numpy_and_merge_exactly():
    rng = np.random.default_rng(SEED)
    y, p = rng.normal(50, 9, 400).round(3), rng.normal(50, 9, 400).round(3)
    whole = ErrorSums.of(p, y)
    assert mean_absolute_error(whole).value == pytest.approx(np.abs(p - y).mean(), abs=1e-9)
    assert bias(whole).value == pytest.approx((p - y).mean(), abs=1e-9)
    assert root_mean_square_error(whole) == pytest.approx(np.sqrt(((p - y) ** 2).mean()), abs=1e-9)
    width = bias(whole).high - bias(whole).value
    assert width == pytest.approx(1.959964 * (p - y).std(ddof=1) / 20, rel=1e-6)
    assert ErrorSums.of(p[200:], y[200:]) + ErrorSums.of(p[:200], y[:200]) == whole
    assert whole - ErrorSums.of(p[:200], y[:200]) == ErrorSums.of(p[200:], y[200:])


def test_numeric_errors_of_nobody_are_undefined():
    assert mean_absolute_error(ErrorSums()).value is None
    assert root_mean_square_error(ErrorSums()) is None
    assert compare_errors(ErrorSums(), ErrorSums.of([1.0, 2.0], [1.0, 1.0]))["bias"].value is None


@pytest.fixture
def shop():
    rng = np.random.default_rng(SEED)
    return pd.DataFrame(
        {
            "group": rng.choice(["a", "b", None], 600),
            "d": rng.choice(["grant", "defer", "deny", None], 600),
            "y": rng.choice(["grant", "defer", "deny"], 600),
        }
    )


def test_each_class_against_the_rest_equals_the_binary_count(shop):
    multi = multiclass_from_frame(shop, ["group"], "d", "y")
    assert multi.classes == ("defer", "deny", "grant")
    for name, counts in multi.each_class().items():
        assert counts == counts_from_frame(shop, Schema(("group",), "d", name, "y", name))


def test_several_classes_can_be_favourable_together(shop):
    counts = multiclass_from_frame(shop, ["group"], "d").binary(["grant", "defer"])
    assessment = assess(counts, AssessmentConfig(("group",)))
    figures = next(group for group in assessment.groups if group.group == "a")
    mine = shop[shop.group == "a"].d.dropna()
    assert figures.rates["selection_rate"].value == pytest.approx(mine.isin(["grant", "defer"]).mean())
    assert figures.confusion.undecided == (shop.group == "a").sum() - len(mine)


def test_parts_of_a_multiclass_log_merge(shop):
    halves = [shop.iloc[:300], shop.iloc[300:]]
    first, second = (multiclass_from_frame(half, ["group"], "d", "y") for half in halves)
    whole = multiclass_from_frame(shop, ["group"], "d", "y")
    assert (first + second).binary(["grant"]) == whole.binary(["grant"])


def test_a_misspelt_class_is_rejected(shop):
    with pytest.raises(UnknownValue, match="'granted'"):
        multiclass_from_frame(shop, ["group"], "d").binary(["granted"])


counts_pair = st.tuples(st.integers(1, 400), st.integers(1, 400)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(1, n[1]), st.just(n[1]))
)


@given(counts_pair)
def test_the_further_selections_are_the_fewest_that_reach_the_threshold(pair):
    events, n, reference_events, reference_n = pair
    found = what_if(*pair, 0.8)

    def reaches(k):
        return 10 * k * reference_n >= 8 * reference_events * n

    assert reaches(events + found.more_selections)
    assert found.more_selections == 0 or not reaches(events + found.more_selections - 1)
    assert found.reachable == (events + found.more_selections <= n)


def test_a_flag_resting_on_one_person_is_said():
    # 3 of 10 against 40 of 100: one more is 4 of 10 against 39 of 100.
    assert what_if(3, 10, 40, 100, 0.8).flip_one
    assert not what_if(300, 1000, 400, 1000, 0.8).flip_one
    assert what_if(0, 10, 0, 10, 0.8).more_selections is None
