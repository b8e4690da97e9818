"""The envelope ``lv/1``: the few bytes that are hashed, written once in canonical form (RFC 8785) and never again.

It names who, what and when by identifiers and commits to the payload with a salted HMAC; personal data stays in
the payload, which can be deleted without touching the tree. Strings, booleans, null, arrays, objects and integers
within 2^53 - 1 only: floats have no place in evidence, a score is a decimal string.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring as _quote
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

_encode = msgspec.json.Encoder().encode

VERSION = "lv/1"
MAX_ENVELOPE = 8 * 1024
MAX_PAYLOAD = 16 * 1024 * 1024
MAX_TEXT = 500
MAX_REFS = 64
MAX_INTEGER = 2**53 - 1
SALT_SIZE = 32
INNER, OUTER = bytes(i ^ 0x36 for i in range(256)), bytes(i ^ 0x5C for i in range(256))
INNER_PAD, OUTER_PAD = bytes([0x36]) * 32, bytes([0x5C]) * 32
_NAME = re.compile(r"^[a-z0-9][a-z0-9_.:-]{0,99}$")


class EnvelopeInvalid(ValueError):
    """A draft cannot be recorded as it is; ``field`` names the part and the message what would be right."""

    code = "envelope_invalid"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def commitment(salt: bytes, payload: bytes) -> str:
    """Return the hex HMAC-SHA256 (RFC 2104) of ``payload`` under its random 32-byte ``salt``.

    Without the salt nothing can be guessed. Written out, because the library's call costs as much as four hashes.
    """
    inner = sha256(salt.translate(INNER) + INNER_PAD + payload).digest()
    return sha256(salt.translate(OUTER) + OUTER_PAD + inner).hexdigest()


def moment(value: datetime, field: str = "at") -> str:
    """Return an aware datetime as RFC 3339 in UTC with microseconds: ``2026-11-21T13:40:30.000000Z``."""
    if value.tzinfo is UTC:
        text = _encode(value)  # ten times as fast as isoformat()
        return f"{text[1:27].decode()}Z" if len(text) == 29 else f"{text[1:20].decode()}.000000Z"
    if value.tzinfo is None:
        raise EnvelopeInvalid(field, "A time needs a zone.")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def check_names(stream: str, kind: str) -> None:
    """Raise :class:`EnvelopeInvalid` unless stream and type are short lower-case names."""
    for field, value in (("stream", stream), ("type", kind)):
        if not _NAME.match(value):
            raise EnvelopeInvalid(field, "Use 1 to 100 of a-z, 0-9 and _ . : - , beginning with a letter or digit.")


class Form(NamedTuple):
    """The text that envelopes alike have in common, between what is each one's own."""

    after_id: str
    after_commit: str
    after_size: str


def form(
    *,
    log: str,
    stream: str,
    kind: str,
    recorded_at: str,
    recorded_by: UUID | None,
    subject: UUID | None,
    system: str,
    model_version: str,
    policy_ref: str,
    refs: Sequence[str],
    simulated: bool,
    media_type: str = "",
    key_id: str | None = None,
) -> Form:
    """Return the common text of envelopes; raises :class:`EnvelopeInvalid`.

    The members stand in the order RFC 8785 asks for; ``log`` and ``recorded_at`` are written as they are, so they
    must not need escaping.
    """
    if len(system) > MAX_TEXT or len(model_version) > MAX_TEXT or len(policy_ref) > MAX_TEXT:
        raise EnvelopeInvalid("system", f"System, model version and policy reference hold {MAX_TEXT} characters.")
    joined = ",".join(map(_quote, _checked_refs(refs))) if refs else ""
    by = "null" if recorded_by is None else _uuid_text(recorded_by)
    about = "null" if subject is None else f'"{subject}"'
    key = "null" if key_id is None else f'"{key_id}"'
    return Form(
        f'","log":"{log}","model_version":{_quote(model_version)},"payload":',
        f'","key_id":{key},"media_type":{_quote(media_type)},"size":',
        f',"policy_ref":{_quote(policy_ref)},"recorded_at":"{recorded_at}","recorded_by":{by},'
        f'"refs":[{joined}],"simulated":{"true" if simulated else "false"},"stream":"{stream}","subject":{about},'
        f'"system":{_quote(system)},"type":"{kind}","v":"{VERSION}"}}',
    )


def fill(form: Form, *, entry: str, event_time: str, commit: str | None, size: int) -> bytes:
    """Return the canonical bytes of one envelope, at most 8 KiB; raises :class:`EnvelopeInvalid`.

    ``entry``, ``event_time`` and ``commit`` are written as they are; without ``commit`` there is no payload.
    """
    if commit is None:
        text = f'{{"event_time":"{event_time}","id":"{entry}{form.after_id}null{form.after_size}'
    else:
        text = (
            f'{{"event_time":"{event_time}","id":"{entry}{form.after_id}{{"alg":"HMAC-SHA256","commit":"{commit}'
            f"{form.after_commit}{size:d}}}{form.after_size}"
        )
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise EnvelopeInvalid("system", "Text must be valid Unicode, without lone surrogates.") from error
    if len(data) > MAX_ENVELOPE:
        raise EnvelopeInvalid("refs", f"An envelope holds {MAX_ENVELOPE} bytes; put the rest into the payload.")
    return data


@lru_cache(maxsize=256)
def _uuid_text(value: UUID) -> str:
    return f'"{value}"'


def _checked_refs(refs: Sequence[str]) -> Sequence[str]:
    if len(refs) > MAX_REFS or max(map(len, refs)) > MAX_TEXT:
        raise EnvelopeInvalid("refs", f"At most {MAX_REFS} references of {MAX_TEXT} characters each.")
    return refs


def decode(data: bytes) -> dict[str, Any]:
    """Parse envelope bytes; raises :class:`EnvelopeInvalid` for floats, duplicate members or big integers."""
    if len(data) > MAX_ENVELOPE:
        raise EnvelopeInvalid("envelope", f"An envelope holds {MAX_ENVELOPE} bytes.")
    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=_unique,
            parse_float=_no_float,
            parse_constant=_no_float,
            parse_int=_integer,
        )
    except (ValueError, RecursionError) as error:
        if isinstance(error, EnvelopeInvalid):
            raise
        raise EnvelopeInvalid("envelope", "The envelope is not JSON.") from error
    if not isinstance(value, dict) or value.get("v") != VERSION:
        raise EnvelopeInvalid("v", f"The envelope is not of version {VERSION}.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise EnvelopeInvalid("envelope", "A member stands twice in the envelope.")
    return value


def _no_float(text: str) -> Any:
    raise EnvelopeInvalid("envelope", f"{text} is not an integer.")


def _integer(text: str) -> int:
    value = int(text) if len(text) < 20 else MAX_INTEGER + 1
    if abs(value) > MAX_INTEGER:
        raise EnvelopeInvalid("envelope", "An integer lies beyond 2^53 - 1.")
    return value
