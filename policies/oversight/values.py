"""How one value of a policy document is read and written: converters with errors that say what would be right."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from policies.oversight.durations import format_duration, parse_calendar, parse_duration

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/ -]{0,119}")


@dataclass(frozen=True, slots=True)
class Kind:
    """``read`` turns plain data into a value or raises ``ValueError``; ``write`` turns it back.

    ``name`` and ``options`` say to a form what to ask for: text, texts, name, names, truth, whole, share, day,
    duration, calendar, limits, choice, choices.
    """

    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = lambda value: value
    name: str = "text"
    options: tuple[str, ...] = ()


def number_out(value: Decimal) -> int | float:
    """Return ``value`` as JSON writes it: an integer where it is whole."""
    return int(value) if value == value.to_integral_value() else float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be a text that is not empty, found {value!r}")
    return value.strip()


def _reference(value: Any) -> str:
    if not isinstance(value, str) or not _REFERENCE.fullmatch(value):
        raise ValueError(f"must be a short name such as underwriter-l2, found {value!r}")
    return value


def _references(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"must be a list of short names, found {value!r}")
    names = tuple(_reference(each) for each in value)
    if len(set(names)) != len(names):
        raise ValueError(f"names one thing twice: {list(names)!r}")
    return names


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"must be a list of texts, found {value!r}")
    return tuple(_text(each) for each in value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, found {value!r}")
    return value


def _count(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}, found {value!r}")
        return value

    return read


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError(f"must be a number, found {value!r}")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"must be a number, found {value!r}") from None
    if not number.is_finite():
        raise ValueError(f"must be a finite number, found {value!r}")
    # One spelling per number, so that 0.1 and 0.10 are the same document.
    return Decimal(repr(number_out(number)))


def _rate(value: Any) -> Decimal:
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError(f"must be a share from 0 to 1 such as 0.10, found {value!r}")
    return number


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"must be a day such as 2027-06-30, found {value!r}") from None


def _duration(value: Any) -> timedelta:
    if not isinstance(value, str):
        raise ValueError(f"must be an ISO 8601 duration such as PT8H, found {value!r}")
    return parse_duration(value)


def _calendar(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a period such as P24M, found {value!r}")
    return parse_calendar(value)


def _limits(value: Any) -> tuple[tuple[str, Decimal], ...]:
    if not isinstance(value, dict) or not value:
        raise ValueError(f"must name a field and its highest value, such as {{amount: 5000}}, found {value!r}")
    return tuple(sorted((_reference(name), _number(most)) for name, most in value.items()))


def choice(*allowed: str) -> Kind:
    """Return the kind of a word out of ``allowed``."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}, found {value!r}")
        return str(value)

    return Kind(read, name="choice", options=allowed)


def choices(*allowed: str) -> Kind:
    """Return the kind of a list of words out of ``allowed``."""

    def read(value: Any) -> tuple[str, ...]:
        names = _references(value)
        for name in names:
            if name not in allowed:
                raise ValueError(f"may hold {', '.join(allowed)}, found {name!r}")
        return names

    return Kind(read, list, "choices", allowed)


def whole(least: int, most: int) -> Kind:
    """Return the kind of a whole number between two bounds, both included."""
    return Kind(_count(least, most), name="whole")


TEXT = Kind(_text)
TEXTS = Kind(_texts, list, "texts")
REFERENCE = Kind(_reference, name="name")
REFERENCES = Kind(_references, list, "names")
TRUTH = Kind(_truth, name="truth")
RATE = Kind(_rate, number_out, "share")
DAY = Kind(_day, date.isoformat, "day")
DURATION = Kind(_duration, format_duration, "duration")
CALENDAR = Kind(_calendar, name="calendar")
LIMITS = Kind(_limits, lambda pairs: {name: number_out(most) for name, most in pairs}, "limits")
