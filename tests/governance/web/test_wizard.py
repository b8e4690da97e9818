"""From nothing to a classified use case, as a person walks it: forms only, no JavaScript."""

import html
import re
from typing import Any

import pytest
from django.test import Client

from governance.models import Change, ClassificationDraft, UseCase
from tests.cast import Cast, a_use_case
from tests.governance.web.conftest import SignIn

pytestmark = pytest.mark.django_db
YES = {"Q1": "yes", "Q2": "yes", "role": "deployer"}


def walk(client: Client, ref: str, answers: dict[str, str], marked: set[str], *, most: int = 60) -> list[str]:
    """Answer every step from ``answers`` (else "no") until the result page; return what was asked, in order."""
    asked: list[str] = []
    for _ in range(most):
        page = client.get(f"/register/{ref}/classify/", follow=True)
        if page.redirect_chain and page.redirect_chain[-1][0].endswith("/result/"):
            return asked
        text = page.content.decode()
        listed = re.search(r'name="list" value="(\w+)"', text)
        if listed:
            lines = set(re.findall(r'name="marked" value="(\w+)"', text))
            sent: dict[str, Any] = {"list": listed[1], "marked": sorted(lines & marked)}
            asked.append(listed[1])
        else:
            question = re.search(r'name="question" value="(\w+)"', text)
            assert question, text
            asked.append(question[1])
            sent = {"question": question[1], "answer": answers.get(question[1], "no")}
        assert client.post(f"/register/{ref}/classify/", sent).status_code == 302, sent
    raise AssertionError(asked)


def test_from_nothing_to_a_classified_use_case(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.anna)
    assert "Register a use case" in client.get("/register/").content.decode()
    form = {
        "name": "Benefit check",
        "purpose": "Proposes who gets a benefit.",
        "new_owner": "Olga Owner",
        "new_unit": "Social office",
        "roles": ["deployer"],
        "system_name": "Classifier",
        "supplier": "Northlight",
    }
    answer = client.post("/register/new/", form)
    case = UseCase.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/register/{case.ref}/classify/?begin=1")
    asked = walk(client, case.ref, {**YES, "Q20a": "yes", "Q26": "yes"}, {"Q20"})
    assert asked[:5] == ["Q1", "Q2", "role", "exclusions", "prohibited"]
    assert len(asked) <= 30
    result = client.get(f"/register/{case.ref}/classify/result/").content.decode()
    assert "ANNEX-III-5A" in result
    assert "Annex III 5(a)" in result
    assert "duties apply from 2 Dec 2027, not on" in result
    refused = client.post(f"/register/{case.ref}/classify/result/", {"reason": " "})
    assert (refused.status_code, case.classifications.count()) == (422, 0)
    stored = client.post(f"/register/{case.ref}/classify/result/", {"reason": "Read the contract."})
    assert stored["Location"] == f"/register/{case.ref}/classification/"
    row = case.classifications.get()
    assert (row.tier, row.answers["Q20a"], row.answers["Q8"]) == ("high", "yes", "no")
    assert row.answer_notes["Q8"]["by"] == "Anna"
    assert row.answer_notes["Q8"]["list"] == "prohibited"
    assert len(row.law_digest) == 64
    assert not ClassificationDraft.objects.exists()
    assert client.get(stored["Location"]).status_code == 200
    case.refresh_from_db()
    assert case.tier == "high"


def test_a_minimal_use_takes_a_dozen_steps(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    client = sign_in(cast.olga)
    asked = walk(client, case.ref, YES, set())
    assert len(asked) <= 10
    client.post(f"/register/{case.ref}/classify/result/", {"reason": "Looked at it."})
    case.refresh_from_db()
    assert case.tier == "minimal"


def test_not_sure_goes_to_legal_review_and_is_never_lower(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    client = sign_in(cast.olga)
    walk(client, case.ref, {**YES, "Q20b": "unsure"}, {"Q20"})
    page = client.get(f"/register/{case.ref}/classify/result/").content.decode()
    assert "Legal review" in page
    client.post(f"/register/{case.ref}/classify/result/", {"reason": "The vendor does not say."})
    row = case.classifications.get()
    assert (row.tier, row.needs_legal_review) == ("review", ["Q20b"])


def test_an_answer_can_be_changed_and_a_reason_is_kept(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    client = sign_in(cast.olga)
    url = f"/register/{case.ref}/classify/"
    client.post(url, {"question": "Q1", "answer": "yes", "reason": "It ranks."})
    shown = client.get(url + "?question=Q1").content.decode()
    assert "It ranks." in shown
    assert re.search(r'value="yes" aria-pressed="true"', shown)
    wrong = client.post(url, {"question": "Q1", "answer": "perhaps"})
    assert wrong.status_code == 422
    assert "Choose one of the answers" in html.unescape(wrong.content.decode())
    assert client.get(url + "?question=Q999").status_code == 404


def test_going_on_from_the_last_answers_asks_role_flips_again_and_shows_the_difference(
    cast: Cast, sign_in: SignIn
) -> None:
    case = a_use_case(cast)
    client = sign_in(cast.olga)
    walk(client, case.ref, {**YES, "Q20a": "yes", "Q26": "yes"}, {"Q20"})
    client.post(f"/register/{case.ref}/classify/result/", {"reason": "First."})
    assert "Go on from the last answers" in client.get(f"/register/{case.ref}/classify/").content.decode()
    client.post(f"/register/{case.ref}/classify/begin/", {"from": "latest"})
    asked = walk(client, case.ref, {"flip_b": "yes"}, set())
    assert asked == ["flip_a", "flip_b", "flip_c", "placed_before_high_risk_date"] or asked[:3] == [
        "flip_a",
        "flip_b",
        "flip_c",
    ]
    page = client.get(f"/register/{case.ref}/classify/result/").content.decode()
    assert "Roles added" in page
    client.post(f"/register/{case.ref}/classify/result/", {"reason": "Retrained by us."})
    case.refresh_from_db()
    assert set(case.roles) == {"deployer", "provider"}
    change = Change.objects.filter(action="register.use_case.classified").order_by("at").last()
    assert change is not None
    assert (change.before or {})["reason"] == "First."


def test_a_template_proposes_and_binds_nothing(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.anna)
    page = client.get("/register/new/?template=finance-credit").content.decode()
    assert "Consumer credit score" in page
    client.post(
        "/register/new/",
        {
            "name": "Credit",
            "purpose": "Scores.",
            "owner": cast.people["olga"].ref,
            "unit": cast.unit.pk,
            "roles": ["deployer"],
            "template": "finance-credit",
        },
    )
    case = UseCase.objects.get(name="Credit")
    assert (case.effect, case.tier) == ("significant", "")
    draft = ClassificationDraft.objects.get(use_case=case)
    assert draft.answers == {}
    asked = walk(client, case.ref, {**YES, "Q20b": "yes", "Q26": "yes"}, {"Q20"})
    assert "Q20b" in asked


def test_the_mode_is_suggested_and_a_reason_is_asked(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    client = sign_in(cast.olga)
    url = f"/register/{case.ref}/mode/"
    page = client.get(url + "?effect=none&reversibility=reversible&decisions_per_day=10").content.decode()
    assert page.count("<tr role=") == 10
    refused = client.post(url, {"mode": "HOTL", "reason": ""})
    assert refused.status_code == 422
    client.post(url, {"mode": "HOTL", "reason": "Volume.", "effect": "minor", "decisions_per_day": "900"})
    case.refresh_from_db()
    assert (case.mode, case.effect, case.decisions_per_day) == ("HOTL", "minor", 900)


def test_who_may_only_read_cannot_write(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    for name, status in (("otto", 403), ("eve", 404), ("adam", 404)):
        client = sign_in(getattr(cast, name))
        for path in ("classify/", "edit/", "lifecycle/", "mode/", "classify/result/"):
            assert client.get(f"/register/{case.ref}/{path}").status_code == status, (name, path)
        assert client.post(f"/register/{case.ref}/people/", {}).status_code == status
    assert sign_in(cast.otto).get("/register/new/").status_code == 403
    assert not ClassificationDraft.objects.exists()


def test_an_edit_page_does_not_overwrite_what_somebody_changed_meanwhile(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    anna, olga = sign_in(cast.anna), sign_in(cast.olga)
    url = f"/register/{case.ref}/edit/"
    form = {"name": "N", "purpose": "P", "unit": cast.unit.pk, "systems": [case.systems.get().ref]}
    for client in (anna, olga):
        assert client.get(url).status_code == 200
    assert anna.post(url, {**form, "name": "Anna's"}).status_code == 302
    assert olga.post(url, {**form, "name": "Olga's"}).status_code == 422
    case.refresh_from_db()
    assert case.name == "Anna's"


def test_people_and_past_pages(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    client = sign_in(cast.anna)
    client.post(f"/register/{case.ref}/people/", {"person": cast.people["rita"].ref, "duty": "reviewer"})
    page = client.get(f"/register/{case.ref}/people/").content.decode()
    assert "Rita" in page
    row = case.assignments.get(duty="reviewer")
    assert client.post(f"/register/{case.ref}/people/{row.pk}/end/").status_code == 302
    assert "Rita" in client.get(f"/register/{case.ref}/people/").content.decode()
    page = client.get(f"/register/{case.ref}/past/").content.decode()
    assert f"Olga {cast.people['olga'].ref}" in page
    assert "Deployer" in page
    entries = Change.objects.filter(object_ref=case.ref).values_list("entry", flat=True)
    assert any(f"/ledger/entries/{entry}/" in page for entry in entries)
    assert "not registered yet" in client.get(f"/register/{case.ref}/past/?on=2001-01-01").content.decode()
    assert client.get(f"/register/{case.ref}/past/?on=never").status_code == 422
    assert "Choose a day up to today." in client.get(f"/register/{case.ref}/past/?on=2999-01-01").content.decode()
    assert client.get(f"/register/{case.ref}/past/?on=0001-01-01").status_code == 422
