"""The queue and the gate for machines: what a key may do, and that a token opens one execution of one action."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.events.keys import issue_key
from audit.models import ApprovalToken, Decision, Finding
from governance.models import Change
from tests.audit.reviews.house import POLICY, SOURCE, House, build

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]
SCOPES = ["events:write", "control:read", "reviews:read", "reviews:write", "gate:write"]


@pytest.fixture
def house() -> House:
    return build(gate="token", grace="PT0S")


class Door:
    """One key at the machines' door."""

    def __init__(self, house: House, *scopes: str) -> None:
        _, secret = issue_key(
            use_cases=[house.use_case], sources=[SOURCE], scopes=scopes or SCOPES, label="t",
            actor=house.cast.anna, at=timezone.now(),
        )  # fmt: skip
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.base = f"/api/v1/use-cases/{house.use_case.ref}/decisions"
        self.client = Client()

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, json.dumps(body), content_type="application/json", headers=self.headers)


def approve(house: House, door: Door, name: str = "B-1") -> str:
    """Propose, take, approve, all from outside; return the digest of the action."""
    house.propose(name)
    house.fold()
    [task] = [each for each in door.get("/api/v1/reviews").json()["results"] if each["decision_id"] == name]
    path = f"/api/v1/reviews/{task['id']}"
    assert door.post(f"{path}/claim", actor="rev-rita").json()["claimed_by"] == "rev-rita"
    answer = door.post(f"{path}/submit", actor="rev-rita", outcome="approve", digest=task["digest"])
    assert answer.status_code == 201, answer.content
    assert answer.json()["late"] is False
    house.fold()
    return str(task["digest"])


def test_a_key_acts_for_a_named_reviewer_and_that_is_asserted(house: House) -> None:
    approve(house, Door(house))
    [review] = Decision.objects.get().state["reviews"]
    assert (review["actor"], review["authenticated"]) == ("rev-rita", False)


@pytest.mark.slow
def test_what_a_key_may_not_do_is_refused(house: House) -> None:
    house.propose()
    house.fold()
    task = house.task()
    path = f"/api/v1/reviews/{task.pk}"
    reading = Door(house, "reviews:read")
    assert reading.get(path).json()["state"] == "open"
    assert reading.post(f"{path}/claim", actor="rev-rita").status_code == 403
    door = Door(house)
    assert door.post(f"{path}/claim").json()["code"] == "invalid"
    assert door.post(f"{path}/claim", actor="nobody").status_code == 422
    assert door.post(f"{path}/submit", actor="rev-rita", outcome="approve").json()["code"] == "review_not_yours"
    door.post(f"{path}/claim", actor="rev-rita")
    stale = door.post(f"{path}/submit", actor="rev-rita", outcome="approve", digest="sha256:other")
    assert (stale.status_code, stale.json()["code"]) == (409, "review_stale")
    house.reviewer("ruth")
    assert door.post(f"{path}/claim", actor="rev-ruth").json()["code"] == "review_taken"
    released = door.client.delete(
        f"{path}/claim", json.dumps({"actor": "rev-rita"}), content_type="application/json", headers=door.headers
    )
    assert released.json()["state"] == "open"
    assert Change.objects.filter(action="review.released", actor_id=None).count() == 1


def test_a_signed_in_person_uses_the_same_door_as_themselves(house: House) -> None:
    house.propose()
    house.fold()
    task = house.task()
    client = Client()
    client.force_login(house.reviewers["rita"], backend="allauth.account.auth_backends.AuthenticationBackend")
    path = f"/api/v1/reviews/{task.pk}"
    assert client.post(f"{path}/claim", content_type="application/json").status_code == 200
    body = {"outcome": "approve", "digest": task.action_digest, "actor": "rev-somebody-else"}
    assert client.post(f"{path}/submit", json.dumps(body), content_type="application/json").status_code == 201
    house.fold()
    [review] = Decision.objects.get().state["reviews"]
    assert (review["actor"], review["authenticated"]) == ("rev-rita", True)
    stranger = Client()
    stranger.force_login(house.cast.eve, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert stranger.get(path).status_code == 404


def test_a_token_is_for_one_execution_of_one_action(house: House) -> None:
    door = Door(house)
    house.propose("B-1")
    house.fold()
    path = f"{door.base}/B-1/gate"
    digest = house.task().action_digest
    assert door.post(f"{path}/token", digest=digest).json()["code"] == "gate_closed"
    approve(house, door)
    assert door.post(f"{path}/token", digest="sha256:other").json()["code"] == "gate_closed"
    first = door.post(f"{path}/token", digest=digest)
    assert first.status_code == 201
    second = door.post(f"{path}/token", digest=digest).json()["token"]
    assert door.post(f"{path}/redeem", token=first.json()["token"]).json()["code"] == "token_expired"
    assert door.post(f"{path}/redeem", token=second).status_code == 200
    assert door.post(f"{path}/redeem", token=second).json()["code"] == "token_used"
    assert door.post(f"{path}/token", digest=digest).json()["code"] == "token_used"
    house.execute("B-1", executed_digest=digest)
    house.fold()
    assert not Finding.objects.filter(code="NO_TOKEN").exists()
    assert second not in str(list(ApprovalToken.objects.values()))


@pytest.mark.slow
def test_an_old_token_and_a_stopped_use_case_open_nothing(house: House) -> None:
    door = Door(house)
    digest = approve(house, door)
    path = f"{door.base}/B-1/gate"
    old = door.post(f"{path}/token", digest=digest).json()["token"]
    ApprovalToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert door.post(f"{path}/redeem", token=old).json()["code"] == "token_expired"
    fresh = door.post(f"{path}/token", digest=digest).json()["token"]
    house.send("intervention", {"intervention_id": "I-1", "kind": "stop", "phase": "issued", "actor": "head"})
    house.fold()
    assert door.post(f"{path}/redeem", token=fresh).json()["code"] == "gate_closed"
    assert ApprovalToken.objects.get().redeemed_at is None


def test_an_execution_without_its_token_is_found(house: House) -> None:
    digest = approve(house, Door(house))
    house.execute("B-1", executed_digest=digest)
    house.fold()
    house.fold()
    assert list(Finding.objects.filter(code="NO_TOKEN").values_list("state", "severity")) == [("open", "hard")]


FIRST = {**POLICY, "rules": [{"id": "R1", "when": "true", "require": {"reviews": 1, "own_judgement_first": 1}}]}


def test_by_the_api_the_own_judgement_comes_first_and_the_proposal_after_it() -> None:
    house = build(FIRST)
    house.propose(rationale="Income is regular.", options=["grant", "deny"], income=2100)
    house.fold()
    door, task = Door(house), house.task()
    path = f"/api/v1/reviews/{task.pk}"
    listed = door.get("/api/v1/reviews").json()["results"][0]
    assert (listed["own_first"], listed["digest"]) == (True, None)
    door.post(f"{path}/claim", actor="rev-rita")
    before = door.get(f"{path}/case?actor=rev-rita")
    assert before.json()["withheld"] is True
    assert before.json()["proposal"] is None
    assert before.json()["fields"]["income"] == 2100
    for told in (task.action_value, task.action_digest, "Income is regular."):
        assert told not in before.content.decode()
    early = door.post(f"{path}/submit", actor="rev-rita", outcome="approve", digest=task.action_digest)
    assert (early.status_code, early.json()["code"]) == (409, "review_ended")

    kept = door.post(f"{path}/judgement", actor="rev-rita", judgement="I would refuse.")
    assert kept.status_code == 201
    proposal = kept.json()["proposal"]
    assert (proposal["value"], proposal["digest"]) == (task.action_value, task.action_digest)
    assert (proposal["rationale"], proposal["options"]) == ("Income is regular.", ["grant", "deny"])
    assert kept.json()["judgement"] == "I would refuse."
    assert door.post(f"{path}/judgement", actor="rev-rita", judgement="Or not.").status_code == 409
    done = door.post(f"{path}/submit", actor="rev-rita", outcome="approve", digest=proposal["digest"])
    assert done.status_code == 201, done.content
    house.fold()
    [review] = Decision.objects.get().state["reviews"]
    assert review["initial_judgement"] == "I would refuse."
    assert not Finding.objects.filter(code="SAMPLE_SHORTFALL").exists()


def test_only_who_holds_the_review_sees_its_case_or_judges_it() -> None:
    house = build(FIRST)
    house.propose()
    house.fold()
    house.reviewer("ruth")
    door, path = Door(house), f"/api/v1/reviews/{house.task().pk}"
    door.post(f"{path}/claim", actor="rev-rita")
    assert door.get(f"{path}/case?actor=rev-ruth").json()["code"] == "review_not_yours"
    assert door.get(f"{path}/case").json()["code"] == "invalid"
    assert door.post(f"{path}/judgement", actor="rev-ruth", judgement="Grant.").json()["code"] == "review_not_yours"
    assert door.post(f"{path}/judgement", actor="rev-rita", judgement=" ").status_code == 422
    assert Door(house, "reviews:read").get(f"{path}/case?actor=rev-rita").status_code == 403
    client = Client()
    client.force_login(house.reviewers["rita"])
    assert client.get(f"{path}/case").json()["proposal"] is None
    mine = client.post(f"{path}/judgement", json.dumps({"judgement": "Grant."}), content_type="application/json")
    assert mine.json()["proposal"]["value"] == "grant"
