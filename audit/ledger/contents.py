"""The contents of a bundle: every envelope against its leaf, every payload against its commitment."""

import re
from bisect import bisect_right
from collections.abc import Sequence, Set
from hashlib import sha256
from typing import Any

from audit.ledger.archive import Archive, ArchiveUnreadable
from audit.ledger.bundled import Known, Reasons, read_known, stamp, uncovered
from audit.ledger.note import Head
from audit.ledger.packs import Pack
from audit.ledger.shapes import COMMIT, Layout
from audit.ledger.strict import JSONRefused, Manifest, ranges, strict_json
from audit.ledger.tiles import WIDTH, number_path, split_hashes
from audit.ledger.treecheck import TileSet
from audit.ledger.verdict import Findings, Verdict

REMOVALS = frozenset({"retention.pruned", "subject.erased"})
CLOCK_TOLERANCE_S = 300
_ID = re.compile(rb'"id":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"')
_RECORDED = b',"recorded_at":"'


def check_contents(
    archive: Archive,
    tiles: TileSet,
    head: Head,
    manifest: Manifest,
    times: list[tuple[int, int]],
    findings: Findings,
    figures: dict[str, Any],
) -> None:
    """Check all entries of the range in index order with little memory."""
    checker = _Checker(archive, tiles, head, manifest, times, findings)
    for number in range(manifest.low // WIDTH, -(-manifest.high // WIDTH)):
        checker.check_file(number)
    checker.finish()
    figures.update(
        checked=checker.checked,
        payloads={
            "checked": checker.payloads,
            "withheld": checker.withheld,
            "removed": checker.gone_count,
            "none": checker.without,
        },
        simulated=checker.simulated,
        late_recorded=checker.late,
    )


class _Checker:
    def __init__(
        self,
        archive: Archive,
        tiles: TileSet,
        head: Head,
        manifest: Manifest,
        times: list[tuple[int, int]],
        findings: Findings,
    ) -> None:
        self.archive, self.tiles, self.head, self.manifest = archive, tiles, head, manifest
        self.findings = findings
        self.log = head.origin
        self.sizes = [size for size, _ in times]
        self.moments = [stamp(moment - CLOCK_TOLERANCE_S) for _, moment in times]
        self.layout = Layout(self.log, REMOVALS, WIDTH)
        self.files: set[str] = set()
        self.gone: list[int] = []
        self.reasons = Reasons()
        self.checked = self.payloads = self.withheld = self.gone_count = self.without = self.simulated = self.late = 0

    def check_file(self, number: int) -> None:
        """Check the envelopes of one tile, and what they commit to."""
        first = number * WIDTH
        expected = min(self.manifest.high - first, WIDTH)
        name = f"entries/{number_path(number)}.bin"
        envelopes = _split(self.archive.read(name), name)
        pack = Pack(self.archive, number, expected)
        self.files |= {name, *pack.files}
        self._check_leaves(first, expected, envelopes)
        del envelopes[expected:]
        self.checked += len(envelopes)
        self._check_payloads(first, envelopes, self._read(first, envelopes), pack)

    def _check_leaves(self, first: int, expected: int, envelopes: list[bytes]) -> None:
        """Each envelope is the one that was signed at its place."""
        tile = self.tiles(0, first // WIDTH)
        leaves = [sha256(b"\x00" + data).digest() for data in envelopes]
        if b"".join(leaves) == tile[: 32 * expected]:
            return
        for offset, data in enumerate(envelopes[:expected]):
            if leaves[offset] != tile[offset * 32 : offset * 32 + 32]:
                self._altered(first + offset, data, leaves[offset], tile)
        if len(envelopes) != expected:
            kind = "missing" if len(envelopes) < expected else "extra"
            where = first + min(len(envelopes), expected)
            self.findings.add(
                Verdict.ALTERED,
                kind,
                f"Entries from {where} on are {kind}: {len(envelopes)} stand where the tree has {expected}.",
                index=where,
            )

    def _altered(self, index: int, data: bytes, leaf: bytes, tile: bytes) -> None:
        entry = _id_of(data)
        try:
            place = index - index % WIDTH + split_hashes(tile).index(leaf)
            kind, what = "order", f"belongs at {place}"
        except ValueError:
            kind, what = "content", "is not what was signed"
        self.findings.add(
            Verdict.ALTERED, kind, f"Entry {index} ({entry or 'id unreadable'}) {what}.", index=index, entry=entry
        )

    def _read(self, first: int, envelopes: list[bytes]) -> dict[int, Known | None]:
        """Check what the envelopes say; return those that had to be parsed, None for what is no envelope."""
        unusual, simulated = self.layout.look(envelopes)
        apart = {*unusual, *self._by_place(first, envelopes)}
        if simulated:
            self.simulated += sum(i not in apart for i in simulated)
        return {offset: self._check_envelope(first + offset, envelopes[offset]) for offset in sorted(apart)}

    def _by_place(self, first: int, envelopes: list[bytes]) -> list[int]:
        """The places of those whose index asks for a closer look: at a new name, and where one may be late."""
        last = first + len(envelopes) - 1
        apart = [until - first for _, until in self.manifest.predecessors if first <= until <= last]
        if self.sizes and last >= self.sizes[0]:
            bound = max(self.moments[: bisect_right(self.sizes, last)]).encode()
            for offset, data in enumerate(envelopes):
                place = data.find(_RECORDED) + len(_RECORDED)
                if place < len(_RECORDED) or data[place : place + len(bound)] < bound:
                    apart.append(offset)
        return apart

    def _check_envelope(self, index: int, data: bytes) -> Known | None:
        known = read_known(data)
        if known is None:
            message = f"Entry {index} is not an envelope of version lv/1."
            self.findings.add(Verdict.ALTERED, "content", message, index=index)
            return None
        self._check_name(index, known)
        if known.simulated:
            self.simulated += 1
        elif self.sizes:
            self._check_time(index, known)
        return known

    def _check_name(self, index: int, known: Known) -> None:
        """An entry is made for this log, or for one it succeeded before the entry that says so."""
        former = self.manifest.predecessors
        if known.log != self.log and not any(known.log == name and index < until for name, until in former):
            message = f"Entry {index} ({known.entry}) was made for another log, {known.log}."
            self.findings.add(Verdict.ALTERED, "content", message, index=index, entry=known.entry)
        for name, until in former:
            if index != until:
                continue
            if (known.kind, known.refs[:1]) == ("origin.begun", (name,)):
                self.findings.remark(f"From entry {index} on this log goes on under a new name and key, after {name}.")
            else:
                message = f"Entry {index} ({known.entry}) does not begin a new name of this log."
                self.findings.add(Verdict.ALTERED, "content", message, index=index, entry=known.entry)

    def _check_time(self, index: int, known: Known) -> None:
        """An entry outside a checkpoint that others saw, yet claiming an earlier time, was recorded late."""
        before = bisect_right(self.sizes, index)
        if before and known.recorded_at < self.moments[before - 1]:
            self.late += 1
            if self.late <= 20:
                self.findings.remark(
                    f"Entry {index} ({known.entry}) is recorded late: it claims {known.recorded_at}, but was not in "
                    f"the {self.sizes[before - 1]:,} entries a witness had seen by then."
                )

    def _check_payloads(self, first: int, envelopes: list[bytes], parsed: dict[int, Known | None], pack: Pack) -> None:
        """Each payload handed over is what its entry commits to; the others are withheld, or gone and explained."""
        there = set(pack.there)
        self.payloads += len(there)
        rows = [*envelopes, *[b""] * (WIDTH - len(envelopes))]
        foreign = pack.foreign(_promised(rows, parsed, pack.there))
        for offset in foreign:
            self._foreign(first + offset, rows[offset])
        for offset in sorted(parsed.keys() & there - set(foreign)):
            known = parsed[offset]
            if known and known.stream == "ledger" and known.kind in REMOVALS:
                self._explain(first + offset, known, pack.payload(offset))
        rest = set(range(len(envelopes))) - there
        if rest:
            open_places = uncovered(self.manifest.withheld, first, first + len(envelopes) - 1)
            absent = [index - first for index in open_places if index - first in rest]
            promised = zip(absent, _promised(rows, parsed, absent), strict=True)
            gone = [first + offset for offset, commit in promised if commit]
            withheld = _count_promised(rows, parsed, rest.difference(absent))
            self.gone += gone
            self.withheld += withheld
            self.without += len(rest) - len(gone) - withheld

    def _foreign(self, index: int, data: bytes) -> None:
        entry = _id_of(data)
        message = f"The payload of entry {index} ({entry or 'id unreadable'}) is not what the entry commits to."
        self.findings.add(Verdict.ALTERED, "content", message, index=index, entry=entry)

    def _explain(self, index: int, known: Known, body: bytes) -> None:
        removed = ranges(strict_json(body, f"The payload of entry {index}").get("ranges"))
        if removed and removed[-1][1] > index:
            raise JSONRefused(f"Entry {index} removes what came after it.")
        self.reasons.add(removed, f"{known.kind} in entry {index}")

    def finish(self) -> None:
        """Hold the absent payloads against the entries that explain them, and find what nobody asked for."""
        for prefix in ("entries/", "payloads/"):
            for name in self.archive.names(prefix):
                if name not in self.files:
                    self.findings.add(Verdict.ALTERED, "extra", f"{name} belongs to no entry of this bundle.")
        counts: dict[str, int] = {}
        for index, why in self.reasons.of(self.gone):
            if why is None:
                message = f"The payload of entry {index} is absent and no entry says why."
                self.findings.add(Verdict.ALTERED, "missing", message, index=index)
            else:
                self.gone_count += 1
                counts[why] = counts.get(why, 0) + 1
        for why, count in counts.items():
            self.findings.add(Verdict.OK_WITH_GAPS, "removed", f"{count:,} payloads were removed: {why}.")


def _split(data: bytes, name: str) -> list[bytes]:
    """Return the envelopes of a file, each after two bytes of length."""
    envelopes: list[bytes] = []
    keep, position, end = envelopes.append, 0, len(data)
    try:
        while position < end:
            size = data[position] << 8 | data[position + 1]
            position += 2
            keep(data[position : position + size])
            position += size
    except IndexError:
        position = end + 1
    if position != end or len(envelopes) > WIDTH:
        raise ArchiveUnreadable(f"{name} is not a row of envelopes.")
    return envelopes


def _promised(rows: list[bytes], parsed: dict[int, Known | None], offsets: Sequence[int]) -> list[bytes]:
    """Return the commitments at some places in hex, empty where there is none."""
    said = [rows[offset].partition(COMMIT)[2][:64] for offset in offsets]
    for place, offset in enumerate(offsets) if parsed else ():
        if offset in parsed:
            known = parsed[offset]
            said[place] = known.commit.encode() if known and known.commit else b""
    return said


def _count_promised(rows: list[bytes], parsed: dict[int, Known | None], offsets: Set[int]) -> int:
    usual = b"".join([rows[offset] for offset in offsets - parsed.keys()]).count(COMMIT)
    return usual + sum(known is not None and bool(known.commit) for o, known in parsed.items() if o in offsets)


def _id_of(data: bytes) -> str | None:
    found = _ID.search(data)
    return found[1].decode() if found else None
