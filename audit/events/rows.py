"""Event rows by the batch: one query a source to find what is known, one statement to store what is new."""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection

from audit.events import evidence, schema
from audit.models import Event

_COLUMNS: Final = (
    "id, source, event_id, type, use_case_id, decision_id, time, recorded_at, simulated, drill, quarantined,"
    " personal, key_id, sequence"
)
_PLACES: Final = "(" + ", ".join(["%s"] * 14) + ")"
_COPY_FROM: Final = 20  # from so many rows on, COPY is cheaper than its further round trips

_POSTGRES_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

NewRow = tuple[UUID, schema.Event, UUID, UUID | None]  # entry, event, use case, key


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """What the sender may keep: with the entry's id it can ask for index and proof later."""

    entry: UUID
    leaf_hash: bytes
    recorded_at: datetime
    use_case: str
    duplicate: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the receipt as the API gives it; msgspec writes identifiers and times."""
        return {
            "entry": self.entry,
            "leaf_hash": self.leaf_hash.hex(),
            "recorded_at": self.recorded_at,
            "duplicate": self.duplicate,
            "use_case": self.use_case,
        }


def known(identities: Collection[tuple[str, str]]) -> dict[tuple[str, str], Receipt]:
    """Return the first receipts of those (source, id) pairs that were recorded before."""
    by_source: dict[str, list[str]] = {}
    for source, event_id in identities:
        by_source.setdefault(source, []).append(event_id)
    entries = [entry for source, ids in by_source.items() for entry in _entries(source, ids)]
    if not entries:
        return {}
    found = Event.objects.filter(pk__in=entries).values_list("id", "source", "event_id", "recorded_at", "use_case__ref")
    leaves = evidence.leaf_hashes(entries)
    return {
        (source, event_id): Receipt(entry=entry, leaf_hash=leaves[entry], recorded_at=at, use_case=ref)
        for entry, source, event_id, at, ref in found
    }


def _entries(source: str, ids: list[str]) -> list[Any]:
    """Entries of a source's events, as the database writes UUIDs; nearly always none, so asked without the ORM."""
    value: Any = ids
    condition = "event_id = ANY(%s)"
    if connection.vendor != "postgresql":
        condition, value = "event_id IN (SELECT value FROM json_each(%s))", json.dumps(ids)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM audit_event WHERE source = %s AND {condition}", [source, value])  # noqa: S608
        return [row[0] if isinstance(row[0], UUID) else UUID(row[0]) for row in cursor.fetchall()]


def insert(new: Sequence[NewRow], *, at: datetime) -> None:
    """Insert event rows in the order of their identity, so that two requests never wait for each other in a ring.

    Raises IntegrityError when another transaction recorded one of them first.
    """
    ordered = sorted(new, key=_identity)
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.executemany(
                f"INSERT INTO audit_event ({_COLUMNS}) VALUES {_PLACES}",  # noqa: S608
                list(_sqlite_rows(ordered, at)),
            )
        elif len(ordered) < _COPY_FROM:
            places = ", ".join([_PLACES] * len(ordered))
            values = [value for row in ordered for value in _values(row, at)]
            cursor.execute(f"INSERT INTO audit_event ({_COLUMNS}) VALUES {places}", values)  # noqa: S608
        else:
            command = f"COPY audit_event ({_COLUMNS}) FROM STDIN WITH (FORMAT BINARY)"
            with connection.wrap_database_errors, cursor.copy(command) as copy:
                copy.write(_binary(ordered, at))


def _identity(row: NewRow) -> tuple[str, str]:
    return (row[1].source, row[1].id)


def _values(row: NewRow, at: datetime) -> tuple[Any, ...]:
    entry, event, use_case, key = row
    return (
        entry, event.source, event.id, event.type, use_case, event.decision_id, event.time, at,
        event.simulated, event.drill, event.quarantined, event.personal, key, event.sequence,
    )  # fmt: skip


def _sqlite_rows(ordered: Sequence[NewRow], at: datetime) -> Iterator[tuple[Any, ...]]:
    """Rows as Django's own fields write them in SQLite; what repeats from row to row is made once."""
    recorded = _naive(at)
    named: dict[UUID | None, str | None] = {None: None}
    for entry, event, use_case, key in ordered:
        for uuid in (use_case, key):
            if uuid not in named:
                named[uuid] = uuid.hex  # type: ignore[union-attr]
        yield (
            entry.hex, event.source, event.id, event.type, named[use_case], event.decision_id, _naive(event.time),
            recorded, event.simulated, event.drill, event.quarantined, event.personal, named[key], event.sequence,
        )  # fmt: skip


def _naive(value: datetime | None) -> str | None:
    """A UTC time without its zone."""
    return None if value is None else str(value.astimezone(UTC))[:-6]


def _binary(ordered: Sequence[NewRow], at: datetime) -> bytes:
    """Rows as PostgreSQL's binary COPY stream: each column as its length and its bytes, built a row at a time.

    What repeats from row to row (source, type, use case, key, flags) is made once.
    """
    null, head = b"\xff\xff\xff\xff", (14).to_bytes(2, "big") + b"\x00\x00\x00\x10"
    texts: dict[str, bytes] = {}
    shared: dict[tuple[object, ...], tuple[bytes, bytes]] = {}
    parts = [b"PGCOPY\n\xff\r\n\0" + bytes(8)]
    for entry, event, use_case, key in ordered:
        source = texts.get(event.source) or texts.setdefault(event.source, _column(event.source.encode()))
        alike = (event.type, id(use_case), id(key), event.simulated, event.drill, event.quarantined, event.personal)
        middle, tail = shared.get(alike) or shared.setdefault(alike, _shared(event, use_case, key, at))
        name, decision = event.id.encode(), event.decision_id.encode()
        parts += (
            head, entry.bytes, source, len(name).to_bytes(4, "big"), name,
            middle, len(decision).to_bytes(4, "big"), decision,
            null if event.time is None else b"\x00\x00\x00\x08" + _timestamptz(event.time),
            tail, null if event.sequence is None else b"\x00\x00\x00\x08" + event.sequence.to_bytes(8, "big"),
        )  # fmt: skip
    return b"".join([*parts, b"\xff\xff"])


def _shared(event: schema.Event, use_case: UUID, key: UUID | None, at: datetime) -> tuple[bytes, bytes]:
    """Type and use case, and what stands between the event's own time and its sequence: most of a batch share them."""
    flags = (event.simulated, event.drill, event.quarantined, event.personal)
    tail = [_timestamptz(at), *(b"\x01" if flag else b"\x00" for flag in flags)]
    last = b"\xff\xff\xff\xff" if key is None else _column(key.bytes)
    return _column(event.type.encode()) + _column(use_case.bytes), b"".join(map(_column, tail)) + last


def _column(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _timestamptz(value: datetime) -> bytes:
    """PostgreSQL's binary form: microseconds since 2000-01-01 UTC."""
    return ((value - _POSTGRES_EPOCH) // _MICROSECOND).to_bytes(8, "big", signed=True)
