"""Pages around the register: systems and suppliers, proposals, change requests, files, views one keeps."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from governance.models import Change, ChangeRequest, Proposal, RegisterImport, SavedView, Supplier, UseCase
from governance.register import classify_use_case
from tests.cast import Cast, a_use_case
from tests.governance.web.conftest import SignIn

pytestmark = pytest.mark.django_db


def test_one_page_shows_everything_that_uses_a_vendors_model(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    client = sign_in(cast.anna)
    system = case.systems.get()
    sent = {
        "version": "2.0",
        "in_use_from": "2026-11-01",
        "new_model": "Large",
        "new_model_version": "4",
        "new_model_supplier": "Model House",
        "general_purpose": "on",
        "substantial": "no",
    }
    assert client.post(f"/register/systems/{system.ref}/", sent).status_code == 302
    vendor = Supplier.objects.get(name="Model House")
    page = client.get(f"/register/suppliers/{vendor.pk}/").content.decode()
    assert case.name in page
    assert "general-purpose model" in page
    assert "Large" in client.get(f"/register/systems/{system.ref}/").content.decode()
    assert client.get("/register/systems/?q=classif").status_code == 200
    eve = sign_in(cast.eve)
    assert eve.get(f"/register/suppliers/{vendor.pk}/").status_code == 404
    assert eve.get(f"/register/systems/{system.ref}/").status_code == 404
    otto = sign_in(cast.otto)
    assert otto.get(f"/register/suppliers/{vendor.pk}/").status_code == 200
    assert otto.post(f"/register/suppliers/{vendor.pk}/", {"country": "DE"}).status_code == 403
    assert client.post(f"/register/suppliers/{vendor.pk}/", {"country": "DEU"}).status_code == 422
    assert client.post(f"/register/suppliers/{vendor.pk}/", {"country": "de", "address": "Street 1"}).status_code == 302
    assert client.post(f"/register/systems/{system.ref}/edit/", {"name": "Renamed"}).status_code == 302


def test_a_proposal_is_taken_in_or_declined(cast: Cast, sign_in: SignIn) -> None:
    for name in ("First", "Second"):
        Client().post("/propose/", {"name": name, "purpose": "P", "sender": "S"})
    first, second = Proposal.objects.order_by("ref")
    client = sign_in(cast.anna)
    assert "2 proposals wait for a registrar" in client.get("/").content.decode()
    assert "wait for a registrar" not in sign_in(cast.otto).get("/").content.decode()
    assert "First" in client.get("/register/proposals/").content.decode()
    taken = {"owner": cast.people["olga"].ref, "unit": cast.unit.pk, "roles": ["deployer"]}
    answer = client.post(f"/register/proposals/{first.ref}/", taken)
    assert answer["Location"] == f"/register/{UseCase.objects.get().ref}/classify/"
    assert client.post(f"/register/proposals/{second.ref}/", {"act": "decline", "reason": ""}).status_code == 422
    assert client.post(f"/register/proposals/{second.ref}/", {"act": "decline", "reason": "No."}).status_code == 302
    assert client.post(f"/register/proposals/{first.ref}/", taken).status_code == 422
    assert "for a registrar" not in client.get("/").content.decode()
    assert sign_in(cast.otto).get("/register/proposals/").status_code == 403


def test_a_sender_is_asked_back_and_answers_with_the_code(cast: Cast, sign_in: SignIn) -> None:
    sender = Client()
    page = sender.post("/propose/", {"name": "First", "purpose": "P", "sender": "S"}).content.decode()
    code = page.split('data-copy="')[1].split('"')[0]
    anna, row = sign_in(cast.anna), Proposal.objects.get()
    url = f"/register/proposals/{row.ref}/"
    assert anna.post(url, {"act": "ask", "question": " "}).status_code == 422
    assert anna.post(url, {"act": "ask", "question": "Who is affected?"}).status_code == 302
    assert "asked back" in anna.get("/register/proposals/").content.decode()
    assert "for a registrar" not in anna.get("/").content.decode()  # it is the sender's turn
    assert "Who is affected?" in sender.post("/answer/", {"code": code}).content.decode()
    assert sender.post("/answer/", {"code": code, "reply": ""}).status_code == 422
    assert sender.post("/answer/", {"code": "AAAA-BBBB-CCCC-DDDD", "reply": "X"}).status_code == 422
    answered = sender.post("/answer/", {"code": code, "reply": "Residents."}).content.decode()
    assert "waits for a registrar" in answered
    assert "Residents." in answered
    again = sender.post("/answer/", {"code": code, "reply": "Twice."}).content.decode()
    assert "Twice." not in again
    assert "1 proposal waits for a registrar" in anna.get("/").content.decode()
    page = anna.get(url).content.decode()
    assert "Residents." in page
    assert "asked back" not in page
    assert list(Change.objects.filter(object_ref=row.ref).order_by("at", "pk").values_list("action", flat=True)) == [
        "register.proposal.received", "register.proposal.asked", "register.proposal.replied",
    ]  # fmt: skip
    anna.post(url, {"act": "ask", "question": "Since when?"})
    anna.post(url, {"act": "decline", "reason": "Forbidden."})
    declined = sender.post("/answer/", {"code": code, "reply": "Late."}).content.decode()
    assert "Forbidden." in declined
    assert "Late." not in declined


def test_a_change_is_asked_decided_by_another_and_finished(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    olga, anna = sign_in(cast.olga), sign_in(cast.anna)
    url = f"/register/{case.ref}/changes/"
    asked = {"kind": "system", "title": "Retrain", "text": "New people.", "flip_a": "no", "flip_b": "unsure"}
    assert olga.post(url, asked).status_code == 422
    assert olga.post(url, {**asked, "flip_c": "no"}).status_code == 302
    request = ChangeRequest.objects.get()
    assert olga.post(f"{url}{request.ref}/approve/", {"reason": "Mine."}, follow=True).status_code == 200
    request.refresh_from_db()
    assert request.state == "open"
    asked_about = "<dt>Not sure</dt><dd>Have you substantially modified it?</dd>"
    assert asked_about in anna.get(url).content.decode()
    anna.post(f"{url}{request.ref}/approve/", {"reason": "Needed."})
    assert "classify again" in anna.get(url).content.decode()
    anna.post(f"{url}{request.ref}/finish/")
    request.refresh_from_db()
    assert request.state == "approved"
    now = timezone.now()
    answers = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer"}
    classify_use_case(actor=cast.anna, at=now, use_case=case, answers=answers, on_date=now.date())
    anna.post(f"{url}{request.ref}/finish/")
    request.refresh_from_db()
    assert request.state == "done"
    assert sign_in(cast.otto).post(f"{url}{request.ref}/approve/", {"reason": "X"}).status_code == 403


def test_a_file_is_checked_shown_and_applied(cast: Cast, sign_in: SignIn) -> None:
    a_use_case(cast)
    client = sign_in(cast.anna)
    rows = [{"name": "N", "purpose": "P", "owner": "Olga", "unit": "Benefits", "key": "from-file"}]
    sent = SimpleUploadedFile("r.json", json.dumps(rows).encode())
    answer = client.post("/register/import/", {"file": sent})
    batch = RegisterImport.objects.get()
    assert answer["Location"] == f"/register/import/{batch.pk}/"
    assert "1 new entry." in client.get(answer["Location"]).content.decode()
    assert not UseCase.objects.filter(key="from-file").exists()
    assert sign_in(cast.carl).get(answer["Location"]).status_code == 403
    applied = client.post(answer["Location"], follow=True)
    assert "The file is in the register: 1 new entry." in applied.content.decode()
    assert UseCase.objects.filter(key="from-file").exists()
    assert client.post("/register/import/", {"file": SimpleUploadedFile("r.csv", b"x\n1\n")}).status_code == 422
    exported = client.get("/register/export.csv?q=from").content.decode("utf-8-sig")
    assert exported.count("\r\n") >= 1
    assert sign_in(cast.eve).get("/register/export.json").json() == []
    assert client.get("/register/export.exe").status_code == 404
    blank = client.get("/register/import/blank.csv").content.decode("utf-8-sig")
    assert blank == client.get("/register/export.csv?q=nothing-like-it").content.decode("utf-8-sig")
    assert blank.startswith("ref,key,name,purpose")


def test_a_view_is_ones_own_and_leads_only_to_the_list(cast: Cast, sign_in: SignIn) -> None:
    client, other = sign_in(cast.anna), sign_in(cast.otto)
    client.post("/register/views/", {"name": "High", "query": "tier=high&next=http://evil.example/&page=7"})
    view = SavedView.objects.get()
    assert view.query == "tier=high"
    assert "High" in client.get("/register/").content.decode()
    other.post(f"/register/views/{view.pk}/drop/")
    assert SavedView.objects.exists()
    client.post(f"/register/views/{view.pk}/drop/")
    assert not SavedView.objects.exists()
