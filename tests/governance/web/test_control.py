"""The stop control on its page: one step to stop, only an equal lifts, who only reads gets no form and no effect."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.control.state import control_of
from audit.models import Drill, Intervention
from governance.models import UseCase
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def use_case(live_use_case: UseCase) -> UseCase:
    """Olga's use case, live under a signed policy."""
    return live_use_case


def _as(client: Client, user: Any) -> Client:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_owner_stops_in_one_step_and_lifts_again(client: Client, cast: Cast, use_case: UseCase) -> None:
    page = f"/oversight/{use_case.ref}/control/"
    _as(client, cast.olga)
    answer = client.post(f"{page}intervene/", {"kind": "stop", "reason": "Letters to the wrong people."})
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert "It is stopped" in client.get(page).content.decode()
    name = Intervention.objects.get().intervention_id
    assert client.post(f"{page}{name}/lift/", {"reason": ""}).status_code == 422
    client.post(f"{page}{name}/lift/", {"reason": "The address list was repaired."})
    assert control_of(use_case, at=timezone.now()).state == "running"


def test_an_auditor_reads_and_changes_nothing(client: Client, cast: Cast, use_case: UseCase) -> None:
    page = f"/oversight/{use_case.ref}/control/"
    _as(client, cast.otto)
    assert "Put into effect now" not in client.get(page).content.decode()
    for path in (f"{page}intervene/", f"{page}drills/", f"{page}IV-0001/lift/"):
        assert client.post(path, {"kind": "stop", "reason": "x"}).status_code == 403
    assert not Intervention.objects.exists()


def test_who_cannot_see_the_use_case_finds_no_page(client: Client, cast: Cast, use_case: UseCase) -> None:
    page = f"/oversight/{use_case.ref}/control/"
    _as(client, cast.eve)
    assert client.get(page).status_code == 404
    assert client.post(f"{page}intervene/", {"kind": "stop", "reason": "x"}).status_code == 404


def test_a_limit_needs_a_field_and_a_number(client: Client, cast: Cast, use_case: UseCase) -> None:
    page = f"/oversight/{use_case.ref}/control/"
    _as(client, cast.olga)
    answer = client.post(f"{page}intervene/", {"kind": "limit", "reason": "Too much.", "limit_value": "lots"})
    assert answer.status_code == 422
    assert "A highest value is a number." in answer.content.decode()
    sent = {"kind": "limit", "reason": "Too much.", "limit_field": "amount", "limit_value": "500"}
    client.post(f"{page}intervene/", sent)
    control = control_of(use_case, at=timezone.now())
    assert (control.state, control.limits) == ("limited", {"amount": "500"})


def test_an_unannounced_drill_is_shown_to_its_planner_only(client: Client, cast: Cast, use_case: UseCase) -> None:
    page = f"/oversight/{use_case.ref}/control/"
    _as(client, cast.olga)
    client.post(f"{page}drills/", {"fires_at": "2099-01-01T03:00"})
    drill = Drill.objects.get()
    assert str(drill.pk) in client.get(page).content.decode()
    other = _as(Client(), cast.carl)
    assert str(drill.pk) not in other.get(page).content.decode()
    client.post(f"{page}drills/{drill.pk}/call-off/")
    drill.refresh_from_db()
    assert drill.cancelled_at is not None
