"""The small system: it waits for people, obeys a stop, shows its label, and leaves nothing to find."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.control.acts import intervene, resume
from audit.events.keys import issue_key
from audit.models import Finding
from audit.reviews.acts import claim
from audit.reviews.submitting import Opinion, submit
from tests.audit.reviews.example_system import System
from tests.audit.reviews.house import House, build

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]
SOURCE = "/example/system"


def system_of(house: House) -> System:
    _, secret = issue_key(
        use_cases=[house.use_case], sources=[SOURCE], scopes=["events:write", "control:read", "gate:write"],
        label="t", actor=house.cast.anna, at=timezone.now(),
    )  # fmt: skip
    client, headers = Client(), {"Authorization": f"Bearer {secret}"}

    def call(method: str, path: str, body: dict[str, Any] | None) -> tuple[int, Any]:
        media = "application/cloudevents+json" if path.endswith("/events") else "application/json"
        given: dict[str, Any] = {} if body is None else {"data": json.dumps(body), "content_type": media}
        answer = client.generic(method, path, headers=headers, **given)
        return answer.status_code, answer.json()

    return System(call, house.use_case.ref, SOURCE)


def test_it_waits_obeys_and_shows() -> None:
    house = build(gate="token", grace="PT0S")
    system, now = system_of(house), timezone.now
    for name in ("A-1", "A-2", "A-3"):
        system.propose(name, "grant", now().isoformat())
    house.fold()
    assert system.try_to_execute("A-1", "grant", now().isoformat()) == "pending"
    assert system.label("A-1") == "AI-generated, not reviewed by a person"
    rita = house.reviewers["rita"]
    for name, outcome in (("A-1", "approve"), ("A-2", "reject"), ("A-3", "approve")):
        task = house.task(name)
        claim(task=task, actor=rita, at=now())
        submit(task=task, opinion=Opinion(outcome=outcome, digest=task.action_digest), actor=rita, at=now())
    house.fold()
    stop = intervene(use_case=house.use_case, kind="stop", reason="Looks odd.", actor=house.cast.olga, at=now())
    assert system.try_to_execute("A-1", "grant", now().isoformat()) == "stopped"
    resume(intervention=stop, reason="It was the data.", actor=house.cast.olga, at=now())
    answers = [system.try_to_execute(name, "grant", now().isoformat()) for name in ("A-1", "A-2", "A-3", "A-3")]
    assert answers[:3] == ["done", "rejected", "done"]
    assert answers[3] == "token_used"  # nothing is done twice
    assert system.done == {"A-1": "grant", "A-3": "grant"}
    house.fold()
    assert system.label("A-1") == "AI-generated, human-reviewed"
    assert list(Finding.objects.filter(severity="hard").values_list("code", flat=True)) == []
