"""Counts of oversight that can be added and taken away: the one thing every measure is computed from."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from audit.oversight.contribution import Cell, cells_of
from audit.oversight.truth import Truth
from policies.oversight.record import DecisionRecord
from policies.oversight.requirements import ResolvedRequirement
from policies.oversight.terms import PolicyDocument
from policies.oversight.verdict import Verdict


class OversightCounts:
    """Cells and how often each was seen. ``a + b - b == a``; order and grouping do not matter."""

    __slots__ = ("_index", "cells")

    def __init__(self, cells: Mapping[Cell, int] | None = None) -> None:
        self.cells: dict[Cell, int] = {cell: count for cell, count in (cells or {}).items() if count}
        self._index: dict[str, list[tuple[Cell, int]]] | None = None

    @classmethod
    def of(
        cls,
        record: DecisionRecord,
        requirement: ResolvedRequirement | None,
        *,
        document: PolicyDocument | None = None,
        verdicts: Sequence[Verdict] = (),
        truth: Truth | None = None,
    ) -> "OversightCounts":
        """Return the counts of one decision.

        ``verdicts`` are the checker's, as of a moment when its timers have run (the grace after execution), so that
        the same decision always counts the same. ``requirement`` None: no policy was in force.
        """
        need = requirement or ResolvedRequirement()
        return cls(cells_of(record, need, document, verdicts, truth or Truth()))

    def __add__(self, other: "OversightCounts") -> "OversightCounts":
        total = Counter(self.cells)
        total.update(other.cells)
        return OversightCounts(total)

    def __sub__(self, other: "OversightCounts") -> "OversightCounts":
        total = Counter(self.cells)
        total.subtract(other.cells)
        return OversightCounts(total)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OversightCounts) and self.cells == other.cells

    def __hash__(self) -> int:
        return hash(frozenset(self.cells.items()))

    def __repr__(self) -> str:
        return f"OversightCounts(decisions={self['decisions']}, cells={len(self.cells)})"

    def __getitem__(self, cell: str | Cell) -> int:
        return self.cells.get((cell,) if isinstance(cell, str) else cell, 0)

    def under(self, *prefix: str) -> Iterator[tuple[Cell, int]]:
        """Give what follows ``prefix`` in each cell that begins with it, and its count, in sorted order."""
        if self._index is None:
            self._index = {}
            for cell, count in self.cells.items():
                self._index.setdefault(cell[0], []).append((cell, count))
        n = len(prefix)
        own = self._index.get(prefix[0], [])
        found = [(cell[n:], count) for cell, count in own if len(cell) > n and cell[:n] == prefix]
        return iter(sorted(found))

    def bins(self, name: str) -> list[tuple[int, int]]:
        """Return (bin, count) of the durations called ``name``."""
        return [(int(rest[0]), count) for rest, count in self.under(name)]

    def to_json(self) -> list[list[Any]]:
        """Return the cells as sorted ``[[word, ...], count]`` pairs."""
        return [[list(cell), count] for cell, count in sorted(self.cells.items())]

    @classmethod
    def from_json(cls, cells: Iterable[Sequence[Any]]) -> "OversightCounts":
        """Return counts from :meth:`to_json`."""
        return cls({tuple(words): int(count) for words, count in cells})


def total(parts: Iterable[OversightCounts]) -> OversightCounts:
    """Return the sum of many counts."""
    cells: Counter[Cell] = Counter()
    for part in parts:
        cells.update(part.cells)
    return OversightCounts(cells)
