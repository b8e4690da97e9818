"""Two auditors hold two checkpoints of one log: do they belong to one history?"""

from collections.abc import Sequence
from pathlib import Path

from audit.ledger.archive import Archive, ArchiveUnreadable
from audit.ledger.heads import load_trust
from audit.ledger.merkle import ProofInvalid, verify_consistency
from audit.ledger.note import (
    Head,
    NoteMalformed,
    SignatureInvalid,
    VerifierKey,
    fingerprint,
    open_checkpoint,
    split_note,
)
from audit.ledger.treecheck import TileSet, root_at
from audit.ledger.verdict import Findings, Verdict, Verification


def compare_notes(
    first: str,
    second: str,
    *,
    vkeys: Sequence[str] = (),
    proof: Sequence[bytes] = (),
    bundle: str | Path | None = None,
) -> Verification:
    """Compare two checkpoints; for different sizes a consistency ``proof`` or a ``bundle`` of the log is needed.

    Two roots for one size are FORKED: only the holder of the key can have signed both.
    """
    findings = Findings()
    heads = [head for text in (first, second) if (head := _open(text, vkeys, findings))]
    if len(heads) == 2:
        small, large = sorted(heads, key=lambda head: head.size)
        if small.origin != large.origin:
            findings.add(Verdict.UNVERIFIABLE, "unverifiable", f"Two logs: {small.origin} and {large.origin}.")
        elif small.size == large.size:
            if small.root != large.root:
                findings.add(Verdict.FORKED, "fork", f"Two roots were signed for {small.size} entries.")
        elif bundle is not None:
            _against_bundle(small, large, bundle, findings)
        else:
            _against_proof(small, large, proof, findings)
        for head in (small, large):
            findings.remark(f"{head.origin}, {head.size:,} entries, fingerprint {fingerprint(head.to_text())}")
    if not vkeys:
        findings.remark("No verification key was given: the signatures were not checked (--vkey).")
    return findings.conclude({})


def _open(text: str, vkeys: Sequence[str], findings: Findings) -> Head | None:
    try:
        if vkeys:
            return open_checkpoint(text, [VerifierKey.parse(vkey) for vkey in vkeys])[0]
        return Head.parse(split_note(text)[0])
    except NoteMalformed as error:
        findings.add(Verdict.UNVERIFIABLE, "unverifiable", f"A checkpoint cannot be read: {error}")
    except SignatureInvalid as error:
        findings.add(Verdict.BAD_SIGNATURE, "signature", str(error))
    return None


def _against_proof(small: Head, large: Head, proof: Sequence[bytes], findings: Findings) -> None:
    if not proof:
        message = f"The sizes differ ({small.size}, {large.size}): give a consistency proof or a bundle of the log."
        findings.add(Verdict.UNVERIFIABLE, "unverifiable", message)
        return
    try:
        verify_consistency(small.size, large.size, proof, small.root, large.root)
    except ProofInvalid as error:
        message = f"The proof does not connect the two checkpoints: {error}"
        findings.add(Verdict.UNVERIFIABLE, "unverifiable", message)


def _against_bundle(small: Head, large: Head, path: str | Path, findings: Findings) -> None:
    try:
        with Archive(path) as archive:
            opened = load_trust(archive, (), findings).open(archive.text("checkpoint.note"), findings, "The bundle")
            if opened is None:
                return
            head = opened[0]
            tiles = TileSet(archive, head.size)
            if root_at(tiles, head.size) != head.root:
                findings.add(Verdict.ALTERED, "root", "The tiles of the bundle do not give the root that was signed.")
                return
            for asked in (small, large):
                root = root_at(tiles, asked.size) if asked.size <= head.size else None
                if root is None:
                    message = f"The bundle does not cover {asked.size} entries."
                    findings.add(Verdict.UNVERIFIABLE, "unverifiable", message)
                elif root != asked.root:
                    message = f"The checkpoint at {asked.size} belongs to another history than the bundle."
                    findings.add(Verdict.FORKED, "fork", message)
    except (ArchiveUnreadable, ValueError) as error:
        findings.add(Verdict.UNVERIFIABLE, "unverifiable", str(error))
