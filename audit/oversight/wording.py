"""Sentences as data: a template and typed values, so that each door says them in its reader's language and marks.

Templates are English with ``{names}``; ``gettext_noop`` marks them for the catalogues.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


def gettext_noop(message: str) -> str:
    """Mark a text for the catalogues; the doors translate it."""
    return message


NOT_AVAILABLE = gettext_noop("not available")


class Phrase(str):
    """A text of ours that is translated when it is said; every other text is said as it is."""

    __slots__ = ()


class Quantity(NamedTuple):
    """A number with its unit: share | points | seconds | number | signed | p. ``None`` is said as not available."""

    value: float | None
    unit: str = "share"
    digits: int = 1


class Bounds(NamedTuple):
    """The limits of an interval, said as ``[1.8, 3.5]``; of a share in percent."""

    low: float | None
    high: float | None
    unit: str = "share"
    digits: int = 1


@dataclass(frozen=True, slots=True)
class Message:
    """``data``: what fills the template; plain values for machines are in :meth:`values`."""

    template: str
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The message in English."""
        return say(self)

    def values(self) -> dict[str, Any]:
        """Return the data as JSON values, without units."""
        return {name: _plain(value) for name, value in self.data.items()}

    def to_json(self) -> dict[str, Any]:
        """Return the English text, the template and its parameters, for whoever translates it."""
        return {"text": self.text, "template": self.template, "parameters": self.values()}


def _plain(value: Any) -> Any:
    if isinstance(value, Quantity):
        return value.value
    if isinstance(value, Bounds):
        return [value.low, value.high]
    return value.to_json() if isinstance(value, Message) else value


@dataclass(frozen=True, slots=True)
class Voice:
    """How a door speaks: ``translate`` a text of ours, and the marks of its numbers."""

    translate: Callable[[str], str] = str
    decimal: str = "."
    group: str = ","

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with group and decimal marks."""
        text = f"{value:,.{digits}f}"
        return text.replace(",", "\0").replace(".", self.decimal).replace("\0", self.group)

    def quantity(self, it: Quantity) -> str:
        """Return a quantity with its unit."""
        if it.value is None:
            return self.translate(NOT_AVAILABLE)
        if it.unit == "share":
            return f"{self.number(it.value * 100, it.digits)} %"
        if it.unit == "seconds":
            return self._time(it.value)
        if it.unit == "p":
            return f"{it.value:.2g}".replace(".", self.decimal)
        scaled = it.value * 100 if it.unit == "points" else it.value
        sign = "+" if it.unit in ("points", "signed") and scaled > 0 else ""
        return sign + self.number(scaled, it.digits)

    def _time(self, seconds: float) -> str:
        if seconds < 120:
            return f"{self.number(seconds)} s"
        return f"{self.number(seconds / 60)} min" if seconds < 7200 else f"{self.number(seconds / 3600, 1)} h"

    def bounds(self, it: Bounds) -> str:
        """Return an interval's limits."""
        if it.low is None or it.high is None:
            return f"[{self.translate(NOT_AVAILABLE)}]"
        scale = 100 if it.unit in ("share", "points") else 1
        joint = ", " if self.decimal == "." else "; "
        return f"[{self.number(it.low * scale, it.digits)}{joint}{self.number(it.high * scale, it.digits)}]"

    def value(self, it: Any) -> str:
        """Return any value of a message as it is said."""
        if isinstance(it, Quantity):
            return self.quantity(it)
        if isinstance(it, Bounds):
            return self.bounds(it)
        if isinstance(it, Message):
            return say(it, self)
        if isinstance(it, Phrase):
            return self.translate(str(it))
        if isinstance(it, bool) or not isinstance(it, int | float):
            return self.translate(NOT_AVAILABLE) if it is None else str(it)
        return self.number(it, 0 if isinstance(it, int) else 2)


ENGLISH = Voice()


def say(message: Message, voice: Voice = ENGLISH) -> str:
    """Return a message in the voice's language."""
    said = {name: voice.value(value) for name, value in message.data.items()}
    return voice.translate(message.template).format_map(said)
