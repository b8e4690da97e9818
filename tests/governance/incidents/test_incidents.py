"""Incidents: the clock of Art 73, who is told, reports that add up, a system that stays as it was."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from governance.access import Invalid
from governance.incidents import add_action, close_incident, finish_action, freeze, open_incident, send_report, unfreeze
from governance.incidents.acts import IncidentClosed, NotFinished
from governance.incidents.read import incident, incidents_visible_to
from governance.models import Change, Incident, Notice, UseCase
from governance.register import add_system_version
from governance.register.systems import Frozen
from tests.cast import Cast, a_use_case

pytestmark = pytest.mark.django_db


def opened(cast: Cast, use_case: UseCase, **fields: object) -> Incident:
    given: dict[str, object] = {
        "title": "Wrong refusals",
        "text": "A batch was refused by mistake.",
        "role": "deployer",
        "aware_on": timezone.now().date(),
        "kinds": ["fundamental_rights"],
        **fields,
    }
    return open_incident(actor=cast.olga, at=timezone.now(), use_case=use_case, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kinds", "days"),
    [
        (["fundamental_rights"], 15),
        (["death"], 10),
        (["critical_infrastructure"], 2),
        (["widespread_infringement"], 2),
        (["death", "health_harm", "critical_infrastructure"], 2),
    ],
)
def test_the_earliest_day_counts(cast: Cast, kinds: list[str], days: int) -> None:
    aware = date(2026, 11, 19)
    found = opened(cast, a_use_case(cast), kinds=kinds, aware_on=aware)
    file = incident(found.ref, today=date(2026, 11, 21))
    assert file is not None
    assert file.clock.deadline is not None
    assert file.clock.deadline.strict == aware + timedelta(days=days)
    assert file.clock.state == "running"
    after = incident(found.ref, today=aware + timedelta(days=days + 1))
    assert after is not None
    assert after.clock.state == "late"


def test_a_deployer_tells_the_provider_first(cast: Cast) -> None:
    use_case = a_use_case(cast)
    file = incident(opened(cast, use_case).ref, today=timezone.now().date())
    assert file is not None
    assert [(each.order, each.article) for each in file.recipients] == [
        (1, "Art 26(5)"),
        (2, "Art 26(5)"),
        (2, "Art 26(5)"),
    ]
    unreachable = incident(opened(cast, use_case, provider_unreachable=True).ref, today=timezone.now().date())
    assert unreachable is not None
    assert unreachable.recipients[-1].article == "Art 73"


def test_equivalent_sector_reporting_leaves_only_fundamental_rights(cast: Cast) -> None:
    use_case = a_use_case(cast)
    today = timezone.now().date()
    harm = incident(opened(cast, use_case, kinds=["health_harm"], sector_reporting=True).ref, today=today)
    both = incident(
        opened(cast, use_case, kinds=["death", "fundamental_rights"], sector_reporting=True).ref, today=today
    )
    assert harm is not None
    assert both is not None
    assert harm.clock.state == "none"
    assert both.clock.deadline is not None
    assert both.clock.deadline.days == 15


def test_an_incomplete_report_stops_the_clock_and_the_final_one_stays_open(cast: Cast) -> None:
    found = opened(cast, a_use_case(cast))
    now = timezone.now()
    send_report(actor=cast.olga, at=now, incident=found, kind="initial", recipient="Authority", text="What we know.")
    file = incident(found.ref, today=now.date())
    assert file is not None
    assert (file.clock.state, file.awaits_final) == ("met", True)
    with pytest.raises(NotFinished):
        close_incident(actor=cast.olga, at=now, incident=found, outcome="Ended.")
    send_report(actor=cast.olga, at=now, incident=found, kind="final", recipient="Authority", text="All of it.")
    action = add_action(
        actor=cast.olga, at=now, incident=found, text="Retrain", responsible=cast.people["rita"], due_on=now.date()
    )
    with pytest.raises(NotFinished):
        close_incident(actor=cast.olga, at=now, incident=found, outcome="Ended.")
    finish_action(actor=cast.olga, at=now, action=action, result="Retrained and tested.")
    close_incident(actor=cast.olga, at=now, incident=found, outcome="Corrected.")
    with pytest.raises(IncidentClosed):
        send_report(actor=cast.olga, at=now, incident=found, kind="notice", recipient="A", text="B")
    acts = list(Change.objects.filter(object_ref=found.ref).order_by("at", "pk").values_list("action", flat=True))
    assert acts[0] == "incident.opened"
    assert acts[-1] == "incident.closed"


def test_a_held_system_takes_no_new_version(cast: Cast) -> None:
    use_case = a_use_case(cast)
    system = use_case.systems.get()
    found = opened(cast, use_case, system=system)
    freeze(actor=cast.olga, at=timezone.now(), incident=found)
    with pytest.raises(Frozen):
        add_system_version(actor=cast.anna, at=timezone.now(), system=system, version="2.0")
    with pytest.raises(Invalid):
        unfreeze(actor=cast.olga, at=timezone.now(), incident=found, reason=" ")
    unfreeze(actor=cast.olga, at=timezone.now(), incident=found, reason="The authority was told.")
    add_system_version(actor=cast.anna, at=timezone.now(), system=system, version="2.0")


def test_times_that_cannot_be_are_refused(cast: Cast) -> None:
    use_case = a_use_case(cast)
    today = timezone.now().date()
    for wrong, field in (
        ({"aware_on": today + timedelta(days=1)}, "aware_on"),
        ({"occurred_on": today + timedelta(days=1)}, "occurred_on"),
        ({"kinds": ["nonsense"]}, "kinds"),
        ({"role": "bystander"}, "role"),
        ({"text": " "}, "text"),
    ):
        with pytest.raises(Invalid) as caught:
            opened(cast, use_case, **wrong)
        assert caught.value.data["field"] == field
    assert not Incident.objects.exists()


def test_only_who_sees_the_use_case_sees_its_incidents_and_its_people_are_told(cast: Cast) -> None:
    found = opened(cast, a_use_case(cast))
    assert incidents_visible_to(cast.olga).get() == found
    assert not incidents_visible_to(cast.eve).exists()
    assert Notice.objects.filter(person=cast.people["olga"], kind="incident").count() == 1
    assert isinstance(found.opened_at, datetime)
