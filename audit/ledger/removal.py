"""Removing payloads: erasure of a subject, retention, legal hold. The tree is never touched.

Every removal is an entry first: it names the index ranges whose payloads go, who asked and who agreed. Envelopes,
leaf hashes, tiles and checkpoints stay, so every proof given before and after holds. What the evidence rooms must
seal before (period summaries) they do when :data:`removing` is sent, in the same transaction.
"""

import json
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.dispatch import Signal

from audit.ledger import removed, rows
from audit.ledger.bundle import as_ranges
from audit.ledger.errors import LedgerError, NotSequenced
from audit.ledger.models import Entry, Hold, Leaf, Payload, Removal, SubjectKey
from audit.ledger.uuid7 import first_at
from audit.ledger.writing import Draft, append

FLOOR_MONTHS = 6  # AI Act, Art 19(1) and 26(6): logs are kept at least six months
DEFAULT_MONTHS = 24
CHUNK = 50_000
ERASED, PRUNED = "subject.erased", "retention.pruned"
removing = Signal()  # kind, ranges, at: sent inside the transaction, before anything is deleted


class TwoPersonsNeeded(LedgerError):
    """One person asks and another agrees."""

    code = "two_persons_needed"


class OnHold(LedgerError):
    """A legal hold keeps these payloads."""

    code = "on_hold"


class RetentionTooShort(LedgerError):
    """The period is shorter than the law's six calendar months."""

    code = "retention_too_short"


class NotRemovable(LedgerError):
    """The ledger's own entries explain everything else and stay."""

    code = "not_removable"


@dataclass(frozen=True, slots=True)
class Removed:
    """What a removal did: how many payloads went, under which entries."""

    payloads: int
    entries: tuple[UUID, ...]


def place_hold(*, actor: UUID, at: datetime, reason: str, stream: str = "", subject: UUID | None = None) -> Hold:
    """Keep the payloads of a stream, a subject or (neither given) everything until the hold is lifted."""
    with transaction.atomic():
        hold = Hold.objects.create(stream=stream, subject=subject, reason=reason, placed_at=at)
        _record(
            "hold.placed", actor, at, {"hold": str(hold.pk), "stream": stream, "reason": reason}, refs=(str(hold.pk),)
        )
    return hold


def lift_hold(*, actor: UUID, second: UUID, at: datetime, hold: Hold, reason: str) -> Hold:
    """Lift a hold; raises :class:`TwoPersonsNeeded`."""
    _two_persons(actor, second)
    with transaction.atomic():
        Hold.objects.filter(pk=hold.pk, lifted_at=None).update(lifted_at=at)
        body = {"hold": str(hold.pk), "agreed_by": str(second), "reason": reason}
        _record("hold.lifted", actor, at, body, refs=(str(hold.pk),))
    hold.refresh_from_db()
    return hold


def erase_subject(*, actor: UUID, second: UUID, at: datetime, subject: UUID, reason: str) -> Removed:
    """Erase a data subject: their payloads, salts and key go; the entries and their proofs stay.

    Raises :class:`TwoPersonsNeeded`, :class:`OnHold`, :class:`~audit.ledger.errors.NotSequenced`.
    """
    _two_persons(actor, second)
    with transaction.atomic():
        chosen = set(Payload.objects.filter(key_id=subject).values_list("entry_id", flat=True))
        _refuse_held(chosen)
        if Hold.objects.filter(lifted_at=None, subject=subject).exists():
            raise OnHold("A legal hold keeps the payloads of this subject.")
        done = _remove(ERASED, chosen, actor, second, at, reason, refs=(str(subject),))
        SubjectKey.objects.filter(subject=subject).delete()
    return done


def erase_entries(*, actor: UUID, second: UUID, at: datetime, entries: Iterable[UUID], reason: str) -> Removed:
    """Erase the payloads of single entries; raises as :func:`erase_subject` and :class:`NotRemovable`."""
    _two_persons(actor, second)
    with transaction.atomic():
        wanted = list(entries)
        chosen = set(Payload.objects.filter(pk__in=wanted).values_list("entry_id", flat=True))
        if Entry.objects.filter(pk__in=chosen, stream="ledger").exists():
            raise NotRemovable("The ledger's own entries explain what was removed; they stay.")
        _refuse_held(chosen)
        return _remove(ERASED, chosen, actor, second, at, reason)


def prune(
    *, actor: UUID, second: UUID, at: datetime, stream: str, reason: str, keep_months: int = DEFAULT_MONTHS
) -> Removed:
    """Remove the payloads of a stream recorded more than ``keep_months`` calendar months before ``at``.

    Payloads of held subjects stay. Raises :class:`RetentionTooShort`, :class:`OnHold`,
    :class:`TwoPersonsNeeded`, :class:`NotRemovable`.
    """
    _two_persons(actor, second)
    if stream == "ledger":
        raise NotRemovable("The ledger's own entries explain what was removed; they stay.")
    if keep_months < FLOOR_MONTHS:
        raise RetentionTooShort(f"Logs are kept at least {FLOOR_MONTHS} calendar months.", months=FLOOR_MONTHS)
    if Hold.objects.filter(lifted_at=None, subject=None).filter(Q(stream=stream) | Q(stream="")).exists():
        raise OnHold(f"A legal hold keeps the stream {stream}.", stream=stream)
    boundary = months_before(at, keep_months)
    total = 0
    causes: list[UUID] = []
    while True:
        with transaction.atomic():
            chosen = set(_recorded_before(stream, boundary))
            done = _remove(PRUNED, chosen, actor, second, at, reason, before=boundary.isoformat(), stream=stream)
        total += done.payloads
        causes += done.entries
        if len(chosen) < CHUNK:
            return Removed(total, tuple(causes))


def months_before(at: datetime, months: int) -> datetime:
    """Return the moment ``months`` calendar months before: 31 August less six months is 28 (29) February."""
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))


def _two_persons(actor: UUID, second: UUID) -> None:
    if actor == second:
        raise TwoPersonsNeeded("The person who agrees must be another than the one who asks.")


def _refuse_held(chosen: set[UUID]) -> None:
    held = Hold.objects.filter(lifted_at=None, subject=None)
    streams = set(held.values_list("stream", flat=True))
    if chosen and ("" in streams or Entry.objects.filter(pk__in=chosen, stream__in=streams).exists()):
        raise OnHold("A legal hold keeps some of these payloads.")
    subjects = Hold.objects.filter(lifted_at=None).exclude(subject=None).values("subject")
    if Payload.objects.filter(pk__in=chosen, key_id__in=subjects).exists():
        raise OnHold("A legal hold keeps the payloads of a subject among these.")


def _recorded_before(stream: str, boundary: datetime) -> Sequence[UUID]:
    """Entry ids begin with the millisecond they were recorded in, so a time is an id."""
    limit = first_at(boundary)
    statement = (
        "SELECT p.entry_id FROM ledger_payload p JOIN ledger_entry e ON e.id = p.entry_id "
        "JOIN ledger_leaf l ON l.entry_id = p.entry_id WHERE p.entry_id < %s AND e.stream = %s "
        "AND (p.key_id IS NULL OR p.key_id NOT IN "
        "(SELECT subject FROM ledger_hold WHERE lifted_at IS NULL AND subject IS NOT NULL)) ORDER BY l.idx LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [rows.for_database(connection, limit), stream, CHUNK])
        return [rows.as_uuid(row[0]) for row in cursor.fetchall()]


def _remove(
    kind: str,
    chosen: set[UUID],
    actor: UUID,
    second: UUID,
    at: datetime,
    reason: str,
    refs: tuple[str, ...] = (),
    **more: str,
) -> Removed:
    """Write the entry, the leave to delete, and delete; in the caller's transaction."""
    if not chosen and kind == PRUNED:
        return Removed(0, ())
    found: dict[UUID, int] = {}
    ids = sorted(chosen)
    for start in range(0, len(ids), 500):
        found |= dict(Leaf.objects.filter(entry_id__in=ids[start : start + 500]).values_list("entry_id", "idx"))
    if len(found) != len(ids):
        raise NotSequenced("Some of these entries wait for their place in the tree; try again in a second.")
    ranges = as_ranges(sorted(found.values()))
    removing.send(sender=None, kind=kind, ranges=ranges, at=at)
    body = {"ranges": ranges, "count": len(ids), "agreed_by": str(second), "reason": reason, **more}
    cause = _record(kind, actor, at, body, refs=refs)
    Removal.objects.bulk_create([Removal(entry_id=entry, cause_id=cause) for entry in ids], batch_size=1000)
    for start in range(0, len(ids), 500):
        Payload.objects.filter(pk__in=ids[start : start + 500]).delete()
    transaction.on_commit(lambda: removed.remember(), robust=True)
    return Removed(len(ids), (cause,))


def _record(kind: str, actor: UUID, at: datetime, body: dict[str, Any], refs: tuple[str, ...] = ()) -> UUID:
    payload = json.dumps(body, sort_keys=True).encode()
    draft = Draft(stream="ledger", type=kind, event_time=at, recorded_by=actor, refs=refs, payload=payload)
    return append([draft], at=at)[0].entry
