"""Presets as data, and sentences that state ratio, interval, test and n together."""

import string

import pytest

from audit.fairness import PRESETS, AssessmentConfig, InvalidCheck, Schema, assess, counts_from_frame, with_preset
from audit.fairness.wording import SENTENCES, WARNINGS, sentence, sentence_data
from tests.audit.fairness.frames import confusion_log, log

SELECT = Schema(("group",), "approved", "yes")
BANNED = ("unbiased", "compliant", "tamper-proof", "guaranteed", " fair ", "fair.")


def judged(frame, config=None, schema=SELECT):
    return assess(counts_from_frame(frame, schema), config or AssessmentConfig(("group",), reference={"group": "a"}))


def test_a_pass_names_level_bound_threshold_and_both_n():
    (comparison,) = judged(log(a=(3948, 9870), b=(1590, 4120))).comparisons
    assert sentence(comparison, AssessmentConfig(("group",))) == (
        "Within threshold: with 95 % confidence over all 1 comparisons the selection rate of b is at least 0.92 of "
        "that of a (threshold 0.80; n 4,120 and 9,870)."
    )


def test_a_disparity_names_ratio_interval_and_corrected_p():
    assessment = judged(log(a=(400, 1000), b=(268, 1000)))
    text = sentence(assessment.comparisons[0], assessment.config)
    assert text.startswith("Disparity found: the selection rate of b is 0.67 of that of a (95 % CI 0.59-0.76,")
    assert "p < 0.0001 after correction for 1 comparisons" in text


def test_insufficient_data_names_the_interval_and_the_decisions_needed():
    assessment = judged(log(a=(1740, 5000), b=(8, 32)))
    text = sentence(assessment.comparisons[0], assessment.config)
    assert "8 of 32, 0.72 of a, but the interval 0.39-1.31" in text
    assert "About 696 decisions a group are needed." in text


def test_the_eu_preset_gives_no_verdict_and_asks():
    config = with_preset(AssessmentConfig(("group",), reference={"group": "a"}), "eu")
    assessment = judged(log(a=(400, 1000), b=(268, 1000), c=(395, 1000)), config)
    verdicts = {c.group: (c.verdict, c.code) for c in assessment.comparisons}
    assert verdicts == {"b": (None, "below_reference"), "c": (None, "interval_contains_one")}
    data = assessment.to_json()
    assert data["state"] is None
    assert len(data["questions"]) == 4
    assert "what explains it, and is it justified?" in data["comparisons"][0]["sentence"]


def test_the_four_fifths_preset_calls_itself_a_rule_of_thumb():
    config = with_preset(AssessmentConfig(("group",)), "us_four_fifths")
    data = judged(log(a=(400, 1000), b=(268, 1000)), config).to_json()
    assert "rule of thumb" in data["preset"]["note"]
    assert data["comparisons"][0]["what_if"] == {"more_selections": 52, "reachable": True, "flip_one": False}


def test_an_unknown_preset_names_those_that_exist():
    with pytest.raises(InvalidCheck, match="ll144, us_four_fifths, eu"):
        with_preset(AssessmentConfig(("group",)), "gdpr")


def test_every_template_is_filled_by_the_data_of_any_comparison():
    assessment = judged(log(a=(400, 1000), b=(268, 1000)))
    data = sentence_data(assessment.comparisons[0], assessment.config)
    for template in SENTENCES.values():
        assert "%(" not in template % data


@pytest.mark.parametrize("text", [*SENTENCES.values(), *WARNINGS.values(), *(p.note for p in PRESETS.values())])
def test_no_text_promises_what_statistics_cannot(text):
    words = text.lower()
    assert not any(word in words for word in BANNED)


def test_every_code_that_occurs_has_its_sentence():
    frames = [
        log(a=(400, 1000), b=(268, 1000), c=(395, 1000), d=(3, 5), e=(12, 20), f=(0, 900)),
        log(a=(0, 400), b=(80, 400), c=(0, 400)),
        log(a=(4, 1000), b=(4, 900)),
    ]
    for frame in frames:
        assessment = judged(frame)
        assert all(sentence(c, assessment.config) for c in assessment.comparisons)
        assert all(warning["message"] for warning in assessment.to_json()["warnings"])
    errors = judged(
        confusion_log(a=(5000, 2000, 1000, 8000), b=(500, 300, 100, 700), c=(5000, 2000, 1000, 8000)),
        schema=Schema(("group",), "d", "1", "y", "1"),
    )
    texts = " ".join(sentence(c, errors.config) for c in errors.comparisons)
    assert "above 1.25" in texts
    assert "(band 0.80 to 1.25" in texts


def test_templates_name_only_known_fields():
    fields = {name for text in WARNINGS.values() for _, name, _, _ in string.Formatter().parse(text) if name}
    assert fields == set()


def test_the_json_of_an_assessment_names_its_worst_pair():
    assessment = judged(log(a=(400, 1000), b=(268, 1000), c=(300, 1000)))
    worst = assessment.to_json()["worst"]
    assert (worst["group"], worst["reference"], worst["verdict"]) == ("b", "a", "attention")
