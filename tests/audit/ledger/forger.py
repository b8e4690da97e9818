"""What somebody with all rights on the database, and perhaps the signing key, could do to it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from audit.ledger import guards, keys, merkle, sequencing
from audit.ledger.models import Entry, Leaf, SignedCheckpoint, Tile
from audit.ledger.note import Head, sign_note
from audit.ledger.rows import LEVEL
from audit.ledger.tiles import Edge


class Row(NamedTuple):
    entry: UUID
    envelope: bytes


def history() -> list[Row]:
    """Every sequenced entry, in order."""
    ids = list(Leaf.objects.order_by("idx").values_list("entry_id", flat=True))
    found = {e.pk: Row(e.pk, bytes(e.envelope)) for e in Entry.objects.filter(pk__in=ids)}
    return [found[key] for key in ids]


def edit(row: Row, old: bytes = b"UC-0001", new: bytes = b"UC-6666") -> Row:
    """Change a fact in an envelope."""
    assert old in row.envelope
    return Row(row.entry, row.envelope.replace(old, new))


def edit_in_place(entry: UUID, change: Callable[[Row], Row] = edit) -> None:
    """A database administrator changes one stored envelope and nothing else."""
    with guards.lifted(connection):
        found = Entry.objects.get(pk=entry)
        Entry.objects.filter(pk=entry).update(envelope=change(Row(entry, bytes(found.envelope))).envelope)


def rewrite_and_sign(rows: list[Row]) -> None:
    """Write another history with the real key: entries, leaves, tiles and one new checkpoint."""
    with guards.lifted(connection):
        Entry.objects.all().delete()
        Entry.objects.bulk_create([Entry(pk=row.entry, stream="events", envelope=row.envelope) for row in rows])
        for model in (Leaf, Tile, SignedCheckpoint):
            model.objects.all().delete()
        hashes = [merkle.leaf_hash(row.envelope) for row in rows]
        Leaf.objects.bulk_create(
            [Leaf(idx=i, entry_id=row.entry, leaf_hash=h) for i, (row, h) in enumerate(zip(rows, hashes, strict=True))]
        )
        edge = Edge()
        for (level, number), data in edge.append(hashes).items():
            Tile.objects.create(pk=level * LEVEL + number, width=len(data) // 32, hashes=data)
        signer = keys.signer()
        note = sign_note(Head(signer.name, edge.size, edge.root()).to_text(), signer)
        SignedCheckpoint.objects.create(size=edge.size, root=edge.root(), note=note, at=datetime.now(UTC))
    sequencing.memory_file().unlink(missing_ok=True)
