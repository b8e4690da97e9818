"""Check an evidence bundle offline: no database, no network, nothing of the platform but this package's pure parts.

The order: signature of the checkpoint; outside checkpoints against it; tiles up to the root; every envelope
against its tile; every payload against its commitment; every absent payload against the entry that explains it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from audit.ledger.archive import Archive, ArchiveUnreadable
from audit.ledger.contents import REMOVALS, check_contents
from audit.ledger.heads import Trust, check_heads, load_trust
from audit.ledger.note import fingerprint
from audit.ledger.strict import BUNDLE_FORMAT, read_manifest
from audit.ledger.treecheck import TileSet, check_tiles
from audit.ledger.verdict import EXIT_CODES, Failure, Findings, Verdict, Verification

__all__ = [
    "BUNDLE_FORMAT",
    "EXIT_CODES",
    "REMOVALS",
    "Failure",
    "Trust",
    "Verdict",
    "Verification",
    "verify_bundle",
]


def verify_bundle(
    path: str | Path, *, checkpoints: Sequence[str | bytes] = (), vkeys: Sequence[str] = ()
) -> Verification:
    """Check the bundle at ``path`` and say what was found; never raises for what a file may hold.

    ``checkpoints`` are notes the reader kept from elsewhere (a PDF, an e-mail, a witness); ``vkeys`` the
    verification keys obtained outside the bundle. Without them the bundle is only checked against itself,
    and a remark says so.
    """
    findings = Findings()
    figures: dict[str, Any] = {}
    try:
        with Archive(path) as archive:
            _verify(archive, [_text(note) for note in checkpoints], vkeys, findings, figures)
    except (ArchiveUnreadable, ValueError, RecursionError, MemoryError) as error:
        findings.add(Verdict.UNVERIFIABLE, "unverifiable", str(error) or type(error).__name__)
    return findings.conclude(figures)


def _text(note: str | bytes) -> str:
    return note if isinstance(note, str) else note.decode("utf-8", "replace")


def _verify(
    archive: Archive, notes: Sequence[str], vkeys: Sequence[str], findings: Findings, figures: dict[str, Any]
) -> None:
    manifest = read_manifest(archive.read("manifest.json"))
    trust = load_trust(archive, vkeys, findings)
    opened = trust.open(archive.text("checkpoint.note"), findings, "The checkpoint of the bundle")
    if opened is None:
        return
    head, note = opened
    low, high = manifest.low, manifest.high
    figures.update(
        log=head.origin,
        size=head.size,
        checked=0,
        fingerprint=fingerprint(note.text),
        entries={"from": low, "to": high},
        cosignatures=sum(signature.time is not None for signature in note.signatures),
    )
    if manifest.log != head.origin or high > head.size:
        findings.add(Verdict.ALTERED, "manifest", "The manifest speaks of another log or size than the checkpoint.")
        return
    tiles = TileSet(archive, head.size)
    sound = check_tiles(tiles, head, low, high, findings)
    names = {name for name, _ in manifest.predecessors}
    times = check_heads(archive, trust, head, note, notes, tiles if sound else None, findings, names)
    check_contents(archive, tiles, head, manifest, times, findings, figures)
    _say_what_was_not_checked(manifest.low == 0 and high == head.size, vkeys, notes, figures, findings)


def _say_what_was_not_checked(
    complete: bool, vkeys: Sequence[str], notes: Sequence[str], figures: dict[str, Any], findings: Findings
) -> None:
    if not vkeys:
        findings.remark("The verification key came with the bundle: compare it with one obtained elsewhere (--vkey).")
    if not notes and not figures["cosignatures"]:
        findings.remark(
            "No checkpoint from outside was given: whoever holds the signing key could have rewritten all of this. "
            "Give one you kept (--checkpoint)."
        )
    if not complete:
        findings.remark("The bundle holds a range of the log: what lies outside of it was not looked at.")
