"""Fairness for machines: the figures of the page, for whom the page is, each reading written down."""

import itertools
import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.events.keys import issue_key
from audit.models import GroupAccess
from governance.models import UseCaseUserGrant, User
from tests.audit.assurance.test_protection import _permission as permission
from tests.cast import Cast
from tests.governance.web.conftest import SignIn
from tests.governance.web.stage import Stage, set_stage

pytestmark = pytest.mark.django_db
WINDOW = {"from": "2020-01-01", "to": "2026-12-31"}


@pytest.fixture
def small(cast: Any) -> Stage:
    """A few decisions: enough for rights."""
    return set_stage(cast, decisions=12)


def by_key(stage: Stage, maker: User, scopes: Sequence[str], **query: str) -> Any:
    _, secret = issue_key(use_cases=[stage.live], sources=[], scopes=scopes, label="k", actor=maker, at=timezone.now())
    asked = {"use_case": stage.live.ref, **WINDOW, **query}
    return Client().get("/api/v1/fairness", asked, headers={"Authorization": f"Bearer {secret}"})


@pytest.mark.slow
def test_the_api_gives_the_figures_of_the_page_and_writes_the_reading_down(cast: Cast, sign_in: SignIn) -> None:
    full = set_stage(cast, decisions=100)
    client, before = sign_in(full.cast.otto), GroupAccess.objects.count()
    answer = client.get("/api/v1/fairness", {"use_case": full.live.ref, **WINDOW})
    assert answer.status_code == 200, answer.content
    assert GroupAccess.objects.count() == before + 1
    found = answer.json()
    days = "since=2020-01-01&until=2026-12-31"
    page = json.loads(client.get(f"/fairness/{full.live.ref}/comparison.json?{days}").content)
    for stage in ("proposal", "final"):
        assert found[stage]["n"] == page[stage]["n"] > 0
        assert found[stage]["comparisons"] == page[stage]["comparisons"]
        assert found[stage]["groups"] == page[stage]["groups"]
        for group in found[stage]["groups"]:
            assert group["n"] is None or group["n"] == 0 or group["n"] >= 10
    step = json.loads(client.get(f"/fairness/{full.live.ref}/human-step.json?{days}").content)
    of_metric = [each for each in found["human_step"] if each["metric"] == step["metric"]]
    assert of_metric == step["steps"] != []
    _no_two_windows_leave_few(full, client)


def _no_two_windows_leave_few(full: Stage, client: Client) -> None:
    """Whatever two windows are subtracted, and a group from its cross: never one to nine people."""
    seen: dict[tuple[str, str], set[int]] = {}
    for first, last in itertools.product(("2020-01-01", "2026-02-01"), ("2026-10-17", "2026-11-17")):
        answer = client.get("/api/v1/fairness", {"use_case": full.live.ref, "from": first, "to": last})
        assert answer.status_code == 200, answer.content
        for group in answer.json()["final"]["groups"]:
            if group["n"] is not None:
                seen.setdefault((group["attribute"], group["group"]), set()).add(group["n"])
    assert any(len(sizes) > 1 for sizes in seen.values())
    for group, sizes in seen.items():
        for one, two in itertools.combinations(sizes, 2):
            assert abs(one - two) >= 10, (group, sizes)


def test_who_may_not_read_groups_learns_nothing_by_session_or_by_key(small: Stage, sign_in: SignIn) -> None:
    cast = small.cast
    UseCaseUserGrant.objects.create(content_object=small.live, user=cast.eve, permission=permission("view_usecase"))
    asked = {"use_case": small.live.ref, **WINDOW}
    before = GroupAccess.objects.count()
    for user in (cast.eve, cast.olga, cast.adam, cast.rita):
        assert sign_in(user).get("/api/v1/fairness", asked).status_code == 404, user.name
    assert by_key(small, cast.otto, ["measures:read"]).json()["code"] == "wrong_scope"
    refused = by_key(small, cast.olga, ["fairness:read"])
    assert (refused.status_code, refused.json()["code"]) == (403, "groups_forbidden")
    assert GroupAccess.objects.count() == before
    assert by_key(small, cast.otto, ["fairness:read"]).status_code == 200
    row = GroupAccess.objects.latest("pk")
    assert (row.actor_name, row.purpose) == ("Otto", "fairness by API, a key of Otto")


def test_wrong_questions_are_told_what_would_be_right(small: Stage, sign_in: SignIn) -> None:
    client = sign_in(small.cast.otto)
    for query, pointer in (
        ({}, "/use_case"),
        ({"use_case": small.live.ref, "from": "soon"}, "/from"),
        ({"use_case": small.live.ref, "as_of": "1"}, "/as_of"),
        ({"use_case": small.planned.ref}, "/use_case"),
    ):
        answer = client.get("/api/v1/fairness", query)
        assert (answer.status_code, answer.json()["pointer"]) == (422, pointer), query
