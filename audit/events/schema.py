"""Bytes to typed events, or to one problem per event that could not be read.

The stored form of an event is canonical (sorted members, no white space, numbers as written), so that
the same event sent again in another dress, transport mode or order of members is the same content.
"""

import base64
import binascii
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from audit.events import vocabulary
from audit.events.fields import Reader, Wrong, integer, kind, moment, pointer, text, truth, url_safe
from audit.events.problems import Problem

MAX_EVENT_BYTES = 256 * 1024
MAX_DEPTH = 32
ATTRIBUTES = {"id": 255, "source": 500, "type": 200, "usecase": 80}  # texts, with the length they may have


class Event(msgspec.Struct, frozen=True, gc=False):
    """One event as read: envelope attributes, checked ``data``, canonical ``payload`` bytes (UTF-8 JSON)."""

    id: str
    source: str
    type: str
    payload: bytes
    time: datetime | None = None
    usecase: str | None = None
    sequence: int | None = None
    simulated: bool = False
    drill: bool = False
    personal: bool = False  # the screen found personal data in free text
    decision_id: str = ""
    quarantined: bool = False  # of a type this version does not know
    system: str = ""  # version or name, for the envelope
    model: str = ""
    data: dict[str, Any] | None = None  # None: quarantined, or checked and not read (:mod:`audit.events.quick`)


def finite(digits: str) -> Decimal:
    """Keep a number as it was written, unless nobody could compute with it."""
    number = Decimal(digits)
    if number and not -325 < number.adjusted() < 309:
        raise ValueError("a number is outside what IEEE 754 can hold")
    return number


_decoder = msgspec.json.Decoder(float_hook=finite)
_encoder = msgspec.json.Encoder(decimal_format="number", order="sorted")


def parse(raw: bytes | memoryview | msgspec.Raw) -> Event | Problem:
    """Read one structured CloudEvent from its JSON bytes."""
    size = len(memoryview(raw))
    if size > MAX_EVENT_BYTES:
        return _invalid(f"one event may have {MAX_EVENT_BYTES} bytes, this one has {size}", ())
    try:
        value = _decoder.decode(raw)
    except RecursionError:
        return _invalid(f"the JSON is nested deeper than {MAX_DEPTH} levels", ())
    except ValueError as error:  # malformed JSON, bad UTF-8, lone surrogates, numbers nobody can hold
        return _invalid(f"is not RFC 8259 JSON that can be kept: {error}", ())
    return read(value, raw=raw)


def read(value: Any, *, raw: bytes | memoryview | msgspec.Raw | None = None) -> Event | Problem:
    """Read one event from decoded JSON; ``raw`` lets repeated member names be found."""
    try:
        return _read(value, raw)
    except Wrong as wrong:
        name = wrong.path[-1] if wrong.path else "the event"
        given = value.get("id") if isinstance(value, dict) else None
        event_id = given[:255] if isinstance(given, str) and "\x00" not in given else None
        return _invalid(f"{name} {wrong.detail}", wrong.path, event_id)
    except RecursionError:
        return _invalid(f"the JSON is nested deeper than {MAX_DEPTH} levels", ())


def _invalid(detail: str, path: tuple[str, ...], event_id: str | None = None) -> Problem:
    return Problem(code="invalid_event", detail=detail, pointer=pointer(path), event_id=event_id)


def _read(value: Any, raw: bytes | memoryview | msgspec.Raw | None) -> Event:
    if not isinstance(value, dict):
        raise Wrong(f"must be an object, not {kind(value)}")
    payload = _encoder.encode(value)
    sent = None if raw is None else bytes(raw)
    if doubtful(payload, sent):
        _walk(value, ())
        if sent is not None:
            json.loads(sent, object_pairs_hook=_once, parse_float=str, parse_int=str)
    given = value.get
    if given("specversion") != "1.0":
        raise Wrong('must be "1.0"', ("specversion",))
    event_id, source, event_type = _name(value, "id"), _name(value, "source"), _name(value, "type")
    time, usecase, sequence = given("time"), given("usecase"), given("sequence")
    time = None if time is None else _attribute("time", moment, time)
    usecase = None if usecase is None else _name(value, "usecase")
    sequence = None if sequence is None else _attribute("sequence", integer, sequence)
    simulated = given("simulated") is not None and _attribute("simulated", truth, value["simulated"])
    drill = given("drill") is not None and _attribute("drill", truth, value["drill"])
    shape = vocabulary.TYPES.get(event_type)
    data = None if shape is None else _data(value, shape, event_type)
    decision = _decision_id(value) if data is None else data.get("decision_id", "")
    system, model = (named(data.get("system")), named(data.get("model"))) if data else ("", "")
    return Event(
        event_id, source, event_type, payload, time, usecase, sequence, simulated, drill, False, decision,
        data is None, system, model, data,
    )  # fmt: skip


def named(value: dict[str, str] | None) -> str:
    """Return how the envelope names a system or a model: by its version, else by its name."""
    return "" if not value else (value.get("version") or value.get("name") or "")[:200]


def _name(value: dict[str, Any], name: str) -> str:
    given, maximum = value.get(name), ATTRIBUTES[name]
    if type(given) is str and 0 < len(given) <= maximum:
        return given
    if given is None:
        raise Wrong("is required", (name,))
    read: str = _attribute(name, text(maximum), given)
    return read


def _attribute(name: str, reader: Reader, given: Any) -> Any:
    try:
        return reader(given)
    except Wrong as wrong:
        raise Wrong(wrong.detail, (name,)) from None


def _data(value: dict[str, Any], shape: Any, event_type: str) -> dict[str, Any]:
    data = value.get("data")
    if data is None and "data_base64" in value:
        data = _from_base64(value["data_base64"])
    if data is None and event_type == "ai.oversight.heartbeat.v1":
        data = {}
    try:
        read: dict[str, Any] = shape(data)
    except Wrong as wrong:
        raise Wrong(wrong.detail, ("data", *wrong.path)) from None
    if event_type == "ai.oversight.group.v1" and not ("decision_id" in read or "subject_ref" in read):
        raise Wrong("or subject_ref is required, so that the group can be counted", ("data", "decision_id"))
    return read


def _from_base64(value: Any) -> Any:
    try:
        return _decoder.decode(base64.b64decode(value, validate=True))
    except (TypeError, ValueError, binascii.Error, RecursionError):
        raise Wrong("must be base64 of a JSON object", ("data_base64",)) from None


def _decision_id(value: dict[str, Any]) -> str:
    """The decision an event of an unknown type is about, when it says so where the others do."""
    try:
        return url_safe(value["data"]["decision_id"])
    except (KeyError, TypeError, Wrong):
        return ""


def doubtful(payload: bytes, raw: bytes | None) -> bool:
    """Whether an event may hold NUL characters (no text column keeps them), deep nesting or a member given twice.

    Questions on bytes, which nearly every event answers with no. Dropping a repeated member always shortens the text,
    so equal lengths prove there was none.
    """
    if payload.count(b"[") + payload.count(b"{") > MAX_DEPTH or b"\\u0000" in payload:
        return True
    return raw is not None and len(raw) != len(payload) and not _as_many_members(raw, payload)


def _as_many_members(raw: bytes, payload: bytes) -> bool:
    """Whether the canonical text provably has every member of the text as sent; ``False`` when this cannot tell.

    A member is a quotation mark and a colon. Inside a text the two stand together only as an escaped mark and a
    colon, which the canonical form keeps; so once no escape can hide a mark and no space parts the two, every member
    that was dropped leaves one fewer.
    """
    if raw.count(b'":') != payload.count(b'":') or b"\\u" in raw:
        return False
    return not (b" :" in raw or b"\n:" in raw or b"\r:" in raw or b"\t:" in raw)


def _walk(value: Any, path: tuple[str, ...]) -> None:
    if len(path) > MAX_DEPTH:
        raise Wrong(f"is nested deeper than {MAX_DEPTH} levels", path[:3])
    if isinstance(value, str):
        if "\x00" in value:
            raise Wrong("contains the character U+0000, which cannot be stored", path)
    elif isinstance(value, dict):
        for name, each in value.items():
            _walk(name, path)
            _walk(each, (*path, name))
    elif isinstance(value, list):
        for position, each in enumerate(value):
            _walk(each, (*path, str(position)))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _value in pairs:
            if name in seen:
                raise Wrong("is given twice in one object", (name,))
            seen.add(name)
    return members
