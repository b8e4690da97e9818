"""A person stops a use case: it holds at once, is proven, folds to the same row, and only an equal lifts it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm

from audit import tasks
from audit.control.acts import AlreadyLifted, intervene, resume
from audit.control.authority import NoAuthority
from audit.control.state import control_of
from audit.events.own import own_source
from audit.ledger import log
from audit.models import Event, Intervention
from governance.access import Invalid
from governance.models import Change, UseCase
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def use_case(live_use_case: UseCase) -> UseCase:
    """Olga's use case, live under a signed policy."""
    return live_use_case


def _fold() -> None:
    log.integrate(at=timezone.now())
    while tasks.follow(at=timezone.now()):
        pass


def test_a_stop_holds_with_its_commit_and_is_an_event_and_a_change(cast: Cast, use_case: UseCase) -> None:
    now = timezone.now()
    assert control_of(use_case, at=now).state == "running"
    row = intervene(use_case=use_case, kind="stop", reason="Wrong letters went out.", actor=cast.olga, at=now)
    assert control_of(use_case, at=now).state == "stopped"
    assert Event.objects.get(type="ai.oversight.intervention.v1").source == own_source()
    change = Change.objects.get(action="control.intervention.issued")
    assert change.after["authority"] == "owner"
    assert change.after["intervention"] == row.intervention_id


def test_folding_and_rebuilding_give_the_row_that_the_act_wrote(cast: Cast, use_case: UseCase) -> None:
    now = timezone.now()
    row = intervene(use_case=use_case, kind="pause", reason="Odd", actor=cast.olga, at=now, scope={"versions": ["2"]})
    resume(intervention=row, reason="Fixed", actor=cast.olga, at=now + timedelta(seconds=1))
    names = [field.attname for field in Intervention._meta.concrete_fields if field.attname not in {"entries", "index"}]
    acted = Intervention.objects.values(*names).get()
    _fold()
    folded = Intervention.objects.values().get()
    assert {name: folded[name] for name in names} == acted
    tasks.rebuild(at=now)
    assert Intervention.objects.values().get() == folded


def test_an_equal_lifts_a_stop_and_a_lesser_does_not(cast: Cast, use_case: UseCase) -> None:
    assign_perm("governance.stop_usecase", cast.rita, use_case)
    now = timezone.now()
    row = intervene(use_case=use_case, kind="stop", reason="Seen", actor=cast.carl, at=now)
    for lesser in (cast.rita, cast.olga, cast.otto, cast.eve):
        with pytest.raises(NoAuthority):
            resume(intervention=row, reason="Go on", actor=lesser, at=now)
    resume(intervention=row, reason="The committee looked at it.", actor=cast.carl, at=now)
    assert control_of(use_case, at=now).state == "running"
    with pytest.raises(AlreadyLifted):
        resume(intervention=row, reason="Again", actor=cast.carl, at=now)


@pytest.mark.parametrize("who", ["otto", "eve", "anna", "rita", "adam"])
def test_nobody_else_stops(who: str, cast: Cast, use_case: UseCase) -> None:
    with pytest.raises(NoAuthority):
        intervene(use_case=use_case, kind="stop", reason="x", actor=getattr(cast, who), at=timezone.now())
    assert not Intervention.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "halt"}, "kind"),
        ({"reason": "  "}, "reason"),
        ({"scope": {"people": ["x"]}}, "scope"),
        ({"scope": {"classes": "x"}}, "scope"),
        ({"kind": "limit"}, "limits"),
        ({"kind": "limit", "limits": {"amount": True}}, "limits"),
        ({"limits": {"amount": 5}}, "limits"),
    ],
)
def test_a_wrong_field_is_named(given: dict[str, Any], field: str, cast: Cast, use_case: UseCase) -> None:
    asked = {"kind": "stop", "reason": "Seen", **given}
    with pytest.raises(Invalid) as refused:
        intervene(use_case=use_case, actor=cast.olga, at=timezone.now(), **asked)
    assert refused.value.data["field"] == field


def test_a_scoped_stop_holds_for_its_versions_and_for_unknown_ones(cast: Cast, use_case: UseCase) -> None:
    now = timezone.now()
    intervene(use_case=use_case, kind="stop", reason="x", actor=cast.olga, at=now, scope={"versions": ["2.1"]})
    control = control_of(use_case, at=now)
    assert control.state == "running"
    assert control.strictest("grant", "2.1").state == "stopped"
    assert control.strictest("grant", None).state == "stopped"
    assert control.strictest("grant", "2.0").state == "running"
