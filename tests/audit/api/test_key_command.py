"""``custodes key``: what it prints lets events in, and after a revocation no more."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from governance.models import UseCase
from tests.cast import Cast

pytestmark = pytest.mark.django_db
EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "/my/system",
    "type": "ai.oversight.decision.v1",
    "data": {"decision_id": "A-1", "decision_class": "approve", "phase": "proposed", "proposal": {"value": "approve"}},
}


def custodes_key(*arguments: str) -> list[dict[str, str]]:
    out = StringIO()
    call_command("key", *arguments, "--json", stdout=out)
    return list(json.loads(out.getvalue()))


def send(key: str) -> int:
    headers = {"HTTP_AUTHORIZATION": f"Bearer {key}", "content_type": "application/cloudevents+json"}
    return Client(HTTP_HOST="127.0.0.1").post("/api/v1/events", json.dumps(EVENT), **headers).status_code


def test_an_issued_key_sends_and_a_revoked_one_does_not(cast: Cast, live_use_case: UseCase) -> None:
    ref = live_use_case.ref
    [made] = custodes_key("issue", "--use-case", ref, "--source", "/my/system", "--by", "anna@example.org")
    assert send(made["key"]) == 201
    [listed] = custodes_key("list")
    assert listed["state"] == "active"
    assert listed["use_cases"] == ref
    assert made["key"] not in json.dumps(listed)
    custodes_key("revoke", listed["key"], "--by", "anna@example.org")
    assert send(made["key"]) == 401


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--use-case", "UC-9999", "--source", "/s", "--by", "anna@example.org"), "no use case"),
        (("--use-case", "benefit", "--by", "anna@example.org"), "sources"),
        (("--use-case", "benefit", "--source", "/s", "--by", "nobody@example.org"), "Nobody signs in"),
    ],
)
def test_wrong_use_says_what_would_be_right(
    cast: Cast, live_use_case: UseCase, arguments: tuple[str, ...], says: str
) -> None:
    with pytest.raises(CommandError, match=says) as refused:
        custodes_key("issue", *arguments)
    assert refused.value.returncode == 2
