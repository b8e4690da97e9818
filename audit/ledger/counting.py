"""How much was removed, by which acts: counted from the tables, named by the entries that explain it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection

from audit.ledger import rows
from audit.ledger.models import Entry, Leaf
from audit.ledger.removed import ERASED
from audit.ledger.uuid7 import first_at
from audit.ledger.verification import REMOVALS

FIRST, LAST = UUID(int=0), UUID(int=(1 << 128) - 1)
CHUNK = 500


@dataclass(frozen=True, slots=True)
class RemovedCount:
    """Payloads of one stream removed by one kind of removal, and in how many acts."""

    kind: str
    stream: str
    payloads: int
    acts: int


@dataclass(frozen=True, slots=True)
class Act:
    """One removal: the entry that explains it, its place in the tree, and how many payloads of each stream went.

    ``kind`` is the entry's type, ``subject.erased`` or ``retention.pruned``. ``index`` is None while the entry waits
    for its place. ``again``: the entry was lost with a database and the one named here repeats it after a restore.
    """

    entry: UUID
    index: int | None
    kind: str
    at: datetime
    payloads: dict[str, int]
    again: bool = False

    @property
    def total(self) -> int:
        """Payloads of all streams."""
        return sum(self.payloads.values())


def counts(since: datetime | None = None, until: datetime | None = None) -> list[RemovedCount]:
    """Return what was removed from ``since`` to ``until`` (exclusive; None: open), by kind and stream."""
    found: dict[tuple[str, str], list[int]] = {}
    for act in acts(since, until):
        for stream, n in act.payloads.items():
            place = found.setdefault((act.kind, stream), [0, 0])
            place[0], place[1] = place[0] + n, place[1] + 1
    return [RemovedCount(kind, stream, payloads, acts_) for (kind, stream), (payloads, acts_) in sorted(found.items())]


def acts(since: datetime | None = None, until: datetime | None = None, *, ref: str = "") -> list[Act]:
    """Return the removals done from ``since`` to ``until`` (exclusive; None: open), oldest first.

    With a ``ref`` only payloads of entries whose envelope names it first (a use case's reference), and only acts
    that removed such. Two grouped queries and one look-up for each 500 acts, however many payloads went.
    """
    return _acts("cause_id", since, until, ref)


def acts_upon(since: datetime | None = None, until: datetime | None = None, *, ref: str = "") -> list[Act]:
    """Return the removals, whenever they were done, of payloads *recorded* in the window: what is missing from it."""
    return _acts("entry_id", since, until, ref)


def _acts(column: str, since: datetime | None, until: datetime | None, ref: str) -> list[Act]:
    low, high = (first_at(since) if since else FIRST), (first_at(until) if until else LAST)
    named = " AND instr(e.envelope, %s) > 0" if connection.vendor == "sqlite" else " AND position(%s IN e.envelope) > 0"
    # SQLite takes tables of a CROSS JOIN in the order they stand: else it may read every entry for the few removed.
    join = "CROSS JOIN" if connection.vendor == "sqlite" else "JOIN"
    statement = (
        "SELECT r.cause_id, e.stream, COUNT(*) FROM ledger_removal r "  # noqa: S608
        f"{join} ledger_entry e ON e.id = r.entry_id WHERE r.{column} >= %s AND r.{column} < %s"
        f"{named if ref else ''} GROUP BY r.cause_id, e.stream"
    )
    values = [rows.for_database(connection, low), rows.for_database(connection, high)]
    counted: dict[UUID, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *([f'"refs":[{json.dumps(ref)}'.encode()] if ref else [])])
        for cause, stream, n in cursor.fetchall():
            counted.setdefault(rows.as_uuid(cause), {})[stream] = n
    return sorted(_explained(counted), key=lambda act: (act.at, act.entry))


def _explained(counted: dict[UUID, dict[str, int]]) -> Iterable[Act]:
    """Join each cause with its entry, or with the one that repeats it where a restored database lost it."""
    kinds = dict(_kinds(list(counted)))
    lost = {cause for cause in counted if cause not in kinds}
    repeats = _repeats(lost) if lost else {}
    entries = {cause: repeats.get(cause, (cause, ERASED))[0] for cause in counted}
    places: dict[UUID, int] = {}
    wanted = list(entries.values())
    for start in range(0, len(wanted), CHUNK):
        places |= dict(Leaf.objects.filter(entry_id__in=wanted[start : start + CHUNK]).values_list("entry_id", "idx"))
    for cause, payloads in counted.items():
        kind = kinds[cause] if cause in kinds else repeats.get(cause, (cause, ERASED))[1]
        at, entry = datetime.fromtimestamp((cause.int >> 80) / 1000, tz=UTC), entries[cause]
        yield Act(entry, places.get(entry), kind, at, dict(sorted(payloads.items())), entry != cause)


def _kinds(causes: list[UUID]) -> Iterable[tuple[UUID, str]]:
    for start in range(0, len(causes), CHUNK):
        found = Entry.objects.filter(pk__in=causes[start : start + CHUNK]).values_list("id", "envelope")
        yield from ((entry, json.loads(bytes(envelope))["type"]) for entry, envelope in found)


def _repeats(lost: set[UUID]) -> dict[UUID, tuple[UUID, str]]:
    found: dict[UUID, tuple[UUID, str]] = {}
    for entry, envelope in Entry.objects.filter(stream="ledger").order_by("id").values_list("id", "envelope"):
        parsed = json.loads(bytes(envelope))
        if parsed["type"] in REMOVALS and parsed["refs"] and parsed["refs"][-1] in map(str, lost):
            found[UUID(parsed["refs"][-1])] = (entry, parsed["type"])
    return found
