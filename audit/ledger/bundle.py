"""The evidence bundle: a stored zip, the same bytes for the same ledger, that an outsider checks without us.

Layout (facts of the format in the bundle's own README.txt): the checkpoint with its cosignatures, the policy file
with the keys, all envelopes of the range, the tiles that connect them with the root, payloads with their salts,
anchors, older checkpoints, a stand-alone verifier.
"""

import json
import time
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from audit.ledger import keys, tiles
from audit.ledger.errors import LedgerError, NotFound
from audit.ledger.models import Anchor, Entry, Leaf, Payload, Removal, SignedCheckpoint
from audit.ledger.note import fingerprint
from audit.ledger.packs import pack
from audit.ledger.reading import LedgerEntry, checkpoint_at, entries, entries_in, latest_checkpoint
from audit.ledger.rotation import key_history, predecessors, witness_keys
from audit.ledger.sequencing import Checkpoint, read_tile
from audit.ledger.verification import BUNDLE_FORMAT, REMOVALS, Verification, verify_bundle

__all__ = ["BundleFailed", "Verification", "verify_bundle", "write_bundle"]
_DATE = (1980, 1, 1, 0, 0, 0)
_HERE = Path(__file__).parent


class BundleFailed(LedgerError):
    """The bundle could not be written as asked."""

    code = "bundle_failed"


class _Moved(Exception):
    """A payload was removed while the bundle was being written; begin again at a newer checkpoint."""


def write_bundle(
    target: str | Path | IO[bytes],
    *,
    at: datetime,
    start: int = 0,
    end: int | None = None,
    payloads: bool | Callable[[Mapping[str, Any]], bool] = True,
    extra: Mapping[str, bytes] | None = None,
    known: Collection[int] = (),
) -> dict[str, Any]:
    """Write the bundle of entries ``start`` to ``end`` (exclusive; default: all) and return its manifest.

    A range is widened to tile boundaries (256 entries). With ``payloads=False`` only envelopes are handed over; a
    function of the parsed envelope chooses entry by entry. The manifest names what is withheld. ``known``: sizes of
    checkpoints the recipient holds; a range then brings the tiles to hold them against the tree. Raises
    :class:`BundleFailed` when there is nothing signed yet.
    """
    wanted = payloads if callable(payloads) else lambda _envelope, every=payloads: every
    for _ in range(5):
        checkpoint = latest_checkpoint()
        if checkpoint is None:
            raise BundleFailed("The ledger is empty: there is nothing to hand over.")
        low = start // tiles.WIDTH * tiles.WIDTH
        high = checkpoint.size if end is None else min(checkpoint.size, -(-end // tiles.WIDTH) * tiles.WIDTH)
        if not low < high:
            raise BundleFailed(f"There are {checkpoint.size} entries; the range from {start} holds none.")
        try:
            return _Writer(target, checkpoint, low, high, wanted, known).write(at, extra or {})
        except _Moved:
            time.sleep(0.3)
    raise BundleFailed("Payloads were removed faster than the bundle could be written; try again.")


class _Writer:
    """One attempt at one checkpoint."""

    def __init__(
        self,
        target: str | Path | IO[bytes],
        checkpoint: Checkpoint,
        low: int,
        high: int,
        wanted: Callable[[Mapping[str, Any]], bool],
        known: Collection[int],
    ) -> None:
        if not isinstance(target, str | Path):
            target.seek(0)
            target.truncate()
        self.zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True)
        self.checkpoint, self.low, self.high, self.wanted = checkpoint, low, high, wanted
        self.known = known
        self.included = 0
        self.missing: list[int] = []
        self.withheld: list[int] = []

    def write(self, at: datetime, extra: Mapping[str, bytes]) -> dict[str, Any]:
        with self.zip:
            self.add("checkpoint.note", checkpoint_with_cosignatures(self.checkpoint))
            self.add("policy.txt", policy_text())
            self.add("keys.jsonl", "".join(json.dumps(line, sort_keys=True) + "\n" for line in key_history()))
            self._entries()
            self._tiles()
            self._anchors()
            for name in sorted(extra):
                self.add(name, extra[name])
            self.add("README.txt", (_HERE / "bundle_readme.txt").read_bytes())
            self.add("verify.py", (_HERE / "offline_verifier.py").read_bytes())
            manifest = self._manifest(at)
            self.add("manifest.json", json.dumps(manifest, indent=1, sort_keys=True) + "\n")
        return manifest

    def add(self, name: str, data: bytes | str) -> None:
        info = zipfile.ZipInfo(name, _DATE)
        info.external_attr = 0o644 << 16
        info.create_system = 3
        self.zip.writestr(info, data)

    def _entries(self) -> None:
        stream = entries(self.low, self.high)
        position = self.low
        for number, group in groupby(stream, key=lambda found: found.index // tiles.WIDTH):
            page = list(group)
            parts = []
            for found in page:
                if found.index != position:
                    raise NotFound(f"Entry {position} is missing from the database; run `custodes ledger doctor`.")
                position += 1
                parts.append(len(found.envelope).to_bytes(2, "big") + found.envelope)
            self.add(f"entries/{tiles.number_path(number)}.bin", b"".join(parts))
            self._payloads(number, page)
        if position != self.high:
            raise NotFound(f"Entry {position} is missing from the database; run `custodes ledger doctor`.")
        self._explain_missing()

    def _payloads(self, number: int, page: list[LedgerEntry]) -> None:
        stored = dict(Payload.objects.filter(pk__in=[f.entry for f in page]).values_list("entry_id", "salt"))
        contents: list[tuple[bytes, bytes] | None] = []
        for found in page:
            content = None
            explains = found.parsed["stream"] == "ledger" and found.parsed["type"] in REMOVALS
            if not found.parsed.get("payload"):
                pass
            elif not explains and not self.wanted(found.parsed):
                self.withheld.append(found.index)
            elif found.payload is None or found.entry not in stored:
                self.missing.append(found.index)
            else:
                content = bytes(stored[found.entry]), found.payload
                self.included += 1
            contents.append(content)
        for name, data in pack(number, contents):
            self.add(name, data)

    def _explain_missing(self) -> None:
        """Begin again when an entry that explains a missing payload came after our checkpoint."""
        for gone in entries_in(as_ranges(self.missing)):
            causes = set(Removal.objects.filter(pk__in=gone).values_list("cause_id", flat=True))
            known = Leaf.objects.filter(entry_id__in=causes, idx__lt=self.checkpoint.size)
            later = causes - set(known.values_list("entry_id", flat=True))
            # An entry that is lost was removed again after a restore; another repeats what it said.
            if Entry.objects.filter(pk__in=later).exists():
                raise _Moved

    def _tiles(self) -> None:
        for level, number, width in needed_tiles(self.low, self.high, self.checkpoint.size, self.known):
            data = read_tile(level, number)[: width * 32]
            self.add(f"tiles/{tiles.tile_path(level, number, width)}", data)

    def _anchors(self) -> None:
        size = self.checkpoint.size
        kinds = {"rfc3161": "tsr", "opentimestamps": "ots"}
        for anchor in Anchor.objects.filter(size__lte=size, kind__in=kinds).order_by("size", "id"):
            self.add(f"anchors/{anchor.size}-{anchor.pk}.{kinds[anchor.kind]}", bytes(anchor.blob))
        for older in older_checkpoints(size):
            self.add(f"older-checkpoints/{older.size}.note", checkpoint_with_cosignatures(older))
            proof = tiles.consistency_from_tiles(read_tile, older.size, size)
            self.add(f"older-checkpoints/{older.size}.consistency", b"".join(proof))

    def _manifest(self, at: datetime) -> dict[str, Any]:
        body = self.checkpoint.note[: self.checkpoint.note.rfind("\n\n") + 1]
        return {
            "format": BUNDLE_FORMAT,
            "log": keys.origin(),
            "at": at.isoformat(),
            "checkpoint": {"size": self.checkpoint.size, "fingerprint": fingerprint(body)},
            "entries": {
                "from": self.low,
                "to": self.high,
                "complete": self.low == 0 and self.high == self.checkpoint.size,
            },
            **({"predecessors": former} if (former := predecessors(self.checkpoint.size)) else {}),
            "payloads": {
                "included": self.included,
                "withheld": as_ranges(self.withheld),
                "absent": as_ranges(self.missing),
            },
        }


def checkpoint_with_cosignatures(checkpoint: Checkpoint) -> str:
    """Return the note with every cosignature kept for it."""
    lines = (
        Anchor.objects.filter(size=checkpoint.size, kind="cosignature").order_by("id").values_list("blob", flat=True)
    )
    return checkpoint.note + "".join(bytes(line).decode() for line in lines)


def older_checkpoints(size: int) -> Iterator[Checkpoint]:
    """Yield the checkpoints below ``size`` that outsiders may hold: anchored, or signed by a key since retired.

    Those of a predecessor are left out: another name and key signed them.
    """
    first = max((each["until"] for each in predecessors(size)), default=-1)
    sizes = set(Anchor.objects.filter(size__lt=size).values_list("size", flat=True))
    for line in key_history():
        if line["until"] is not None:
            last = SignedCheckpoint.objects.filter(size__gt=line["until"]).order_by("size").first()
            if last and last.size < size:
                sizes.add(last.size)
    for older in sorted(each for each in sizes if each > first):
        yield checkpoint_at(older)


def policy_text() -> str:
    """Return a c2sp.org/tlog-policy file: this log's keys and the witnesses that cosigned."""
    lines = [f"log {line['vkey']}" for line in key_history()]
    names = []
    for number, vkey in enumerate(witness_keys(), start=1):
        names.append(f"witness-{number}")
        lines.append(f"witness witness-{number} {vkey}")
    if names:
        lines.append(f"group witnesses any {' '.join(names)}")
    return "\n".join([*lines, "quorum none", ""])


def needed_tiles(low: int, high: int, size: int, known: Collection[int] = ()) -> list[tuple[int, int, int]]:
    """Return ``(level, number, width)`` of the tiles that connect entries ``low`` to ``high`` with the root.

    Those that give the roots at the ``known`` smaller sizes come with them.
    """
    wanted = set(tiles.tile_widths(size))
    for older in known:
        for level, number, _ in tiles.tile_widths(older) if older <= size else ():
            while (width := min(tiles.WIDTH, (size >> tiles.HEIGHT * level) - number * tiles.WIDTH)) > 0:
                wanted.add((level, number, width))
                level, number = level + 1, number // tiles.WIDTH
    level = 0
    while (count := size >> tiles.HEIGHT * level) and high:
        first, last = low >> tiles.HEIGHT * (level + 1), (high - 1) >> tiles.HEIGHT * (level + 1)
        for number in range(first, last + 1):
            width = min(tiles.WIDTH, count - number * tiles.WIDTH)
            if width > 0:
                wanted.add((level, number, width))
        level += 1
    return sorted(wanted)


def as_ranges(indexes: Iterable[int]) -> list[list[int]]:
    """Return increasing indexes as ``[first, end)`` pairs."""
    ranges: list[list[int]] = []
    for index in indexes:
        if ranges and ranges[-1][1] == index:
            ranges[-1][1] = index + 1
        else:
            ranges.append([index, index + 1])
    return ranges
