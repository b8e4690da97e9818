"""What a resolution does elsewhere: through findings, through control, through the gate of a pilot, or not at all."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from audit.control.state import control_of
from audit.findings.acts import acts_of
from audit.findings.errors import NotPossible
from audit.ledger import log
from audit.models import Finding, Intervention
from governance.access import Invalid
from governance.committees import add_item, close_vote
from governance.committees.effects import moment_of
from governance.models import AgendaItem, Committee, PolicyInForce, Resolution, SignOff, UseCase
from governance.register import change_lifecycle
from governance.register.pilots import GateClosed, evaluate_phase, plan_phase
from tests.cast import Cast, a_live_use_case
from tests.governance.committees.room import convened, decided, in_session
from tests.governance.web.stage import catch_up, set_stage

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
now = timezone.now
YES = {"lena": "yes", "ivan": "yes", "dora": "yes"}


def put(cast: Cast, use_case: UseCase, kind: str, effect: dict[str, Any]) -> AgendaItem:
    """A point about ``use_case`` in an open meeting with everybody present."""
    meeting = convened(cast, Committee.objects.get())
    item = add_item(
        actor=cast.carl, at=now(), meeting=meeting, kind=kind, title="Point", question="Shall we?", use_case=use_case,
        effect=effect,
    )  # fmt: skip
    in_session(cast, meeting)
    item.refresh_from_db()
    return item


@pytest.mark.slow
def test_a_waiver_goes_through_findings_in_the_transaction_of_its_resolution(cast: Cast) -> None:
    stage = set_stage(cast, decisions=2)
    finding = Finding.objects.filter(use_case=stage.live, state="open", drill=False).order_by("ref")[0]
    until = (now() + 30 * DAY).date().isoformat()
    item = put(cast, stage.live, "waive", {"finding": finding.ref, "until": until})
    resolution = decided(cast, item, **YES)
    assert resolution is not None
    finding.refresh_from_db()
    act = acts_of(finding)[-1]
    assert (finding.state, act.kind, act.data["resolution"]) == ("waived", "waived", resolution.ref)
    assert finding.waived_until == resolution.expires_at == moment_of(until, "until")
    # Once more: the finding is not open any longer, so that nothing is decided and nothing written.
    again = put(cast, stage.live, "waive", {"finding": finding.ref, "until": until})
    before = (Resolution.objects.count(), len(acts_of(finding)))
    with pytest.raises(NotPossible):
        decided(cast, again, **YES)
    again.refresh_from_db()
    assert (again.state, Resolution.objects.count(), len(acts_of(finding))) == ("voting", *before)


@pytest.mark.slow
def test_a_rejected_waiver_leaves_the_finding_open(cast: Cast) -> None:
    stage = set_stage(cast, decisions=2)
    finding = Finding.objects.filter(use_case=stage.live, state="open", drill=False).order_by("ref")[0]
    until = (now() + 30 * DAY).date().isoformat()
    item = put(cast, stage.live, "waive", {"finding": finding.ref, "until": until})
    resolution = decided(cast, item, lena="no", ivan="no", dora="yes")
    assert resolution is not None
    finding.refresh_from_db()
    assert (finding.state, resolution.outcome, resolution.expires_at) == ("open", "rejected", None)


@pytest.mark.parametrize(("kind", "state"), [("pause", "paused"), ("stop", "stopped")])
def test_a_suspension_is_an_intervention_of_control_that_names_the_resolution(
    cast: Cast, kind: str, state: str
) -> None:
    use_case = a_live_use_case(cast)
    resolution = decided(cast, put(cast, use_case, "suspend", {"kind": kind}), **YES)
    assert resolution is not None
    assert control_of(use_case, at=now()).state == state
    catch_up()
    intervention = Intervention.objects.get(use_case=use_case)
    told = json.loads(log.payload(UUID(str(intervention.entries[0]))))["data"]
    assert (intervention.kind, told["reason"]) == (kind, f"{resolution.ref}: It is resolved.")


def test_a_suspension_control_does_not_know_decides_nothing(cast: Cast) -> None:
    use_case = a_live_use_case(cast)
    item = put(cast, use_case, "suspend", {"kind": "hush"})
    with pytest.raises(Invalid):
        decided(cast, item, **YES)
    assert (Resolution.objects.count(), Intervention.objects.count()) == (0, 0)
    assert control_of(use_case, at=now()).state == "running"


def test_a_pilot_is_extended_by_a_vote_once_its_criteria_are_met_and_not_before(cast: Cast) -> None:
    use_case = a_live_use_case(cast)
    UseCase.objects.filter(pk=use_case.pk).update(lifecycle="pilot")
    common: dict[str, Any] = {"actor": cast.anna, "at": now()}
    phase = plan_phase(
        **common, use_case=use_case, name="One team", cohort="Team A", starts_on=now().date(),
        criteria=[{"code": "errors", "text": "Fewer than 2 % wrong"}],
    )  # fmt: skip
    item = put(cast, use_case, "expand", {"lifecycle": "live"})
    with pytest.raises(GateClosed):
        decided(cast, item, **YES)
    use_case.refresh_from_db()
    assert (use_case.lifecycle, Resolution.objects.count(), SignOff.objects.filter(policy=None).count()) == (
        "pilot", 0, 0,
    )  # fmt: skip
    with pytest.raises(GateClosed):
        change_lifecycle(actor=cast.anna, at=now(), use_case=use_case, to="live", reason="Around the committee")
    evaluate_phase(
        **common, phase=phase, results=[{"code": "errors", "state": "met", "evidence": "1.1 %, n 900"}],
        lessons="Good", evaluated_by=cast.people["olga"],
    )  # fmt: skip
    resolution = close_vote(actor=cast.carl, at=now(), item=item)
    assert resolution is not None
    use_case.refresh_from_db()
    assert (resolution.outcome, use_case.lifecycle) == ("adopted", "live")
    assert resolution.sign_off is not None
    assert resolution.sign_off.outcome == "approved"


def test_a_day_that_is_none_is_refused_before_anything_is_decided(cast: Cast) -> None:
    use_case = a_live_use_case(cast)
    item = put(cast, use_case, "risk", {"until": "some day"})
    with pytest.raises(Invalid) as refused:
        decided(cast, item, **YES)
    assert refused.value.data["field"] == "effect.until"
    assert (Resolution.objects.count(), PolicyInForce.objects.count()) == (0, 1)
