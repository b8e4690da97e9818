"""The checklist and the legal calendar of a classification."""

from collections import Counter
from datetime import date

import pytest

from policies.eu_ai_act import CURRENT_LAW, classify
from policies.eu_ai_act.checklist import CHECKS, check_rows, checklist
from policies.eu_ai_act.fria import fria_required
from policies.eu_ai_act.timeline import applicable, next_dues, upcoming

TODAY = date(2026, 11, 21)
BASE = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "Q26": "yes"}


def _items(**answers: str) -> set[str]:
    return {item.id for item in checklist(classify({**BASE, **answers}, on_date=TODAY))}


def test_every_point_belongs_to_known_duties_and_every_duty_has_a_point() -> None:
    duties = {duty.id for duty in CURRENT_LAW.duties}
    named = {duty for row in check_rows() for duty in row.duties}

    assert named == duties
    assert len({row.id for row in check_rows()}) == len(check_rows())
    assert all(row.check in CHECKS and row.evidence for row in check_rows())


def test_every_point_is_said_in_at_most_25_words() -> None:
    assert not [row.id for row in check_rows() if len(row.text.split()) > 25]


def test_no_text_claims_a_verdict() -> None:
    words = ("compliant", "unbiased", "guaranteed that", "tamper-proof")

    assert not [row.id for row in check_rows() if any(word in f"{row.text} {row.how}" for word in words)]


@pytest.mark.parametrize(
    ("article", "points"),
    [
        ("Art 17(1)(", list("abcdefghijklm")),
        ("Art 27(1)(", list("abcdef")),
        ("Art 14(4)(", list("abcde")),
        ("Art 10(2)(", list("abcdefgh")),
        ("Art 12(3)(", list("abcd")),
        ("Art 16(", list("abcdefghijkl")),
        ("Art 13(3)(b)(", ["i", "ii", "iii", "iv", "v", "vi", "vii"]),
        ("Art 4a(1)(", list("abcdef")),
    ],
)
def test_lists_of_the_act_are_complete(article: str, points: list[str]) -> None:
    found = [row.article[len(article) : -1] for row in check_rows() if row.article.startswith(article)]

    assert found == points


def test_a_deployer_gets_deployer_points_and_a_provider_provider_points() -> None:
    deployer = _items(role="deployer", Q19a="yes", employer="yes", decides_on_people="yes")
    provider = _items(role="provider", Q19a="yes")

    assert {"26(2)", "26(6)", "26(7)", "26(11)", "14(4)(b)"} <= deployer
    assert not {"9(1)", "17(1)(a)", "72(3)", "12(3)(a)"} & deployer
    assert {"9(1)", "17(1)(m)", "72(3)", "43(2)", "14(4)(b)"} <= provider
    assert not {"26(2)", "27(1)"} & provider


def test_the_four_biometric_log_points_come_only_with_annex_iii_1a() -> None:
    biometric = {f"12(3)({letter})" for letter in "abcd"}

    assert biometric <= _items(role="provider", Q16a="yes")
    assert not biometric & _items(role="provider", Q16c="yes")
    assert not biometric & _items(role="deployer", Q16a="yes")


def test_a_point_is_due_when_its_duty_operates() -> None:
    items = checklist(classify({**BASE, "role": "provider", "Q19a": "yes"}, on_date=TODAY))
    due = {item.id: item.due for item in items}

    assert due["4(1)"] == date(2025, 2, 2)
    assert due["9(1)"] == due["49(1)"] == due["73(2)"] == date(2027, 12, 2)


def test_a_minimal_system_has_only_literacy_and_the_screening() -> None:
    assert _items(role="deployer") == {"4(1)", "5(1)"}


def test_most_of_article_26_is_computed_from_register_and_logs() -> None:
    counts = Counter(row.check for row in check_rows() if row.article.startswith("Art 26"))

    assert counts["computed"] > counts["partly"] + counts["human"]


POINTS = sorted({rule.basis[0].removeprefix("Annex III ") for rule in CURRENT_LAW.stage("annex_iii")})
FACTS = {True: "yes", False: "no", None: None}


@pytest.mark.parametrize("public", [True, False, None])
@pytest.mark.parametrize("service", [True, False, None])
@pytest.mark.parametrize("point", POINTS)
def test_the_fria_rule_and_the_duty_data_agree(point: str, public: bool | None, service: bool | None) -> None:
    (question,) = [q.id for q in CURRENT_LAW.questions.values() if q.article == f"Annex III {point}"]
    facts = {"public_body": FACTS[public], "private_public_service": FACTS[service]}
    answers = {**BASE, "role": "deployer", question: "yes", **{k: v for k, v in facts.items() if v}}
    duty = next((d for d in classify(answers, on_date=TODAY).duties if d.id == "art-27"), None)
    rule = fria_required([point], public_body=public, private_public_service=service)

    if duty is None:
        assert rule.required is False
    else:
        assert rule.required is (True if duty.certain else None)


def test_the_calendar_says_what_applies_today_and_what_comes_next() -> None:
    now = {row.id for row in applicable(TODAY)}
    ahead = [row.id for row in upcoming(TODAY)]

    assert now == {"D01", "D02", "D02b", "D04", "D05", "D06", "D10"}
    assert ahead[:3] == ["D03", "D09", "D21"]
    assert set(ahead[-2:]) == {"D12", "D20"}
    assert "D03" in {row.id for row in applicable(date(2026, 12, 2))}
    assert "D07" in {row.id for row in applicable(date(2027, 12, 2))}
    assert "D08" not in {row.id for row in applicable(date(2028, 8, 1))}


def test_the_next_due_dates_of_a_register_come_in_order() -> None:
    cv = classify({**BASE, "role": "deployer", "Q19a": "yes"}, on_date=TODAY)
    chat = {
        "otherwise": "no",
        "Q1": "yes",
        "Q2": "yes",
        "role": "provider",
        "Q31": "yes",
        "placed_before_2026_08_02": "yes",
    }
    dues = next_dues([("UC-0001", cv), ("UC-0002", classify(chat, on_date=TODAY))], on_date=TODAY)

    assert [(due.day, due.reference) for due in dues] == [
        (date(2026, 12, 2), "UC-0002"),
        (date(2027, 12, 2), "UC-0001"),
    ]
    assert dues[0].duties == ("art-50-2",)
    assert "art-26-2" in dues[1].duties
    assert next_dues([("UC-0001", cv)], on_date=date(2027, 12, 2)) == ()
