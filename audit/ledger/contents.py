"""The contents of a bundle: every envelope against its leaf, every payload against its commitment."""

import re
from bisect import bisect_right
from hashlib import sha256
from typing import Any

from audit.ledger.archive import Archive, ArchiveUnreadable
from audit.ledger.bundled import Known, Salts, covers, read_known, stamp, uncovered
from audit.ledger.envelope import commitment
from audit.ledger.note import Head
from audit.ledger.shapes import Shapes
from audit.ledger.strict import JSONRefused, Manifest, ranges, strict_json
from audit.ledger.tiles import WIDTH, number_path, split_hashes
from audit.ledger.treecheck import TileSet
from audit.ledger.verdict import Findings, Verdict

REMOVALS = frozenset({"retention.pruned", "subject.erased"})
CLOCK_TOLERANCE_S = 300
_ID = re.compile(rb'"id":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"')
_LEAF = sha256(b"\x00").copy
_COMMIT = b',"payload":{"alg":"HMAC-SHA256","commit":"'


def check_contents(
    archive: Archive,
    tiles: TileSet,
    head: Head,
    manifest: Manifest,
    times: list[tuple[int, int]],
    findings: Findings,
    figures: dict[str, Any],
) -> None:
    """Check all entries of the range in index order with constant memory."""
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
        self.shapes = Shapes(self.log)
        self._middle = b'","log":"' + self.log.encode() + b'","model_version":"'
        self.salts = Salts(archive)
        self.begins = frozenset(until for _, until in manifest.predecessors)
        self.gone: list[tuple[int, int]] = []
        self.explained: list[tuple[tuple[int, int], str]] = []
        self.checked = self.payloads = self.withheld = self.gone_count = self.without = self.simulated = self.late = 0

    def check_file(self, number: int) -> None:
        """Check the envelopes of one tile."""
        first = number * WIDTH
        expected = min(self.manifest.high - first, WIDTH)
        block = self.archive.read(f"entries/{number_path(number)}.bin")
        envelopes, leaves = self._split(block, number)
        tile = self.tiles(0, number)
        sound = len(envelopes) == expected and b"".join(leaves) == tile[: 32 * expected]
        if sound and self._is_quiet(first, block, envelopes):
            self.checked += expected
            return
        for offset, data in enumerate(envelopes[:expected]):
            index = first + offset
            if leaves[offset] != tile[offset * 32 : offset * 32 + 32]:
                self._altered(index, data, leaves[offset], tile)
                self._check_envelope(index, data)
            elif not self._is_plain(index, data):
                self._check_envelope(index, data)
        self.checked += min(len(envelopes), expected)
        if len(envelopes) != expected:
            kind = "missing" if len(envelopes) < expected else "extra"
            where = first + min(len(envelopes), expected)
            self.findings.add(
                Verdict.ALTERED,
                kind,
                f"Entries from {where} on are {kind}: {len(envelopes)} stand where the tree has {expected}.",
                index=where,
            )

    def _split(self, data: bytes, number: int) -> tuple[list[bytes], list[bytes]]:
        """Return the envelopes of a file and their leaf hashes."""
        envelopes: list[bytes] = []
        leaves: list[bytes] = []
        keep, add, begun, position, end = envelopes.append, leaves.append, _LEAF, 0, len(data)
        try:
            while position < end:
                stop = position + 2 + (data[position] << 8 | data[position + 1])
                envelope = data[position + 2 : stop]
                leaf = begun()  # a copy of a begun hash costs less than a new one
                leaf.update(envelope)
                keep(envelope)
                add(leaf.digest())
                position = stop
        except IndexError:
            position = end + 1
        if position != end or len(envelopes) > WIDTH:
            raise ArchiveUnreadable(f"entries/{number_path(number)}.bin is not a row of envelopes.")
        return envelopes, leaves

    def _altered(self, index: int, data: bytes, leaf: bytes, tile: bytes) -> None:
        found = _ID.search(data)
        entry = found[1].decode() if found else None
        try:
            place = index - index % WIDTH + split_hashes(tile).index(leaf)
            kind, what = "order", f"belongs at {place}"
        except ValueError:
            kind, what = "content", "is not what was signed"
        self.findings.add(
            Verdict.ALTERED, kind, f"Entry {index} ({entry or 'id unreadable'}) {what}.", index=index, entry=entry
        )

    def _is_quiet(self, first: int, block: bytes, envelopes: list[bytes]) -> bool:
        """Deal at once with 256 entries that are as signed, when none has a payload to look at."""
        last = first + len(envelopes) - 1
        if (self.sizes and last >= self.sizes[0]) or any(first <= at <= last for at in self.begins):
            return False
        looked = self.shapes.look(envelopes)
        if looked is None:
            return False
        none, simulated = looked
        committed = len(envelopes) - len(none)
        if committed:
            if self.salts.entry and self.salts.entry.encode() in block:
                return False
            if not none.issuperset(index - first for index in uncovered(self.manifest.withheld, first, last)):
                return False
        self.simulated += simulated
        self.without += len(none)
        self.withheld += committed
        return True

    def _is_plain(self, index: int, data: bytes) -> bool:
        """Deal with the many: an entry of this log in the fixed layout, whose payload is absent or in step.

        A quotation mark inside a JSON string stands behind a backslash, so ``,"name":`` can only be a member;
        counting them leaves no room for a second one of a name looked for here. All else is parsed.
        """
        if data[:15] != b'{"event_time":"' or data[42:50] != b'","id":"' or not data.startswith(self._middle, 86):
            return False
        members = data.count(b'":')
        if members == 15:
            if b',"payload":null,' not in data:
                return False
            commit = b""
        else:
            place = data.find(_COMMIT) + len(_COMMIT)
            if members != 20 or place < len(_COMMIT):
                return False
            commit = data[place : place + 64]
        if (self.sizes and index >= self.sizes[0]) or index in self.begins:
            return False
        if b',"stream":"ledger",' in data or not data.endswith(b',"v":"lv/1"}'):
            return False
        if b',"simulated":true,' in data:
            self.simulated += 1
        if commit:
            self._settle(index, data[50:86].decode(), commit.decode(), "", "")
        else:
            self.without += 1
        return True

    def _check_envelope(self, index: int, data: bytes) -> None:
        known = read_known(data)
        if known is None:
            self.findings.add(
                Verdict.ALTERED, "content", f"Entry {index} is not an envelope of version lv/1.", index=index
            )
            return
        self._check_name(index, known)
        if known.simulated:
            self.simulated += 1
        elif self.sizes:
            self._check_time(index, known)
        if known.commit is None:
            self.without += 1
        else:
            self._settle(index, known.entry, known.commit, known.stream, known.kind)

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

    def _settle(self, index: int, entry: str, commit: str, stream: str, kind: str) -> None:
        """A payload is handed over, withheld, or gone and to be explained at the end."""
        if self.salts.entry == entry:
            self._check_payload(index, entry, commit, stream, kind)
        elif covers(self.manifest.withheld, index):
            self.withheld += 1
        elif self.gone and self.gone[-1][1] == index:
            self.gone[-1] = (self.gone[-1][0], index + 1)
        else:
            self.gone.append((index, index + 1))

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

    def _check_payload(self, index: int, entry: str, commit: str, stream: str, kind: str) -> None:
        salt = self.salts.salt
        self.salts.advance()
        try:
            body = self.archive.read(f"payloads/{entry}")
        except ArchiveUnreadable as error:
            self.findings.add(Verdict.ALTERED, "missing", str(error), index=index, entry=entry)
            return
        self.payloads += 1
        if commitment(salt, body) != commit:
            message = f"The payload of entry {index} ({entry}) is not what the entry commits to."
            self.findings.add(Verdict.ALTERED, "content", message, index=index, entry=entry)
        elif stream == "ledger" and kind in REMOVALS:
            removed = strict_json(body, f"The payload of entry {index}")
            for pair in ranges(removed.get("ranges")):
                if pair[1] > index:
                    raise JSONRefused(f"Entry {index} removes what came after it.")
                self.explained.append((pair, f"{kind} in entry {index}"))

    def finish(self) -> None:
        """Hold the absent payloads against the entries that explain them."""
        if self.salts.entry is not None:
            self.findings.add(
                Verdict.ALTERED, "extra", f"salts.jsonl names {self.salts.entry}, which has no such place in the log."
            )
        reasons: dict[str, int] = {}
        for low, high in self.gone:
            for index in range(low, high):
                reason = next((why for (a, b), why in self.explained if a <= index < b), None)
                if reason is None:
                    self.findings.add(
                        Verdict.ALTERED,
                        "missing",
                        f"The payload of entry {index} is absent and no entry says why.",
                        index=index,
                    )
                else:
                    self.gone_count += 1
                    reasons[reason] = reasons.get(reason, 0) + 1
        for reason, count in reasons.items():
            self.findings.add(Verdict.OK_WITH_GAPS, "removed", f"{count:,} payloads were removed: {reason}.")
