"""A meeting decides what it saw, by those who may, once; or it decides nothing."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.access import Invalid, NotAllowed
from governance.committees import (
    add_item,
    add_member,
    amend_charter,
    arrive,
    close_meeting,
    close_vote,
    complete,
    declare_interest,
    delegate,
    discuss,
    edit_item,
    end_membership,
    freeze,
    leave,
    name_deputy,
    open_vote,
)
from governance.committees.approvals import expire_approvals
from governance.committees.errors import (
    AlreadyDecided,
    AlreadyVoted,
    CheckpointsOpen,
    EvidenceMissing,
    Excluded,
    NoQuorum,
    NotPresent,
    PromptsOpen,
    TooLate,
    Voided,
    WrongState,
)
from governance.committees.pack import read_pack
from governance.models import (
    Action,
    Attendance,
    Change,
    Interest,
    ItemVote,
    Job,
    Notice,
    PolicyInForce,
    Resolution,
    SignOff,
    Vote,
)
from governance.register.pilots import GateClosed, evaluate_phase, plan_phase, record_oversight_test
from policies.models import OversightPolicy
from tests.cast import Cast, a_committee, a_live_use_case, a_use_case
from tests.governance.committees.room import convened, decided, in_session, login_for, policy_item, ready, seat, vote

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def now() -> Any:
    return timezone.now()


def test_a_vote_brings_the_policy_into_force_with_its_conditions(cast: Cast) -> None:
    due = (now() + 30 * DAY).date().isoformat()
    condition = {"text": "Test the stop", "owner": cast.people["rita"].ref, "due": due}
    item = ready(cast, conditions=[condition], effect={"lifecycle": "live"})
    resolution = decided(cast, item, lena="yes", ivan="yes", dora="no", carl="recuse")
    assert resolution is not None
    assert (resolution.outcome, resolution.tally["took_part"], resolution.tally["recuse"]) == ("adopted", 3, 1)
    binding = PolicyInForce.objects.get(use_case=item.use_case)
    assert binding.sign_off == resolution.sign_off
    assert Vote.objects.filter(sign_off=binding.sign_off).count() == 4
    item.use_case.refresh_from_db()
    assert item.use_case.lifecycle == "live"
    action = Action.objects.get()
    assert (action.owner.name, action.resolution) == ("Rita", resolution)
    assert Notice.objects.filter(person=action.owner, kind="action").count() == 1
    change = Change.objects.get(action="committee.resolved")
    assert change.entry == resolution.entry
    assert change.after["pack_sha256"] == item.meeting.pack.sha256


def test_a_known_conflict_keeps_the_vote_out_and_an_excluded_person_can_only_recuse(cast: Cast) -> None:
    item = ready(cast)
    opened = open_vote(actor=cast.carl, at=now(), item=item)
    assert [(each["name"], each["grounds"]) for each in opened.excluded] == [("Carl", ["team"])]
    with pytest.raises(Excluded):
        vote(cast, item, "carl", "yes")
    vote(cast, item, "carl", "recuse")


@pytest.mark.parametrize("kind", ["use case", "supplier"])
def test_a_declared_interest_excludes_also_when_it_comes_to_light_after_the_vote(cast: Cast, kind: str) -> None:
    item = ready(cast)
    open_vote(actor=cast.carl, at=now(), item=item)
    for name in ("lena", "ivan", "dora"):
        vote(cast, item, name, "yes")
    supplier = item.use_case.systems.get().supplier
    about = {"use_case": item.use_case} if kind == "use case" else {"supplier": supplier}
    declare_interest(actor=cast.carl, at=now(), person=cast.people["lena"], reason="Shares", **about)
    assert close_vote(actor=cast.carl, at=now(), item=item) is None
    assert not PolicyInForce.objects.exists()
    assert Change.objects.filter(action="committee.vote_without_quorum").exists()


def test_dissent_needs_its_reason_and_two_sessions_of_one_person_count_once(cast: Cast) -> None:
    item = ready(cast)
    lena = login_for(cast, "lena")
    item = open_vote(actor=cast.carl, at=now(), item=item)
    with pytest.raises(Invalid) as refused:
        vote(cast, item, "dora", "no", reason=" ")
    assert refused.value.data["field"] == "reason"
    from governance.committees import cast as cast_vote

    cast_vote(actor=lena, at=now(), item=item, choice="yes", digest=item.digest)
    with pytest.raises(AlreadyVoted):
        cast_vote(actor=lena, at=now(), item=item, choice="no", digest=item.digest, reason="Other session")
    with pytest.raises(AlreadyVoted):
        vote(cast, item, "lena", "yes")
    assert [each.choice for each in ItemVote.objects.all()] == ["yes"]


def test_who_deputises_and_sits_votes_once(cast: Cast) -> None:
    committee = a_committee(cast)
    name_deputy(actor=cast.carl, at=now(), membership=seat(committee, "dora"), deputy=cast.people["lena"])
    meeting = convened(cast, committee)
    in_session(cast, meeting, "carl", "lena", "ivan")
    with pytest.raises(Invalid, match="already"):
        arrive(
            actor=cast.carl, at=now(), meeting=meeting, membership=seat(committee, "dora"), person=cast.people["lena"]
        )
    with pytest.raises(Invalid, match="deputy"):
        arrive(
            actor=cast.carl, at=now(), meeting=meeting, membership=seat(committee, "dora"), person=cast.people["rita"]
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Attendance.objects.create(
            meeting=meeting, membership=seat(committee, "dora"), person=cast.people["lena"], arrived_at=now()
        )


def test_editing_voids_the_votes_and_a_vote_on_the_old_text_is_refused(cast: Cast) -> None:
    item = ready(cast)
    old = open_vote(actor=cast.carl, at=now(), item=item).digest
    vote(cast, item, "lena", "yes")
    edit_item(actor=cast.carl, at=now(), item=item, question="And more?", reason="Clearer")
    assert ItemVote.objects.get().voided_at is not None
    from governance.committees import cast as cast_vote

    with pytest.raises(Voided):
        cast_vote(
            actor=cast.carl,
            at=now(),
            item=item,
            choice="yes",
            digest=old,
            membership=seat(item.meeting.committee, "ivan"),
        )
    fresh = open_vote(actor=cast.carl, at=now(), item=item)
    assert fresh.digest != old
    with pytest.raises(Voided):
        cast_vote(
            actor=cast.carl,
            at=now(),
            item=item,
            choice="yes",
            digest=old,
            membership=seat(item.meeting.committee, "ivan"),
        )


def test_reflection_prompts_come_before_a_vote(cast: Cast) -> None:
    item = ready(cast, prompts=["Who is most affected?"])
    open_vote(actor=cast.carl, at=now(), item=item)
    with pytest.raises(PromptsOpen) as refused:
        vote(cast, item, "lena", "yes")
    assert refused.value.data["open"] == ["Who is most affected?"]
    cast_ = vote(cast, item, "lena", "yes", reflections=[{"prompt": "Who is most affected?", "answer": "Carers"}])
    assert cast_.reflections == [{"prompt": "Who is most affected?", "answer": "Carers"}]


def test_options_are_put_one_at_a_time(cast: Cast) -> None:
    options = [{"key": "a", "text": "All", "pros": ["fast"], "cons": []}, {"key": "b", "text": "Pilot"}]
    item = ready(cast, options=options)
    with pytest.raises(Invalid) as refused:
        open_vote(actor=cast.carl, at=now(), item=item)
    assert refused.value.data["field"] == "option"
    assert open_vote(actor=cast.carl, at=now(), item=item, option="b").option == "b"


def test_the_data_pack_is_frozen_and_closes_the_agenda(cast: Cast) -> None:
    committee, use_case = a_committee(cast), a_live_use_case(cast)
    meeting = convened(cast, committee)
    add_item(actor=cast.carl, at=now(), meeting=meeting, kind="approve", title="Go on", use_case=use_case)
    pack = freeze(actor=cast.carl, at=now(), meeting=meeting)
    assert hashlib.sha256(bytes(pack.data)).hexdigest() == pack.sha256
    shown = read_pack(pack)["use_cases"][use_case.ref]
    assert (shown["lifecycle"], shown["policy"]["version"], shown["figures"]) == ("live", 1, [])
    assert Change.objects.get(action="committee.data_pack_frozen").after["sha256"] == pack.sha256
    with pytest.raises(WrongState, match="frozen"):
        add_item(actor=cast.carl, at=now(), meeting=meeting, kind="discuss", title="More")
    assert freeze(actor=cast.carl, at=now(), meeting=meeting).pk == pack.pk


def test_only_the_chair_leads(cast: Cast) -> None:
    item = ready(cast)
    lena = login_for(cast, "lena")
    for act in (open_vote, close_vote):
        with pytest.raises(NotAllowed):
            act(actor=lena, at=now(), item=item)
    with pytest.raises(NotAllowed):
        close_meeting(actor=cast.otto, at=now(), meeting=item.meeting)
    with pytest.raises(NotAllowed):
        add_item(actor=cast.olga, at=now(), meeting=item.meeting, kind="discuss", title="Mine")


def test_who_is_not_there_does_not_vote(cast: Cast) -> None:
    item = ready(cast)
    eve = cast.eve
    item = open_vote(actor=cast.carl, at=now(), item=item)
    from governance.committees import cast as cast_vote

    with pytest.raises(NotPresent):
        cast_vote(actor=eve, at=now(), item=item, choice="yes", digest=item.digest)


def test_a_meeting_ends_after_its_checkpoints_and_asks_for_minutes(cast: Cast) -> None:
    committee = a_committee(cast)
    amend_charter(
        actor=cast.anna, at=now(), committee=committee, reason="Yearly review",
        terms={"checkpoints": [{"code": "load", "text": "Do reviewers have enough time?"}]},
    )  # fmt: skip
    meeting = convened(cast, committee, with_agenda=True)
    in_session(cast, meeting)
    with pytest.raises(CheckpointsOpen) as refused:
        close_meeting(actor=cast.carl, at=now(), meeting=meeting)
    assert refused.value.data["mandatory"] == [1]
    discuss(actor=cast.carl, at=now(), item=meeting.items.get(mandatory=True), note="They do.")
    close_meeting(actor=cast.carl, at=now(), meeting=meeting)
    assert Job.objects.filter(kind="minutes", key=f"minutes:{meeting.ref}").count() == 1
    assert not Attendance.objects.filter(left_at=None).exists()


def test_sign_off_names_the_evidence_that_is_missing_or_stale(cast: Cast) -> None:
    item = ready(cast)
    wanted = [{"kind": "oversight_test", "max_age_days": 365}, {"kind": "classification"}]
    amend_charter(
        actor=cast.anna, at=now(), committee=item.meeting.committee, reason="Stricter", terms={"evidence": wanted}
    )
    record_oversight_test(
        actor=cast.anna, at=now(), use_case=item.use_case, held_at=now() - 400 * DAY, scenario="A wrong refusal",
        expected="Override", observed="Overridden", passed=True, led_by=cast.people["rita"],
    )  # fmt: skip
    item.refresh_from_db()
    with pytest.raises(EvidenceMissing) as refused:
        open_vote(actor=cast.carl, at=now(), item=item)
    assert refused.value.data["missing"] == [
        {"kind": "oversight_test", "state": "stale"},
        {"kind": "classification", "state": "missing"},
    ]


def test_suspending_and_changing_the_mode_take_effect_with_the_resolution(cast: Cast) -> None:
    from audit.control.state import control_of

    use_case, committee = a_live_use_case(cast), a_committee_of(cast)
    meeting = convened(cast, committee)
    common = {"actor": cast.carl, "meeting": meeting, "use_case": use_case}
    stop = add_item(at=now(), kind="suspend", title="Pause", effect={"kind": "pause"}, **common)
    mode = add_item(at=now(), kind="mode", title="Mode", effect={"mode": "HOTL"}, **common)
    in_session(cast, meeting)
    assert control_of(use_case, at=now()).state == "running"
    first = decided(cast, stop, lena="yes", ivan="yes", dora="yes")
    assert control_of(use_case, at=now()).state == "paused"
    second = decided(cast, mode, lena="yes", ivan="yes", dora="yes")
    use_case.refresh_from_db()
    assert first is not None
    assert second is not None
    assert (use_case.mode, second.ref in use_case.mode_reason) == ("HOTL", True)


def a_committee_of(cast: Cast) -> Any:
    from governance.models import Committee

    return Committee.objects.get()


def test_an_effect_that_cannot_happen_leaves_nothing_behind(cast: Cast) -> None:
    use_case = a_live_use_case(cast)
    meeting = convened(cast, a_committee_of(cast))
    until = (now() + 30 * DAY).date().isoformat()
    item = add_item(
        actor=cast.carl, at=now(), meeting=meeting, kind="waive", title="Waive", use_case=use_case,
        effect={"finding": "F-9999", "until": until},
    )  # fmt: skip
    in_session(cast, meeting)
    with pytest.raises(Invalid, match="F-9999"):
        decided(cast, item, lena="yes", ivan="yes", dora="yes")
    item.refresh_from_db()
    assert (item.state, Resolution.objects.count(), ItemVote.objects.filter(voided_at=None).count()) == ("voting", 0, 3)


def test_a_veto_and_two_thirds_hold_for_the_kind_the_charter_names(cast: Cast) -> None:
    use_case = a_live_use_case(cast)
    committee = a_committee_of(cast)
    rules = {"risk": {"rule": "two_thirds"}, "mode": {"veto": ["Legal"]}}
    amend_charter(actor=cast.anna, at=now(), committee=committee, reason="New", terms={"rules": rules})
    meeting = convened(cast, committee)
    until = (now() + 30 * DAY).date().isoformat()
    risk = add_item(actor=cast.carl, at=now(), meeting=meeting, kind="risk", title="Risk", effect={"until": until})
    mode = add_item(
        actor=cast.carl, at=now(), meeting=meeting, kind="mode", title="Mode", use_case=use_case, effect={"mode": "HIC"}
    )
    in_session(cast, meeting)
    first = decided(cast, risk, lena="yes", ivan="yes", dora="no", carl="no")
    second = decided(cast, mode, lena="no", ivan="yes", dora="yes")
    assert first is not None
    assert second is not None
    assert (first.outcome, first.ground) == ("rejected", "two_thirds")
    assert (second.outcome, second.ground) == ("rejected", "veto")
    use_case.refresh_from_db()
    assert use_case.mode == "HITL"


def test_sending_back_changes_nothing_and_is_due_again(cast: Cast) -> None:
    item = ready(cast)
    open_vote(actor=cast.carl, at=now(), item=item, motion="send_back")
    for name in ("lena", "ivan", "dora"):
        vote(cast, item, name, "yes")
    resolution = close_vote(actor=cast.carl, at=now(), item=item, text="Say who stops it.")
    assert resolution is not None
    assert resolution.outcome == "sent_back"
    assert not SignOff.objects.exists()
    close_meeting(actor=cast.carl, at=now(), meeting=item.meeting)
    following = convened(cast, item.meeting.committee, with_agenda=True)
    assert following.items.get(source=f"item:{item.pk}").policy == item.policy


def test_an_approval_that_runs_out_takes_the_policy_out_of_force(cast: Cast) -> None:
    item = ready(cast)
    amend_charter(
        actor=cast.anna, at=now(), committee=item.meeting.committee, reason="Half-yearly", terms={"approval_days": 180}
    )
    item.refresh_from_db()
    resolution = decided(cast, item, lena="yes", ivan="yes", dora="yes")
    assert resolution is not None
    assert resolution.expires_at == resolution.decided_at + 180 * DAY
    assert expire_approvals(at=now()) == 0
    Resolution.objects.filter(pk=resolution.pk).update(expires_at=now())
    assert expire_approvals(at=now()) == 1
    assert not PolicyInForce.objects.filter(in_force_until=None).exists()
    assert expire_approvals(at=now()) == 0


def test_actions_are_done_or_handed_on_by_their_owner(cast: Cast) -> None:
    due = (now() + 3 * DAY).date().isoformat()
    item = ready(cast, conditions=[{"text": "Drill", "owner": cast.people["rita"].ref, "due": due}])
    decided(cast, item, lena="yes", ivan="yes", dora="yes")
    action = Action.objects.get()
    with pytest.raises(NotAllowed):
        complete(actor=cast.olga, at=now(), action=action, note="Mine?")
    action = delegate(actor=cast.rita, at=now(), action=action, to=cast.people["olga"], reason="On leave")
    assert (action.owner.name, action.delegated_by.name) == ("Olga", "Rita")
    complete(actor=cast.olga, at=now(), action=action, note="Done on Monday, protocol 7")
    with pytest.raises(WrongState):
        complete(actor=cast.olga, at=now(), action=action, note="Again")


def test_the_agenda_builds_itself_from_what_is_due(cast: Cast) -> None:
    committee, use_case = a_committee(cast), a_use_case(cast)
    meeting = convened(cast, committee)
    policy_item(cast, meeting, use_case)
    Action.objects.create(ref="ACT-0099", meeting=meeting, text="Late", owner=cast.people["rita"], due_at=now() - DAY)
    following = convened(cast, committee, with_agenda=True)
    sources = list(following.items.values_list("source", flat=True))
    draft = OversightPolicy.objects.get()
    assert sources == [f"policy:{draft.ref}", f"new:{use_case.ref}", "actions"]
    assert following.items.get(source=f"policy:{draft.ref}").policy == draft


def test_a_charter_with_a_scope_sees_only_its_own(cast: Cast) -> None:
    from governance.models import Unit

    first, second = a_use_case(cast), a_use_case(cast, key="other", unit=Unit.objects.create(name="Elsewhere"))
    committee = a_committee(cast)
    committee.units.set([second.unit])
    meeting = convened(cast, committee, with_agenda=True)
    assert {item.use_case for item in meeting.items.all()} == {second}
    committee.use_cases.set([first])
    meeting = convened(cast, committee, with_agenda=True)
    assert {item.use_case for item in meeting.items.all()} == {first, second}


def test_a_pilot_is_extended_once_its_criteria_are_met(cast: Cast) -> None:
    use_case = a_use_case(cast)
    today = now().date()
    criteria = [{"code": "errors", "text": "Fewer than 2 % wrong"}]
    common = {"actor": cast.anna, "at": now(), "use_case": use_case}
    phase = plan_phase(**common, name="One team", cohort="Team A", starts_on=today, criteria=criteria)
    with pytest.raises(GateClosed):
        plan_phase(**common, name="All", cohort="Everybody", starts_on=today, criteria=criteria)
    with pytest.raises(Invalid, match="evidence"):
        evaluate_phase(
            actor=cast.anna, at=now(), phase=phase, results=[{"code": "errors", "state": "met"}], lessons="x",
            evaluated_by=cast.people["olga"],
        )  # fmt: skip
    evaluate_phase(
        actor=cast.anna, at=now(), phase=phase, results=[{"code": "errors", "state": "unknown"}], lessons="Too few",
        evaluated_by=cast.people["olga"],
    )  # fmt: skip
    with pytest.raises(GateClosed) as refused:
        plan_phase(**common, name="All", cohort="Everybody", starts_on=today, criteria=criteria)
    assert refused.value.data["unmet"] == ["errors"]


def test_a_seat_that_ended_does_not_vote(cast: Cast) -> None:
    item = ready(cast)
    open_vote(actor=cast.carl, at=now(), item=item)
    vote(cast, item, "lena", "yes")
    end_membership(actor=cast.anna, at=now(), membership=seat(item.meeting.committee, "dora"), reason="Left")
    with pytest.raises(NotPresent):
        vote(cast, item, "dora", "yes")


def test_an_interest_is_in_one_thing(cast: Cast) -> None:
    with pytest.raises(Invalid):
        declare_interest(actor=cast.carl, at=now(), person=cast.people["lena"], reason="?")
    with pytest.raises(IntegrityError), transaction.atomic():
        Interest.objects.create(person=cast.people["lena"], reason="x", declared_at=now())


def test_a_member_added_for_a_term_is_out_after_it(cast: Cast) -> None:
    from governance.committees.seats import serving

    committee = a_committee(cast)
    add_member(
        actor=cast.anna,
        at=now(),
        committee=committee,
        person=cast.people["rita"],
        function="business",
        until=now() + DAY,
    )
    assert serving(committee, now()).count() == 5
    assert serving(committee, now() + 2 * DAY).count() == 4


# Races: each has one defined outcome.


def test_quorum_lost_in_the_meeting_no_vote_is_opened(cast: Cast) -> None:
    item = ready(cast)
    leave(actor=cast.carl, at=now(), meeting=item.meeting, person=cast.people["dora"])
    with pytest.raises(NoQuorum) as refused:
        open_vote(actor=cast.carl, at=now(), item=item)
    assert refused.value.data == {"voting": 2, "quorum": 3}


def test_quorum_lost_while_voting_nothing_is_decided(cast: Cast) -> None:
    item = ready(cast)
    open_vote(actor=cast.carl, at=now(), item=item)
    vote(cast, item, "lena", "yes")
    vote(cast, item, "ivan", "yes")
    leave(actor=cast.carl, at=now(), meeting=item.meeting, person=cast.people["dora"])
    with pytest.raises(NotPresent):
        vote(cast, item, "dora", "yes")
    assert close_vote(actor=cast.carl, at=now(), item=item) is None
    item.refresh_from_db()
    assert (item.state, Resolution.objects.count()) == ("open", 0)


def test_who_leaves_between_vote_and_close_has_voted(cast: Cast) -> None:
    item = ready(cast)
    open_vote(actor=cast.carl, at=now(), item=item)
    for name in ("lena", "ivan", "dora"):
        vote(cast, item, name, "yes")
    leave(actor=cast.carl, at=now(), meeting=item.meeting, person=cast.people["dora"])
    resolution = close_vote(actor=cast.carl, at=now(), item=item)
    assert resolution is not None
    assert resolution.outcome == "adopted"


def test_a_chair_closing_twice_decides_once(cast: Cast) -> None:
    item = ready(cast)
    decided(cast, item, lena="yes", ivan="yes", dora="yes")
    with pytest.raises(AlreadyDecided):
        close_vote(actor=cast.carl, at=now(), item=item)
    assert (Resolution.objects.count(), PolicyInForce.objects.count()) == (1, 1)


def test_a_vote_after_the_deadline_is_late_also_when_the_form_was_open(cast: Cast) -> None:
    committee, use_case = a_committee(cast), a_use_case(cast)
    start = now()
    meeting = convened(cast, committee, deadline=start + 2 * DAY)
    item = policy_item(cast, meeting, use_case)
    from governance.committees import cast as cast_vote
    from governance.committees import open_meeting

    open_meeting(actor=cast.carl, at=now(), meeting=meeting)
    item = open_vote(actor=cast.carl, at=now(), item=item)
    users = {name: login_for(cast, name) for name in ("lena", "ivan", "dora")}
    for name in ("lena", "ivan"):
        cast_vote(actor=users[name], at=now(), item=item, choice="yes", digest=item.digest)
    with pytest.raises(WrongState, match="deadline"):
        close_vote(actor=cast.carl, at=now(), item=item)
    with pytest.raises(TooLate):
        cast_vote(actor=users["dora"], at=meeting.deadline, item=item, choice="yes", digest=item.digest)
    assert ItemVote.objects.count() == 2
    cast_vote(actor=users["dora"], at=now(), item=item, choice="yes", digest=item.digest)
    resolution = close_vote(actor=cast.carl, at=now(), item=item)
    assert resolution is not None
    assert resolution.outcome == "adopted"
