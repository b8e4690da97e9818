"""Counts of oversight that can be added and taken away: the one thing every measure is computed from."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from audit.oversight.contribution import Cell, cells_of
from audit.oversight.truth import Truth
from policies.oversight.record import DecisionRecord
from policies.oversight.requirements import ResolvedRequirement
from policies.oversight.terms import PolicyDocument
from policies.oversight.verdict import Verdict

JOINT = "\x1f"  # unit separator: joins the words of a cell


class OversightCounts:
    """Cells and how often each was seen. ``a + b - b == a``; order and grouping do not matter."""

    __slots__ = ("_cells", "_index", "joined")

    def __init__(self, cells: Mapping[Cell, int] | None = None) -> None:
        self.joined: dict[str, int] = {JOINT.join(cell): count for cell, count in (cells or {}).items() if count}
        self._cells: dict[Cell, int] | None = None
        self._index: dict[str, list[tuple[str, int]]] | None = None

    @classmethod
    def of_joined(cls, joined: dict[str, int]) -> "OversightCounts":
        """Return counts from cells whose words are joined by U+001F, as they are stored."""
        # A tuple a cell would be most of the cost of reading a year: words are split only where they are asked for.
        made = cls()
        made.joined = {name: n for name, n in joined.items() if n} if 0 in joined.values() else joined
        return made

    @property
    def cells(self) -> Mapping[Cell, int]:
        """The cells as tuples of words."""
        if self._cells is None:
            self._cells = {tuple(name.split(JOINT)): count for name, count in self.joined.items()}
        return self._cells

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
        return total((self, other))

    def __sub__(self, other: "OversightCounts") -> "OversightCounts":
        left = dict(self.joined)
        for name, count in other.joined.items():
            left[name] = left.get(name, 0) - count
        return OversightCounts.of_joined(left)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OversightCounts) and self.joined == other.joined

    def __hash__(self) -> int:
        return hash(frozenset(self.joined.items()))

    def __repr__(self) -> str:
        return f"OversightCounts(decisions={self['decisions']}, cells={len(self.joined)})"

    def __getitem__(self, cell: str | Cell) -> int:
        return self.joined.get(cell if isinstance(cell, str) else JOINT.join(cell), 0)

    def under(self, *prefix: str) -> Iterator[tuple[Cell, int]]:
        """Give what follows ``prefix`` in each cell that begins with it, and its count, in a fixed order."""
        if self._index is None:
            self._index = {}
            for name, count in self.joined.items():
                word, joint, rest = name.partition(JOINT)
                if joint:
                    self._index.setdefault(word, []).append((rest, count))
        own = sorted(self._index.get(prefix[0], ()))
        before = "".join(word + JOINT for word in prefix[1:])
        start = len(before)
        return ((tuple(rest[start:].split(JOINT)), n) for rest, n in own if rest.startswith(before))

    def chosen(self, words: Collection[str]) -> "OversightCounts":
        """Return the cells that begin with one of these words."""
        begins = tuple(word + JOINT for word in words)
        return OversightCounts.of_joined(
            {name: n for name, n in self.joined.items() if name.startswith(begins) or name in words}
        )

    def without(self, words: Collection[str]) -> "OversightCounts":
        """Return the cells that begin with none of these words."""
        begins = tuple(word + JOINT for word in words)
        return OversightCounts.of_joined(
            {name: n for name, n in self.joined.items() if not name.startswith(begins) and name not in words}
        )

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
    held: dict[str, int] = {}
    for part in parts:
        if not held:
            held = dict(part.joined)
            continue
        for name, count in part.joined.items():
            held[name] = held.get(name, 0) + count
    return OversightCounts.of_joined(held)
