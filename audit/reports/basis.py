"""What a figure stands on, as one line of text that people read and programs follow. Pure.

``oversight: m1/modify + m1/override of m1`` · cells of decisions that are counted, of those that could be
``fairness: final sex=female`` · ``fairness: final sex=female against sex=male``
``findings: UNREVIEWED/hard/open`` · ``events:`` · ``events: quarantined``
``removals: done/subject.erased`` · payloads removed in the window; ``missing/…``: of entries recorded in the window
``register: usecase`` · entries the register made about objects of a kind

Words are percent-encoded, so that no value can be taken for a mark of this notation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import quote, unquote

Room = Literal["oversight", "fairness", "findings", "events", "register", "removals"]
Words = tuple[str, ...]
JOIN = " + "


class BasisUnreadable(ValueError):
    """A basis this version cannot follow."""

    code = "basis_unreadable"


@dataclass(frozen=True, slots=True)
class Basis:
    """``counted`` and ``among`` are word paths; ``among`` is empty where a figure is a plain count."""

    room: Room
    counted: tuple[Words, ...] = ()
    among: tuple[Words, ...] = ()

    def __str__(self) -> str:
        text = f"{self.room}: {_joined(self.counted)}"
        link = " against " if self.room == "fairness" else " of "
        return (text + (link + _joined(self.among) if self.among else "")).strip()

    def counts(self, cell: Sequence[str]) -> bool:
        """Whether a cell falls under what is counted."""
        return _under(cell, self.counted)

    def holds(self, cell: Sequence[str]) -> bool:
        """Whether a cell plays any part in the figure."""
        return _under(cell, (*self.counted, *self.among))


def oversight(*counted: str, of: Iterable[str] = ()) -> str:
    """Return the basis of cells written ``m1/override``; ``of``: the cells of the denominator."""
    return str(Basis("oversight", _paths(counted), _paths(of)))


def cell(*words: str) -> str:
    """Return one cell path with every word encoded."""
    return "/".join(quote(word, safe="") for word in words)


def fairness(stage: str, group: Sequence[tuple[str, str]], reference: Sequence[tuple[str, str]] = ()) -> str:
    """Return the basis of a group's figure at ``stage``, alone or against a reference group."""
    counted = ((stage, *(f"{name}={level}" for name, level in group)),)
    among = ((stage, *(f"{name}={level}" for name, level in reference)),) if reference else ()
    return str(Basis("fairness", counted, among))


def findings(code: str, severity: str, state: str) -> str:
    """Return the basis of a count of findings."""
    return str(Basis("findings", ((code, severity, state),)))


def events(*narrowed: str) -> str:
    """Return the basis of a count of recorded events."""
    return str(Basis("events", (tuple(narrowed),) if narrowed else ()))


def removals(when: str, kind: str) -> str:
    """Return the basis of a count of removed payloads; ``when``: ``done`` in the window, or ``missing`` of it."""
    return str(Basis("removals", ((when, kind),)))


def register(*kinds: str) -> str:
    """Return the basis of figures on objects of the register of these kinds."""
    return str(Basis("register", tuple((kind,) for kind in kinds)))


def parse(text: str) -> Basis:
    """Read a basis back; raises :class:`BasisUnreadable`."""
    room, colon, rest = text.partition(":")
    if not colon or room not in get_args(Room):
        raise BasisUnreadable(f"{text[:80]!r} names no place that figures come from.")
    link = " against " if room == "fairness" else " of "
    counted, _, among = rest.strip().partition(link)
    return Basis(room, _paths(counted.split(JOIN)), _paths(among.split(JOIN)))  # type: ignore[arg-type]


def _joined(paths: Iterable[Words]) -> str:
    return JOIN.join(cell(*path) for path in paths)


def _paths(written: Iterable[str]) -> tuple[Words, ...]:
    return tuple(tuple(unquote(word) for word in path.strip().split("/")) for path in written if path.strip())


def _under(found: Sequence[str], paths: Iterable[Words]) -> bool:
    return any(tuple(found[: len(path)]) == path for path in paths)
