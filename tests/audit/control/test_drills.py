"""Stop drills: fired once, unannounced ones keep their time to themselves, measured from what was executed."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.control.drills import DrillOver, cancel_drill, drill_result, plan_drill, run_drills
from audit.control.state import control_of
from audit.ledger.clock import replaying_clock
from audit.models import Decision, Intervention
from governance.access import Invalid
from governance.models import Change, UseCase
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def use_case(live_use_case: UseCase) -> UseCase:
    """Olga's use case, live under a signed policy."""
    return live_use_case


def test_a_drill_fires_once_stops_and_ends_by_itself(cast: Cast, use_case: UseCase) -> None:
    now = timezone.now()
    plan_drill(use_case=use_case, fires_at=now + timedelta(minutes=1), announced=False, actor=cast.olga, at=now)
    with replaying_clock("a drill takes minutes"):
        assert run_drills(at=now) == 0
        fired = now + timedelta(minutes=2)
        assert run_drills(at=fired) == 1
        assert run_drills(at=fired) == 0
        control = control_of(use_case, at=fired)
        assert (control.state, control.grounds[-1].code) == ("stopped", "drill")
        assert run_drills(at=fired + timedelta(minutes=10)) == 1
    assert control_of(use_case, at=fired + timedelta(minutes=10)).state == "running"
    assert Intervention.objects.count() == 1


def test_a_drill_nobody_lifts_never_becomes_a_stop(cast: Cast, use_case: UseCase) -> None:
    now = timezone.now()
    plan_drill(use_case=use_case, fires_at=now + timedelta(seconds=1), announced=True, actor=cast.olga, at=now)
    with replaying_clock("a drill takes minutes"):
        run_drills(at=now + timedelta(seconds=2))
    assert control_of(use_case, at=now + timedelta(minutes=59)).state == "stopped"
    assert control_of(use_case, at=now + timedelta(minutes=62)).state == "running"


def test_an_unannounced_drill_tells_nobody_when(cast: Cast, use_case: UseCase) -> None:
    now = timezone.now()
    plan_drill(use_case=use_case, fires_at=now + timedelta(days=1), announced=False, actor=cast.olga, at=now)
    assert Change.objects.get(action="control.drill.planned").after["fires_at"] == ""


def test_a_drill_is_called_off_before_it_fires_and_not_after(cast: Cast, use_case: UseCase) -> None:
    now = timezone.now()
    with pytest.raises(Invalid):
        plan_drill(use_case=use_case, fires_at=now, announced=True, actor=cast.olga, at=now)
    drill = plan_drill(use_case=use_case, fires_at=now + timedelta(days=1), announced=True, actor=cast.olga, at=now)
    cancel_drill(drill=drill, reason="Holiday", actor=cast.olga, at=now)
    with pytest.raises(DrillOver):
        cancel_drill(drill=drill, reason="Again", actor=cast.olga, at=now)
    assert run_drills(at=now + timedelta(days=2)) == 0


def test_worked_example_b_of_the_fact_sheet(use_case: UseCase) -> None:
    """Issued 14:00:00, effective 14:01:20, one decision at 14:00:50: in flight 1, leakage 0."""
    issued = timezone.now().replace(hour=14, minute=0, second=0, microsecond=0)
    stop = Intervention.objects.create(
        id="00000000-0000-0000-0000-000000000001", use_case=use_case, intervention_id="D-1", kind="stop", drill=True,
        issued_at=issued, acknowledged_at=issued + timedelta(seconds=5), effective_at=issued + timedelta(seconds=80),
        resumed_at=issued + timedelta(minutes=9), instances={"targeted": 4, "halted": 4}, index=1,
    )  # fmt: skip
    for number, seconds in enumerate((-10, 50, 600)):
        _executed(use_case, number, issued + timedelta(seconds=seconds))
    result = drill_result(stop)
    assert (result.in_flight, result.leaked) == (1, 0)
    assert result.time_to_stop == timedelta(seconds=50)
    assert result.effective_after == timedelta(seconds=80)
    assert (result.halted, result.targeted) == (4, 4)
    _executed(use_case, 9, issued + timedelta(seconds=81))
    assert (drill_result(stop).in_flight, drill_result(stop).leaked) == (1, 1)


def test_what_no_system_reported_is_unknown(use_case: UseCase) -> None:
    stop = Intervention.objects.create(
        id="00000000-0000-0000-0000-000000000001", use_case=use_case, intervention_id="D-1", kind="stop", drill=True,
        issued_at=timezone.now(), index=1,
    )  # fmt: skip
    result = drill_result(stop)
    assert (result.leaked, result.time_to_stop, result.targeted) == (None, None, None)


def _executed(use_case: UseCase, number: int, at: Any) -> None:
    Decision.objects.create(
        id=f"00000000-0000-0000-0000-00000000010{number}", use_case=use_case, decision_id=f"d-{number}",
        executed_at=at, state={}, first_index=0, last_index=0,
    )  # fmt: skip
