"""A new origin: how a log goes on whose key is lost or stolen, or whose newest history is gone with its disk.

The tree goes on, its name and key do not: the first entry under the new name says whose successor it is, at which
size and root, who agreed, and carries the last old checkpoint and whatever outsiders hold of the old log. Whoever kept
an old checkpoint can hold it against the new log: it fits, or it shows what was lost or rewritten.
"""

import base64
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.ledger import keys, removed, sequencing
from audit.ledger.errors import LedgerError
from audit.ledger.models import Anchor
from audit.ledger.note import Head, NoteMalformed, SigningKey, VerifierKey, split_note
from audit.ledger.rotation import BEGUN
from audit.ledger.writing import Draft, append


class SuccessionFailed(LedgerError):
    """The log has no new origin; nothing was changed."""

    code = "succession_failed"


def begin_origin(
    *,
    name: str,
    actor: UUID | None,
    second: UUID | None,
    at: datetime,
    reason: str,
    old_vkey: str = "",
    outside: Sequence[str] = (),
) -> VerifierKey:
    """Go on under ``name`` with a new key and return it. Stop every process first, and start them again after.

    ``old_vkey`` is the old verification key as it was handed out, when the key file itself is lost; ``outside`` are
    checkpoints of the old log that others kept, larger ones too. Raises :class:`SuccessionFailed`.
    """
    if actor is not None and actor == second:
        raise SuccessionFailed("The person who agrees must be another than the one who asks.")
    last = sequencing.latest_row()
    if last is None:
        raise SuccessionFailed("This log is empty: give it another name and key before its first entry.")
    old = Head.parse(split_note(last.note)[0]).origin
    if name == old:
        raise SuccessionFailed(f"A new origin needs a new name; this log is called {old} already.")
    if settings.LEDGER_ORIGIN not in ("", name):
        raise SuccessionFailed(f"CUSTODES_LEDGER_ORIGIN says {settings.LEDGER_ORIGIN}: set it to {name} first.")
    signed = sequencing.remembered_of(old)
    new = SigningKey(name, secrets.token_bytes(32))
    body = {
        "reason": reason,
        "agreed_by": str(second) if second else "",
        "last_checkpoint": last.note,
        "old_key_signed": max(signed, last.size),
        "outside": [_readable(note) for note in outside],
        "anchors": _anchors(last.size),
    }
    refs = (old, old_vkey or _own_vkey(old), str(last.size), bytes(last.root).hex(), str(new.verifier))
    retired = _swap(new)
    try:
        with transaction.atomic():
            draft = Draft(
                stream="ledger",
                type=BEGUN,
                event_time=at,
                recorded_by=actor,
                refs=refs,
                payload=json.dumps(body, sort_keys=True).encode(),
            )
            append([draft], at=at)
            removed.explain(removed.outstanding(removed.remembered()), at=at)
    except BaseException:
        _swap_back(retired)
        raise
    while sequencing.integrate(at=at):
        pass
    return new.verifier


def _anchors(size: int) -> list[dict[str, Any]]:
    """The newest confirmation of each outsider, as kept."""
    newest = {row.source: row for row in Anchor.objects.filter(size__lte=size).order_by("size", "id")}
    return [
        {"size": row.size, "kind": row.kind, "source": row.source, "blob": base64.b64encode(bytes(row.blob)).decode()}
        for row in newest.values()
    ]


def _readable(note: str) -> str:
    try:
        Head.parse(split_note(note)[0])
    except NoteMalformed as error:
        raise SuccessionFailed(f"A checkpoint of the old log cannot be read: {error}") from error
    return note


def _own_vkey(old: str) -> str:
    """The old verification key while its file is there; empty when it is lost and nobody gave it."""
    try:
        key = SigningKey.parse(Path(settings.LEDGER_KEY_FILE).read_text().strip())
    except (FileNotFoundError, NoteMalformed):
        return ""
    return str(key.verifier) if key.name == old else ""


def _swap(new: SigningKey) -> list[tuple[Path, Path]]:
    """Put the new key and name in place; what lay there is kept beside them. Returns (place, kept) pairs."""
    key = Path(settings.LEDGER_KEY_FILE)
    mark = secrets.token_hex(4)
    moved = []
    for path in (key, keys.origin_file(key), sequencing.memory_file()):
        if path.exists():
            kept = path.with_name(f"{path.name}.{mark}.retired")
            path.rename(kept)
            moved.append((path, kept))
    key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys.write_private(key, new.to_text())
    keys.write_private(keys.origin_file(key), new.name)
    keys.forget()
    sequencing.forget()
    return moved


def _swap_back(moved: list[tuple[Path, Path]]) -> None:
    key = Path(settings.LEDGER_KEY_FILE)
    for path in (key, keys.origin_file(key)):
        path.unlink(missing_ok=True)
    for path, kept in moved:
        kept.replace(path)
    keys.forget()
    sequencing.forget()
