"""A screen for personal data in free text: e-mail addresses, telephone and payment card numbers.

It finds the obvious and nothing more: a name in a sentence passes. What is found is refused, blacked out before
anything is stored, or flagged, as the installation chooses (``PERSONAL_DATA`` in the settings).
"""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from audit.events import schema
from audit.events.fields import pointer
from audit.events.problems import Problem
from audit.events.schema import Event

REFUSE, REDACT, FLAG, OFF = MODES = ("refuse", "redact", "flag", "off")
FREE_TEXT: Final = frozenset(
    {"reason_text", "extra_information", "rationale", "comment", "note", "notes", "prompts", "explanation", "body"}
)
BLACK: Final = "[removed: {}]"
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])")
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)\d{1,3}(?:[ ./-]?\(?\d{1,4}\)?){2,6}(?!\w)")
# In a pseudonym digits mean nothing, so only what cannot be one is refused.
_DIRECT = re.compile(rf"{_EMAIL.pattern}|\+[\d ()./-]{{7,}}")
Path = tuple[str, ...]


def screen(event: Event, mode: str) -> Event | Problem:
    """Return the event as it may be stored under ``mode``, or why it may not.

    ``subject_ref`` must be a pseudonym whatever the mode: an e-mail address or ``+49 30 ...`` is always refused.
    """
    if event.data is None or mode == OFF:
        return event
    subject = event.data.get("subject_ref")
    if isinstance(subject, str) and ("@" in subject or "+" in subject) and _DIRECT.fullmatch(subject):
        return _refused(event, "address or number", ("data", "subject_ref"), "use a pseudonym")
    if FREE_TEXT.isdisjoint(event.data):
        return event
    found: list[tuple[Path, str]] = []
    _walk(event.data, ("data",), lambda path, kind: found.append((path, kind)))
    if not found:
        return event
    if mode == REFUSE:
        return _refused(event, found[0][1], found[0][0], "leave it out")
    if mode == FLAG:
        return msgspec.structs.replace(event, personal=True)
    return _redacted(event)


def kind_of(text: str) -> str | None:
    """Name the first kind of personal data in ``text``; ``None`` when none is seen."""
    if _EMAIL.search(text):
        return "e-mail address"
    if any(_luhn(match.group()) for match in _CARD.finditer(text)):
        return "card number"
    return "telephone number" if _PHONE.search(text) else None


def redact(text: str) -> str:
    """Return ``text`` with what was found blacked out."""
    text = _EMAIL.sub(BLACK.format("e-mail address"), text)
    text = _CARD.sub(lambda match: BLACK.format("card number") if _luhn(match.group()) else match.group(), text)
    return _PHONE.sub(BLACK.format("telephone number"), text)


def _refused(event: Event, kind: str, path: Path, advice: str) -> Problem:
    detail = f"{path[-1]} seems to hold a personal {kind}; {advice}"
    return Problem("personal_data", detail, 422, pointer(path), event.id)


def _redacted(event: Event) -> Event:
    value = msgspec.json.Decoder(float_hook=schema.finite).decode(event.payload)
    value["data"] = _walk(value.get("data"), ("data",), lambda path, kind: None)
    read = schema.read(value)
    return msgspec.structs.replace(read, personal=True) if isinstance(read, Event) else event


def _walk(value: Any, path: Path, tell: Callable[[Path, str], None], free: bool = False) -> Any:
    """Return ``value`` redacted, telling of every place where something was found."""
    if isinstance(value, dict):
        return {name: _walk(each, (*path, name), tell, free or name in FREE_TEXT) for name, each in value.items()}
    if isinstance(value, list):
        return [_walk(each, (*path, str(place)), tell, free) for place, each in enumerate(value)]
    if free and isinstance(value, str) and (kind := kind_of(value)):
        tell(path, kind)
        return redact(value)
    return value


def _luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812 payment card numbers."""
    numbers = [int(digit) for digit in digits if digit.isdigit()][::-1]
    doubled = [number * 2 - 9 * (number > 4) for number in numbers[1::2]]
    return (sum(numbers[::2]) + sum(doubled)) % 10 == 0
