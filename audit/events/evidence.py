"""What the ledger keeps of events, by the batch: leaf hashes, payloads, and whether content is the same."""

import hashlib
import hmac
import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec

from audit.ledger.log import LedgerEntry
from audit.ledger.models import Entry, Leaf, Payload

_CHUNK = 5000


def leaf_hashes(entries: Collection[UUID]) -> dict[UUID, bytes]:
    """Return the RFC 6962 leaf hash of each entry, 32 bytes."""
    found = Entry.objects.filter(pk__in=list(entries)).values_list("id", "envelope")
    return {entry: hashlib.sha256(b"\x00" + bytes(envelope)).digest() for entry, envelope in found}


def payloads(entries: Collection[UUID]) -> dict[UUID, bytes]:
    """Return the payload of each entry; an erased one is missing."""
    found = Payload.objects.filter(pk__in=list(entries), key_id=None).values_list("entry_id", "body")
    return {entry: bytes(body) for entry, body in found}


def read(entries: Sequence[UUID]) -> Iterator[LedgerEntry]:
    """Yield sequenced entries by their ids, in no particular order; three queries for each 5,000."""
    for start in range(0, len(entries), _CHUNK):
        wanted = entries[start : start + _CHUNK]
        bodies = payloads(wanted)
        envelopes = dict(Entry.objects.filter(pk__in=wanted).values_list("id", "envelope"))
        for entry, index in Leaf.objects.filter(entry_id__in=wanted).values_list("entry_id", "idx"):
            envelope = bytes(envelopes[entry])
            yield LedgerEntry(index, entry, envelope, json.loads(envelope), bodies.get(entry))


def same_contents(pairs: Sequence[tuple[UUID, bytes]]) -> list[bool | None]:
    """For each (entry, content): whether the entry was made of this content; ``None`` when it was erased.

    Told by the salted HMAC in the envelope: once the salt is deleted with the payload, nobody can tell.
    """
    if not pairs:
        return []
    wanted = {entry for entry, _ in pairs}
    salts = dict(Payload.objects.filter(pk__in=wanted).values_list("entry_id", "salt"))
    commits = {
        entry: msgspec.json.decode(bytes(envelope), type=_Envelope).payload.commit
        for entry, envelope in Entry.objects.filter(pk__in=wanted).values_list("id", "envelope")
    }
    return [_same(salts.get(entry), content, commits[entry]) for entry, content in pairs]


def _same(salt: Any, content: bytes, commit: str) -> bool | None:
    if salt is None:
        return None
    return hmac.compare_digest(hmac.digest(bytes(salt), content, "sha256").hex(), commit)


class _Commitment(msgspec.Struct):
    commit: str


class _Envelope(msgspec.Struct):
    payload: _Commitment
