"""Readers of single fields: a JSON value in, a checked value out, or :class:`Wrong` saying what would be right.

Strict about meaning (a phase is one of those we know), generous about dress (a number may come as text).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

Reader = Callable[[Any], Any]

# What RFC 3986 allows in one path segment without escaping, so that a decision has a plain URL.
URL_SAFE = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@-]{1,200}\Z")
_LEAP = re.compile(r":60(?=[.Zz+\-]|\Z)")
MAX_INTEGER = 2**63 - 1
_NUMBERS = (int, Decimal, float, str)


class Wrong(ValueError):
    """A value is not what the field needs; ``path`` grows while the error climbs out."""

    def __init__(self, detail: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.path = path


def kind(value: Any) -> str:
    """Name the JSON type of a value in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | Decimal | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object"


def pointer(path: tuple[str, ...]) -> str:
    """Return the RFC 6901 pointer of ``path``."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


@dataclass(frozen=True, slots=True)
class Text:
    """Reads a text of at most ``maximum`` characters that is not empty."""

    maximum: int

    def __call__(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Wrong(f"must be a text, not {kind(value)}")
        if not value:
            raise Wrong("must not be empty; leave the field out when the value is unknown")
        if len(value) > self.maximum:
            raise Wrong(f"must have at most {self.maximum} characters, this one has {len(value)}")
        return value


def text(maximum: int = 1000) -> Text:
    """Return the reader of a text of at most ``maximum`` characters."""
    return Text(maximum)


def url_safe(value: Any) -> str:
    """Read an identifier that stands in a URL: 1 to 200 characters of RFC 3986 ``pchar`` without escapes."""
    if not isinstance(value, str):
        raise Wrong(f"must be a text, not {kind(value)}")
    if not URL_SAFE.match(value) or value in (".", ".."):
        raise Wrong("must be 1 to 200 URL-safe characters: letters, digits and -._~!$&'()*+,;=:@")
    return value


@dataclass(frozen=True, slots=True)
class OneOf:
    """Reads one of the given words."""

    choices: tuple[str, ...]

    def __call__(self, value: Any) -> str:
        if isinstance(value, str) and value in self.choices:
            return value
        shown = f"the text {value[:40]!r}" if isinstance(value, str) else kind(value)
        raise Wrong(f"must be one of {', '.join(self.choices)}, not {shown}")


def one_of(*choices: str) -> OneOf:
    """Return the reader of one of the given words."""
    return OneOf(choices)


def scalar(value: Any) -> str:
    """Read a text, number or truth value as its text, as the decision's value is compared."""
    if isinstance(value, str) and len(value) <= 1000:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal | float):
        return str(value)
    if isinstance(value, str):
        raise Wrong(f"must have at most 1000 characters, this one has {len(value)}")
    raise Wrong(f"must be a text, a number or true/false, not {kind(value)}")


def integer(value: Any) -> int:
    """Read a whole number from 0 to 2^63-1; digits in a text and ``12.0`` are taken too."""
    digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 40
    whole = isinstance(value, float) and value.is_integer()
    if digits or whole or (isinstance(value, Decimal) and value == value.to_integral_value()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(f"must be a whole number, not {kind(value)}")
    if not 0 <= value <= MAX_INTEGER:
        raise Wrong("must be between 0 and 9223372036854775807")
    return value


def number(value: Any) -> Decimal:
    """Read a finite number, also from a text."""
    if isinstance(value, bool) or not isinstance(value, _NUMBERS):
        raise Wrong(f"must be a number, not {kind(value)}")
    try:
        read = value if type(value) is Decimal else Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise Wrong("must be a number, not a text that is none") from None
    if not read.is_finite() or (read and not -60 < read.adjusted() < 60):
        raise Wrong("must be a finite number of a size that can be computed with")
    return read


def probability(value: Any) -> Decimal:
    """Read a number from 0 to 1."""
    read = number(value)
    if not 0 <= read <= 1:
        raise Wrong(f"must be between 0 and 1, not {read}")
    return read


def truth(value: Any) -> bool:
    """Read true or false; CloudEvents extensions in headers come as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise Wrong(f"must be true or false, not {kind(value)}")


def moment(value: Any) -> datetime:
    """Read an RFC 3339 time with its offset, as UTC. A leap second becomes the second after it.

    Far past and far future are kept: time is evidence, not a reason to refuse.
    """
    if not isinstance(value, str):
        raise Wrong(f"must be an RFC 3339 time as text, not {kind(value)}")
    try:
        plain = datetime.fromisoformat(value)
        if plain.tzinfo is UTC:
            return plain
    except ValueError:
        pass
    value = value.upper()
    leap = ":60" in value and _LEAP.search(value) is not None
    try:
        read = datetime.fromisoformat(_LEAP.sub(":59", value, count=1) if leap else value)
        if read.tzinfo is None:
            raise Wrong("must say its offset, for example 2026-11-20T09:14:31Z")
        return read.astimezone(UTC) + timedelta(seconds=leap)
    except (ValueError, OverflowError) as error:
        if isinstance(error, Wrong):
            raise
        raise Wrong("must be an RFC 3339 time such as 2026-11-20T09:14:31Z") from None


@dataclass(frozen=True, slots=True)
class ListOf:
    """Reads a list; a single value stands for a list of one."""

    item: Reader
    maximum: int

    def __call__(self, value: Any) -> list[Any]:
        values = value if isinstance(value, list) else [value]
        if len(values) > self.maximum:
            raise Wrong(f"must have at most {self.maximum} items, this one has {len(values)}")
        items = []
        for position, each in enumerate(values):
            try:
                items.append(self.item(each))
            except Wrong as wrong:
                raise Wrong(wrong.detail, (str(position), *wrong.path)) from None
        return items


def list_of(item: Reader, maximum: int = 1000) -> ListOf:
    """Return the reader of a list of at most ``maximum`` items."""
    return ListOf(item, maximum)


def anything(value: Any) -> Any:
    """Keep a value as it came."""
    return value


@dataclass(frozen=True)
class Shape:
    """The fields of an object: those that must be there, those we can read; any other is kept as it came.

    ``short``: a bare value stands for an object with this one field (``0.9`` for ``{"value": 0.9}``).
    """

    fields: Mapping[str, Reader]
    required: tuple[str, ...] = ()
    short: str | None = None
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # further fields a phase needs
    plain: dict[str, int] = field(init=False)  # fields that are nothing but text, with the length they may have

    def __post_init__(self) -> None:
        plain = {name: reader.maximum for name, reader in self.fields.items() if isinstance(reader, Text)}
        object.__setattr__(self, "plain", plain)

    def __call__(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            if self.short is None or isinstance(value, list):
                raise Wrong(f"must be an object, not {kind(value)}")
            value = {self.short: value}
        read: dict[str, Any] = {}
        fields, longest = self.fields, self.plain.get
        for name, given in value.items():
            if given is None:
                continue
            if type(given) is str and 0 < len(given) <= longest(name, 0):
                read[name] = given
                continue
            reader = fields.get(name)
            if reader is None:
                read[name] = given
                continue
            try:
                read[name] = reader(given)
            except Wrong as wrong:
                raise Wrong(wrong.detail, (name, *wrong.path)) from None
        for name in self.required:
            if name not in read:
                raise Wrong("is required", (name,))
        for name in self.needs.get(read.get("phase", ""), ()) if self.needs else ():
            if name not in read:
                raise Wrong("is required", (name,))
        return read
