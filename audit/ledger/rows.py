"""Bulk rows in and out, for PostgreSQL (COPY) and SQLite (executemany): never a statement per entry."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from struct import Struct
from typing import Any
from uuid import UUID

import msgspec

LEVEL = 1 << 48
NULL = b"\xff\xff\xff\xff"
_ENTRY = "INSERT INTO ledger_entry (id, stream, envelope)"
_PAYLOAD = "INSERT INTO ledger_payload (entry_id, salt, body, media_type, key_id)"
_QUEUE = "INSERT INTO ledger_queue (entries, leaf_hashes, size, queued_at)"
_COPY_FROM = 20  # from so many entries on, COPY is cheaper than its further round trips
_LEAF = Struct(">hiqi16si32s")  # index, entry and leaf hash, each after its length


class NewEntry(msgspec.Struct, frozen=True, gc=False):
    """One entry ready to be stored; ``entry`` is the UUID's 16 bytes."""

    entry: bytes
    stream: str
    envelope: bytes
    leaf_hash: bytes


class NewPayload(msgspec.Struct, frozen=True, gc=False):
    """One payload ready to be stored; ``key_id`` is the 16 bytes of the subject's identifier."""

    entry: bytes
    salt: bytes
    body: bytes
    media_type: str
    key_id: bytes | None


def store(connection: Any, entries: Sequence[NewEntry], payloads: Sequence[NewPayload], at: datetime) -> None:
    """Store entries and payloads and queue them for the sequencer, as one row in their order (PostgreSQL)."""
    queued = [b"".join([row.entry for row in entries]), b"".join([row.leaf_hash for row in entries]), len(entries), at]
    with connection.cursor() as cursor:
        if len(entries) < _COPY_FROM:
            _store_few(cursor, entries, payloads, queued)
            return
        _copy(cursor, "ledger_entry (id, stream, envelope)", _entries(entries))
        if payloads:
            _copy(cursor, "ledger_payload (entry_id, salt, body, media_type, key_id)", _payloads(payloads))
        cursor.execute(f"{_QUEUE} VALUES (%s, %s, %s, %s)", queued)


def _store_few(
    cursor: Any, entries: Sequence[NewEntry], payloads: Sequence[NewPayload], queued: Sequence[object]
) -> None:
    """The same in one statement: what costs time with a few entries is asking the database five times."""
    parts = [f"entries AS ({_ENTRY} VALUES {_places(3, len(entries))})"]
    if payloads:
        parts.append(f"payloads AS ({_PAYLOAD} VALUES {_places(5, len(payloads))})")
    values: list[object] = [value for row in entries for value in (row.entry.hex(), row.stream, row.envelope)]
    values += [value for row in payloads for value in _payload(row)]
    cursor.execute(f"WITH {', '.join(parts)} {_QUEUE} VALUES (%s, %s, %s, %s)", [*values, *queued])


def _payload(row: NewPayload) -> tuple[object, ...]:
    return (row.entry.hex(), row.salt, row.body, row.media_type, row.key_id and row.key_id.hex())


def _places(columns: int, rows: int) -> str:
    return ", ".join(["(" + ", ".join(["%s"] * columns) + ")"] * rows)


def insert(connection: Any, entries: Sequence[NewEntry], payloads: Sequence[NewPayload]) -> None:
    """Store entries and payloads (SQLite, where the sequencer is at work in the same transaction)."""
    with connection.cursor() as cursor:
        cursor.executemany(
            f"{_ENTRY} VALUES (%s, %s, %s)", [(row.entry.hex(), row.stream, row.envelope) for row in entries]
        )
        if payloads:
            cursor.executemany(f"{_PAYLOAD} VALUES (%s, %s, %s, %s, %s)", map(_payload, payloads))


def _entries(entries: Sequence[NewEntry]) -> Iterator[bytes]:
    streams = {stream: _column(stream.encode()) for stream in {row.stream for row in entries}}
    for row in entries:
        yield b"\0\3\0\0\0\x10"
        yield row.entry
        yield streams[row.stream]
        yield len(row.envelope).to_bytes(4, "big")
        yield row.envelope


def _payloads(payloads: Sequence[NewPayload]) -> Iterator[bytes]:
    kinds = {kind: _column(kind.encode()) for kind in {row.media_type for row in payloads}}
    for row in payloads:
        yield b"\0\5\0\0\0\x10"
        yield row.entry
        yield len(row.salt).to_bytes(4, "big")
        yield row.salt
        yield len(row.body).to_bytes(4, "big")
        yield row.body
        yield kinds[row.media_type]
        yield NULL if row.key_id is None else _column(row.key_id)


def insert_leaves(connection: Any, start: int, entries: Sequence[NewEntry]) -> None:
    """Give entries the indexes from ``start`` on (SQLite)."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ledger_leaf (idx, entry_id, leaf_hash) VALUES (%s, %s, %s)",
            [(start + offset, row.entry.hex(), row.leaf_hash) for offset, row in enumerate(entries)],
        )


def sequence(connection: Any, start: int, limit: int) -> list[bytes]:
    """Move queued entries into the tree's index and return their leaf hashes in order (PostgreSQL).

    What was appended at once stays together: it begins before ``limit`` entries or waits for the next step.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM ledger_queue WHERE id IN (SELECT id FROM (SELECT id, size, sum(size) OVER (ORDER BY id) AS "
            "total FROM (SELECT id, size FROM ledger_queue ORDER BY id LIMIT %s) AS first) AS summed "
            "WHERE total - size < %s) RETURNING id, entries, leaf_hashes",
            [limit, limit],
        )
        taken = sorted(cursor.fetchall())
        entries = b"".join([row[1] for row in taken])
        leaves = b"".join([row[2] for row in taken])
        hashes = [leaves[place : place + 32] for place in range(0, len(leaves), 32)]
        if hashes:
            _copy(cursor, "ledger_leaf (idx, entry_id, leaf_hash)", _leaves(start, entries, hashes))
    return hashes


def _leaves(start: int, entries: bytes, hashes: Sequence[bytes]) -> Iterator[bytes]:
    pack = _LEAF.pack
    for offset, leaf in enumerate(hashes):
        yield pack(3, 8, start + offset, 16, entries[16 * offset : 16 * offset + 16], 32, leaf)


def queued(connection: Any) -> list[UUID]:
    """Return the entries that were committed and have no place in the tree yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT entries FROM ledger_queue")
        return [entry for row in cursor.fetchall() for entry in split_ids(row[0])]


def split_ids(joined: bytes | memoryview) -> list[UUID]:
    """Return the entries of one row of the queue."""
    data = bytes(joined)
    return [UUID(bytes=data[place : place + 16]) for place in range(0, len(data), 16)]


def upsert_tiles(connection: Any, tiles: dict[tuple[int, int], bytes]) -> None:
    """Store changed tiles, ``(level, number)`` to joined hashes."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ledger_tile (id, width, hashes) VALUES (%s, %s, %s) "
            "ON CONFLICT (id) DO UPDATE SET width = excluded.width, hashes = excluded.hashes",
            [(level * LEVEL + number, len(data) // 32, data) for (level, number), data in sorted(tiles.items())],
        )


def _copy(cursor: Any, target: str, rows: Iterable[bytes]) -> None:
    """COPY rows in PostgreSQL's binary form; building the stream here costs a fraction of psycopg's own."""
    stream = b"".join([b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", *rows, NULL[:2]])
    # Django wraps what execute() raises, not what COPY does: a full disk must look the same from both.
    with cursor.db.wrap_database_errors, cursor.copy(f"COPY {target} FROM STDIN WITH (FORMAT BINARY)") as copy:
        copy.write(stream)


def _column(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def as_uuid(value: Any) -> UUID:
    """Return a UUID from what either database gives."""
    return value if isinstance(value, UUID) else UUID(value)


def for_database(connection: Any, value: UUID) -> Any:
    """Return a UUID as the database stores it."""
    return value if connection.vendor == "postgresql" else value.hex
