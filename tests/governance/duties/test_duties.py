"""The living checklist: points from the law, evidence from register and logs, notes from people; and signed papers."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils import timezone

from audit.ledger import log
from governance.access import Invalid
from governance.duties import Point, note_duty, points_of
from governance.models import UseCase
from governance.register import classify_use_case, edit_use_case
from governance.register.assessments import (
    AlreadySigned,
    digest_of,
    fria_rule,
    latest_assessment,
    needed_forms,
    note_notified,
    out_of_date,
    proposed,
    save_assessment,
    sign_assessment,
)
from governance.rights import publish
from policies.eu_ai_act.forms import form, forms
from tests.cast import Cast, a_use_case

pytestmark = pytest.mark.django_db
HIGH = {
    "otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer", "Q20a": "yes", "Q26": "yes",
    "public_body": "yes", "decides_on_people": "yes", "significant_effect": "yes",
}  # fmt: skip


@pytest.fixture(autouse=True)
def any_day() -> Iterator[None]:
    """Let a test speak of next month."""
    with log.replaying_clock("tests"):
        yield


def classified(cast: Cast, use_case: UseCase, answers: dict[str, str]) -> None:
    now = timezone.now()
    classify_use_case(actor=cast.anna, at=now, use_case=use_case, answers=answers, on_date=date(2026, 11, 21))


def by_id(use_case: UseCase) -> dict[str, Point]:
    return {point.item.id: point for point in points_of(use_case, now=timezone.now())}


def test_an_unclassified_use_has_no_duties_and_a_high_risk_one_many(cast: Cast) -> None:
    use_case = a_use_case(cast)
    assert points_of(use_case, now=timezone.now()) == []
    classified(cast, use_case, HIGH)
    points = by_id(use_case)
    assert {"26(2)", "26(11)", "27(1)", "86"} <= set(points)
    assert points["26(11)"].state == "missing"
    assert points["27(1)"].due == date(2027, 12, 2)
    assert points["26(2)"].iso_42001
    assert points["26(2)"].nist_ai_rmf


def test_evidence_moves_a_point_and_nobody_calls_it_met(cast: Cast) -> None:
    use_case = a_use_case(cast)
    classified(cast, use_case, HIGH)
    publish(actor=cast.olga, at=timezone.now(), use_case=use_case, kind="people", text="A system helps to decide.")
    point = by_id(use_case)["26(11)"]
    assert point.state == "shown"
    assert point.computed is not None
    assert "NO-0001" in point.computed.text


def test_a_person_names_evidence_with_words(cast: Cast) -> None:
    use_case = a_use_case(cast)
    classified(cast, use_case, HIGH)
    with pytest.raises(Invalid):
        note_duty(actor=cast.olga, at=timezone.now(), use_case=use_case, point="26(1)", role="deployer", state="shown")
    note_duty(
        actor=cast.olga,
        at=timezone.now(),
        use_case=use_case,
        point="26(1)",
        role="deployer",
        state="shown",
        evidence="Procedure 7, page 3",
        responsible=cast.people["rita"],
        due_on=date(2027, 1, 1),
    )
    point = by_id(use_case)["26(1)"]
    assert (point.state, point.due) == ("shown", date(2027, 1, 1))


def test_the_checklist_costs_the_same_whatever_is_noted(cast: Cast, django_assert_max_num_queries: object) -> None:
    use_case = a_use_case(cast)
    classified(cast, use_case, HIGH)
    with django_assert_max_num_queries(24):  # type: ignore[operator]
        points_of(use_case, now=timezone.now())


def test_who_must_assess_the_impact(cast: Cast) -> None:
    use_case = a_use_case(cast)
    assert fria_rule(None).required is None
    for answers, required in (
        (HIGH, True),
        ({**HIGH, "public_body": "no", "private_public_service": "no"}, False),
        ({**HIGH, "public_body": "no", "private_public_service": "unsure"}, None),
        ({**HIGH, "Q20a": "no", "Q20b": "yes", "public_body": "no", "private_public_service": "no"}, True),
        ({**HIGH, "Q20a": "no", "Q17": "yes"}, False),
    ):
        classified(cast, use_case, answers)
        row = use_case.classifications.order_by("-made_at", "-pk").first()
        assert fria_rule(row).required is required, answers


def test_a_paper_is_signed_whole_and_renewed_when_the_use_changes(cast: Cast) -> None:
    use_case = a_use_case(cast, affected_people="Applicants")
    classified(cast, use_case, HIGH)
    assert needed_forms(use_case)["fria"] is True
    proposal = proposed(use_case, "fria")
    assert proposal["27(1)(c)"] == "Applicants"
    assert proposal["27(1)(a)"] == use_case.purpose
    now = timezone.now() + timedelta(minutes=1)
    draft = save_assessment(actor=cast.olga, at=now, use_case=use_case, kind="fria", answers=proposal)
    with pytest.raises(Invalid) as caught:
        sign_assessment(actor=cast.carl, at=now, assessment=draft)
    assert caught.value.data["field"] in caught.value.data["missing"]
    fria = form("fria")
    assert fria is not None
    answers = {item.id: "Written." for item in fria.items}
    draft = save_assessment(actor=cast.olga, at=now, use_case=use_case, kind="fria", answers=answers)
    signed = sign_assessment(actor=cast.carl, at=now, assessment=draft)
    assert signed.digest == digest_of(signed)
    with pytest.raises(AlreadySigned):
        sign_assessment(actor=cast.carl, at=now, assessment=signed)
    note_notified(actor=cast.carl, at=now, assessment=signed)
    assert not out_of_date(signed)
    assert by_id(use_case)["27(1)"].state == "shown"
    later = now + timedelta(minutes=1)
    edit_use_case(actor=cast.olga, at=later, use_case=use_case, changes={"purpose": "Something else."})
    assert out_of_date(signed)
    assert by_id(use_case)["27(2)"].state == "missing"
    following = save_assessment(
        actor=cast.olga, at=later, use_case=use_case, kind="fria", answers={**answers, "27(1)(a)": "New."}
    )
    assert following.version == 2
    newest = latest_assessment(use_case, "fria", signed=True)
    assert newest is not None
    assert newest.version == 1


def test_a_form_takes_its_own_items_and_tables_row_by_row(cast: Cast) -> None:
    use_case = a_use_case(cast)
    now = timezone.now()
    with pytest.raises(Invalid):
        save_assessment(actor=cast.olga, at=now, use_case=use_case, kind="fria", answers={"nonsense": "x"})
    rows = [{"hazard": "Wrong refusal", "owner": "Rita"}, {"hazard": " "}]
    paper = save_assessment(actor=cast.olga, at=now, use_case=use_case, kind="risk", answers={"risks": rows})
    assert len(paper.answers["risks"]) == 1
    assert set(paper.answers["risks"][0]) >= {"hazard", "owner", "residual"}


def test_every_form_names_its_provisions_once() -> None:
    for each in forms():
        ids = [item.id for item in each.items]
        assert len(ids) == len(set(ids)), each.id
        assert all(item.article and item.text for item in each.items), each.id
    counted = {each.id: len(each.items) for each in forms()}
    assert (counted["annex_iv"], counted["annex_v"], counted["qms"]) == (23, 8, 13)
