"""The keys of this log: which signed from where to where, and how one takes over from the other.

A rotation is an entry, signed under the old key, that names the new one; whoever trusts the old key can follow.
"""

import json
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.ledger import keys, sequencing
from audit.ledger.errors import LedgerError
from audit.ledger.models import Anchor, Entry, Leaf
from audit.ledger.note import SigningKey, VerifierKey
from audit.ledger.reading import index_of
from audit.ledger.writing import Draft, append

ROTATED = "key.rotated"
BEGUN = "origin.begun"


class RotationFailed(LedgerError):
    """The key was not changed; the old one goes on signing."""

    code = "rotation_failed"


def rotate_key(*, actor: UUID | None, at: datetime, reason: str) -> VerifierKey:
    """Record the change under the old key, then sign with a new one; return the new verification key.

    Every process that signs must be restarted afterwards. The old key file is kept beside the new one.
    """
    old = keys.signer()
    new = SigningKey(old.name, secrets.token_bytes(32))
    with transaction.atomic():
        body = json.dumps({"reason": reason}).encode()
        draft = Draft(
            stream="ledger",
            type=ROTATED,
            event_time=at,
            recorded_by=actor,
            refs=(str(old.verifier), str(new.verifier)),
            payload=body,
        )
        [receipt] = append([draft], at=at)
    for _ in range(10_000):
        if Leaf.objects.filter(entry_id=receipt.entry).exists():
            break
        if sequencing.integrate(at=at) is None:
            sequencing_pause()
    else:
        raise RotationFailed("The sequencer did not take up the rotation; the old key goes on signing.")
    _swap_files(old, new)
    keys.forget()
    return new.verifier


def sequencing_pause() -> None:
    """Give another sequencer time to take the entry up."""
    import time

    time.sleep(0.02)


def _swap_files(old: SigningKey, new: SigningKey) -> None:
    path = Path(settings.LEDGER_KEY_FILE)
    retired = path.with_name(f"{path.name}.{old.verifier.key_id.hex()}.retired")
    keys.write_private(retired, old.to_text())
    draft = keys.write_private(path.with_name(f".{path.name}.{secrets.token_hex(4)}"), new.to_text())
    draft.replace(path)


def key_history() -> list[dict[str, Any]]:
    """Return one line per key, oldest first: ``vkey``, and the index of the entry that retired it (or None).

    A key that was lost and of which nobody gave the verification key has no line.
    """
    lines: list[dict[str, Any]] = []
    for index, entry, parsed in _own_entries({ROTATED, BEGUN}):
        old = parsed["refs"][0] if parsed["type"] == ROTATED else parsed["refs"][1]
        if old:
            lines.append({"vkey": old, "until": index, "entry": str(entry)})
    lines.append({"vkey": str(keys.vkey()), "until": None, "entry": None})
    return lines


def predecessors(size: int) -> list[dict[str, Any]]:
    """Return the names this log had within its first ``size`` entries, oldest first: ``origin`` and ``until``."""
    begun = [(index, parsed) for index, _, parsed in _own_entries({BEGUN}) if index < size]
    return [{"origin": parsed["refs"][0], "until": index} for index, parsed in begun]


def _own_entries(kinds: set[str]) -> list[tuple[int, UUID, dict[str, Any]]]:
    """The ledger's entries about itself that have a place, in its order."""
    found = []
    for entry, envelope in Entry.objects.filter(stream="ledger").values_list("id", "envelope").order_by("id"):
        parsed = json.loads(bytes(envelope))
        if parsed["type"] in kinds and Leaf.objects.filter(entry_id=entry).exists():
            found.append((index_of(entry), entry, parsed))
    return sorted(found, key=lambda each: each[0])


def witness_keys() -> list[str]:
    """Return the verification keys of the witnesses whose cosignatures are kept."""
    found = Anchor.objects.filter(kind="cosignature").values_list("source", flat=True).distinct()
    return sorted(set(found))
