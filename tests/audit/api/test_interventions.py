"""The stop control over the API: in force with the answer, with the authority of the person behind the key."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.events.keys import issue_key
from governance.models import UseCase
from tests.audit.events.samples import SOURCE
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(client: Client, cast: Cast, live_use_case: UseCase) -> Any:
    """Call with a key made by ``who``, who answers for it."""

    def called(method: str, path: str, body: Any = None, *, who: Any = cast.olga, scope: str = "control:write") -> Any:
        _, text = issue_key(
            use_cases=[live_use_case], sources=[SOURCE], scopes=[scope], label="x", actor=who, at=timezone.now()
        )
        url = f"/api/v1/use-cases/{live_use_case.ref}/{path}"
        return client.generic(
            method, url, b"" if body is None else json.dumps(body).encode(),
            content_type="application/json", headers={"Authorization": f"Bearer {text}"},
        )  # fmt: skip

    return called


def test_a_stop_holds_with_its_answer_until_it_is_lifted(call: Any) -> None:
    stop = call("POST", "interventions", {"kind": "stop", "reason": "Seen", "scope": {}})
    assert stop.status_code == 201
    assert call("GET", "control", scope="control:read").json()["state"] == "stopped"
    name = stop.json()["intervention_id"]
    assert [each["intervention_id"] for each in call("GET", "interventions").json()["results"]] == [name]
    lifted = call("POST", f"interventions/{name}/resume", {"reason": "Repaired"})
    assert lifted.json()["resumed_at"]
    assert call("GET", "control", scope="control:read").json()["state"] == "running"
    again = call("POST", f"interventions/{name}/resume", {"reason": "Repaired"})
    assert (again.status_code, again.json()["code"]) == (409, "already_lifted")


def test_a_key_has_no_more_authority_than_who_made_it(call: Any, cast: Cast) -> None:
    for who in (cast.anna, cast.otto, cast.adam):
        answer = call("POST", "interventions", {"kind": "stop", "reason": "x"}, who=who)
        assert (answer.status_code, answer.json()["code"]) == (403, "no_authority")
    assert call("POST", "interventions", {"kind": "stop", "reason": "x"}, scope="control:read").status_code == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "halt", "reason": "x"}, "/kind"),
        ({"kind": "stop"}, "/reason"),
        ({"kind": "stop", "reason": "x", "scope": {"people": ["a"]}}, "/scope"),
        ({"kind": "limit", "reason": "x"}, "/limits"),
    ],
)
def test_a_wrong_field_is_named(body: Any, pointer: str, call: Any) -> None:
    answer = call("POST", "interventions", body)
    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)
