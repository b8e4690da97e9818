"""The trail and the page of keeping and removing, as two people use them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.ledger.models import Hold
from audit.models import Decision, RemovalRequest
from governance.models import Change
from tests.governance.web.conftest import SignIn
from tests.governance.web.stage import Stage

pytestmark = pytest.mark.django_db
PAGE = "/ledger/keeping/"


def test_one_asks_and_another_agrees_on_the_page(stage: Stage, sign_in: SignIn) -> None:
    form = {"erase-use_case": str(stage.live.pk), "erase-decision_id": stage.decision, "erase-reason": "Art 17 GDPR"}
    anna = sign_in(stage.cast.anna)
    assert anna.post(f"{PAGE}ask/erase/", form).status_code == 302
    request = RemovalRequest.objects.get()
    page = anna.get(PAGE).content.decode()
    assert stage.decision in page
    assert "somebody else must agree" in page
    assert "Agree and do it" not in page
    anna.post(f"{PAGE}{request.ref}/answer/", {"answer": "agree"})
    request.refresh_from_db()
    assert request.state == "open"
    adam = sign_in(stage.cast.adam)
    assert "Agree and do it" in adam.get(PAGE).content.decode()
    assert adam.post(f"{PAGE}{request.ref}/answer/", {"answer": "agree"}).status_code == 302
    assert not Decision.objects.filter(decision_id=stage.decision).exists()
    assert "Decision logs and reviews" in adam.get(PAGE).content.decode()


def test_what_does_not_fit_comes_back_with_what_was_typed(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(stage.cast.anna)
    form = {"keep-stream": "reports", "keep-months": "12", "keep-reason": "a reason to keep"}
    answer = client.post(f"{PAGE}ask/keep/", form)
    assert answer.status_code == 422
    assert "at least 120 calendar months" in answer.content.decode()
    assert "a reason to keep" in answer.content.decode()
    assert client.post(f"{PAGE}ask/hold/", {"hold-reason": "court"}).status_code == 302
    assert Hold.objects.get().reason == "court"
    assert "1 legal hold stands" in client.get(PAGE).content.decode()


def test_who_may_not_sees_no_form_or_no_page(stage: Stage, sign_in: SignIn) -> None:
    auditor = sign_in(stage.cast.otto)
    assert "Nothing happens until another person agrees" not in auditor.get(PAGE).content.decode()
    assert auditor.post(f"{PAGE}ask/hold/", {"hold-reason": "x"}).status_code == 404
    for user in (stage.cast.rita, stage.cast.eve):
        assert sign_in(user).get(PAGE).status_code == 404


def test_the_trail_is_read_from_the_ledger_and_filters_by_its_url(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(stage.cast.otto)
    one = Change.objects.filter(object_ref=stage.live.ref).first()
    assert one is not None
    assert one.action in client.get(f"/ledger/trail/?q={stage.live.ref}").content.decode()
    assert "No change matches" in client.get("/ledger/trail/?q=none-such").content.decode()
    assert client.get("/ledger/trail/?since=nonsense&room=;drop&page=zz&who=%00").status_code == 200
    Change.objects.filter(pk=one.pk).update(after={"invented": "by hand"})
    page = client.get(f"/ledger/trail/?q={stage.live.ref}").content.decode()
    assert "own row says something else" in page
    assert "invented" not in page
    Change.objects.exclude(pk=one.pk).delete()
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/ledger/trail/")
    assert len(few) < 25
    assert "Benefit" not in sign_in(stage.cast.eve).get("/ledger/trail/").content.decode()
