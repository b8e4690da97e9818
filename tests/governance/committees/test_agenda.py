"""Where the points of an agenda come from: each source on its own, what it says, and when it is silent."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.events import schema
from audit.events.keys import authenticate, issue_key
from audit.events.record import record
from audit.models import Finding
from governance.committees import (
    Ballot,
    add_item,
    amend_charter,
    appoint_committee,
    close_meeting,
    defer,
    draft_policy,
    sign_off_policy,
)
from governance.committees.agenda import Due, due_for
from governance.models import AgendaItem, Appeal, Committee, Incident, Meeting, Membership, Resolution, UseCase
from governance.register import declare_fairness, edit_use_case
from governance.rights import receive_appeal
from tests.cast import POLICY, Cast, a_committee, a_live_use_case, a_use_case
from tests.governance.committees.room import convened, decided, in_session, ready
from tests.governance.web.stage import SOURCE, catch_up, set_stage

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
now = timezone.now


def due(committee: Committee) -> dict[str, Due]:
    """What is due now, by its source."""
    return {each.source: each for each in due_for(committee, at=now(), before=now())}


def held(cast: Cast, committee: Committee) -> Meeting:
    """A meeting that was held: what came before it is no news."""
    meeting = convened(cast, committee)
    in_session(cast, meeting)
    return close_meeting(actor=cast.carl, at=now(), meeting=meeting)


def test_what_came_into_the_register_and_what_changed_there_since_the_last_meeting(cast: Cast) -> None:
    committee, old = a_committee(cast), a_use_case(cast)
    assert due(committee)[f"new:{old.ref}"].title == "Benefit check: new in the register"
    held(cast, committee)
    assert due(committee) == {}
    for purpose in ("Helps to decide.", "Helps to decide who is asked for papers."):
        edit_use_case(actor=cast.anna, at=now(), use_case=old, changes={"purpose": purpose})
    fresh = a_use_case(cast, key="other", name="Queue order")
    found = due(committee)
    assert found[f"changed:{old.ref}"].title == "Benefit check: 2 changes"
    assert set(found) == {f"changed:{old.ref}", f"new:{fresh.ref}"}


@pytest.mark.slow
def test_incidents_appeals_and_breaches_of_the_use_cases_in_its_scope(cast: Cast) -> None:
    stage = set_stage(cast, decisions=6)
    ref, found = stage.live.ref, due(stage.committee)
    hard = Finding.objects.filter(use_case=stage.live, severity="hard", state="open", drill=False).count()
    assert hard > 0
    assert found[f"findings:{ref}"].title == f"Benefit check: {hard} open breach{'es' if hard > 1 else ''}"
    assert found[f"incident:{stage.incident}"].title == f"Benefit check: incident {stage.incident}, Wrong refusals"
    assert found[f"appeals:{ref}"].title == "Benefit check: 1 appeal waits for an answer, 0 overdue"
    assert {each.use_case for each in found.values()} == {stage.live}
    # The clock runs out on an appeal; a waived finding and an incident closed long ago say nothing.
    receive_appeal(at=now(), kind="appeal", text="Why not?", about=stage.live.key)
    Appeal.objects.order_by("pk").update(due_at=now() - DAY)
    Finding.objects.filter(use_case=stage.live).update(state="waived", waived_until=now() + DAY)
    incident = Incident.objects.filter(ref=stage.incident)
    incident.update(closed_at=now(), outcome="Done")  # closed since the last meeting: told once more
    assert f"incident:{stage.incident}" in due(stage.committee)
    incident.update(closed_at=now() - 200 * DAY)
    later = due(stage.committee)
    assert later[f"appeals:{ref}"].title == "Benefit check: 2 appeals wait for an answer, 2 overdue"
    assert not {f"findings:{ref}", f"incident:{stage.incident}"} & set(later)
    elsewhere = appoint_committee(
        actor=cast.anna, at=now(), name="Elsewhere", charter="-", quorum=1, use_cases=[stage.planned]
    )
    assert {each.use_case for each in due(elsewhere).values()} <= {stage.planned}


@pytest.mark.parametrize(("days", "is_due"), [(20, True), (60, False)])
def test_a_mandate_that_ends_within_a_month(cast: Cast, days: int, is_due: bool) -> None:
    ends = (now() + days * DAY).date().isoformat()
    mandate = {"objective": "Sort letters", "allowed": ["grant"], "expires": ends}
    use_case = a_live_use_case(cast, policy={**POLICY, "mandate": mandate})
    committee = Committee.objects.get()
    found = [each for source, each in due(committee).items() if source.startswith("mandate:")]
    assert [each.title for each in found] == ([f"{use_case.name}: the mandate ends on {ends}"] if is_due else [])


@pytest.mark.parametrize(("days", "is_due"), [(20, True), (180, False)])
def test_an_approval_that_ends_within_a_month_is_put_on_for_renewal(cast: Cast, days: int, is_due: bool) -> None:
    item = ready(cast)
    committee = item.meeting.committee
    amend_charter(actor=cast.anna, at=now(), committee=committee, reason="-", terms={"approval_days": days})
    item.refresh_from_db()
    resolution = decided(cast, item, lena="yes", ivan="yes", dora="yes")
    assert resolution is not None
    close_meeting(actor=cast.carl, at=now(), meeting=item.meeting)
    found = due(committee).get(f"expiry:{resolution.ref}")
    assert (found is not None) is is_due
    if found is not None:
        assert (found.kind, found.effect, found.use_case) == ("approve", {"renews": resolution.ref}, item.use_case)


def test_an_accepted_risk_that_ends_is_put_on_with_a_new_end(cast: Cast) -> None:
    use_case, committee = a_use_case(cast), a_committee(cast)
    meeting = convened(cast, committee)
    ends = (now() + 10 * DAY).date()
    item = add_item(
        actor=cast.carl, at=now(), meeting=meeting, kind="risk", title="Risk", use_case=use_case,
        effect={"until": ends.isoformat()},
    )  # fmt: skip
    in_session(cast, meeting)
    resolution = decided(cast, item, lena="yes", ivan="yes", dora="yes")
    assert resolution is not None
    close_meeting(actor=cast.carl, at=now(), meeting=meeting)
    found = due(committee)[f"expiry:{resolution.ref}"]
    assert found.kind == "risk"
    assert found.effect == {"renews": resolution.ref, "until": (ends + DAY + timedelta(days=182)).isoformat()}
    Resolution.objects.filter(pk=resolution.pk).update(expired_at=now())
    assert f"expiry:{resolution.ref}" not in due(committee)


def test_points_people_put_on_and_did_not_reach_come_back_and_the_checkpoints_every_time(cast: Cast) -> None:
    committee = a_committee(cast)
    checkpoints = [{"code": "load", "text": "Is the load bearable?"}]
    amend_charter(actor=cast.anna, at=now(), committee=committee, reason="-", terms={"checkpoints": checkpoints})
    committee.refresh_from_db()
    meeting = convened(cast, committee, with_agenda=True)
    item = add_item(actor=cast.carl, at=now(), meeting=meeting, kind="discuss", title="The new vendor")
    in_session(cast, meeting)
    defer(actor=cast.carl, at=now(), item=item, reason="No time")
    AgendaItem.objects.filter(meeting=meeting, mandatory=True).update(state="discussed", note="-")
    close_meeting(actor=cast.carl, at=now(), meeting=meeting)
    found = due(committee)
    assert found[f"item:{item.pk}"].title == "The new vendor"
    assert found["checkpoint:load"].mandatory
    assert next(iter(found)) == "checkpoint:load"


@pytest.mark.slow
@pytest.mark.parametrize(("women", "is_due"), [("refuse", True), ("grant", False)])
def test_a_disparity_among_final_decisions(cast: Cast, women: str, is_due: bool) -> None:
    use_case = a_live_use_case(cast)
    declaration = {"favourable": "grant", "attributes": {"sex": "male"}, "threshold": "0.8"}
    declare_fairness(actor=cast.anna, at=now(), use_case=use_case, declaration=declaration)
    use_case.refresh_from_db()
    executed(cast, use_case, {"male": "grant", "female": women}, each=40)
    found = due(Committee.objects.get()).get(f"fairness:{use_case.ref}")
    assert (found.title if found else None) == ("Benefit check: disparity found" if is_due else None)


def executed(cast: Cast, use_case: UseCase, values: dict[str, str], *, each: int) -> None:
    """Executed decisions of the last days, ``each`` many of every group, all with the value of their group."""
    _, secret = issue_key(
        use_cases=[use_case], sources=[SOURCE], scopes=["events:write"], label="tests", actor=cast.anna, at=now()
    )
    made, at = [], now() - DAY
    for number, (sex, value) in enumerate(pair for pair in values.items() for _again in range(each)):
        name = f"d-{number:04d}"
        told = {"decision_id": name, "decision_class": value, "proposal": {"value": value}}
        made.append(_event(name, "decision", at, {**told, "phase": "proposed"}))
        made.append(_event(name, "group", at, {"decision_id": name, "attributes": {"sex": sex}}))
        done = {**told, "phase": "executed", "executed_at": at.isoformat()}
        made.append(_event(name, "decision", at, done, suffix="x"))
    results = record(made, key=authenticate(secret, at=now()), at=now())
    assert {result.status for result in results} == {201}
    catch_up()


def _event(name: str, kind: str, at: datetime, data: dict[str, Any], *, suffix: str = "") -> Any:
    told = {
        "specversion": "1.0", "id": f"{name}-{kind}{suffix}", "source": SOURCE, "type": f"ai.oversight.{kind}.v1",
        "time": at.isoformat(), "datacontenttype": "application/json", "data": data,
    }  # fmt: skip
    return schema.parse(json.dumps(told).encode())


def test_a_newer_draft_is_due_and_one_that_was_decided_is_not(cast: Cast) -> None:
    use_case = a_live_use_case(cast)
    committee = Committee.objects.get()
    assert not [source for source in due(committee) if source.startswith("policy:")]
    drafts = [draft_policy(actor=cast.anna, at=now(), use_case=use_case, content=POLICY) for _again in range(2)]
    assert [source for source in due(committee) if source.startswith("policy:")] == [f"policy:{drafts[1].ref}"]
    sign_off_policy(
        actor=cast.carl, at=now(), committee=committee, use_case=use_case, policy=drafts[1], digest=drafts[1].digest,
        ballots=[Ballot(membership=each, choice="no") for each in Membership.objects.filter(committee=committee)],
        resolution="No.",
    )  # fmt: skip
    assert [source for source in due(committee) if source.startswith("policy:")] == [f"policy:{drafts[0].ref}"]
