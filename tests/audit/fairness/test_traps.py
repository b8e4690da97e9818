"""Every trap of the field that silently gives a wrong answer elsewhere, one test each."""

import numpy as np
import pandas as pd
import pytest

from audit.fairness import (
    AssessmentConfig,
    Floor,
    Schema,
    UnknownValue,
    assess,
    counts_from_frame,
    with_preset,
)
from audit.statistics import fisher_exact, wilson
from tests.audit.fairness.frames import confusion_log, log

SELECT = Schema(("group",), decision="approved", favourable="yes")
ERRORS = Schema(("group",), decision="d", favourable="1", outcome="y", positive="1")
OPEN = Floor(shown=1)


def check(frame, schema=SELECT, **options):
    options.setdefault("groups", ("group",))
    return assess(counts_from_frame(frame, schema), AssessmentConfig(**options))


def of(assessment, group, metric="selection_rate"):
    return next(c for c in assessment.comparisons if c.group == group and c.metric == metric)


def figures(assessment, group):
    return next(g for g in assessment.groups if g.group == group)


def test_a_missing_attribute_is_a_counted_and_shown_group():
    frame = log(a=(20, 40), b=(18, 40))
    frame.loc[frame.index[:7], "group"] = None
    assessment = check(frame)
    unknown = figures(assessment, "unknown")
    assert unknown.confusion.n == 7
    assert unknown.rates["selection_rate"].n == 7
    assert sum(g.confusion.n for g in assessment.groups) == assessment.n == 80
    assert assessment.unknown[0].n == 7
    assert "unknown_above_limit" in {w.code for w in assessment.warnings}
    assert not any("unknown" in (c.group, c.reference) for c in assessment.comparisons)


@pytest.mark.parametrize("word", ["", "Unknown", "NaN", "n/a", None, np.nan])
def test_every_word_for_missing_ends_in_the_unknown_group(word):
    frame = log(a=(20, 40), b=(18, 40))
    frame["group"] = frame["group"].astype(object)
    frame.loc[frame.index[:3], "group"] = word
    assert figures(check(frame), "unknown").confusion.n == 3


def test_none_as_a_text_is_a_category_not_a_gap():
    frame = log(column="faith", None_=(20, 40), other=(18, 40)).replace({"faith": {"None_": "None"}})
    assessment = check(frame, Schema(("faith",), "approved", "yes"), groups=("faith",))
    assert figures(assessment, "None").confusion.n == 40
    assert assessment.unknown[0].n == 0


def test_a_group_without_positive_outcomes_has_no_true_positive_rate():
    assessment = check(confusion_log(a=(60, 10, 20, 60), b=(0, 10, 0, 60)), ERRORS)
    assert figures(assessment, "b").rates["true_positive_rate"].value is None
    comparison = of(assessment, "b", "true_positive_rate")
    assert (comparison.verdict, comparison.code) == ("insufficient_data", "no_cases")
    assert comparison.difference.value is None
    assert not any(s.metric == "true_positive_rate" for s in assessment.spreads)


def test_nobody_selected_anywhere_gives_no_verdict():
    frame = log(a=(0, 400), b=(0, 400))
    assessment = check(frame)
    assert of(assessment, "b").ratio.value is None
    assert of(assessment, "b").code == "no_events"
    assert assessment.state == "insufficient_data"
    assert "nobody_selected" in {w.code for w in assessment.warnings}


def test_a_reference_rate_of_zero_leaves_the_ratio_undefined_and_the_difference_standing():
    assessment = check(log(a=(0, 400), b=(80, 400)), reference={"group": "a"})
    comparison = of(assessment, "b")
    assert comparison.ratio.value is None
    assert comparison.difference.value == pytest.approx(0.2)
    assert (comparison.verdict, comparison.code) == ("insufficient_data", "ratio_undefined")
    assert comparison.reverse == "attention"
    assert assessment.state == "attention"


def test_a_misspelt_reference_is_rejected():
    with pytest.raises(UnknownValue, match="reference value 'A' does not occur in 'group'; its values are 'a', 'b'"):
        check(log(a=(20, 40), b=(18, 40)), reference={"group": "A"})


def test_a_misspelt_favourable_value_is_rejected():
    with pytest.raises(UnknownValue, match="favourable value 'Yes' does not occur"):
        counts_from_frame(log(a=(20, 40)), Schema(("group",), "approved", "Yes"))


def test_three_of_three_selected_is_not_certain():
    interval = figures(check(log(a=(3, 3), b=(5, 10)), floor=OPEN), "a").rates["selection_rate"]
    assert (round(interval.low, 2), interval.high) == (0.44, 1.0)


def test_no_interval_is_given_for_the_widest_gap():
    assessment = check(log(a=(30, 100), b=(36, 100), c=(33, 100)))
    spread = assessment.spreads[0].to_json()
    assert (spread["lowest"], spread["highest"], spread["groups"]) == ("a", "b", 3)
    assert spread["difference"] == pytest.approx(0.06)
    assert not {"low", "high"} & spread.keys()


def test_an_unused_declared_category_is_listed_with_no_cases():
    frame = log(a=(20, 40), b=(18, 40))
    frame["group"] = pd.Categorical(frame["group"], categories=["a", "b", "c"])
    assessment = check(frame)
    assert figures(assessment, "c").confusion.n == 0
    assert figures(assessment, "c").rates["selection_rate"].value is None
    assert of(assessment, "c").code == "no_cases"


def test_missing_categories_survive_pandas_defaults_in_a_cross():
    frame = log(a=(20, 40), b=(18, 40)).assign(other=["x", "y"] * 40)
    frame.loc[:4, "other"] = np.nan
    schema = Schema(("group", "other"), "approved", "yes")
    assessment = check(frame, schema, groups=("group",), crosses=(("group", "other"),))
    crossed = [g for g in assessment.groups if g.attribute == "group x other"]
    assert sum(g.confusion.n for g in crossed) == 80
    assert figures(assessment, "a x unknown").confusion.n == 5


def test_fisher_does_not_overflow_at_six_thousand():
    assert 0 < fisher_exact(1500, 6000, 1600, 6000).p_value < 1


def test_five_of_ten_against_three_of_ten_is_insufficient():
    assessment = check(log(a=(5, 10), b=(3, 10)))
    comparison = of(assessment, "b")
    assert (comparison.verdict, comparison.code) == ("insufficient_data", "below_minimum_n")
    assert comparison.p_value == pytest.approx(0.6499, abs=1e-4)
    assert comparison.needed_n > 10
    assert comparison.ratio.value == pytest.approx(0.6)


def test_an_excluded_tiny_group_never_sets_the_reference():
    frame = log(a=(300, 1000), b=(240, 1000), tiny=(3, 3))
    config = with_preset(AssessmentConfig(groups=("group",)), "ll144")
    assessment = assess(counts_from_frame(frame, SELECT), config)
    assert {c.reference for c in assessment.comparisons} == {"a"}
    assert of(assessment, "b").ratio.value == pytest.approx(0.8)
    assert [g.group for g in assessment.groups if g.excluded] == ["tiny"]
    excluded = assessment.to_json()["excluded"][0]
    assert (excluded["n"], excluded["rate"]) == (3, 1.0)


def test_a_small_lucky_group_does_not_set_the_reference_of_the_four_fifths_rule():
    frame = log(a=(30, 100), b=(29, 100), lucky=(9, 12))
    config = with_preset(AssessmentConfig(groups=("group",)), "us_four_fifths")
    assessment = assess(counts_from_frame(frame, SELECT), config)
    assert of(assessment, "b").reference == "a"


def test_the_direction_is_declared_and_denials_are_not_approvals():
    frame = log(a=(900, 1000), b=(840, 1000))
    approvals = check(frame, reference={"group": "a"})
    denials = check(frame, Schema(("group",), "approved", "no"), reference={"group": "a"})
    assert of(approvals, "b").verdict == "pass"
    assert of(denials, "b").ratio.value == pytest.approx(1.6)
    assert denials.schema.digest != approvals.schema.digest


def test_simpson_the_pooled_gap_reverses_inside_the_strata():
    frame = pd.concat(
        [
            log(men=(80, 100), women=(17, 20)).assign(office="easy"),
            log(men=(6, 20), women=(35, 100)).assign(office="hard"),
        ]
    )
    counts = counts_from_frame(frame, Schema(("group", "office"), "approved", "yes"))
    pooled = assess(counts, AssessmentConfig(groups=("group",), reference={"group": "men"}))
    assert of(pooled, "women").ratio.value < 0.8
    for office in counts.split("office").values():
        inside = assess(office, AssessmentConfig(groups=("group",), reference={"group": "men"}))
        assert of(inside, "women").ratio.value > 1


def test_outcomes_known_only_for_the_selected_are_refused():
    frame = confusion_log(a=(60, 20, 0, 0), b=(50, 30, 0, 0)).astype(object)
    rejected = pd.DataFrame([("a", 0, None)] * 50 + [("b", 0, None)] * 60, columns=["group", "d", "y"])
    assessment = check(pd.concat([frame, rejected]), ERRORS)
    for metric in ("true_positive_rate", "false_positive_rate", "accuracy", "base_rate"):
        assert assessment.refused[metric] == "outcomes_known_only_for_selected"
        assert metric not in figures(assessment, "a").rates
    assert figures(assessment, "a").rates["positive_predictive_value"].value == pytest.approx(0.75)
    assert {c.metric for c in assessment.comparisons} == {"selection_rate", "positive_predictive_value"}


def test_declaring_that_only_selected_have_outcomes_refuses_even_full_looking_tables():
    assessment = check(confusion_log(a=(60, 20, 10, 40), b=(50, 30, 10, 40)), ERRORS, outcomes="selected")
    assert "true_positive_rate" in assessment.refused


def test_unverified_rejections_recorded_as_negative_are_pointed_out():
    assessment = check(confusion_log(a=(60, 20, 0, 40), b=(50, 30, 0, 40)), ERRORS)
    assert "no_positive_among_rejected" in {w.code for w in assessment.warnings}


def test_significant_is_not_large_and_large_is_not_certain():
    certain_but_small = of(check(log(a=(30000, 100_000), b=(29000, 100_000))), "b")
    assert certain_but_small.p_adjusted < 0.001
    assert certain_but_small.verdict == "pass"
    large_but_uncertain = of(check(log(a=(100, 300), b=(8, 32))), "b")
    assert large_but_uncertain.ratio.value < 0.8
    assert large_but_uncertain.verdict == "insufficient_data"


def test_the_majority_as_reference_does_not_hide_its_own_disadvantage():
    assessment = check(log(majority=(300, 1000), minority=(250, 500)))
    assert of(assessment, "minority").reference_rule == "largest"
    codes = {w.code for w in assessment.warnings}
    assert {"reference_not_declared", "reference_below_group"} <= codes
    assert assessment.state == "attention"


def test_more_errors_are_a_disparity_as_fewer_are():
    frame = confusion_log(a=(500, 200, 100, 800), b=(500, 300, 100, 700))
    against_a = check(frame, ERRORS, reference={"group": "a"})
    against_b = check(frame, ERRORS, reference={"group": "b"})
    assert of(against_a, "b", "false_positive_rate").code == "above_threshold"
    assert of(against_b, "a", "false_positive_rate").code == "below_threshold"


def test_a_pass_needs_the_interval_not_just_the_numbers():
    assessment = check(log(a=(15, 50), b=(14, 50)))
    assert of(assessment, "b").ratio.value > 0.9
    assert of(assessment, "b").verdict == "insufficient_data"
    assert assessment.state == "insufficient_data"


def test_the_minimum_is_on_the_metrics_own_denominator():
    assessment = check(confusion_log(a=(40, 100, 40, 900), b=(6, 100, 6, 900)), ERRORS, reference={"group": "a"})
    assert of(assessment, "b", "selection_rate").code == "within_threshold" or of(assessment, "b").n > 1000
    assert of(assessment, "b", "true_positive_rate").code == "below_minimum_n"


def test_below_ten_cases_no_rate_is_shown():
    assessment = check(log(a=(50, 100), b=(4, 9)))
    assert figures(assessment, "b").rates["selection_rate"].value is None
    assert of(assessment, "b").p_value is None
    assert of(assessment, "b").code == "too_few_to_show"


def test_suppressed_counts_are_absent_from_every_output():
    frame = confusion_log(a=(50, 20, 10, 40), b=(3, 1, 2, 1))
    data = check(frame, ERRORS, suppress_counts=True).to_json()
    row = next(g for g in data["groups"] if g["group"] == "b")
    assert (row["selected"], row["confusion"], row["selection_rate"]["value"]) == (None, None, None)
    assert all(c["events"] is None for c in data["comparisons"] if c["group"] == "b")


def test_one_group_alone_is_nothing_to_compare():
    assessment = check(log(a=(50, 100)))
    assert assessment.state == "insufficient_data"
    assert "nothing_to_compare" in {w.code for w in assessment.warnings}


def test_worst_case_bounds_hold_for_every_assignment_of_the_unknown():
    frame = log(a=(50, 100), b=(42, 100))
    unknown = log(gap=(6, 12)).replace({"gap": None})
    unknown["group"] = None
    bounds = check(pd.concat([frame, unknown]), reference={"group": "a"}).unknown[0].worst_case[0]
    seen = []
    for to_b_yes in range(7):
        for to_b_no in range(7):
            for to_a_yes in range(7 - to_b_yes):
                for to_a_no in range(7 - to_b_no):
                    b = (42 + to_b_yes) / (100 + to_b_yes + to_b_no)
                    a = (50 + to_a_yes) / (100 + to_a_yes + to_a_no)
                    seen.append(b / a)
    assert (bounds.low, bounds.high) == pytest.approx((min(seen), max(seen)))
    assert bounds.could_change


def test_one_group_written_two_ways_is_pointed_out():
    frame = log(female=(50, 100), Female=(40, 100), male=(50, 100))
    warning = next(w for w in check(frame).warnings if w.code == "groups_alike")
    assert warning.data["groups"] == ["Female", "female"]


def test_a_column_of_a_thousand_groups_is_still_answered():
    frame = log(**{f"g{i:04}": (i % 7, 12) for i in range(1000)})
    assessment = check(frame)
    assert len(assessment.comparisons) == 999
    assert assessment.state == "insufficient_data"


def test_wald_would_miss_where_wilson_covers():
    assert wilson(0, 20).high > 0.1


def test_with_unequal_base_rates_no_single_figure_decides_and_the_base_rate_stands_beside():
    """Chouldechova: equal PPV and TPR with unequal base rates force unequal FPR; all of them are shown."""
    frame = confusion_log(a=(400, 100, 100, 400), b=(200, 50, 50, 700))
    found = check(frame, ERRORS)
    a, b = figures(found, "a").rates, figures(found, "b").rates
    assert a["true_positive_rate"].value == b["true_positive_rate"].value == 0.8
    assert a["positive_predictive_value"].value == b["positive_predictive_value"].value == 0.8
    assert (a["base_rate"].value, b["base_rate"].value) == (0.5, 0.25)
    assert of(found, "b", "false_positive_rate").verdict == "attention"
    assert of(found, "b", "positive_predictive_value").verdict != "attention"
