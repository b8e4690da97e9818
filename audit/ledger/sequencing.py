"""The sequencer: gives entries their index, extends the tree and signs a checkpoint, in one transaction.

There is one writer of the tree. On PostgreSQL an advisory lock keeps a second sequencer out, and the primary key
of the checkpoint (its size) is the compare-and-swap if that fails; on SQLite the write lock of the transaction
does both. Before anything is signed, the stored tiles must give the root of the last checkpoint.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import DatabaseError, IntegrityError, close_old_connections, connection, transaction

from audit.ledger import keys, merkle, rows
from audit.ledger.errors import RolledBack, StrangeKey, TreeBroken
from audit.ledger.models import Entry, SignedCheckpoint
from audit.ledger.note import Head, fingerprint, sign_note, split_note
from audit.ledger.tiles import Edge

LOCK = 0x637573746F646573  # "custodes" as a bigint: one sequencer per database
_log = logging.getLogger(__name__)
_edge: tuple[str, bytes, Edge] | None = None  # (origin, root, edge) of the last commit this process knows
_edge_lock = threading.Lock()
_remembered_at = 0.0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement: the tree of this log has ``size`` entries and this 32-byte ``root``."""

    size: int
    root: bytes
    note: str
    at: datetime

    @property
    def fingerprint(self) -> str:
        """What two people compare by eye: eight groups of four hex digits over the signed text."""
        return fingerprint(self.note[: self.note.rfind("\n\n") + 1])


class Stop(Protocol):
    """What ends a follower: ``threading.Event`` or the like."""

    def is_set(self) -> bool:
        """Return whether to stop."""

    def wait(self, timeout: float) -> bool:
        """Sleep until set or until ``timeout`` seconds passed."""


def read_tile(level: int, number: int) -> bytes:
    """Return the joined hashes of a stored tile, empty when there is none."""
    with connection.cursor() as cursor:  # without the ORM: two servers in turn on SQLite read the edge at each commit
        cursor.execute("SELECT hashes FROM ledger_tile WHERE id = %s", [level * rows.LEVEL + number])
        found = cursor.fetchone()
    return bytes(found[0]) if found else b""


def latest_row() -> SignedCheckpoint | None:
    """Return the newest checkpoint's row."""
    return SignedCheckpoint.objects.order_by("-size").first()


def extend(entries: Sequence[rows.NewEntry], *, at: datetime) -> Checkpoint:
    """Sequence entries at once, inside the caller's transaction (SQLite: it already holds the write lock)."""
    edge = _current_edge()
    rows.insert_leaves(connection, edge.size, entries)
    return _sign(edge, [row.leaf_hash for row in entries], at)


def integrate(*, at: datetime, limit: int = 4096) -> Checkpoint | None:
    """Do one step: sequence up to ``limit`` queued entries and sign; None when there is nothing to do.

    Also None when another sequencer is at work. Raises :class:`TreeBroken` or :class:`RolledBack` and signs
    nothing when the stored tree cannot be trusted.
    """
    if connection.vendor != "postgresql":
        return None
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s), EXISTS (SELECT 1 FROM ledger_queue)", [LOCK])
            if cursor.fetchone() != (True, True):
                return None
        edge = _current_edge()
        hashes = rows.sequence(connection, edge.size, limit)
        return _sign(edge, hashes, at) if hashes else None


def _current_edge() -> Edge:
    """Return a private copy of the tree's edge, read from the tiles unless this process wrote the last one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, root FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")
        found = cursor.fetchone()
    size, root = (found[0], bytes(found[1])) if found else (0, merkle.EMPTY_ROOT)
    _refuse_rollback(size)
    with _edge_lock:
        if _edge and _edge[0] == keys.origin() and _edge[1] == root and _edge[2].size == size:
            return _edge[2].copy()
    last = latest_row()
    if last is not None:
        _refuse_strange_key(last)
    edge = Edge.load(read_tile, size)
    if edge.root() != root:
        raise TreeBroken(
            f"The stored tiles do not give the root of the last checkpoint (size {size}). "
            "Run `custodes ledger doctor` and restore the tiles before going on.",
            size=size,
        )
    return edge


def _sign(edge: Edge, hashes: Sequence[bytes], at: datetime) -> Checkpoint:
    global _edge
    signer = keys.signer()
    rows.upsert_tiles(connection, edge.append(hashes))
    head = Head(signer.name, edge.size, edge.root())
    note = sign_note(head.to_text(), signer)
    try:
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_checkpoint (size, root, note, at) VALUES (%s, %s, %s, %s)",
                [head.size, head.root, note, connection.ops.adapt_datetimefield_value(at)],
            )
    except IntegrityError as error:
        raise TreeBroken(f"A checkpoint of size {head.size} exists already.", size=head.size) from error
    with _edge_lock:
        _edge = (signer.name, head.root, edge)
    transaction.on_commit(lambda: remember(head.size), robust=True)
    return Checkpoint(head.size, head.root, note, at)


def forget() -> None:
    """Know nothing of the tree any more: another database was put in place of the one this process knew."""
    global _edge, _remembered_at
    with _edge_lock:
        _edge, _remembered_at = None, 0.0


def memory_file() -> Path:
    """Return the file beside the key that remembers how far this key has signed."""
    return _beside(settings.LEDGER_KEY_FILE)


@lru_cache(maxsize=8)
def _beside(key_file: str | Path) -> Path:
    return Path(f"{key_file}.signed")


def remember(size: int, *, force: bool = False) -> None:
    """Note beside the key how far it has signed, at most once a second; the file only ever grows."""
    global _remembered_at
    if not force and time.monotonic() - _remembered_at < 1:
        return
    _remembered_at = time.monotonic()
    path = memory_file()
    if size <= remembered():
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    draft.write_text(json.dumps({"origin": keys.origin(), "size": size}))
    draft.replace(path)


def remembered() -> int:
    """Return the size this key is known to have signed, 0 when unknown."""
    return remembered_of(keys.origin())


def remembered_of(origin: str) -> int:
    """Return the size the key that lies here is known to have signed for ``origin``, 0 when unknown."""
    try:
        value = json.loads(memory_file().read_text())
    except (FileNotFoundError, ValueError):
        return 0
    return int(value["size"]) if value.get("origin") == origin else 0


def _refuse_strange_key(last: SignedCheckpoint) -> None:
    """A key that nobody introduced signs nothing: the old one was lost, and outsiders would not know the new one."""
    own = keys.vkey()
    _, lines = split_note(last.note)
    if any((name, key_id) == (own.name, own.key_id) for name, key_id, _ in lines):
        return
    introduced = Entry.objects.filter(stream="ledger").values_list("envelope", flat=True)
    if any(json.dumps(str(own)).encode() in bytes(envelope) for envelope in introduced):
        return
    raise StrangeKey(
        f"The key {own.key_id.hex()} did not sign the last checkpoint (size {last.size}), and no entry introduces it. "
        "Was it lost? Restore it from the backup of the keys, or begin a new origin (`custodes ledger new-origin`).",
        size=last.size,
    )


def _refuse_rollback(size: int) -> None:
    known = remembered()
    if known > size:
        raise RolledBack(
            f"This key has signed {known} entries, the database holds {size}: an old backup? Signing a second "
            "history is refused. Restore the newest backup, or begin a new origin that cites the last checkpoint.",
            remembered=known,
            size=size,
        )


def run_sequencer(stop_event: Stop, interval: float = 0.25) -> None:
    """Sequence until stopped, one step each ``interval`` seconds; a failing step is logged and tried again."""
    pause = interval
    while not stop_event.is_set():
        began = time.monotonic()
        try:
            close_old_connections()
            worked = integrate(at=datetime.now(UTC)) is not None
            pause = interval
        except (DatabaseError, TreeBroken, RolledBack, StrangeKey):
            _log.exception("the sequencer could not sign")
            worked, pause = False, min(pause * 2, 30)
        left = pause - (time.monotonic() - began)
        stop_event.wait(left if left > 0 else 0.0 if worked else interval)
