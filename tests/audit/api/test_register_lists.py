"""Systems, policies and the log of decisions, as machines and people read them."""

import pytest
from django.utils import timezone

from audit.events.keys import issue_key
from audit.management.commands.follow import catch_up
from tests.audit.events.samples import SOURCE, proposed
from tests.cast import a_live_use_case

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]


@pytest.fixture
def get(client, key):
    def read(path: str, *, auth: str | None = None, **headers: str):
        return client.get(path, headers={"Authorization": f"Bearer {auth or key}", **headers})

    return read


@pytest.fixture
def hidden(cast, live_use_case):
    """A use case that neither the key nor Olga's reviewer may see."""
    return a_live_use_case(cast, key="hidden", name="Hidden")


def test_systems_are_those_of_visible_use_cases(get, live_use_case, hidden):
    body = get("/api/v1/systems").json()
    assert [each["use_cases"] for each in body["results"]] == [[live_use_case.ref]]
    ref = body["results"][0]["ref"]
    assert get(f"/api/v1/systems/{ref}").json()["supplier"] == "Northlight"
    other = hidden.systems.get().ref
    assert get(f"/api/v1/systems/{other}").status_code == 403


def test_people_get_404_for_what_they_may_not_see(client, cast, hidden):
    client.force_login(cast.eve)
    assert client.get("/api/v1/systems").json()["results"] == []
    assert client.get(f"/api/v1/systems/{hidden.systems.get().ref}").status_code == 404
    assert client.get("/api/v1/policies").json()["results"] == []
    client.force_login(cast.otto)
    assert client.get("/api/v1/systems").json()["count"] == 2


def test_policies_say_where_they_bind_and_never_change(get, live_use_case, hidden):
    [row] = get("/api/v1/policies").json()["results"]
    assert row["in_force"] == [{"use_case": live_use_case.ref, "from": row["in_force"][0]["from"], "until": None}]
    found = get(f"/api/v1/policies/{row['ref']}")
    assert found.json()["document"]["mode"] == "HITL"
    tag = found.headers["ETag"]
    assert get(f"/api/v1/policies/{row['ref']}", **{"If-None-Match": tag}).status_code == 304
    [other] = hidden.policies_in_force.all()
    assert get(f"/api/v1/policies/{other.policy.ref}").status_code == 403


def test_the_scope_is_asked_for(get, cast, live_use_case):
    _, text = issue_key(
        use_cases=[live_use_case], sources=[SOURCE], scopes=["events:write"], label="w", actor=cast.anna,
        at=timezone.now(),
    )  # fmt: skip
    for path in ("systems", "policies", f"use-cases/{live_use_case.ref}/decisions"):
        assert get(f"/api/v1/{path}", auth=text).status_code == 403


def test_the_log_of_decisions_is_read_by_cursor_while_it_grows(get, send, live_use_case):
    send([proposed(f"D{n}") for n in range(5)])
    catch_up()
    url = f"/api/v1/use-cases/{live_use_case.ref}/decisions?page_size=2"
    seen: list[str] = []
    for turn in range(10):
        answer = get(url)
        seen += [row["decision_id"] for row in answer.json()["results"]]
        if turn == 0:
            send([proposed("later")])
            catch_up()
        url = answer.json()["next"]
        if url is None:
            break
        assert f'<{url}>; rel="next"' in answer.headers["Link"]
    assert seen == ["D0", "D1", "D2", "D3", "D4", "later"]


def test_a_broken_cursor_is_a_problem_not_a_crash(get, live_use_case):
    answer = get(f"/api/v1/use-cases/{live_use_case.ref}/decisions?cursor=%00nonsense")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
