"""Meetings as pages and the API read them; a page costs the same number of queries whatever its size."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from governance.access import committees_visible_to
from governance.access.visible import Principal
from governance.committees.interests import conflicts_over
from governance.committees.pack import read_pack
from governance.committees.seats import plain, rule_for, serving
from governance.models import (
    Action,
    AgendaItem,
    Attendance,
    DataPack,
    ItemVote,
    Meeting,
    Membership,
    Minutes,
    Person,
    User,
)


def meetings_visible_to(principal: Principal) -> QuerySet[Meeting]:
    """Return the meetings of committees ``principal`` may see."""
    return Meeting.objects.filter(committee__in=committees_visible_to(principal))


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why one person does not vote on some points of an agenda."""

    person: Person
    grounds: tuple[str, ...]
    numbers: tuple[int, ...]


@dataclass(slots=True)
class MeetingPage:
    """One meeting with all that hangs on it. ``pack`` is None until it is frozen."""

    meeting: Meeting
    items: list[AgendaItem]
    seats: list[Membership]
    here: dict[UUID, Attendance]  # by seat
    past: list[Attendance]
    pack: DataPack | None
    content: dict[str, Any]
    votes: dict[UUID, int]
    actions: list[Action]
    minutes: Minutes | None
    missing: tuple[str, ...] = field(default=())
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def present(self) -> int:
        """How many seats are filled now."""
        return len(self.here)


def meeting_page(user: User, ref: str, *, at: datetime) -> MeetingPage | None:
    """Return the meeting ``ref``, or None where ``user`` may not see it. Eleven queries."""
    meeting = meetings_visible_to(user).select_related("committee", "convened_by").filter(ref=ref).first()
    if meeting is None:
        return None
    pack = DataPack.objects.filter(meeting=meeting).first()
    rows = list(meeting.attendance.select_related("person", "membership__person").order_by("arrived_at", "pk"))
    here = {row.membership_id: row for row in rows if row.left_at is None}
    seats = list(serving(meeting.committee, meeting.closed_at or at))
    functions = {plain(seat.function) for seat in seats if seat.pk in here}
    missing = rule_for(meeting.committee, "default").functions - functions
    voted = ItemVote.objects.filter(item__meeting=meeting, voided_at=None).values("item").annotate(n=Count("pk"))
    items = list(meeting.items.select_related("use_case", "policy", "resolution"))
    return MeetingPage(
        meeting=meeting,
        items=items,
        seats=seats,
        here=here,
        past=[row for row in rows if row.left_at is not None],
        pack=pack,
        content=read_pack(pack) if pack else {},
        votes={row["item"]: row["n"] for row in voted.order_by()},
        actions=list(Action.objects.filter(meeting=meeting).select_related("owner", "delegated_by").order_by("ref")),
        minutes=Minutes.objects.filter(meeting=meeting).defer("data", "pdf", "signed_pdf").first(),
        missing=tuple(sorted(missing)),
        conflicts=_conflicts(items, seats, at) if meeting.closed_at is None else [],
    )


def _conflicts(items: Iterable[AgendaItem], seats: Iterable[Membership], at: datetime) -> list[Conflict]:
    """Who cannot vote on which points, for people who sit or deputise; what was decided has its own record."""
    people = {person.pk: person for seat in seats for person in (seat.person, seat.deputy) if person is not None}
    open_points = [item for item in items if item.use_case is not None and item.state in {"open", "voting"}]
    known = conflicts_over(people.values(), [item.use_case for item in open_points if item.use_case], at=at)
    found: dict[tuple[UUID, tuple[str, ...]], list[int]] = {}
    for item in open_points:
        for person, grounds in known.get(item.use_case_id or UUID(int=0), {}).items():
            found.setdefault((person, tuple(grounds)), []).append(item.number)
    return [Conflict(people[person], grounds, tuple(numbers)) for (person, grounds), numbers in found.items()]


def votes_waiting_for(person: Person, *, at: datetime) -> QuerySet[AgendaItem]:
    """Return the open votes ``person`` has not cast, of committees they sit on or deputise for."""
    in_term = Q(term_until=None) | Q(term_until__gt=at)
    seats = Membership.objects.filter(
        in_term, Q(person=person) | Q(deputy=person), committee=OuterRef("meeting__committee"), term_from__lte=at
    )
    cast = ItemVote.objects.filter(item=OuterRef("pk"), person=person, voided_at=None)
    rows = AgendaItem.objects.filter(Exists(seats), ~Exists(cast), state=AgendaItem.State.VOTING)
    in_time = Q(meeting__deadline=None) | Q(meeting__deadline__gt=at)
    return rows.filter(in_time).select_related("meeting__committee", "use_case").order_by("voting_since", "pk")


def open_actions_of(people: Iterable[Person]) -> QuerySet[Action]:
    """Return what ``people`` have still to do, the most urgent first."""
    rows = Action.objects.filter(owner__in=list(people), done_at=None)
    return rows.select_related("meeting", "use_case", "resolution").order_by("due_at", "ref")


def meetings_of(person: Person, *, at: datetime) -> QuerySet[Meeting]:
    """Return the meetings, not called off, of committees ``person`` sits on or deputises for."""
    in_term = Q(term_until=None) | Q(term_until__gt=at)
    seats = Membership.objects.filter(
        in_term, Q(person=person) | Q(deputy=person), committee=OuterRef("committee"), term_from__lte=at
    )
    rows = Meeting.objects.filter(Exists(seats)).exclude(state=Meeting.State.CANCELLED)
    return rows.select_related("committee").order_by("starts_at", "ref")
