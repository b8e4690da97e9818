"""A meeting from the invitation to its end: convene, open, come and go, close, cancel."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.access import Invalid, NotAllowed, record_change
from governance.committees.addresses import meeting_path
from governance.committees.agenda import build_agenda
from governance.committees.errors import CheckpointsOpen, NotPresent, WrongState
from governance.committees.pack import freeze
from governance.committees.seats import check_convenes, check_leads, leads, person_of, serving
from governance.jobs import enqueue
from governance.models import AgendaItem, Attendance, Committee, Meeting, Membership, Person, User, next_reference
from governance.notices import tell

State = Meeting.State


def convene(
    *,
    actor: User,
    at: datetime,
    committee: Committee,
    title: str,
    starts_at: datetime,
    place: str = "",
    deadline: datetime | None = None,
    with_agenda: bool = True,
    simulated: bool = False,
) -> Meeting:
    """Call a meeting, or with a ``deadline`` a written procedure, and put on its agenda what is due.

    Members and deputies are told. Raises :class:`Invalid` and :class:`~governance.access.NotAllowed`.
    """
    check_convenes(actor, committee, at)
    if not title.strip():
        raise Invalid(_("A meeting needs a title."), field="title")
    if starts_at < at:
        raise Invalid(_("A meeting is convened before it starts."), field="starts_at")
    if deadline is not None and deadline <= starts_at:
        raise Invalid(_("The deadline lies after the start."), field="deadline")
    with transaction.atomic():
        meeting = Meeting.objects.create(
            ref=next_reference("M"),
            committee=Committee.objects.get(pk=committee.pk),  # by the charter of this moment
            title=title.strip()[:200],
            form=Meeting.Form.WRITTEN if deadline else Meeting.Form.SESSION,
            starts_at=starts_at,
            place=place.strip()[:200],
            deadline=deadline,
            convened_by=actor,
            convened_at=at,
            simulated=simulated,
        )
        put = build_agenda(meeting, at=at) if with_agenda else []
        after = {
            "committee": committee.ref,
            "form": meeting.form,
            "starts_at": starts_at.isoformat(),
            "deadline": deadline.isoformat() if deadline else None,
            "items": [item.title for item in put],
        }
        _record(actor, at, "committee.meeting_convened", meeting, after)
        _tell(meeting, at, "convened", _("%(committee)s meets: %(title)s"))
    return meeting


def open_meeting(*, actor: User, at: datetime, meeting: Meeting) -> Meeting:
    """Begin: the data pack is frozen if it was not sent before, and the agenda is what it is."""
    with transaction.atomic():
        held = _held(meeting)
        check_leads(actor, held.committee, at)
        if held.state != State.CONVENED:
            raise WrongState(_("This meeting was opened or called off before."), state=held.state)
        pack = freeze(actor=actor, at=at, meeting=held)
        held.state, held.opened_at = State.OPEN, at
        held.save(update_fields=["state", "opened_at"])
        _record(actor, at, "committee.meeting_opened", held, {"pack_sha256": pack.sha256})
        if held.form == Meeting.Form.WRITTEN:
            _tell(held, at, "opened", _("%(committee)s votes in writing: %(title)s"))
    return held


def arrive(
    *, actor: User, at: datetime, meeting: Meeting, membership: Membership, person: Person | None = None
) -> Attendance:
    """Note that ``person`` (the member, or the deputy named for the seat) is in the meeting from now on.

    The chair notes anybody, others themselves. One person is present once, for one seat.
    """
    present = person or membership.person
    with transaction.atomic():
        held = _held(meeting)
        if held.state != State.OPEN or held.form != Meeting.Form.SESSION:
            raise WrongState(_("Attendance is kept while a meeting is open."), state=held.state)
        _check_notes(actor, held, present, at)
        seat = serving(held.committee, at).filter(pk=membership.pk).first()
        if seat is None or present.pk not in {seat.person_id, seat.deputy_id}:
            raise Invalid(_("Only a member in their term, or the deputy named for the seat, takes it."), field="person")
        try:
            with transaction.atomic():
                row = Attendance.objects.create(meeting=held, membership=seat, person=present, arrived_at=at)
        except IntegrityError:
            raise Invalid(_("This seat is taken, or this person is here already."), field="membership") from None
        _record(actor, at, "committee.arrived", held, {"seat": seat.person.ref, "person": present.ref})
    return row


def leave(*, actor: User, at: datetime, meeting: Meeting, person: Person) -> Attendance:
    """Note that ``person`` left. Votes they cast stay; for what follows the quorum is counted without them."""
    with transaction.atomic():
        held = _held(meeting)
        _check_notes(actor, held, person, at)
        row = Attendance.objects.filter(meeting=held, person=person, left_at=None).first()
        if row is None:
            raise NotPresent(_("This person is not in the meeting."), person=person.ref)
        row.left_at = at
        row.save(update_fields=["left_at"])
        _record(actor, at, "committee.left", held, {"person": person.ref})
    return row


def close_meeting(*, actor: User, at: datetime, meeting: Meeting) -> Meeting:
    """End the meeting and ask for its minutes. What was not decided waits for the next one.

    Raises :class:`CheckpointsOpen` while a vote is open or a mandatory point was not dealt with, and
    :class:`WrongState` for a meeting that is over: of two who close, one does.
    """
    with transaction.atomic():
        held = _held(meeting)
        check_leads(actor, held.committee, at)
        if held.state != State.OPEN:
            raise WrongState(_("This meeting is not open."), state=held.state)
        end(held, actor=actor, at=at)
    return held


def end(held: Meeting, *, actor: User | None, at: datetime) -> None:
    """Close a locked, open meeting; needs the caller's transaction and its check of who may."""
    items = list(held.items.all())
    voting = [item.number for item in items if item.state == AgendaItem.State.VOTING]
    open_points = [item.number for item in items if item.mandatory and item.state == AgendaItem.State.OPEN]
    if voting or (open_points and held.form == Meeting.Form.SESSION):
        numbers = ", ".join(str(number) for number in sorted({*voting, *open_points}))
        raise CheckpointsOpen(
            _("Before the meeting can close, deal with: %(numbers)s.") % {"numbers": numbers},
            voting=voting,
            mandatory=open_points,
        )
    held.items.filter(state=AgendaItem.State.OPEN).update(state=AgendaItem.State.DEFERRED)
    Attendance.objects.filter(meeting=held, left_at=None).update(left_at=at)
    held.state, held.closed_at = State.CLOSED, at
    held.save(update_fields=["state", "closed_at"])
    _record(actor, at, "committee.meeting_closed", held, {"items": len(items)})
    language = (get_language() or "en")[:2]
    enqueue(
        kind="minutes", key=f"minutes:{held.ref}", arguments={"meeting": held.ref, "language": language},
        actor=actor or held.convened_by, at=at,
    )  # fmt: skip


def cancel(*, actor: User, at: datetime, meeting: Meeting, reason: str) -> Meeting:
    """Call off a meeting that was not opened; what was on its agenda is due again."""
    if not reason.strip():
        raise Invalid(_("Say why the meeting is called off."), field="reason")
    with transaction.atomic():
        held = _held(meeting)
        check_convenes(actor, held.committee, at)
        if held.state != State.CONVENED:
            raise WrongState(_("Only a meeting that was not opened can be called off."), state=held.state)
        held.state = State.CANCELLED
        held.save(update_fields=["state"])
        _record(actor, at, "committee.meeting_cancelled", held, {"reason": reason.strip()})
        _tell(held, at, "cancelled", _("%(committee)s called off: %(title)s"))
    return held


def _held(meeting: Meeting) -> Meeting:
    return Meeting.objects.select_for_update(of=("self",)).select_related("committee", "convened_by").get(pk=meeting.pk)


def _check_notes(actor: User, meeting: Meeting, person: Person, at: datetime) -> None:
    own = person_of(actor)
    if (own is None or own.pk != person.pk) and not leads(actor, meeting.committee, at):
        raise NotAllowed(_("The chair notes who is here; everybody else notes themselves."))


def _tell(meeting: Meeting, at: datetime, occasion: str, subject: str) -> None:
    people: dict[UUID, Person] = {}
    for seat in serving(meeting.committee, at):
        people |= {each.pk: each for each in (seat.person, seat.deputy) if each is not None}
    tell(
        people=people.values(),
        kind="meeting",
        subject=subject % {"committee": meeting.committee.name, "title": meeting.title},
        url=meeting_path(meeting.ref),
        at=at,
        key=f"meeting:{meeting.ref}:{occasion}",
    )


def _record(actor: User | None, at: datetime, action: str, meeting: Meeting, after: Mapping[str, object]) -> None:
    record_change(
        actor=actor, at=at, action=action, stream="committee", obj=meeting, before=None, after=after,
        simulated=meeting.simulated,
    )  # fmt: skip
