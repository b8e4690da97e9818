"""Re-hash everything in the database and name the first bad place and what kind of fault it is."""

import hmac
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from django.db import connection

from audit.ledger import keys, rows, sequencing
from audit.ledger.envelope import commitment
from audit.ledger.merkle import root_hash
from audit.ledger.models import Entry, Leaf, Payload, Removal, SignedCheckpoint
from audit.ledger.note import (
    Head,
    NoteMalformed,
    SignatureInvalid,
    VerifierKey,
    fingerprint,
    open_checkpoint,
    split_note,
)
from audit.ledger.reading import entries
from audit.ledger.rotation import key_history, predecessors
from audit.ledger.tiles import HEIGHT, WIDTH, Edge, tile_path
from audit.ledger.verdict import Findings, Verdict, Verification

PAGE = 2000


def examine(*, payloads: bool = True, progress: Callable[[int, int], None] | None = None) -> Verification:
    """Check envelopes, leaves, tiles, every checkpoint and (by default) every payload of this database.

    ``progress`` is called with entries done and their total. Findings are worded like those of a bundle.
    """
    findings = Findings()
    last = sequencing.latest_row()
    size = last.size if last else 0
    edge = _walk(size, findings, progress)
    _check_tiles(edge, size, findings)
    if payloads:
        _check_payloads(findings)
    _check_counts(size, findings)
    if sequencing.remembered() > size:
        findings.add(
            Verdict.ROLLED_BACK,
            "rollback",
            f"This key has signed {sequencing.remembered()} entries; the database holds {size}.",
        )
    shown = fingerprint(last.note[: last.note.rfind("\n\n") + 1]) if last else "none"
    figures = {"log": keys.origin(), "size": size, "checked": edge.size, "fingerprint": shown}
    return findings.conclude(figures)


def _walk(size: int, findings: Findings, progress: Callable[[int, int], None] | None) -> Edge:
    """Hash every envelope in index order, growing the tree anew and stopping at each checkpoint."""
    edge, checkpoints = Edge(), _Checkpoints(findings)
    expected, waiting = 0, list[bytes]()
    for index, entry, leaf, envelope in _leaves(size):
        if index != expected:
            findings.add(Verdict.ALTERED, "missing", f"Entries {expected} to {index - 1} are missing.", index=expected)
            break
        expected += 1
        if envelope is None:
            message = f"Entry {index} ({entry}) has its place in the tree, but its envelope is gone."
            findings.add(Verdict.ALTERED, "missing", message, index=index, entry=str(entry))
        elif sha256(b"\x00" + envelope).digest() != leaf:
            message = f"Entry {index} ({entry}) is not what was signed."
            findings.add(Verdict.ALTERED, "content", message, index=index, entry=str(entry))
        waiting.append(leaf)
        if checkpoints.due(expected) or len(waiting) == WIDTH:
            edge.append(waiting)
            waiting.clear()
            checkpoints.reached(edge)
        if progress and not index % 1000:
            progress(index, size)
    edge.append(waiting)
    if expected < size:
        findings.add(Verdict.ALTERED, "missing", f"Entries {expected} to {size - 1} are missing.", index=expected)
    return edge


def _leaves(size: int) -> Iterator[tuple[int, Any, bytes, bytes | None]]:
    position = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT l.idx, l.entry_id, l.leaf_hash, e.envelope FROM ledger_leaf l "  # noqa: S608
                "LEFT JOIN ledger_entry e ON e.id = l.entry_id WHERE l.idx >= %s AND l.idx < %s "
                f"ORDER BY l.idx LIMIT {PAGE}",
                [position, size],
            )
            page = cursor.fetchall()
        for index, entry, leaf, envelope in page:
            yield index, rows.as_uuid(entry), bytes(leaf), None if envelope is None else bytes(envelope)
        if len(page) < PAGE:
            return
        position = page[-1][0] + 1


class _Checkpoints:
    """The signed checkpoints in order, each checked when the growing tree reaches its size."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.keys = [line["vkey"] for line in key_history()]
        known = {VerifierKey.parse(vkey).name for vkey in self.keys}
        self.lost = {each["origin"] for each in predecessors(1 << 62)} - known
        for name in sorted(self.lost):
            findings.remark(f"The verification key of {name} is not recorded: its checkpoints are checked by root.")
        self.stream = SignedCheckpoint.objects.order_by("size").iterator(chunk_size=PAGE)
        self.next = next(self.stream, None)

    def due(self, size: int) -> bool:
        """Return whether a checkpoint was signed at this size."""
        return self.next is not None and self.next.size <= size

    def reached(self, edge: Edge) -> None:
        """Check the next checkpoint when the tree has its size."""
        row = self.next
        if row is None or row.size > edge.size:
            return
        self.next = next(self.stream, None)
        try:
            head = Head.parse(split_note(row.note)[0])
            if head.origin not in self.lost:
                head, _ = open_checkpoint(row.note, self.keys)
        except (NoteMalformed, SignatureInvalid) as error:
            self.findings.add(Verdict.BAD_SIGNATURE, "signature", f"The checkpoint at {row.size}: {error}")
            return
        if (head.size, head.root) != (row.size, bytes(row.root)) or head.root != edge.root():
            message = f"The checkpoint at {row.size} was signed over another history."
            self.findings.add(Verdict.ALTERED, "root", message, index=row.size)


def _check_tiles(edge: Edge, size: int, findings: Findings) -> None:
    """Hold the stored tiles against the leaves and against each other."""
    if edge.size != size:
        return
    level = 0
    while count := size >> HEIGHT * level:
        for number in range(-(-count // WIDTH)):
            stored = sequencing.read_tile(level, number)
            wanted = _expected_tile(level, number, min(WIDTH, count - number * WIDTH))
            if stored[: len(wanted)] != wanted:
                name = tile_path(level, number, len(wanted) // 32)
                findings.add(Verdict.ALTERED, "tile", f"Tile {name} does not hold the hashes below it.")
        level += 1


def _expected_tile(level: int, number: int, width: int) -> bytes:
    if level == 0:
        found = Leaf.objects.filter(pk__gte=number * WIDTH, pk__lt=number * WIDTH + width).order_by("pk")
        return b"".join(bytes(value) for value in found.values_list("leaf_hash", flat=True))
    below = (sequencing.read_tile(level - 1, number * WIDTH + slot) for slot in range(width))
    return b"".join(root_hash([tile[i : i + 32] for i in range(0, len(tile), 32)]) for tile in below)


def _check_payloads(findings: Findings) -> None:
    for page in _pages():
        ids = [found.entry for found in page]
        salts = dict(Payload.objects.filter(pk__in=ids).values_list("entry_id", "salt"))
        absent = [f for f in page if f.parsed.get("payload") and f.payload is None]
        explained = set(Removal.objects.filter(pk__in=[f.entry for f in absent]).values_list("entry_id", flat=True))
        for found in page:
            committed = found.parsed.get("payload")
            if not committed:
                continue
            if found.payload is None or found.entry not in salts:
                if found.entry not in explained:
                    message = f"The payload of entry {found.index} ({found.entry}) is absent and no entry says why."
                    findings.add(Verdict.ALTERED, "missing", message, index=found.index, entry=str(found.entry))
            elif not hmac.compare_digest(commitment(bytes(salts[found.entry]), found.payload), committed["commit"]):
                message = f"The payload of entry {found.index} ({found.entry}) is not what the entry commits to."
                findings.add(Verdict.ALTERED, "content", message, index=found.index, entry=str(found.entry))


def _pages() -> Iterator[list[Any]]:
    page: list[Any] = []
    stream = entries()
    while True:
        try:
            found = next(stream, None)
        except json.JSONDecodeError:
            return  # an envelope that is no JSON was already reported by its hash
        if found is None:
            break
        page.append(found)
        if len(page) == 500:
            yield page
            page = []
    yield page


def _check_counts(size: int, findings: Findings) -> None:
    """Entries that have neither a place in the tree nor one in the queue were written around the ledger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, NULL FROM ledger_entry e "
            "WHERE NOT EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.entry_id = e.id) "
            "UNION ALL SELECT NULL, entries FROM ledger_queue"
        )
        found = cursor.fetchall()
    placeless = {rows.as_uuid(entry) for entry, _ in found if entry is not None}
    stray = len(placeless.difference(*(rows.split_ids(queued) for _, queued in found if queued is not None)))
    if stray:
        findings.add(Verdict.ALTERED, "extra", f"{stray} entries have no place in the tree and none in the queue.")
    beyond = Leaf.objects.filter(pk__gte=size).count()
    if beyond:
        findings.add(Verdict.ALTERED, "extra", f"{beyond} leaves stand beyond the last checkpoint.", index=size)
    if size and not Entry.objects.exists():
        findings.add(Verdict.ALTERED, "missing", "The entries are gone.")
