"""Pages of duties, papers, incidents, requests of people and notices, as people use them."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from governance.models import Appeal, Assessment, Incident, Proposal
from governance.register import classify_use_case
from governance.web import public
from policies.eu_ai_act.forms import form
from tests.cast import Cast, a_use_case
from tests.governance.web.conftest import SignIn

pytestmark = pytest.mark.django_db
HIGH = {
    "otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer", "Q20a": "yes", "Q26": "yes",
    "public_body": "yes", "decides_on_people": "yes", "significant_effect": "yes",
}  # fmt: skip


def code_in(page: str) -> str:
    found = re.search(r'data-copy="([A-Z0-9-]{19})"', page)
    assert found, page
    return found[1]


def test_a_person_asks_without_an_account_and_reads_the_answer(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    person = Client()
    sent = person.post("/ask/", {"kind": "appeal", "about": case.key, "text": "I was refused.", "sender": "P. Q."})
    code = code_in(sent.content.decode())
    appeal = Appeal.objects.get()
    assert "waits for a reviewer" in person.post("/answer/", {"code": code}).content.decode()
    anna, carl, eve = sign_in(cast.anna), sign_in(cast.carl), sign_in(cast.eve)
    assert eve.get(f"/appeals/{appeal.ref}/").status_code == 404
    waits = "1 request of a person waits for a reviewer"
    assert (waits in anna.get("/").content.decode(), waits in eve.get("/").content.decode()) == (True, False)
    refused = anna.post(f"/appeals/{appeal.ref}/assign/", {"reviewer": cast.people["olga"].ref})
    assert refused.status_code == 422
    assert "owns the use case" in refused.content.decode()
    assert anna.post(f"/appeals/{appeal.ref}/assign/", {"reviewer": cast.people["carl"].ref}).status_code == 302
    assert waits not in anna.get("/").content.decode()
    reply = {"outcome": "changed", "explanation": "The system ranks; a clerk decides.", "correction": "Granted."}
    assert anna.post(f"/appeals/{appeal.ref}/reply/", reply).status_code == 403
    assert carl.post(f"/appeals/{appeal.ref}/reply/", reply).status_code == 302
    page = person.post("/answer/", {"code": code.lower()}).content.decode()
    assert "Granted." in page
    assert person.post("/answer/", {"code": "AAAA-BBBB-CCCC-DDDD"}).status_code == 422


def test_an_auditor_sees_that_there_is_a_request_and_not_what_it_says(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    Client().post("/ask/", {"kind": "concern", "about": case.key, "text": "Private words.", "sender": "P. Q."})
    page = sign_in(cast.otto).get(f"/appeals/{Appeal.objects.get().ref}/").content.decode()
    assert "Private words" not in page
    assert "P. Q." not in page


def test_public_forms_have_a_limit_and_a_trap(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    person = Client()
    form = {"name": "N", "purpose": "P", "sender": "S"}
    assert person.post("/propose/", {**form, "website": "spam"}).status_code == 422
    monkeypatch.setattr(public, "MOST", 2)
    assert [person.post("/propose/", form).status_code for _ in range(3)] == [200, 200, 429]
    assert Proposal.objects.count() == 2


def test_what_the_form_answers_does_not_tell_what_the_register_holds(cast: Cast) -> None:
    case = a_use_case(cast)
    texts = []
    for about in (case.key, "nothing like it"):
        page = Client().post("/ask/", {"kind": "appeal", "about": about, "text": "T"}).content.decode()
        texts.append(re.sub(r"AP-\d+|[A-Z0-9]{4}(-[A-Z0-9]{4}){3}|name=\"csrf\S+ value=\S+", "", page))
    assert re.sub(r'value="[^"]{20,}"', "", texts[0]) == re.sub(r'value="[^"]{20,}"', "", texts[1])


def test_an_incident_from_opening_to_its_end(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    client = sign_in(cast.olga)
    today = timezone.localdate().isoformat()
    given = {
        "use_case": case.ref,
        "title": "Wrong refusals",
        "text": "A batch.",
        "kinds": ["fundamental_rights"],
        "role": "deployer",
        "aware_on": today,
        "system": case.systems.get().ref,
    }
    assert client.post("/incidents/new/", {**given, "aware_on": "2999-01-01"}).status_code == 422
    assert client.post("/incidents/new/", given).status_code == 302
    found = Incident.objects.get()
    url = f"/incidents/{found.ref}/"
    assert "15 days left" in client.get(url).content.decode()
    assert client.post(url + "freeze/").status_code == 302
    assert "held unaltered" in client.get(url).content.decode()
    assert client.post(url + "report/", {"report-kind": "final"}).status_code == 422
    sent = {"report-kind": "final", "report-recipient": "Authority", "report-text": "All."}
    assert client.post(url + "report/", sent).status_code == 302
    action = {"action-text": "Retrain", "action-responsible": cast.people["rita"].ref, "action-due_on": today}
    assert client.post(url + "action/", action).status_code == 302
    assert client.post(url + "close/", {"close-text": "Done."}).status_code == 422
    row = found.actions.get()
    assert client.post(f"{url}actions/{row.pk}/", {"result": "Retrained."}).status_code == 302
    assert client.post(url + "close/", {"close-text": "Done."}).status_code == 302
    assert "Closed. Done." in client.get(url).content.decode()
    otto, eve = sign_in(cast.otto), sign_in(cast.eve)
    assert otto.get(url).status_code == 200
    assert otto.post(url + "freeze/").status_code == 403
    assert eve.get(url).status_code == 404
    assert eve.post(url + "freeze/").status_code == 404


def test_papers_are_filled_signed_and_given_as_data(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast, affected_people="Applicants")
    now = timezone.now()
    classify_use_case(actor=cast.anna, at=now, use_case=case, answers=HIGH, on_date=now.date())
    olga, carl = sign_in(cast.olga), sign_in(cast.carl)
    assert "asked for" in olga.get(f"/register/{case.ref}/papers/").content.decode()
    url = f"/register/{case.ref}/papers/fria/"
    assert "Applicants" in olga.get(url).content.decode()
    fria = form("fria")
    assert fria is not None
    filled = {f"item-{item.id}": "Written." for item in fria.items}
    assert olga.post(url, filled).status_code == 302
    assert olga.post(url + "sign/").status_code == 403
    assert "Sign this version" in carl.get(url).content.decode()
    assert carl.post(url + "sign/").status_code == 302
    assert Assessment.objects.get().digest.startswith("sha256:")
    data = olga.get(f"/register/{case.ref}/papers/fria.json").json()
    assert (data["asked_for"], data["version"], data["missing"]) == (True, 1, [])
    assert olga.get(f"/register/{case.ref}/papers/nonsense/").status_code == 404
    risks = {"item-risks-hazard": ["Wrong refusal", ""], "item-risks-owner": ["Rita", ""]}
    assert olga.post(f"/register/{case.ref}/papers/risk/", risks).status_code == 302
    assert "Wrong refusal" in sign_in(cast.otto).get(f"/register/{case.ref}/papers/risk/").content.decode()
    registration = olga.get(f"/register/{case.ref}/papers/annex_viii_c.json").json()
    assert {item["id"]: item["source"] for item in registration["items"]}["C1"] == "register"


def test_duties_are_listed_filtered_and_noted(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    client = sign_in(cast.olga)
    assert "Not classified yet" in client.get(f"/register/{case.ref}/duties/").content.decode()
    now = timezone.now()
    classify_use_case(actor=cast.anna, at=now, use_case=case, answers=HIGH, on_date=now.date())
    page = client.get(f"/register/{case.ref}/duties/").content.decode()
    assert "A.3.2" in page
    assert "evidence missing" in page
    url = f"/register/{case.ref}/duties/26(1)/deployer/"
    assert client.post(url, {"state": "shown", "evidence": ""}).status_code == 422
    assert client.post(url, {"state": "shown", "evidence": "Procedure 7."}).status_code == 302
    assert "Procedure 7." in client.get(f"/register/{case.ref}/duties/?state=shown").content.decode()
    assert sign_in(cast.otto).get(url).status_code == 403
    assert client.get(f"/register/{case.ref}/duties/99(9)/deployer/").status_code == 404


def test_notices_are_published_in_versions(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    client = sign_in(cast.olga)
    url = f"/register/{case.ref}/notices/"
    given = {"kind": "people", "language": "en", "text": "A system helps to decide."}
    assert client.post(url, given).status_code == 302
    assert client.post(url, {**given, "text": "New words."}).status_code == 302
    page = client.get(url).content.decode()
    assert "New words." in page
    assert "version 2" in page
    assert sign_in(cast.otto).post(url, given).status_code == 403


def test_the_page_of_notices_says_what_is_still_open(cast: Cast, sign_in: SignIn) -> None:
    today = timezone.localdate()
    case = a_use_case(cast, first_use=today, languages=["de", "lv"])
    answers = {**HIGH, "employer": "yes"}
    classify_use_case(actor=cast.anna, at=timezone.now(), use_case=case, answers=answers, on_date=today)
    client, url = sign_in(cast.olga), f"/register/{case.ref}/notices/"
    page = client.get(url).content.decode()
    assert "Art 26(7) asks for a notice, and there is none yet." in page
    assert "Art 26(11) asks for a notice" in page
    assert '<option value="lv">Latvian</option>' in page
    given = {"kind": "workers", "language": "de", "text": "Ein System hilft.", "audience": ["workers"]}
    assert client.post(url, {**given, "kind": "people"}).status_code == 422
    assert client.post(url, given).status_code == 302
    page = client.get(url).content.decode()
    assert "Art 26(7) asks for a notice" not in page
    assert "Not told yet: Workers&#x27; representatives." in page
    assert "not before the first use" in page
    assert "German" in page


def test_a_late_answer_is_told_as_late_and_where_to_complain(cast: Cast, sign_in: SignIn) -> None:
    person = Client()
    code = code_in(person.post("/ask/", {"kind": "appeal", "text": "I was refused."}).content.decode())
    assert "Art 77" not in person.post("/answer/", {"code": code}).content.decode()
    Appeal.objects.update(due_at=timezone.now() - timedelta(days=1))
    page = person.post("/answer/", {"code": code}).content.decode()
    assert "and is late" in page
    assert "You get an answer by" not in page
    assert "Art 85" in page


def test_doors_without_an_account_are_found_from_where_one_lands(cast: Cast, sign_in: SignIn) -> None:
    person, member = Client(), sign_in(cast.olga)
    for address in ("/accounts/login/", "/help/", "/nothing-here/"):
        page = person.get(address).content.decode()
        assert 'href="/ask/"' in page, address
        assert 'href="/answer/"' in page, address
    assert 'href="/answer/"' not in member.get("/help/").content.decode()
