"""Bulk rows in and out, for PostgreSQL (COPY) and SQLite (executemany): never a statement per entry."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

LEVEL = 1 << 48
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class NewEntry(NamedTuple):
    """One entry ready to be stored; ``entry`` is the UUID without dashes."""

    entry: str
    stream: str
    envelope: bytes
    leaf_hash: bytes


class NewPayload(NamedTuple):
    """One payload ready to be stored."""

    entry: str
    salt: bytes
    body: bytes
    media_type: str
    key_id: str | None


def insert(connection: Any, entries: Sequence[NewEntry], payloads: Sequence[NewPayload]) -> None:
    """Store entries and payloads."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            raw = bytes.fromhex
            _copy(
                cursor,
                "ledger_entry (id, stream, envelope)",
                [(raw(row.entry), row.stream.encode(), row.envelope) for row in entries],
            )
            if payloads:
                _copy(
                    cursor,
                    "ledger_payload (entry_id, salt, body, media_type, key_id)",
                    [(raw(e), salt, body, kind.encode(), raw(k) if k else None) for e, salt, body, kind, k in payloads],
                )
        else:
            cursor.executemany(
                "INSERT INTO ledger_entry (id, stream, envelope) VALUES (%s, %s, %s)", [row[:3] for row in entries]
            )
            if payloads:
                cursor.executemany(
                    "INSERT INTO ledger_payload (entry_id, salt, body, media_type, key_id) VALUES (%s, %s, %s, %s, %s)",
                    payloads,
                )


def enqueue(connection: Any, entries: Sequence[NewEntry], at: datetime) -> None:
    """Put entries into the sequencer's queue, in their order (PostgreSQL)."""
    moment = _timestamptz(at)
    with connection.cursor() as cursor:
        _copy(
            cursor,
            "ledger_queue (entry_id, leaf_hash, queued_at)",
            [(bytes.fromhex(row.entry), row.leaf_hash, moment) for row in entries],
        )


def insert_leaves(connection: Any, start: int, entries: Sequence[NewEntry]) -> None:
    """Give entries the indexes from ``start`` on (SQLite)."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ledger_leaf (idx, entry_id, leaf_hash) VALUES (%s, %s, %s)",
            [(start + offset, row.entry, row.leaf_hash) for offset, row in enumerate(entries)],
        )


def sequence(connection: Any, start: int, limit: int) -> list[bytes]:
    """Move up to ``limit`` queued entries into the tree's index and return their leaf hashes in order (PostgreSQL)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH next AS (SELECT id FROM ledger_queue ORDER BY id LIMIT %s), "
            "taken AS (DELETE FROM ledger_queue WHERE id IN (SELECT id FROM next) RETURNING id, entry_id, leaf_hash) "
            "INSERT INTO ledger_leaf (idx, entry_id, leaf_hash) "
            "SELECT %s + row_number() OVER (ORDER BY id) - 1, entry_id, leaf_hash FROM taken ORDER BY id "
            "RETURNING idx, leaf_hash",
            [limit, start],
        )
        found = sorted(cursor.fetchall())
    return [bytes(row[1]) for row in found]


def upsert_tiles(connection: Any, tiles: dict[tuple[int, int], bytes]) -> None:
    """Store changed tiles, ``(level, number)`` to joined hashes."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ledger_tile (id, width, hashes) VALUES (%s, %s, %s) "
            "ON CONFLICT (id) DO UPDATE SET width = excluded.width, hashes = excluded.hashes",
            [(level * LEVEL + number, len(data) // 32, data) for (level, number), data in sorted(tiles.items())],
        )


def _copy(cursor: Any, target: str, rows: Iterable[Sequence[bytes | None]]) -> None:
    """COPY rows given as the binary form of each column; building the stream here costs a third of psycopg's."""
    parts = [b"PGCOPY\n\xff\r\n\0" + bytes(8)]
    add = parts.append
    for row in rows:
        add(len(row).to_bytes(2, "big"))
        for value in row:
            if value is None:
                add(b"\xff\xff\xff\xff")
            else:
                add(len(value).to_bytes(4, "big"))
                add(value)
    add(b"\xff\xff")
    # Django wraps what execute() raises, not what COPY does: a full disk must look the same from both.
    with cursor.db.wrap_database_errors, cursor.copy(f"COPY {target} FROM STDIN WITH (FORMAT BINARY)") as copy:
        copy.write(b"".join(parts))


def _timestamptz(value: datetime) -> bytes:
    """PostgreSQL's binary form: microseconds since 2000-01-01 UTC."""
    microseconds = (value - _POSTGRES_EPOCH) // timedelta(microseconds=1)
    return microseconds.to_bytes(8, "big", signed=True)


def as_uuid(value: Any) -> UUID:
    """Return a UUID from what either database gives."""
    return value if isinstance(value, UUID) else UUID(value)


def for_database(connection: Any, value: UUID) -> Any:
    """Return a UUID as the database stores it."""
    return value if connection.vendor == "postgresql" else value.hex
