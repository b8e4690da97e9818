"""The layout of an envelope as one regular expression, so that most are recognised without being parsed one by one.

The expression names every member :mod:`~audit.ledger.envelope` writes, in its order, once, without space between.
A string ends at its next quotation mark: an envelope with a backslash, where that would not hold, is parsed by
itself, as is one of another layout, and refused there if it is no envelope. What matches has no member twice and
none beside these, so that no two readers can differ on what it says.
"""

import re
from collections.abc import Collection, Sequence

from audit.ledger.envelope import MAX_ENVELOPE

COMMIT = b'"payload":{"alg":"HMAC-SHA256","commit":"'
_BETWEEN = b'"""'  # cannot stand inside of an envelope that matches: behind an empty string comes no quotation mark
_TEXT, _UUID, _TIME = rb'"[^"]*+"', rb'"[^"]{36}+"', rb'"[^"]{27}+"'


class Layout:
    """What the envelopes of one log look like; those of the types ``apart`` are to be parsed each time."""

    def __init__(self, log: str, apart: Collection[str], width: int) -> None:
        self._width = width
        self._each = re.compile(_envelope(log, apart, rb"(true|false)")).fullmatch
        plain = _envelope(log, apart, rb"false")
        self._all = re.compile(rb"(?:%b%b){%d}+%b" % (plain, _BETWEEN, width - 1, plain)).fullmatch

    def look(self, envelopes: Sequence[bytes]) -> tuple[list[int], list[int]]:
        """Return the places of those that must be parsed, and of those among the others that are simulated."""
        joined = _BETWEEN.join(envelopes)
        plain = b"\\" not in joined and _is_text(joined) and max(map(len, envelopes), default=0) <= MAX_ENVELOPE
        if plain and len(envelopes) == self._width and self._all(joined):
            return [], []
        unusual: list[int] = []
        simulated: list[int] = []
        for place, data in enumerate(envelopes):
            readable = plain or (b"\\" not in data and _is_text(data) and len(data) <= MAX_ENVELOPE)
            found = self._each(data) if readable else None
            if found is None:
                unusual.append(place)
            elif found[1] == b"true":
                simulated.append(place)
        return unusual, simulated


def _envelope(log: str, apart: Collection[str], simulated: bytes) -> bytes:
    refused = b"|".join(re.escape(kind).encode() for kind in sorted(apart))
    members = {
        b"event_time": _TIME,
        b"id": _UUID,
        b"log": b'"%b"' % re.escape(log).encode(),
        b"model_version": _TEXT,
        b"payload": rb'(?:\{"alg":"HMAC-SHA256","commit":"[^"]{64}+","key_id":(?:null|%b),"media_type":%b,'
        rb'"size":(?:0|[1-9][0-9]{0,14}+)\}|null)' % (_TEXT, _TEXT),
        b"policy_ref": _TEXT,
        b"recorded_at": _TIME,
        b"recorded_by": rb"(?:%b|null)" % _UUID,
        b"refs": rb"\[(?:%b(?:,%b)*+)?+\]" % (_TEXT, _TEXT),
        b"simulated": simulated,
        b"stream": _TEXT,
        b"subject": rb"(?:null|%b)" % _UUID,
        b"system": _TEXT,
        b"type": rb'(?!"(?:%b)")%b' % (refused, _TEXT),
        b"v": rb'"lv/1"',
    }
    return rb"\{%b\}" % b",".join(b'"%b":%b' % member for member in members.items())


def _is_text(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
