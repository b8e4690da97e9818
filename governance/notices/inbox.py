"""Telling people: a row for each, once per occasion, and how each wants to be told."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import Invalid, NotAllowed
from governance.jobs import enqueue
from governance.models import Notice, NoticePreference, Person, User

MAIL_JOB: Final = "notices_mail"
URGENT: Final = frozenset({"escalation", "stop", "incident"})  # these do not wait for the end of quiet hours
DIGEST_AT: Final = time(7)


def tell(*, people: Iterable[Person], kind: str, subject: str, url: str, at: datetime, key: str) -> int:
    """Tell each of ``people`` once about the occasion ``key``; return how many had not been told yet.

    Needs the caller's transaction. ``url`` is a path of this site; ``kind`` one of the kinds named in
    the help (``escalation``, ``stop`` and ``incident`` are mailed in quiet hours too).
    """
    told = list({person.pk: person for person in people}.values())
    if url and not (url.startswith("/") and not url.startswith("//")):
        raise Invalid(_("A notice leads to a page of this site: give a path such as /reviews/."), field="url")
    known = set(Notice.objects.filter(key=key, person__in=told).values_list("person", flat=True))
    new = [person for person in told if person.pk not in known]
    if not new:
        return 0
    wishes = {wish.person_id: wish for wish in NoticePreference.objects.filter(person__in=new)}
    rows = [
        Notice(
            person=person,
            key=key,
            kind=kind,
            subject=" ".join(subject.split())[:300],
            url=url,
            at=at,
            mail_after=_mail_after(wishes.get(person.pk), kind, at),
        )
        for person in new
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    if any(row.mail_after is not None and row.mail_after <= at for row in rows):
        enqueue(kind=MAIL_JOB, key=f"{MAIL_JOB}:{rows[0].pk}", arguments={}, actor=None, at=at)
    return len(rows)


def inbox_of(user: User) -> "QuerySet[Notice]":
    """Return what ``user`` was told, latest first."""
    return Notice.objects.filter(person__user=user).order_by("-at", "-pk")


def unread(user: User) -> int:
    """Return how many notices ``user`` has not read."""
    return Notice.objects.filter(person__user=user, read_at=None).count()


def mark_read(*, notices: "QuerySet[Notice]", actor: User, at: datetime) -> int:
    """Mark those of ``notices`` that are ``actor``'s own as read; return how many were unread."""
    return notices.filter(person__user=actor, read_at=None).update(read_at=at)


def set_preference(
    *, actor: User, mail: str, quiet_from: time | None, quiet_until: time | None, at: datetime
) -> NoticePreference:
    """Set how ``actor`` wants to be told; waiting mail follows the new wish."""
    person = Person.objects.filter(user=actor).first()
    if person is None:
        raise NotAllowed(_("Your account belongs to no person of the register, so nobody can be told anything."))
    if mail not in NoticePreference.Mail.values:
        raise Invalid(_("Choose one of the three ways."), field="mail")
    if (quiet_from is None) != (quiet_until is None):
        raise Invalid(_("Quiet hours have a beginning and an end, or neither."), field="quiet_until")
    with transaction.atomic():
        wish, _made = NoticePreference.objects.update_or_create(
            person=person, defaults={"mail": mail, "quiet_from": quiet_from, "quiet_until": quiet_until}
        )
        for notice in Notice.objects.filter(person=person, mailed_at=None, mail_after__isnull=False):
            Notice.objects.filter(pk=notice.pk).update(mail_after=_mail_after(wish, notice.kind, at))
    return wish


def _mail_after(wish: NoticePreference | None, kind: str, at: datetime) -> datetime | None:
    """When a mail may go out: at once, after the quiet hours, or with the next daily mail."""
    if wish is None or kind in URGENT:
        return at if wish is None or wish.mail != NoticePreference.Mail.NONE else None
    if wish.mail == NoticePreference.Mail.NONE:
        return None
    if wish.mail == NoticePreference.Mail.DAILY:
        return _next(DIGEST_AT, at)
    if wish.quiet_from is None or wish.quiet_until is None or not _within(wish.quiet_from, wish.quiet_until, at):
        return at
    return _next(wish.quiet_until, at)


def _within(since: time, until: time, at: datetime) -> bool:
    now = timezone.localtime(at).time()
    return since <= now < until if since <= until else now >= since or now < until


def _next(clock: time, at: datetime) -> datetime:
    """The next moment the clock on the wall shows ``clock``."""
    local = timezone.localtime(at)
    today = local.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return today if today > local else today + timedelta(days=1)
