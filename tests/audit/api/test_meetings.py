"""GET /api/v1/meetings: people get what their pages give, a key only the points on its use cases."""

import pytest
from django.test import Client
from django.utils import timezone

from audit.events.keys import issue_key
from governance.models import Meeting
from tests.cast import Cast, a_live_use_case, a_use_case
from tests.governance.web.meeting_stage import set_meetings

pytestmark = pytest.mark.django_db


@pytest.fixture
def meetings(cast: Cast) -> tuple[Meeting, Meeting]:
    return set_meetings(cast, a_live_use_case(cast))


def test_people_get_the_meetings_of_their_committees(cast: Cast, meetings: tuple[Meeting, Meeting]) -> None:
    client = Client()
    client.force_login(cast.otto, backend="allauth.account.auth_backends.AuthenticationBackend")
    found = client.get("/api/v1/meetings?state=closed").json()
    assert [row["ref"] for row in found["results"]] == [meetings[0].ref]
    [discussed, decided] = found["results"][0]["items"]
    assert (discussed["kind"], discussed["resolution"]) == ("discuss", None)
    assert (decided["resolution"]["outcome"], decided["resolution"]["tally"]["took_part"]) == ("adopted", 3)
    assert found["results"][0]["pack_sha256"] == meetings[0].pack.sha256
    assert client.get("/api/v1/meetings?state=lost").status_code == 422
    client.force_login(cast.eve, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/api/v1/meetings").json()["count"] == 0


def test_a_key_sees_the_points_on_its_use_cases_only(cast: Cast, meetings: tuple[Meeting, Meeting]) -> None:
    other = a_use_case(cast, key="other")

    def ask(use_case: object, scope: str) -> object:
        _, secret = issue_key(
            use_cases=[use_case], sources=["/x"], scopes=[scope], label="t", actor=cast.anna, at=timezone.now()
        )
        return Client().get("/api/v1/meetings", headers={"Authorization": f"Bearer {secret}"})

    live = meetings[0].items.get(number=1).use_case
    found = ask(live, "register:read").json()  # type: ignore[attr-defined]
    assert found["count"] == 2
    assert [item["kind"] for item in found["results"][0]["items"]] == ["discuss"]
    assert ask(other, "register:read").json()["count"] == 0  # type: ignore[attr-defined]
    assert ask(live, "events:write").status_code == 403  # type: ignore[attr-defined]
