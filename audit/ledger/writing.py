"""Append: drafts become envelopes, payloads and leaf hashes, in the caller's transaction."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID, SafeUUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection

from audit.ledger import envelope, keys, rows, sequencing
from audit.ledger.clock import check_clock, is_replaying
from audit.ledger.errors import TransactionRequired
from audit.ledger.models import SubjectKey
from audit.ledger.uuid7 import uuid7_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be recorded. Only the payload may hold personal data; everything else is hashed for ever.

    ``subject`` is the random identifier of a data subject: with it the payload is encrypted under the subject's
    own key. ``event_time`` is when it happened, which may be long ago.
    """

    stream: str
    type: str
    event_time: datetime
    recorded_by: UUID | None
    subject: UUID | None = None
    system: str = ""
    model_version: str = ""
    policy_ref: str = ""
    refs: tuple[str, ...] = ()
    payload: bytes | None = None
    media_type: str = "application/json"
    simulated: bool = False


class Recorded(NamedTuple):
    """The receipt of one entry; index and proof exist once it is under a checkpoint."""

    entry: UUID
    leaf_hash: bytes
    recorded_at: datetime


def append(drafts: Sequence[Draft], *, at: datetime) -> list[Recorded]:
    """Record ``drafts`` in order and return their receipts; they hold once the open transaction commits.

    On SQLite the entries get their place in the tree and a signed checkpoint at once, on PostgreSQL the
    sequencer does that within a second. Raises :class:`TransactionRequired`,
    :class:`~audit.ledger.errors.BackDated`, :class:`~audit.ledger.envelope.EnvelopeInvalid`.
    """
    if not connection.in_atomic_block:
        raise TransactionRequired("Open transaction.atomic() around the change and its entry.")
    check_clock(at)
    if not drafts:
        return []
    entries, payloads, receipts = _prepare(drafts, at)
    rows.insert(connection, entries, payloads)
    if connection.vendor == "postgresql":
        rows.enqueue(connection, entries, at)
    else:
        sequencing.extend(entries, at=at)
    return receipts


def _prepare(
    drafts: Sequence[Draft], at: datetime
) -> tuple[list[rows.NewEntry], list[rows.NewPayload], list[Recorded]]:
    log, recorded_at, replaying = keys.origin(), envelope.moment(at), is_replaying()
    at_ms = int(at.timestamp() * 1000)
    salts = os.urandom(envelope.SALT_SIZE * len(drafts))
    ciphers = _ciphers({draft.subject for draft in drafts if draft.subject and draft.payload is not None})
    entries: list[rows.NewEntry] = []
    payloads: list[rows.NewPayload] = []
    receipts: list[Recorded] = []
    for number, (draft, value) in enumerate(zip(drafts, uuid7_numbers(len(drafts), at_ms), strict=True)):
        _check_names(draft.stream, draft.type)
        compact = f"{value:032x}"
        commit, key_id, size = None, None, 0
        if draft.payload is not None:
            body = draft.payload
            size = len(body)
            if size > envelope.MAX_PAYLOAD or len(draft.media_type) > 100:
                raise envelope.EnvelopeInvalid("payload", f"A payload holds {envelope.MAX_PAYLOAD} bytes.")
            salt = salts[number * envelope.SALT_SIZE : (number + 1) * envelope.SALT_SIZE]
            commit = envelope.commitment(salt, body)
            if draft.subject:
                key_id = str(draft.subject)
                nonce = os.urandom(12)
                body = nonce + ciphers[draft.subject].encrypt(nonce, body, value.to_bytes(16, "big"))
            stored_key = draft.subject.hex if draft.subject else None
            payloads.append(rows.NewPayload(compact, salt, body, draft.media_type, stored_key))
        data = envelope.encode(
            log=log,
            entry=f"{compact[:8]}-{compact[8:12]}-{compact[12:16]}-{compact[16:20]}-{compact[20:]}",
            stream=draft.stream,
            kind=draft.type,
            event_time=recorded_at if draft.event_time is at else envelope.moment(draft.event_time, "event_time"),
            recorded_at=recorded_at,
            recorded_by=draft.recorded_by,
            subject=draft.subject,
            system=draft.system,
            model_version=draft.model_version,
            policy_ref=draft.policy_ref,
            refs=draft.refs,
            simulated=draft.simulated or replaying,
            commit=commit,
            size=size,
            media_type=draft.media_type,
            key_id=key_id,
        )
        leaf = sha256(b"\x00" + data).digest()
        entries.append(rows.NewEntry(compact, draft.stream, data, leaf))
        receipts.append(Recorded(_uuid(value), leaf, at))
    return entries, payloads, receipts


def _uuid(value: int) -> UUID:
    """Make a UUID without the checks of its constructor: the number was made a line ago."""
    made = object.__new__(UUID)
    object.__setattr__(made, "int", value)
    object.__setattr__(made, "is_safe", SafeUUID.unknown)
    return made


@lru_cache(maxsize=4096)
def _check_names(stream: str, kind: str) -> None:
    envelope.check_names(stream, kind)


def _ciphers(subjects: set[UUID]) -> dict[UUID, AESGCM]:
    """Return each subject's cipher, making keys for new subjects in the same transaction."""
    if not subjects:
        return {}
    SubjectKey.objects.bulk_create(
        [SubjectKey(subject=subject, key=AESGCM.generate_key(256)) for subject in sorted(subjects)],
        ignore_conflicts=True,
    )
    return {row.subject: AESGCM(bytes(row.key)) for row in SubjectKey.objects.filter(subject__in=subjects)}


def utc_now() -> datetime:
    """Return the wall clock for doors and followers."""
    return datetime.now(UTC)
