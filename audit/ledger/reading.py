"""Reading: entries in order, their place, their payloads, and proofs from tiles."""

import hmac
import json
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection
from django.db.models import Max

from audit.ledger import rows, tiles
from audit.ledger.envelope import commitment
from audit.ledger.errors import NotFound, NotSequenced, PayloadGone
from audit.ledger.models import Anchor, Entry, Leaf, Payload, Queued, SignedCheckpoint, SubjectKey, Tile
from audit.ledger.proof import Consistency, Inclusion
from audit.ledger.rows import LEVEL, as_uuid
from audit.ledger.sequencing import Checkpoint, latest_row, read_tile

PAGE = 1000


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry as stored: its place, the hashed bytes, the same parsed, and the payload unless it is gone."""

    index: int
    entry: UUID
    envelope: bytes
    parsed: dict[str, Any]
    payload: bytes | None


def _checkpoint(row: SignedCheckpoint) -> Checkpoint:
    return Checkpoint(row.size, bytes(row.root), row.note, row.at)


def latest_checkpoint() -> Checkpoint | None:
    """Return the newest signed checkpoint, or None while the ledger is empty."""
    row = latest_row()
    return _checkpoint(row) if row else None


def checkpoint_at(size: int) -> Checkpoint:
    """Return the checkpoint signed at exactly ``size`` entries; raises :class:`NotFound`."""
    row = SignedCheckpoint.objects.filter(size=size).first()
    if row is None:
        raise NotFound(f"No checkpoint was signed at size {size}.", size=size)
    return _checkpoint(row)


def checkpoint_covering(index: int) -> Checkpoint:
    """Return the first checkpoint that covers entry ``index``; raises :class:`NotSequenced`."""
    row = SignedCheckpoint.objects.filter(size__gt=index).order_by("size").first()
    if row is None:
        raise NotSequenced(f"No checkpoint covers entry {index} yet.", index=index)
    return _checkpoint(row)


def index_of(entry: UUID) -> int:
    """Return the entry's place in the tree; raises :class:`NotSequenced` or :class:`NotFound`."""
    found = Leaf.objects.filter(entry_id=entry).values_list("idx", flat=True).first()
    if found is not None:
        return found
    if Entry.objects.filter(pk=entry).exists():
        raise NotSequenced(f"Entry {entry} waits for its place in the tree.", entry=str(entry))
    raise NotFound(f"There is no entry {entry}.", entry=str(entry))


def entries(start: int = 0, end: int | None = None, *, streams: Sequence[str] | None = None) -> Iterator[LedgerEntry]:
    """Yield entries ``start`` to ``end`` (exclusive; default: all sequenced) in index order, a page at a time."""
    chosen = "" if streams is None else f" AND e.stream IN ({', '.join(['%s'] * len(streams)) or 'NULL'})"
    statement = (
        "SELECT l.idx, e.id, e.envelope, p.body, p.key_id FROM ledger_leaf l "  # noqa: S608
        "JOIN ledger_entry e ON e.id = l.entry_id LEFT JOIN ledger_payload p ON p.entry_id = l.entry_id "
        f"WHERE l.idx >= %s AND l.idx < %s{chosen} ORDER BY l.idx LIMIT {PAGE}"
    )
    stop = end if end is not None else 1 << 62
    position = start
    while position < stop:
        with connection.cursor() as cursor:
            cursor.execute(statement, [position, stop, *(streams or ())])
            page = cursor.fetchall()
        subject_keys = _subject_keys({as_uuid(row[4]) for row in page if row[4]})
        for index, key, envelope, body, key_id in page:
            entry, data = as_uuid(key), bytes(envelope)
            content = None if body is None else _open(entry, bytes(body), key_id, subject_keys)
            yield LedgerEntry(index, entry, data, json.loads(data), content)
        if len(page) < PAGE:
            return
        position = page[-1][0] + 1


def entry(key: UUID) -> LedgerEntry:
    """Return one sequenced entry; raises :class:`NotSequenced` or :class:`NotFound`."""
    index = index_of(key)
    return next(entries(index, index + 1))


def entries_in(ranges: Iterable[Sequence[int]]) -> Iterator[list[UUID]]:
    """Yield the entries at the places that ``[first, end)`` pairs hold, up to 500 at a time; many may hold one each."""
    places = chain.from_iterable(range(low, high) for low, high in ranges)
    while chosen := list(islice(places, 500)):
        yield list(Leaf.objects.filter(idx__in=chosen).order_by("idx").values_list("entry_id", flat=True))


def _subject_keys(subjects: set[UUID]) -> dict[UUID, bytes]:
    if not subjects:
        return {}
    return {row.subject: bytes(row.key) for row in SubjectKey.objects.filter(subject__in=subjects)}


def _open(entry: UUID, body: bytes, key_id: Any, subject_keys: dict[UUID, bytes]) -> bytes | None:
    """Return the plain payload; None when the subject's key was destroyed."""
    if not key_id:
        return body
    key = subject_keys.get(as_uuid(key_id))
    return AESGCM(key).decrypt(body[:12], body[12:], entry.bytes) if key else None


def payload(entry: UUID) -> bytes | None:
    """Return an entry's payload, or None when it has none or no longer has one."""
    row = Payload.objects.filter(pk=entry).first()
    if row is None:
        return None
    return _open(entry, bytes(row.body), row.key_id, _subject_keys({row.key_id} if row.key_id else set()))


def same_content(entry: UUID, payload: bytes) -> bool:
    """Return whether ``payload`` is what the entry committed to; raises :class:`PayloadGone` after an erasure."""
    row = Payload.objects.filter(pk=entry).only("salt").first()
    if row is None:
        raise PayloadGone(f"The payload of entry {entry} was erased; nothing can be compared.", entry=str(entry))
    parsed = json.loads(bytes(Entry.objects.values_list("envelope", flat=True).get(pk=entry)))
    return hmac.compare_digest(parsed["payload"]["commit"], commitment(bytes(row.salt), payload))


def inclusion(entry_or_index: UUID | int, size: int | None = None) -> Inclusion:
    """Return the proof that an entry is in the tree of the checkpoint at ``size`` (default: the latest).

    All of it comes from the tiles, with one query for the checkpoint and one for the tiles.
    """
    index = index_of(entry_or_index) if isinstance(entry_or_index, UUID) else entry_or_index
    checkpoint = latest_checkpoint() if size is None else checkpoint_at(size)
    if checkpoint is None or index >= checkpoint.size:
        raise NotSequenced(f"No checkpoint covers entry {index} yet.", index=index)
    if index < 0:
        raise NotFound(f"There is no entry {index}.", index=index)
    read = _cached_reader(_around(index, checkpoint.size))
    path = tiles.inclusion_from_tiles(read, index, checkpoint.size)
    return Inclusion(index, checkpoint.size, tiles.node_from_tiles(read, 0, index), tuple(path), checkpoint.note)


def consistency(size1: int, size2: int) -> Consistency:
    """Return the proof that the first ``size1`` entries are a prefix of the first ``size2``.

    Raises :class:`~audit.ledger.merkle.OutOfTree`.
    """
    return Consistency(size1, size2, tuple(tiles.consistency_from_tiles(_cached_reader(), size1, size2)))


def _around(index: int, size: int) -> set[tuple[int, int]]:
    """The tiles an audit path is made of: on each level the one above the leaf, and the last one."""
    wanted: set[tuple[int, int]] = set()
    level = 0
    while (count := size >> tiles.HEIGHT * level) and level < 8:
        above = index >> tiles.HEIGHT * (level + 1)
        wanted |= {(level, above), (level, (count - 1) >> tiles.HEIGHT)}
        level += 1
    return wanted


def _cached_reader(wanted: Collection[tuple[int, int]] = ()) -> tiles.Reader:
    """A tile reader that asks the database once for all of ``wanted``, and once for each other tile."""
    seen: dict[tuple[int, int], bytes] = {}
    if wanted:
        found = Tile.objects.filter(pk__in=[level * LEVEL + number for level, number in wanted])
        seen = {divmod(key, LEVEL): bytes(hashes) for key, hashes in found.values_list("pk", "hashes")}

    def read(level: int, number: int) -> bytes:
        if (level, number) not in seen:
            seen[level, number] = read_tile(level, number)
        return seen[level, number]

    return read


def queue_age(*, at: datetime) -> timedelta:
    """Return how long the oldest committed entry has waited for its place in the tree; zero when none waits.

    Beyond a minute (the maximum merge delay) readiness turns red and acts that change decisions are refused.
    """
    oldest = Queued.objects.order_by("id").values_list("queued_at", flat=True).first()
    return max(timedelta(0), at - oldest) if oldest else timedelta(0)


def waiting() -> list[UUID]:
    """Return the entries that were committed and have no place in the tree yet; on SQLite there are none."""
    return rows.queued(connection)


def outside_size() -> int:
    """Return the largest tree size somebody outside has confirmed; what is newer could still be rewritten by us."""
    return Anchor.objects.aggregate(size=Max("size"))["size"] or 0


def wait_for_checkpoint(entry: UUID, timeout: float) -> Checkpoint | None:
    """Wait up to ``timeout`` seconds for a signed checkpoint that covers ``entry``; None when it took too long.

    Call it after COMMIT: inside the transaction that wrote the entry nobody else can see it.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            return checkpoint_covering(index_of(entry))
        except NotSequenced:
            if time.monotonic() >= deadline:
                return None
            time.sleep(0.03)
