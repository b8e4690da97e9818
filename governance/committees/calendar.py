"""A person's meetings, deadlines and actions as iCalendar (RFC 5545), under a secret address."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import NotAllowed, record_change
from governance.committees.read import meetings_of, open_actions_of
from governance.committees.seats import person_of
from governance.models import CalendarFeed, Person, User

LENGTH = timedelta(hours=1)  # of a meeting whose end nobody gave


def make_feed(*, actor: User, at: datetime) -> str:
    """Make a new secret for ``actor``'s calendar and return it, once; an earlier one ends."""
    if person_of(actor) is None:
        raise NotAllowed(_("Your account belongs to no person of the register, so there is no calendar."))
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        CalendarFeed.objects.filter(user=actor, revoked_at=None).update(revoked_at=at)
        row = CalendarFeed.objects.create(user=actor, secret_sha256=_hashed(secret), made_at=at)
        record_change(actor=actor, at=at, action="people.calendar.made", obj=row, before=None, after={})
    return secret


def revoke_feed(*, actor: User, at: datetime) -> bool:
    """End the secret address of ``actor``'s calendar at once; False when there was none."""
    with transaction.atomic():
        row = CalendarFeed.objects.select_for_update().filter(user=actor, revoked_at=None).first()
        if row is None:
            return False
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        record_change(actor=actor, at=at, action="people.calendar.revoked", obj=row, before=None, after={})
    return True


def feed_of(secret: str, *, at: datetime) -> User | None:
    """Return whose live, active account ``secret`` opens; None for any other."""
    row = CalendarFeed.objects.filter(secret_sha256=_hashed(secret), revoked_at=None).select_related("user").first()
    if row is None or not row.user.is_active:
        return None
    CalendarFeed.objects.filter(pk=row.pk).update(read_at=at)
    return row.user


def calendar_of(person: Person, *, at: datetime, site: str) -> str:
    """Return the calendar of ``person``; ``site`` is the address links begin with."""
    events = []
    for meeting in meetings_of(person, at=at):
        url = f"{site}/committee/meetings/{meeting.ref}/"
        title = f"{meeting.committee.name}: {meeting.title}"
        end = meeting.closed_at or meeting.starts_at + LENGTH
        events.append(_event(meeting.ref, meeting.starts_at, end, title, url, meeting.place, meeting.convened_at))
        if meeting.deadline is not None:
            due = _("Vote in writing until now: %(title)s") % {"title": meeting.title}
            ref = f"{meeting.ref}-deadline"
            events.append(_event(ref, meeting.deadline, meeting.deadline, due, url, "", meeting.convened_at))
    for action in open_actions_of([person]):
        text = _("Due: %(text)s") % {"text": action.text}
        events.append(_event(action.ref, action.due_at, action.due_at, text, f"{site}/committee/mine/", "", at))
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Custodes//Committee//EN", "CALSCALE:GREGORIAN"]
    lines = [*head, *(line for event in events for line in event), "END:VCALENDAR"]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(
    ref: str, start: datetime, end: datetime, summary: str, url: str, place: str, stamp: datetime
) -> Iterable[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{ref}@custodes"
    yield f"DTSTAMP:{_utc(stamp)}"
    yield f"DTSTART:{_utc(start)}"
    if end > start:
        yield f"DTEND:{_utc(end)}"
    yield f"SUMMARY:{_escaped(summary)}"
    if place:
        yield f"LOCATION:{_escaped(place)}"
    yield f"URL:{url}"
    yield "END:VEVENT"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """RFC 5545, 3.3.11; a line break in a title would begin a new property."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\\n").replace("\r", "\\n").replace("\n", "\\n")


def _folded(line: str) -> Iterable[str]:
    """RFC 5545, 3.1: at most 75 octets a line, never within a character."""
    rest, first = line, True
    while True:
        room = 75 if first else 74
        cut = rest.encode()[:room].decode(errors="ignore")
        yield cut if first else f" {cut}"
        rest, first = rest[len(cut) :], False
        if not rest:
            return


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
