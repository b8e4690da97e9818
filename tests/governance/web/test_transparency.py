"""The page for people concerned: there when published, gone when taken down, and it tells of no single person."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.control.public import public_figures, publish_notice, withdraw_notice
from audit.models import Decision
from governance.access import Invalid
from governance.models import UseCase
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def decided(use_case: UseCase, n: int, *, reviewed: int, changed: int) -> None:
    """``n`` decisions in October, of which the first ones were reviewed and changed."""
    Decision.objects.bulk_create(
        Decision(
            id=f"00000000-0000-0000-0000-{number:012d}", use_case=use_case, decision_id=f"d-{number}",
            proposed_at=NOW - timedelta(days=40), reviewed=number < reviewed, overridden=number < changed, state={},
            first_index=0, last_index=0,
        )
        for number in range(n)
    )  # fmt: skip


def test_anybody_reads_a_published_page_and_nobody_a_draft(client: Client, cast: Cast, live_use_case: UseCase) -> None:
    page = reverse("public-notice", args=[live_use_case.key])
    assert client.get(page).status_code == 404
    given: dict[str, Any] = {"use_case": live_use_case, "actor": cast.olga, "at": timezone.now()}
    publish_notice(statement="It sorts <b>requests</b>.", contact="Town hall", **given)
    body = client.get(page).content.decode()
    assert "It sorts &lt;b&gt;requests&lt;/b&gt;." in body
    assert live_use_case.name in client.get(reverse("public")).content.decode()
    withdraw_notice(reason="Under revision", **given)
    assert client.get(page).status_code == 404


@pytest.mark.parametrize(
    ("n", "reviewed", "changed", "shown"),
    [
        (200, 100, 20, (200, 100, 20)),
        (9, 9, 0, (None, None, None)),
        (200, 100, 3, (200, 100, None)),
        (200, 195, 50, (200, None, None)),  # five were not reviewed: the difference would tell
        (200, 12, 5, (200, 12, None)),
        (200, 0, 0, (200, 0, None)),
    ],
)
def test_small_counts_are_withheld_also_by_subtraction(
    n: int, reviewed: int, changed: int, shown: tuple[int | None, ...], live_use_case: UseCase
) -> None:
    decided(live_use_case, n, reviewed=reviewed, changed=changed)
    found = public_figures(live_use_case, at=NOW)
    assert (found.decisions, found.reviewed.n, found.changed.n) == shown


def test_the_window_is_whole_months_so_that_no_day_can_be_told_apart(live_use_case: UseCase) -> None:
    found = public_figures(live_use_case, at=NOW)
    assert (found.since, found.until) == (datetime(2025, 11, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))


def test_the_owner_publishes_and_an_auditor_does_not(client: Client, cast: Cast, live_use_case: UseCase) -> None:
    page = reverse("public-edit", args=[live_use_case.ref])
    client.force_login(cast.otto, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(page).status_code == 403
    client.force_login(cast.olga, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(page, {"act": "publish", "statement": "", "contact": ""}).status_code == 422
    client.post(page, {"act": "publish", "statement": "It sorts.", "contact": "Town hall"})
    assert Client().get(reverse("public-notice", args=[live_use_case.key])).status_code == 200
    client.post(page, {"act": "withdraw", "reason": "Revision"})
    assert Client().get(reverse("public-notice", args=[live_use_case.key])).status_code == 404


def test_words_are_required(cast: Cast, live_use_case: UseCase) -> None:
    with pytest.raises(Invalid):
        publish_notice(use_case=live_use_case, statement=" ", contact="x", actor=cast.olga, at=NOW)
