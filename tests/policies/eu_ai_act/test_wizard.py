"""What the wizard reads: order, why a question is asked, explanation, diff, roles."""

from dataclasses import replace
from datetime import date

import msgspec
import pytest

from policies.eu_ai_act import (
    CURRENT_LAW,
    classify,
    diff,
    explain,
    flip_questions,
    next_question,
    questions,
    suggest_roles,
)

TODAY = date(2026, 11, 21)
BASE = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer"}


def test_questions_come_in_the_order_of_the_act() -> None:
    order = [q.section for q in questions()]

    assert list(dict.fromkeys(order)) == [
        "scope", "roles", "exclusions", "prohibited", "annex_i", "annex_iii", "derogation", "transparency", "gpai",
        "flips", "facts",
    ]  # fmt: skip


def test_every_question_has_plain_help_examples_and_an_article() -> None:
    for question in questions():
        assert question.text.endswith("?")
        assert question.help
        assert question.examples
        assert question.article


def test_it_starts_with_the_definition_and_stops_early_outside_the_act() -> None:
    first = next_question({}, on_date=TODAY)
    assert first is not None
    assert first.question.id == "Q1"
    assert next_question({"Q1": "yes", "Q2": "no"}, on_date=TODAY) is None


def test_it_says_which_answers_make_a_question_matter() -> None:
    answers = {**{q.id: "no" for q in questions() if q.kind == "yes_no"}, "Q1": "yes", "Q2": "yes", "role": "deployer"}
    answers |= {"Q14": "yes"}
    del answers["Q14b"]
    step = next_question(answers, on_date=TODAY)

    assert step is not None
    assert step.question.id == "Q14a"
    assert step.because == {"Q14": "yes"}


def test_role_flips_are_three_questions_for_every_change() -> None:
    assert [q.article for q in flip_questions()] == ["Art 25(1)(a)", "Art 25(1)(b)", "Art 25(1)(c)"]


def test_a_skipped_question_is_put_off() -> None:
    step = next_question({}, on_date=TODAY, skipped=["Q1"])

    assert step is not None
    assert step.question.id == "Q2"


def test_the_derogation_is_not_offered_to_a_deployer() -> None:
    asked = []
    answers: dict[str, str] = {"Q1": "yes", "Q2": "yes", "role": "deployer", "Q19a": "yes", "Q26": "no"}
    while step := next_question(answers, on_date=TODAY):
        asked.append(step.question.id)
        answers[step.question.id] = "no"

    assert "provider_statement" in asked
    assert not {"Q27a", "Q28", "Q29a"} & set(asked)


def test_it_explains_each_rule_with_its_provision_and_questions() -> None:
    result = classify({**BASE, "Q20b": "yes", "Q26": "yes"}, on_date=TODAY)
    reasons = {reason.rule: reason for reason in explain(result)}

    assert reasons["ANNEX-III-5B"].basis == ("Annex III 5(b)",)
    assert reasons["ANNEX-III-5B"].questions == ("Q20b",)
    assert reasons["ART6-3-PROFILING"].questions == ("Q26",)


def test_a_diff_names_what_is_new_gone_and_moved() -> None:
    old = classify({**BASE, "Q30": "yes"}, on_date=TODAY)
    new = classify({**BASE, "Q19a": "yes", "Q26": "yes", "flip_c": "yes"}, on_date=TODAY)
    change = diff(old, new)

    assert change.tier == ("limited", "high")
    assert change.outcomes_added == ("HIGH_RISK_ANNEX_III",)
    assert change.outcomes_removed == ("TRANSPARENCY",)
    assert change.roles_added == ("provider",)
    assert {duty.id for duty in change.duties_added} >= {"art-9", "art-26-2"}
    assert change.changed


def test_a_diff_of_the_same_answers_is_empty() -> None:
    same = classify({**BASE, "Q30": "yes"}, on_date=TODAY)

    assert not diff(same, classify({**BASE, "Q30": "yes"}, on_date=date(2027, 1, 1))).changed


def test_a_moved_date_in_the_law_shows_as_moved_duties() -> None:
    answers = {**BASE, "Q19a": "yes", "Q26": "yes"}
    later = msgspec.structs.replace(CURRENT_LAW.dates["D07"], applies_from=date(2029, 1, 1))
    law = msgspec.structs.replace(CURRENT_LAW, dates={**CURRENT_LAW.dates, "D07": later})
    change = diff(classify(answers, on_date=TODAY), classify(answers, on_date=TODAY, law=law))

    assert change.changed
    assert not change.outcomes_added
    assert {after.operative_from for _, after in change.duties_moved} == {date(2029, 1, 1)}


def test_a_law_version_alone_is_not_a_change() -> None:
    old = classify({**BASE, "Q30": "yes"}, on_date=TODAY)
    new = replace(old, law_version="2030-01-01.1")

    assert diff(old, new).law_version == ("2026-07-27.1", "2030-01-01.1")
    assert not diff(old, new).changed


@pytest.mark.parametrize(
    ("yes", "roles"),
    [
        (["own_use"], ("provider", "deployer")),
        (["uses"], ("deployer",)),
        (["own_name", "resells"], ("provider", "distributor")),
        (["brings_in"], ("importer",)),
        (["represents"], ("authorised_representative",)),
        (["in_product"], ("product_manufacturer",)),
    ],
)
def test_the_role_wizard_gives_the_roles_of_article_3(yes: list[str], roles: tuple[str, ...]) -> None:
    assert suggest_roles(yes) == roles
