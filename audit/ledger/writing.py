"""Append: drafts become envelopes, payloads and leaf hashes, in the caller's transaction."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection

from audit.ledger import envelope, keys, rows, sequencing
from audit.ledger.clock import check_clock, is_replaying
from audit.ledger.errors import TransactionRequired
from audit.ledger.models import SubjectKey
from audit.ledger.receipts import watch
from audit.ledger.uuid7 import uuid7_numbers


class Draft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
    if connection.vendor == "postgresql":
        rows.store(connection, entries, payloads, at)
    else:
        rows.insert(connection, entries, payloads)
        sequencing.extend(entries, at=at)
    watch(drafts, receipts)
    return receipts


def _prepare(
    drafts: Sequence[Draft], at: datetime
) -> tuple[list[rows.NewEntry], list[rows.NewPayload], list[Recorded]]:
    recorded_at, at_ms = envelope.moment(at), int(at.timestamp() * 1000)
    salts = os.urandom(envelope.SALT_SIZE * len(drafts))
    ciphers = _ciphers({draft.subject for draft in drafts if draft.subject and draft.payload is not None})
    forms = _Forms(recorded_at)
    raws = [value.to_bytes(16, "big") for value in uuid7_numbers(len(drafts), at_ms)]
    ids = msgspec.convert(raws, list[UUID])  # a third of the time of UUID() and str() for each
    names = _texts(ids)
    entries: list[rows.NewEntry] = []
    payloads: list[rows.NewPayload] = []
    for number, (draft, raw, name) in enumerate(zip(drafts, raws, names, strict=True)):
        body, commit, size = draft.payload, None, 0
        form = forms.of(draft)
        if body is not None:
            size = len(body)
            if size > envelope.MAX_PAYLOAD:
                raise envelope.EnvelopeInvalid("payload", f"A payload holds {envelope.MAX_PAYLOAD} bytes.")
            salt = salts[number * envelope.SALT_SIZE : (number + 1) * envelope.SALT_SIZE]
            commit, key_id = envelope.commitment(salt, body), None
            if draft.subject:
                key_id, nonce = draft.subject.bytes, os.urandom(12)
                body = nonce + ciphers[draft.subject].encrypt(nonce, body, raw)
            payloads.append(rows.NewPayload(raw, salt, body, draft.media_type, key_id))
        data = envelope.fill(
            form,
            entry=name,
            event_time=recorded_at if draft.event_time is at else envelope.moment(draft.event_time, "event_time"),
            commit=commit,
            size=size,
        )
        entries.append(rows.NewEntry(raw, draft.stream, data, sha256(b"\x00" + data).digest()))
    return entries, payloads, [Recorded(entry, row.leaf_hash, at) for entry, row in zip(ids, entries, strict=True)]


class _Forms:
    """What the envelopes of one act share; most drafts of a batch differ in nothing else from the one before."""

    def __init__(self, recorded_at: str) -> None:
        self._recorded_at = recorded_at
        self._known: dict[tuple[Any, ...], envelope.Form] = {}
        self._last: tuple[tuple[Any, ...], envelope.Form] | None = None

    def of(self, draft: Draft) -> envelope.Form:
        named = (
            draft.stream, draft.type, draft.recorded_by, draft.subject, draft.system, draft.model_version,
            draft.policy_ref, draft.refs, draft.simulated, draft.media_type, draft.payload is None,
        )  # fmt: skip
        if self._last is not None and self._last[0] == named:  # half the cost of a look-up by hash
            return self._last[1]
        known = self._known.get(named)
        if known is None:
            known = self._known[named] = _form(draft, self._recorded_at)
        self._last = (named, known)
        return known


def _form(draft: Draft, recorded_at: str) -> envelope.Form:
    envelope.check_names(draft.stream, draft.type)
    if len(draft.media_type) > 100:
        raise envelope.EnvelopeInvalid("payload", "The name of a media type holds 100 characters.")
    return envelope.form(
        log=keys.origin(),
        stream=draft.stream,
        kind=draft.type,
        recorded_at=recorded_at,
        recorded_by=draft.recorded_by,
        subject=draft.subject,
        system=draft.system,
        model_version=draft.model_version,
        policy_ref=draft.policy_ref,
        refs=draft.refs,
        simulated=draft.simulated or is_replaying(),
        media_type=draft.media_type,
        key_id=str(draft.subject) if draft.subject and draft.payload is not None else None,
    )


def _texts(ids: list[UUID]) -> list[str]:
    """Return the 36 characters of each id, written at once as a JSON array of texts."""
    written = msgspec.json.encode(ids).decode()
    return [written[place : place + 36] for place in range(2, 39 * len(ids), 39)]


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
