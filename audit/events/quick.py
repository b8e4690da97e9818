"""The short way from bytes to an event: one typed decode for what comes in the dress we document.

The types are made from the vocabulary's shapes, so that there is one truth. Whatever they do not take (an unknown
field, a number as text, free text that must be screened, a mistake) goes the long way through
:mod:`audit.events.schema`, which alone says what is wrong. An event that is taken here is checked as there and stored
as the same bytes; only its ``data`` are not read into Python's types, which intake has no use for.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta

from audit.events import personal, schema, vocabulary
from audit.events.fields import (
    MAX_INTEGER,
    URL_SAFE,
    ListOf,
    OneOf,
    Reader,
    Shape,
    Text,
    Wrong,
    anything,
    integer,
    moment,
    number,
    probability,
    scalar,
    truth,
    url_safe,
)
from audit.events.problems import Problem
from audit.events.schema import Event

_TYPES: Final[dict[Reader, Any]] = {
    url_safe: Annotated[str, Meta(pattern=rf"\A(?!\.{{1,2}}\Z){URL_SAFE.pattern}")],
    integer: Annotated[int, Meta(ge=0, le=MAX_INTEGER)],
    truth: bool,
    scalar: Annotated[str, Meta(max_length=1000)] | int | bool,
    anything: Any,
    # Decoded as they are, then given to their reader: no type keeps the digits as they were written.
    moment: Annotated[str, Meta(max_length=40)],
    number: Any,
    probability: Any,
}
_READ_AFTERWARDS: Final = (moment, number, probability)
_TYPE_NAMED: Final = re.compile(rb'"type"\s*:\s*"([a-z0-9.]+)"')
_encode = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode


@dataclass(frozen=True)
class Form:
    """The strict type of a shape, and what is left to be checked of its instances."""

    struct: type[Any]
    values: Callable[[Any], tuple[Any, ...]] | None
    readers: tuple[Reader, ...]
    needs: Mapping[str, tuple[str, ...]]

    def check(self, members: Any) -> None:
        """Raise :class:`Wrong` unless the readers take their values and what the phase needs is there."""
        if self.values is not None:
            for value, reader in zip(self.values(members), self.readers, strict=True):
                if value is not UNSET:
                    reader(value)
        if self.needs:
            for name in self.needs.get(members.phase, ()):
                if getattr(members, name) is UNSET:
                    raise Wrong("is required", (name,))


def _form(shape: Shape) -> Form:
    """Make the type of a shape; its members stand in order, so that they are written in order."""
    members: list[tuple[str, Any, Any]] = []
    readers: dict[str, Reader] = {}
    for name, reader in sorted(shape.fields.items()):
        if name in personal.FREE_TEXT:
            continue
        kind, check = _typed(reader)
        members.append((name, kind, msgspec.NODEFAULT if name in shape.required else UNSET))
        if check is not None:
            readers[name] = check
    names = list(readers)
    values = attrgetter(*names) if len(names) > 1 else (lambda each: (getattr(each, names[0]),)) if names else None
    return Form(_struct(members), values, tuple(readers.values()), shape.needs)


def _typed(reader: Reader) -> tuple[Any, Reader | None]:
    if isinstance(reader, Text):
        return Annotated[str, Meta(min_length=1, max_length=reader.maximum)], None
    if isinstance(reader, OneOf):
        return Literal[reader.choices], None
    if isinstance(reader, ListOf):
        return Annotated[list[_typed(reader.item)[0]], Meta(max_length=reader.maximum)], None  # type: ignore[misc]
    if isinstance(reader, Shape):
        form = _form(reader)
        return form.struct, form.check if form.readers or form.needs else None
    return _TYPES[reader], reader if reader in _READ_AFTERWARDS else None


def _struct(members: list[tuple[str, Any, Any]]) -> type[Any]:
    return msgspec.defstruct("Members", members, kw_only=True, forbid_unknown_fields=True, gc=False)


def _decoder(event_type: str, data: type[Any]) -> Callable[[bytes], Any]:
    names: dict[str, Any] = {
        name: Annotated[str, Meta(min_length=1, max_length=most)] for name, most in schema.ATTRIBUTES.items()
    }
    members = names | {"specversion": Literal["1.0"], "type": Literal[event_type], "data": data}
    members |= {"time": _TYPES[moment], "sequence": Any, "simulated": bool, "drill": bool}
    optional = ("usecase", "time", "sequence", "simulated", "drill")
    struct = _struct(
        [(name, kind, UNSET if name in optional else msgspec.NODEFAULT) for name, kind in sorted(members.items())]
    )
    return msgspec.json.Decoder(struct, float_hook=schema.finite).decode


_FORMS: Final = {
    name.encode(): (form, _decoder(name, form.struct))
    for name, form in (
        (name, _form(shape)) for name, shape in vocabulary.TYPES.items() if name != "ai.oversight.group.v1"
    )
}


def take(raw: bytes) -> Event | Problem:
    """Read one structured CloudEvent as :func:`audit.events.schema.parse` does, but for ``data``."""
    event = _taken(raw)
    return schema.parse(raw) if event is None else event


def _taken(raw: bytes) -> Event | None:
    named = _TYPE_NAMED.search(raw)
    found = _FORMS.get(named[1]) if named is not None else None
    if found is None or len(raw) > schema.MAX_EVENT_BYTES:
        return None
    form, decode = found
    try:
        sent = decode(raw)
        data = sent.data
        form.check(data)
        time = None if sent.time is UNSET else moment(sent.time)
        sequence = None if sent.sequence in (UNSET, None) else integer(sent.sequence)
    except (ValueError, RecursionError):
        return None
    payload = _encode(sent)
    if schema.doubtful(payload, raw):
        return None
    subject = getattr(data, "subject_ref", UNSET)
    if subject and ("@" in subject or "+" in subject):  # is it a pseudonym? the screen decides
        return None
    return Event(
        sent.id, sent.source, sent.type, payload, time, None if sent.usecase is UNSET else sent.usecase, sequence,
        sent.simulated is True, sent.drill is True, False, data.decision_id or "", False,
        _named(data, "system"), _named(data, "model"),
    )  # fmt: skip


def _named(data: Any, name: str) -> str:
    value = getattr(data, name, UNSET)
    return "" if value is UNSET else (value.version or value.name or "")[:200]
