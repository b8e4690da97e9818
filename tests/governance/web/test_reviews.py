"""The queue's pages: who sees what, what may be done, what is kept when something is missing."""

import ipaddress
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Decision, ReviewTask
from audit.reviews.acts import claim
from governance.models import Notice, NoticePreference, WebhookEndpoint
from governance.notices import tell
from tests.audit.reviews.house import POLICY, House, build
from tests.governance.web.conftest import SignIn
from tests.governance.web.test_pages import INLINE

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return build()


def ready(house: House, name: str = "B-1", **more: Any) -> ReviewTask:
    house.propose(name, options=["grant", "refuse"], rationale="Income below the line.", **more)
    house.fold()
    return house.task(name)


def at(name: str, task: ReviewTask) -> str:
    return reverse(name, args=[task.pk])


def test_a_reviewer_finds_takes_and_decides(house: House, sign_in: SignIn) -> None:
    task = ready(house, payroll="Twelve payslips")
    client = sign_in(house.reviewers["rita"])
    listed = client.get("/reviews/").content.decode()
    assert "1 review waits for you" in listed
    assert at("review", task) in listed
    before = client.get(at("review", task)).content.decode()
    assert "Take this review" in before
    assert "Income below the line" not in before  # nothing is shown to somebody who only looks around
    client.post(at("review-claim", task))
    page = client.get(at("review", task)).content.decode()
    assert INLINE.findall(page) == []
    for told in (
        "Income below the line.",
        "refuse",
        "0.90",
        "2026-10",
        "payroll",
        "What you know that the system did not",
    ):
        assert told in page, told
    assert "Twelve payslips" not in page
    client.post(at("review-evidence", task), {"evidence": "payroll"})
    assert "Twelve payslips" in client.get(at("review", task)).content.decode()
    answer = client.post(
        at("review-decide", task),
        {"outcome": "approve", "digest": task.action_digest, "advised": "1", "rationale": "1", "active_ms": "5"},
        follow=True,
    )
    assert "B-1: your decision is recorded." in answer.content.decode()
    house.fold()
    [review] = Decision.objects.get().state["reviews"]
    assert (review["outcome"], review["evidence_opened"], review["rationale_shown"]) == ("approve", ["payroll"], True)


def test_what_was_typed_is_kept_when_something_is_missing(house: House, sign_in: SignIn) -> None:
    task = ready(house)
    client = sign_in(house.reviewers["rita"])
    client.post(at("review-claim", task))
    given = {"outcome": "override", "digest": task.action_digest, "final_value": "refuse at once", "active_ms": "700"}
    answer = client.post(at("review-decide", task), given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "write it in your own words" in page
    assert "refuse at once" in page
    assert 'value="700"' in page
    assert house.task().state == "claimed"


def test_after_a_decision_comes_the_next(house: House, sign_in: SignIn) -> None:
    first, second = ready(house), ready(house, "B-2")
    client = sign_in(house.reviewers["rita"])
    assert client.get("/reviews/next/")["Location"] == at("review", first)
    client.post(at("review-claim", first))
    answer = client.post(at("review-decide", first), {"outcome": "approve", "digest": first.action_digest})
    assert answer["Location"] == at("review", second)


def test_the_acts_have_one_weight() -> None:
    form = (Path(__file__).parents[3] / "templates/components/review_form.html").read_text()
    assert form.count('class="act"') == 1  # one template for all six: none can be styled apart


def test_others_are_told_there_is_no_such_page_and_acts_are_refused(house: House, sign_in: SignIn) -> None:
    task = ready(house)
    eve = sign_in(house.cast.eve)
    assert eve.get(at("review", task)).status_code == 404
    assert eve.post(at("review-claim", task)).status_code == 404
    otto = sign_in(house.cast.otto)  # reads all, may do nothing
    page = otto.get(at("review", task))
    assert page.status_code == 200
    assert "Take this review" not in page.content.decode()
    for name in ("review-claim", "review-release", "review-decide", "review-judge", "review-reassign"):
        answer = otto.post(at(name, task), {"outcome": "approve", "judgement": "x", "digest": task.action_digest})
        assert answer.status_code in (403, 409, 422), name
    assert house.task().state == "open"


def test_a_page_says_what_happened_meanwhile(house: House, sign_in: SignIn) -> None:
    house.reviewer("ruth")
    task = ready(house)
    claim(task=task, actor=house.reviewers["ruth"], at=timezone.now())
    answer = sign_in(house.reviewers["rita"]).post(at("review-claim", task))
    assert answer.status_code == 409
    assert "Somebody else has taken this review." in answer.content.decode()
    house.execute()
    house.fold()
    page = sign_in(house.reviewers["ruth"]).get(at("review", task)).content.decode()
    assert "executed before anybody decided here" in page


def test_the_own_judgement_comes_before_the_proposal(sign_in: SignIn) -> None:
    rule = {"id": "R1", "when": "true", "require": {"reviews": 1, "own_judgement_first": 1}}
    house = build({**POLICY, "rules": [rule]})
    task = ready(house)
    client = sign_in(house.reviewers["rita"])
    client.post(at("review-claim", task))
    page = client.get(at("review", task)).content.decode()
    assert "What would you decide?" in page
    assert "Income below the line" not in page
    assert client.post(at("review-judge", task), {"judgement": " "}).status_code == 422
    client.post(at("review-judge", task), {"judgement": "refuse"})
    assert "Income below the line" in client.get(at("review", task)).content.decode()


def test_a_blind_reviewer_reads_nobody_elses_word(sign_in: SignIn) -> None:
    house = build({**POLICY, "rules": [{"id": "R1", "when": "true", "require": {"reviews": 1, "blind_double": 1}}]})
    house.reviewer("ruth")
    house.propose()
    house.fold()
    first, second = house.tasks()
    rita, ruth = sign_in(house.reviewers["rita"]), sign_in(house.reviewers["ruth"])
    rita.post(at("review-claim", first))
    text = "A very particular reason"
    rita.post(at("review-decide", first), {"outcome": "reject", "digest": first.action_digest, "reason_text": text})
    house.fold()
    ruth.post(at("review-claim", second))
    decision = reverse("decision", args=[house.use_case.ref, "B-1"])
    for path in (at("review", second), at("review", first), decision):
        page = ruth.get(path).content.decode()
        assert text not in page, path
        assert "rev-rita" not in re.sub(r"<option[^>]*>.*?</option>", "", page) or path == at("review", first), path
        assert "reject" not in page.split("<main")[1].replace('value="reject"', "").replace("<b>Reject</b>", ""), path


@pytest.mark.slow
def test_an_owner_gives_a_review_to_somebody(house: House, sign_in: SignIn) -> None:
    house.reviewer("ruth")
    task = ready(house)
    olga = sign_in(house.cast.olga)
    assert at("review", task) in olga.get("/reviews/").content.decode()
    ref = house.reviewers["ruth"].person.ref
    assert ref in olga.get(at("review", task)).content.decode()
    olga.post(at("review-reassign", task), {"to": ref})
    assert house.task().claimed_by.name == "Ruth"  # type: ignore[union-attr]
    assert olga.post(at("review-reassign", task), {"to": "P-9999"}).status_code == 422


@pytest.mark.slow
def test_pages_ask_the_database_a_bounded_number_of_times(house: House, sign_in: SignIn) -> None:
    client = sign_in(house.reviewers["rita"])
    ready(house)

    def asked(path: str) -> int:
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    few = asked("/reviews/")
    for number in range(12):
        house.propose(f"C-{number}")
    house.fold()
    assert asked("/reviews/") == few


def test_notices_are_read_and_wishes_kept(house: House, sign_in: SignIn) -> None:
    rita = house.reviewers["rita"]
    client = sign_in(rita)
    tell(people=[rita.person], kind="review", subject="Look here", url="/reviews/", at=timezone.now(), key="k")
    page = client.get("/notices/").content.decode()
    assert "Look here" in page
    assert "1 notice is new." in page
    client.post("/notices/read/")
    assert not Notice.objects.filter(read_at=None).exists()
    client.post("/notices/settings/", {"mail": "daily", "quiet_from": "20:00", "quiet_until": "07:00"})
    assert NoticePreference.objects.get().mail == "daily"
    assert client.post("/notices/settings/", {"mail": "daily", "quiet_from": "20:00"}).status_code == 422


def test_webhooks_are_the_administrators_and_a_secret_is_shown_once(
    house: House, sign_in: SignIn, settings: Any
) -> None:

    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    path = "/administration/webhooks/"
    assert sign_in(house.cast.otto).get(path).status_code == 404
    adam = sign_in(house.cast.adam)
    given = {"label": "Payments", "url": "http://127.0.0.1:9/x", "use_cases": [house.use_case.ref]}
    assert adam.post(path, given).status_code == 422
    answer = adam.post(path, {**given, "kinds": ["gate.decided"]})
    assert "whsec_" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    again = adam.get(path).content.decode()
    assert "Payments" in again
    assert "whsec_" not in again
    refused = adam.post(path, {**given, "kinds": ["gate.decided"], "url": "http://10.0.0.1/"})
    assert "not a public address" in refused.content.decode()
    endpoint = WebhookEndpoint.objects.get()
    adam.post(f"{path}{endpoint.pk}/", {"act": "disable"})
    assert WebhookEndpoint.objects.get().disabled_at is not None


def test_what_ran_out_of_time_says_so(house: House, sign_in: SignIn) -> None:
    task = ready(house)
    client = sign_in(house.reviewers["rita"])
    client.post(at("review-claim", task))
    ReviewTask.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    answer = client.post(at("review-decide", task), {"outcome": "approve", "digest": task.action_digest}, follow=True)
    assert "your decision came when the time was over" in answer.content.decode()
    assert "safe default" in client.get(at("review", task)).content.decode()


def test_today_says_that_reviews_wait(house: House, sign_in: SignIn) -> None:
    ready(house)
    page = sign_in(house.reviewers["rita"]).get("/").content.decode()
    assert "1 review waits for you" in page
    assert "review waits for you" not in sign_in(house.cast.otto).get("/").content.decode()
