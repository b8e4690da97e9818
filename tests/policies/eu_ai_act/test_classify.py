"""The contract of ``classify``: purity, unsure, open questions, answers that cannot be used."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.eu_ai_act import CURRENT_LAW, InvalidAnswers, asked_questions, classify, next_question, questions, tier
from tests.scale import count

ROUNDS = settings(max_examples=count(1_000, at_least=50), deadline=None)
TODAY = date(2026, 11, 21)
YES_NO = [q for q in questions() if q.kind == "yes_no"]


def _values(question_id: str) -> list[str]:
    question = CURRENT_LAW.questions[question_id]
    if question.kind == "number":
        return ["1e24", "1e25", "2e25", "unsure"]
    return [*(question.values or ("yes", "no")), "unsure"]


ANSWERS = st.fixed_dictionaries({}, optional={q.id: st.sampled_from(_values(q.id)) for q in questions()})
DAYS = st.dates(date(2024, 8, 1), date(2031, 1, 1))


@ROUNDS
@given(ANSWERS, DAYS)
def test_it_is_a_pure_function_of_answers_date_and_law(answers: dict[str, str], day: date) -> None:
    backwards = dict(reversed(answers.items()))

    assert classify(answers, on_date=day) == classify(backwards, on_date=day)


@ROUNDS
@given(ANSWERS, DAYS)
def test_an_asked_question_answered_unsure_is_never_silently_lower(answers: dict[str, str], day: date) -> None:
    result = classify(answers, on_date=day)

    if result.needs_legal_review:
        assert "NEEDS_LEGAL_REVIEW" in result.outcomes
        assert result.tier in ("prohibited", "high", "review")
        assert "MINIMAL" not in result.outcomes


@ROUNDS
@given(ANSWERS, DAYS)
def test_nothing_is_minimal_while_a_question_is_open(answers: dict[str, str], day: date) -> None:
    result = classify(answers, on_date=day)

    if result.unanswered:
        assert "MINIMAL" not in result.outcomes
        assert result.tier in ("prohibited", "high", "review")


@ROUNDS
@given(ANSWERS, DAYS, st.sampled_from(["Q19a", "Q20b", "Q17", "Q16c", "Q14"]))
def test_answering_yes_instead_of_no_to_an_area_never_lowers_the_tier(
    answers: dict[str, str], day: date, q: str
) -> None:
    demanding = ["out_of_scope", "minimal", "limited", "review", "high", "prohibited"]
    rest = {**answers, "Q26": "yes"}

    with_no = classify({**rest, q: "no"}, on_date=day).tier
    with_yes = classify({**rest, q: "yes"}, on_date=day).tier

    assert demanding.index(with_yes) >= demanding.index(with_no)


@ROUNDS
@given(ANSWERS, DAYS)
def test_a_derogation_never_stands_beside_profiling_or_without_the_provider(answers: dict[str, str], day: date) -> None:
    result = classify(answers, on_date=day)

    if "ANNEX_III_NOT_HIGH_RISK" in result.outcomes:
        assert answers["Q26"] == "no"
        assert "HIGH_RISK_ANNEX_III" not in result.outcomes
        assert "provider" in answers["role"].split(",") or answers["provider_statement"] == "yes"


@ROUNDS
@given(st.data(), DAYS)
def test_the_wizard_ends_and_leaves_no_question_open(data: st.DataObject, day: date) -> None:
    answers: dict[str, str] = {}
    while step := next_question(answers, on_date=day):
        answers[step.question.id] = data.draw(st.sampled_from(_values(step.question.id)), label=step.question.id)
    result = classify(answers, on_date=day)

    assert result.complete
    assert not result.unanswered_facts
    assert result.outcomes or result.flags


@pytest.mark.parametrize("day", [date(2026, 12, 1), date(2026, 12, 2)])
def test_the_new_ban_starts_on_its_day_and_not_before(day: date) -> None:
    answers = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "provider", "Q6": "yes", "Q6a": "yes"}
    result = classify(answers, on_date=day)

    assert ("PROHIBITED" in result.outcomes) == (day == date(2026, 12, 2))


@pytest.mark.parametrize("question", [q.id for q in YES_NO if q.section == "prohibited" and q.ask_when is None])
def test_a_ban_in_force_leaves_no_other_outcome_and_no_other_question(question: str) -> None:
    answers = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "provider,deployer", "Q19a": "yes", "Q26": "yes"}
    extra = {"Q6": {"Q6a": "yes"}, "Q7": {"Q7a": "yes"}, "Q13a": {"Q13b": "no"}}.get(question, {})
    result = classify({**answers, question: "yes", **extra}, on_date=date(2026, 12, 2))

    assert result.outcomes == ("PROHIBITED",)
    assert result.complete
    assert "Q19a" in result.not_considered


def test_facts_nobody_gave_leave_a_duty_depending_on_them() -> None:
    result = classify(
        {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer", "Q18a": "yes", "Q26": "yes"}, on_date=TODAY
    )
    fria = next(duty for duty in result.duties if duty.id == "art-27")

    assert not fria.certain
    assert set(fria.depends_on) == {"public_body", "private_public_service"}
    assert "public_body" in result.unanswered_facts


@ROUNDS
@given(ANSWERS, DAYS)
def test_a_duty_depends_only_on_questions_that_are_asked(answers: dict[str, str], day: date) -> None:
    complete = {**answers, "Q1": "yes", "Q2": "yes", "role": "provider,deployer", "Q19a": "yes"}
    complete |= {question.id: "no" for question in questions() if question.section in ("exclusions", "prohibited")}
    while unanswered := classify(complete, on_date=day).unanswered:
        complete |= {question: _values(question)[1] for question in unanswered}
    asked = {question.id for question in asked_questions(complete, on_date=day)}
    duties = classify(complete, on_date=day).duties

    assert {name for duty in duties for name in duty.depends_on} <= asked


def test_a_fact_that_does_not_matter_brings_no_duty() -> None:
    base = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer", "Q20a": "yes", "Q26": "yes"}
    duties = {d.id for d in classify({**base, "post_remote_biometrics": "yes"}, on_date=TODAY).duties}

    assert "art-26-10" not in duties
    assert "art-26-10" not in {d.id for d in classify(base, on_date=TODAY).duties}
    assert "art-26-10" in {d.id for d in classify({**base, "Q16a": "yes"}, on_date=TODAY).duties}


def test_without_a_role_every_role_duty_depends_on_the_role() -> None:
    result = classify({"otherwise": "no", "Q1": "yes", "Q2": "yes", "Q19a": "yes", "Q26": "yes"}, on_date=TODAY)

    assert "role" in result.unanswered
    assert all("role" in duty.depends_on for duty in result.duties)


def test_the_general_answer_is_listed_as_an_assumption_and_never_lowers() -> None:
    result = classify({"otherwise": "no", "role": "deployer", "Q19a": "yes"}, on_date=TODAY)

    assert set(result.unanswered) >= {"Q1", "Q2", "Q26"}
    assert "Q4" in result.assumed
    assert result.outcomes == ("HIGH_RISK_ANNEX_III",)
    assert {q.id for q in questions() if q.kind == "yes_no" and not q.fill and q.affects == "outcome"} == {
        "Q1", "Q2", "Q6a", "Q6b", "Q7a", "Q7b", "Q14c", "Q15", "Q26", "Q34a",
    }  # fmt: skip


def test_a_number_answers_its_letters_with_no_or_unsure() -> None:
    base = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer"}
    result = classify({**base, "Q16": "unsure", "Q19": "no"}, on_date=TODAY)

    assert {"Q16a", "Q16b", "Q16c"} <= set(result.needs_legal_review)
    assert "Q4" in result.assumed
    assert "Q19a" not in result.assumed


@pytest.mark.parametrize(
    ("answers", "code", "hint"),
    [
        ({"Q98": "no"}, "unknown_question", "there is no question 'Q98'"),
        ({"publicbody": "no"}, "unknown_question", "did you mean public_body"),
        ({"Q1": "maybe"}, "invalid_value", "use yes, no, unsure"),
        ({"role": "user"}, "invalid_value", "use provider, deployer"),
        ({"role": ""}, "invalid_value", "use provider"),
        ({"Q14a": "A1"}, "invalid_value", "use A2, A3"),
        ({"Q14a": "A2,A3"}, "invalid_value", "A2"),
        ({"training_flop": "lots"}, "invalid_value", "a number such as 3e25"),
        ({"training_flop": "NaN"}, "invalid_value", "not negative"),
        ({"training_flop": "-1"}, "invalid_value", "not negative"),
        ({"Q16": "yes"}, "invalid_value", "Q16a, Q16b, Q16c"),
        ({"Q16": "no", "Q16a": "yes"}, "contradiction", "Q16 is no but Q16a is yes"),
        ({"Q16": "no", "Q16a": "unsure"}, "contradiction", "Q16 is no but Q16a is unsure"),
        ({"otherwise": "yes"}, "invalid_value", "use no, unsure"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused_with_what_would_be_right(
    answers: dict[str, str], code: str, hint: str
) -> None:
    with pytest.raises(InvalidAnswers) as caught:
        classify(answers, on_date=TODAY)

    assert [problem.code for problem in caught.value.problems] == [code]
    assert hint in str(caught.value)


def test_every_bad_answer_is_named_at_once() -> None:
    with pytest.raises(InvalidAnswers) as caught:
        classify({"Q98": "no", "Q1": "maybe"}, on_date=TODAY)

    assert [problem.question for problem in caught.value.problems] == ["Q98", "Q1"]


def test_a_date_before_this_law_version_is_said() -> None:
    result = classify({"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer"}, on_date=date(2026, 7, 26))

    assert "OUTSIDE_LAW_VERSION" in {note.code for note in result.warnings}


def test_no_high_risk_duty_operates_before_its_date_and_art_5_and_4_do() -> None:
    answers = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "provider", "Q19a": "yes", "Q26": "yes"}
    result = classify(answers, on_date=TODAY)
    operating = {duty.id for duty in result.duties if duty.operative_from and duty.operative_from <= TODAY}
    formal = {duty.id for duty in result.duties if duty.formal_from and duty.formal_from <= TODAY}

    assert operating == {"art-4"}
    assert {"art-49-1", "art-72", "art-73", "art-47"} <= formal
    assert "art-9" not in formal


@pytest.mark.parametrize(
    ("outcomes", "shown"),
    [
        (("PROHIBITED",), "prohibited"),
        (("HIGH_RISK_ANNEX_III", "TRANSPARENCY"), "high"),
        (("HIGH_RISK_ANNEX_I_B",), "high"),
        (("HIGH_RISK_ANNEX_III", "NEEDS_LEGAL_REVIEW"), "high"),
        (("NEEDS_LEGAL_REVIEW", "TRANSPARENCY"), "review"),
        (("OUT_OF_SCOPE", "NEEDS_LEGAL_REVIEW"), "review"),
        (("ANNEX_III_NOT_HIGH_RISK",), "limited"),
        (("TRANSPARENCY",), "limited"),
        (("MINIMAL",), "minimal"),
        (("OUT_OF_SCOPE",), "out_of_scope"),
        ((), "review"),
    ],
)
def test_the_tier_shows_the_most_demanding_outcome(outcomes: tuple[str, ...], shown: str) -> None:
    assert tier(outcomes) == shown


def test_the_result_is_plain_data_for_json() -> None:
    result = classify(
        {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer", "Q20b": "yes", "Q26": "yes"}, on_date=TODAY
    )
    data = json.loads(json.dumps(result.as_dict()))

    assert data["on_date"] == "2026-11-21"
    assert data["duties"][0]["operative_from"] == "2025-02-02"
    assert data["complete"] is True


def test_a_letter_answered_by_itself_stands_beside_an_unsure_number() -> None:
    base = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer", "Q26": "yes"}
    result = classify({**base, "Q16c": "yes", "Q16": "unsure"}, on_date=TODAY)

    assert result.needs_legal_review == ("Q16a", "Q16b")
    assert "ANNEX-III-1C" in result.rules


@pytest.mark.parametrize(("day", "noted"), [(date(2027, 12, 1), True), (date(2027, 12, 2), False)])
def test_not_yet_applicable_is_said_until_the_day_it_applies(day: date, noted: bool) -> None:
    answers = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer", "Q19a": "yes", "Q26": "yes"}
    codes = {note.code for note in classify(answers, on_date=day).warnings}

    assert ("HIGH_RISK_NOT_YET_APPLICABLE" in codes) == noted
