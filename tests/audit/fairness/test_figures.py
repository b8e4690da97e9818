"""Published figures of open data, to the printed digit, and agreement with Fairlearn."""

from pathlib import Path

import pandas as pd
import pytest

from audit.fairness import AssessmentConfig, Schema, assess, counts_from_frame

VECTORS = Path(__file__).parents[2] / "vectors" / "fairness"
ACS = Path(__file__).parents[4] / "shared" / "data" / "acs_ma_employment.csv.gz"


def rates(assessment, group):
    return next(g for g in assessment.groups if g.group == group).rates


def test_german_credit_by_sex():
    counts = counts_from_frame(pd.read_csv(VECTORS / "german_credit.csv"), Schema(("sex",), "risk", "1"))
    assessment = assess(counts, AssessmentConfig(groups=("sex",), reference={"sex": "male"}))
    female, male = (rates(assessment, sex)["selection_rate"] for sex in ("female", "male"))
    assert (round(female.value, 6), female.n) == (0.648387, 310)
    assert (round(male.value, 6), male.n) == (0.723188, 690)
    assert round(assessment.comparisons[0].ratio.value, 4) == 0.8966


def test_german_credit_by_age_is_just_below_four_fifths():
    frame = pd.read_csv(VECTORS / "german_credit.csv")
    frame["young"] = (frame.age <= 25).map({True: "25 or younger", False: "older"})
    counts = counts_from_frame(frame, Schema(("young",), "risk", "1"))
    assessment = assess(counts, AssessmentConfig(groups=("young",), reference={"young": "older"}))
    comparison = assessment.comparisons[0]
    assert (comparison.events, comparison.n, comparison.reference_events, comparison.reference_n) == (
        110,
        190,
        590,
        810,
    )
    assert (round(comparison.ratio.value, 4), comparison.verdict) == (0.7948, "attention")
    assert comparison.ratio.high > 0.8


@pytest.mark.skipif(not ACS.exists(), reason="the full ACS file is not part of the repository")
@pytest.mark.parametrize(
    ("year", "sex", "n", "selection", "tpr", "fpr"),
    [
        (2015, "male", 33_094, 0.539131, 0.874252, 0.183342),
        (2015, "female", 35_691, 0.537418, 0.862693, 0.239437),
        (2018, "male", 33_880, 0.538607, 0.866013, 0.178403),
        (2018, "female", 36_251, 0.533971, 0.855494, 0.228078),
    ],
)
def test_employment_predictions_in_massachusetts(acs, year, sex, n, selection, tpr, fpr):
    counts = counts_from_frame(acs[acs.year == year], Schema(("sex",), "prediction", "1", "employed", "1"))
    found = rates(assess(counts, AssessmentConfig(groups=("sex",), reference={"sex": "male"})), sex)
    assert found["selection_rate"].n == n
    shown = [found[name].value for name in ("selection_rate", "true_positive_rate", "false_positive_rate")]
    assert [round(value, 6) for value in shown] == [selection, tpr, fpr]


@pytest.fixture(scope="module")
def acs():
    return pd.read_csv(ACS, usecols=["year", "sex", "prediction", "employed"])


@pytest.mark.skipif(not ACS.exists(), reason="the full ACS file is not part of the repository")
def test_equal_selection_can_hide_unequal_errors(acs):
    counts = counts_from_frame(acs[acs.year == 2015], Schema(("sex",), "prediction", "1", "employed", "1"))
    assessment = assess(counts, AssessmentConfig(groups=("sex",), reference={"sex": "male"}))
    verdicts = {comparison.metric: comparison.verdict for comparison in assessment.comparisons}
    assert verdicts["selection_rate"] == "pass"
    assert verdicts["false_positive_rate"] == "attention"
    spreads = {spread.metric: round(spread.ratio, 2) for spread in assessment.spreads}
    assert (spreads["selection_rate"], spreads["false_positive_rate"]) == (1.0, 0.77)
