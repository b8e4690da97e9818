"""What buttons on meeting pages do: one verb each."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from governance import committees
from governance.access import Invalid
from governance.committees.actions import agree
from governance.models import AgendaItem, Meeting, Membership, User
from governance.web.acts import end_of

Do = Callable[..., Any]


def on_meeting(meeting: Meeting, user: User, act: str, post: Any) -> Callable[[], Any] | None:
    """Return the verb of a meeting's plain button, None for an unknown one."""
    at = timezone.now()
    common: dict[str, Any] = {"actor": user, "at": at, "meeting": meeting}
    plain: dict[str, Callable[[], Any]] = {
        "freeze": lambda: committees.freeze(**common),
        "open": lambda: committees.open_meeting(**common),
        "close": lambda: committees.close_meeting(**common),
        "cancel": lambda: committees.cancel(**common, reason=post.get("reason", "")),
        "arrive": lambda: _arrive(common, meeting, post),
        "leave": lambda: _leave(common, meeting, post),
    }
    return plain.get(act)


def add_item(meeting: Meeting, user: User, form: Any) -> None:
    """Put what the form says on the agenda."""
    given = form.cleaned_data
    committees.add_item(
        actor=user,
        at=timezone.now(),
        meeting=meeting,
        kind=given["kind"],
        title=given["title"],
        question=given["question"],
        use_case=given["use_case"],
        policy=given["policy"],
        effect=form.effect(),
        options=given["options"],
        conditions=given["conditions"],
    )


def add_action(meeting: Meeting, user: User, form: Any) -> None:
    """Write down an action somebody took on."""
    given = form.cleaned_data
    agree(
        actor=user, at=timezone.now(), meeting=meeting, text=given["text"], owner=given["owner"],
        due_at=end_of(given["due"]),
    )  # fmt: skip


def vote(item: AgendaItem, user: User, form: Any) -> None:
    """Cast the form's vote, one's own or one the chair notes."""
    given = form.cleaned_data
    seat = Membership.objects.filter(pk=given["seat"]).first() if given.get("seat") else None
    committees.cast(
        actor=user,
        at=timezone.now(),
        item=item,
        choice=given["choice"],
        digest=given["digest"],
        reason=given["reason"],
        reflections=form.reflections(),
        membership=seat,
    )


def _arrive(common: dict[str, Any], meeting: Meeting, post: Any) -> Any:
    seat = _seat(meeting, post.get("seat", ""))
    person = seat.deputy if post.get("deputy") and seat.deputy else None
    return committees.arrive(**common, membership=seat, person=person)


def _leave(common: dict[str, Any], meeting: Meeting, post: Any) -> Any:
    seat = _seat(meeting, post.get("seat", ""))
    stay = meeting.attendance.filter(membership=seat, left_at=None).select_related("person").first()
    if stay is None:
        raise Invalid(_("Nobody fills this seat now."), field="seat")
    return committees.leave(**common, person=stay.person)


def _seat(meeting: Meeting, key: str) -> Membership:
    rows = Membership.objects.filter(committee=meeting.committee_id).select_related("person", "deputy")
    found = next((seat for seat in rows if str(seat.pk) == key), None)
    if found is None:
        raise Invalid(_("There is no such seat on this committee."), field="seat")
    return found
