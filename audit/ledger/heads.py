"""Signed heads: whose keys are trusted, and whether every checkpoint known to anyone fits this bundle's tree."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise

from audit.ledger.archive import Archive, ArchiveUnreadable
from audit.ledger.envelope import EnvelopeInvalid, decode
from audit.ledger.merkle import ProofInvalid, verify_consistency
from audit.ledger.note import (
    COSIGNATURE,
    ED25519,
    Head,
    Note,
    NoteMalformed,
    SignatureInvalid,
    VerifierKey,
    open_checkpoint,
    split_note,
)
from audit.ledger.strict import strict_json
from audit.ledger.tiles import number_path
from audit.ledger.treecheck import TileForeign, TileSet, root_at
from audit.ledger.verdict import Findings, Verdict

Times = list[tuple[int, int]]  # (size, Unix seconds): the tree had this size no later than then


@dataclass
class Trust:
    """The log keys a reader accepts, and the witnesses named in the bundle."""

    log_keys: list[VerifierKey]
    witnesses: list[VerifierKey] = field(default_factory=list)

    def open(self, text: str, findings: Findings, what: str) -> tuple[Head, Note] | None:
        """Open a checkpoint; a failure is noted and None returned."""
        try:
            return open_checkpoint(text, self.log_keys, self.witnesses)
        except NoteMalformed as error:
            findings.add(Verdict.UNVERIFIABLE, "unverifiable", f"{what} cannot be read: {error}")
        except SignatureInvalid as error:
            findings.add(Verdict.BAD_SIGNATURE, "signature", f"{what}: {error}")
        return None


def load_trust(archive: Archive, vkeys: Sequence[str], findings: Findings) -> Trust:
    """Return the keys given by the reader, or those of the bundle, followed through recorded rotations."""
    listed, witnesses = _policy(archive.text("policy.txt"))
    given = [VerifierKey.parse(vkey) for vkey in vkeys]
    witnesses += [key for key in given if key.algorithm == COSIGNATURE]
    trusted = [key for key in given if key.algorithm == ED25519]
    if not trusted:
        return Trust(listed, witnesses)
    trust = Trust(trusted, witnesses)
    history = [strict_json(line, "keys.jsonl") for line in archive.text("keys.jsonl").splitlines()]
    for line, following in pairwise(history):
        old, new = VerifierKey.parse(str(line.get("vkey"))), VerifierKey.parse(str(following.get("vkey")))
        if old in trust.log_keys and new not in trust.log_keys and _rotation_is_signed(archive, trust, line, old, new):
            trust.log_keys.append(new)
            findings.remark(f"The key {new.key_id.hex()} took over from {old.key_id.hex()} by a signed entry.")
    return trust


def _policy(text: str) -> tuple[list[VerifierKey], list[VerifierKey]]:
    """Return the log keys and witness keys of a c2sp.org/tlog-policy file."""
    logs, witnesses = [], []
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["log"] and len(words) >= 2:
            logs.append(VerifierKey.parse(words[1]))
        elif words[:1] == ["witness"] and len(words) >= 3:
            witnesses.append(VerifierKey.parse(words[2]))
    if not logs:
        raise NoteMalformed("policy.txt names no log key.")
    return logs, witnesses


def _rotation_is_signed(
    archive: Archive, trust: Trust, line: dict[str, object], old: VerifierKey, new: VerifierKey
) -> bool:
    """Whether an entry naming ``new`` stands under a checkpoint that ``old`` signed and that fits this tree."""
    index = line.get("until")
    if type(index) is not int:
        return False
    for name in archive.names("older-checkpoints/"):
        if not name.endswith(".note"):
            continue
        try:
            head, _ = open_checkpoint(archive.text(name), [old])
            envelope = _envelope_at(archive, index)
            parsed = decode(envelope)
        except (NoteMalformed, SignatureInvalid, ArchiveUnreadable, EnvelopeInvalid):
            continue
        names_new = parsed.get("type") == "key.rotated" and parsed.get("refs") == [str(old), str(new)]
        if head.size > index and parsed.get("stream") == "ledger" and names_new:
            return True
    return False


def _envelope_at(archive: Archive, index: int) -> bytes:
    data = archive.read(f"entries/{number_path(index // 256)}.bin")
    position = 0
    for _ in range(index % 256):
        position += 2 + int.from_bytes(data[position : position + 2], "big")
    length = int.from_bytes(data[position : position + 2], "big")
    return data[position + 2 : position + 2 + length]


def check_heads(
    archive: Archive,
    trust: Trust,
    head: Head,
    note: Note,
    outside: Sequence[str],
    tiles: TileSet | None,
    findings: Findings,
    predecessors: Set[str] = frozenset(),
) -> Times:
    """Hold every other checkpoint against this tree; return what witnesses say about when it had which size.

    ``predecessors`` are the names this log had before: their checkpoints are over the same tree.
    """
    times = [(head.size, s.time) for s in note.signatures if s.time is not None]
    for number, text in enumerate(outside, start=1):
        what = f"The checkpoint you gave ({number})"
        times += _check_outside(trust, head, text, what, tiles, findings, predecessors)
    for name in sorted(archive.names("older-checkpoints/")):
        if not name.endswith(".note"):
            continue
        opened = trust.open(archive.text(name), findings, name)
        if opened is None:
            continue
        older, older_note = opened
        times += [(older.size, s.time) for s in older_note.signatures if s.time is not None]
        proof = archive.read(name.removesuffix(".note") + ".consistency")
        try:
            hashes = [proof[i : i + 32] for i in range(0, len(proof), 32)]
            verify_consistency(older.size, head.size, hashes, older.root, head.root)
        except ProofInvalid as error:
            findings.add(Verdict.FORKED, "fork", f"{name} is not a prefix of this log: {error}")
    return sorted(times)


def _check_outside(
    trust: Trust,
    head: Head,
    text: str,
    what: str,
    tiles: TileSet | None,
    findings: Findings,
    predecessors: Set[str],
) -> Times:
    try:
        body, lines = split_note(text)
        claimed = Head.parse(body)
    except NoteMalformed as error:
        findings.add(Verdict.UNVERIFIABLE, "unverifiable", f"{what} cannot be read: {error}")
        return []
    if claimed.origin != head.origin and claimed.origin not in predecessors:
        findings.add(Verdict.UNVERIFIABLE, "unverifiable", f"{what} belongs to another log, {claimed.origin}.")
        return []
    known = {(key.name, key.key_id) for key in trust.log_keys}
    if not any((name, key_id) in known for name, key_id, _ in lines):
        findings.add(Verdict.BAD_SIGNATURE, "signature", f"{what} names this log but was signed by another key.")
        return []
    opened = trust.open(text, findings, what)
    if opened is None:
        return []
    other, note = opened
    if other.size > head.size:
        findings.add(
            Verdict.ROLLED_BACK,
            "rollback",
            f"{what} covers {other.size} entries, this bundle {head.size}: entries were taken away, "
            "or the bundle is older than your checkpoint; ask for one of at least that size.",
        )
        return []
    try:
        root = head.root if other.size == head.size else root_at(tiles, other.size) if tiles else None
    except TileForeign as error:
        findings.add(Verdict.ALTERED, "tile", str(error))
        return []
    if root is None:
        if tiles is not None:
            findings.add(
                Verdict.UNVERIFIABLE,
                "unverifiable",
                f"{what} (size {other.size}) lies outside of what the bundle holds: ask for a bundle made with it "
                "(custodes bundle --checkpoint).",
            )
    elif root != other.root:
        findings.add(Verdict.FORKED, "fork", f"{what} (size {other.size}) has another root: there are two histories.")
    else:
        findings.remark(f"{what} fits: the first {other.size:,} entries are those it was signed over.")
    return [(other.size, s.time) for s in note.signatures if s.time is not None]
