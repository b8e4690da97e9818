"""What the register waits for: each kind with its first entries and its number, in as many queries for any length."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.access import use_cases_visible_to
from governance.models import UseCase
from governance.register.read import portfolio
from governance.register.waiting import waiting
from tests.cast import Cast, a_live_use_case, a_use_case

pytestmark = pytest.mark.django_db


def more(cast: Cast, start: int, end: int, **fields: str) -> None:
    UseCase.objects.bulk_create(
        UseCase(
            ref=f"UC-8{number:03d}", key=f"k-{number}", name=f"Number {number}", purpose="P", unit=cast.unit,
            owner=cast.people["olga"], registered_at=timezone.now(), **fields,
        )
        for number in range(start, end)
    )  # fmt: skip


def test_each_kind_is_found_and_what_is_retired_is_not(cast: Cast) -> None:
    live, planned = a_live_use_case(cast), a_use_case(cast, key="planned")
    more(cast, 0, 1, tier="prohibited")
    more(cast, 1, 2, tier="prohibited", lifecycle="retired")
    more(cast, 2, 3, tier="minimal", lifecycle="pilot")
    more(cast, 3, 4, tier="review", lifecycle="paused")
    found = {
        each.kind: [case.ref for case in each.first]
        for each in waiting(UseCase.objects.all(), counted=portfolio(cast.otto), limit=5)
    }
    assert found == {
        "prohibited": ["UC-8000"],
        "no_policy": ["UC-8002"],
        "unclassified": [live.ref, planned.ref],
        "review": ["UC-8003"],
    }
    assert not waiting(use_cases_visible_to(cast.eve), counted=portfolio(cast.eve), limit=5)


def test_of_many_the_first_are_named_and_the_rest_counted(cast: Cast) -> None:
    more(cast, 0, 30, tier="review")
    [each] = waiting(UseCase.objects.all(), counted=portfolio(cast.otto), limit=3)
    assert [case.ref for case in each.first] == ["UC-8000", "UC-8001", "UC-8002"]
    assert each.total == 30
    client = Client()
    client.force_login(cast.otto, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get("/").content.decode()
    assert page.count("Waits for legal review") == 21
    assert "and 10 more" in page
    assert "/register/?tier=review" in page
    assert "30 things need" in page


def test_today_asks_as_much_of_a_long_register_as_of_a_short_one(cast: Cast) -> None:
    client, asked = Client(), []
    client.force_login(cast.otto, backend="allauth.account.auth_backends.AuthenticationBackend")
    for start, end in ((0, 4), (4, 60)):
        for place, tier in enumerate(("prohibited", "", "review", "minimal")):
            more(cast, start + 100 * place, end + 100 * place, tier=tier, lifecycle="live")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/").status_code == 200
        asked.append(len(captured))
    assert asked[0] == asked[1]
