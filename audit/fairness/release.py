"""What may be given out of live group counts: parcels of at least k cases, so that no subtraction isolates fewer.

A threshold on each printed group is not enough: two windows that differ by a day, a total and its parts, a cross and
its margins can be subtracted. So the cases of one group are given out in parcels. In the order of days the cases of a
group tuple wait until k are there, then they go out together; a window holds the parcels that lie wholly inside.
Everything printed is a sum of parcels, and so is every difference of such sums: none stands for fewer than k cases of
a tuple. Groups that never reach k are held back and said to be.

Attributes that appear in one cross (or with one stratum) are parcelled together, by the full tuple, so that a cross
and its margins are made of the same parcels. What is held back of a part could be had by taking its parcels from the
known total; it therefore holds no case or at least k, if need be by holding back one more parcel, the smallest.

Pure. One limit: who looks today and again after a late outcome or a correction sees what it changed; of an issued
report both states stand in the ledger.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from audit.fairness.counts import Counts, Group, Vector
from audit.fairness.schema import Schema

Matrix = NDArray[np.int64]


@dataclass(frozen=True)
class Day:
    """All counts of one day: ``groups`` are the full tuples, ``cells`` one row of counts each."""

    ordinal: int
    groups: Sequence[Group]
    cells: Matrix


@dataclass(frozen=True)
class Part:
    """The parcels of attributes that are given out together. ``held``: their cases held back, 0 or at least k."""

    attributes: tuple[str, ...]
    counts: Counts
    held: int
    incomplete: frozenset[Group]


class Released(Counts):
    """Counts of which each part was parcelled by itself; ``n`` and the total are those of all cases.

    A marginal is taken from the part that holds all its attributes.
    """

    __slots__ = ("k", "parts", "whole")

    def __init__(
        self, schema: Schema, parts: Sequence[Part], whole: Vector, levels: Mapping[str, Iterable[str]], k: int
    ) -> None:
        super().__init__(schema, levels=levels)
        self.parts, self.whole, self.k = tuple(parts), whole, k

    @property
    def n(self) -> int:
        """How many cases there are, those held back included."""
        return int(self.whole[: self.schema.cell_size].sum())

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Released)
            and (self.schema, self.parts, self.k) == (other.schema, other.parts, other.k)
            and np.array_equal(self.whole, other.whole)
        )

    __hash__ = None

    def part_of(self, names: Sequence[str]) -> Part:
        """Return the part that holds these attributes; raises ``KeyError`` when none does."""
        self.positions(names)
        for part in self.parts:
            if set(names) <= set(part.attributes):
                return part
        raise KeyError(f"{', '.join(names)} are not given out together: declare them as a cross")

    def marginal(self, names: Sequence[str]) -> dict[Group, Vector]:
        """Return the released vectors of these attributes."""
        return self.part_of(names).counts.marginal(names)

    def held_back(self, names: Sequence[str]) -> frozenset[Group]:
        """Return the groups of which some cases, or all, are held back."""
        part = self.part_of(names)
        where = [part.attributes.index(name) for name in names]
        return frozenset(tuple(group[i] for i in where) for group in part.incomplete)

    @property
    def held(self) -> dict[tuple[str, ...], int]:
        """How many cases each part holds back, where there are any; never fewer than k while others are shown."""
        return {part.attributes: part.held for part in self.parts if part.held}

    def total(self) -> Vector:
        """Return the vector of everybody, those held back included."""
        return self.whole.copy()

    def stage(self, name: str) -> "Counts":
        """Return the released counts of one decision stage."""
        every = Counts(self.schema, {(None,) * len(self.schema.attributes): self.whole}).stage(name)
        parts = [replace(part, counts=part.counts.stage(name)) for part in self.parts]
        return Released(every.schema, parts, every.total(), self.levels, self.k)

    def split(self, name: str) -> dict[str | None, Counts]:
        """Return the released counts within each level of a stratum, of the part that holds it."""
        return self.part_of([name]).counts.split(name)

    def check_possible(self) -> None:
        """Raise ``ImpossibleCounts`` when any count is below zero."""
        for part in self.parts:
            part.counts.check_possible()

    def to_json(self) -> dict[str, object]:
        """Released counts are read through figures, never handed on as counts."""
        raise TypeError("released counts have no plain form")

    def _combined(self, other: Counts, sign: int) -> Counts:
        raise TypeError("released counts cannot be added or subtracted")

    @classmethod
    def of(
        cls,
        schema: Schema,
        days: Sequence[Day],
        groupings: Iterable[Sequence[str]],
        *,
        k: int,
        window: tuple[int, int | None],
        levels: Mapping[str, Iterable[str]],
    ) -> Self:
        """Release the days of ``window`` (ordinals; from, until; the last exclusive, None open).

        ``days`` ascend and begin with the first day ever counted: where parcels end does not depend on the window.
        """
        whole = np.zeros(schema.width, dtype=np.int64)
        for day in days:
            if _inside(day.ordinal, window):
                whole += day.cells.sum(axis=0)
        seen: dict[str, set[str]] = {name: set(levels.get(name, ())) for name in schema.attributes}
        parts = [_part(schema, days, names, k, window) for names in components(schema.attributes, groupings)]
        for part in parts:
            for name in part.attributes:
                seen[name] |= part.counts.levels[name]
                place = part.attributes.index(name)
                seen[name] |= {level for group in part.incomplete if (level := group[place]) is not None}
        return cls(schema, parts, whole, seen, k)


def components(attributes: Sequence[str], groupings: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return the attributes that some grouping names together, directly or by way of others, in declared order."""
    sets = [{name} for name in attributes]
    for grouping in groupings:
        touched = [each for each in sets if each & set(grouping)]
        sets = [each for each in sets if not each & set(grouping)] + [set().union(*touched)]
    return sorted(tuple(name for name in attributes if name in each) for each in sets if each)


def _inside(ordinal: int, window: tuple[int, int | None]) -> bool:
    return ordinal >= window[0] and (window[1] is None or ordinal < window[1])


class _Waiting:
    """The cases of each tuple that wait for their parcel, and the parcels given out inside the window."""

    def __init__(self, schema: Schema, k: int, window: tuple[int, int | None]) -> None:
        self.schema, self.k, self.window = schema, k, window
        self.places: dict[Group, int] = {}
        self.waiting = np.zeros((0, schema.width), dtype=np.int64)
        self.released = np.zeros((0, schema.width), dtype=np.int64)
        self.in_window = np.zeros((0, schema.width), dtype=np.int64)
        self.latest = np.zeros((0, schema.width), dtype=np.int64)
        self.since = np.zeros(0, dtype=np.int64)

    def rows(self, groups: Iterable[Group]) -> list[int]:
        found = [self.places.setdefault(group, len(self.places)) for group in groups]
        more = len(self.places) - len(self.waiting)
        if more:
            empty = np.zeros((more, self.schema.width), dtype=np.int64)
            self.waiting = np.concatenate([self.waiting, empty])
            self.released = np.concatenate([self.released, empty])
            self.in_window = np.concatenate([self.in_window, empty])
            self.latest = np.concatenate([self.latest, empty])
            self.since = np.concatenate([self.since, np.full(more, -1, dtype=np.int64)])
        return found

    def add(self, ordinal: int, groups: Iterable[Group], cells: Matrix) -> None:
        places = np.asarray(self.rows(groups), dtype=np.int64)
        np.add.at(self.waiting, places, cells)
        touched = np.unique(places)
        fresh = touched[self.since[touched] < 0]
        self.since[fresh] = ordinal
        if _inside(ordinal, self.window):
            np.add.at(self.in_window, places, cells)
        n = self.waiting[touched, : self.schema.cell_size].sum(axis=1)
        full = touched[n >= self.k]
        out = full[self.since[full] >= self.window[0]] if _inside(ordinal, self.window) else full[:0]
        self.released[out] += self.waiting[out]
        self.latest[out] = self.waiting[out]
        self.waiting[full] = 0
        self.since[full] = -1


def _part(schema: Schema, days: Sequence[Day], names: tuple[str, ...], k: int, window: tuple[int, int | None]) -> Part:
    where = [schema.attributes.index(name) for name in names]
    waiting = _Waiting(schema, k, window)
    for day in days:
        if window[1] is not None and day.ordinal >= window[1]:
            break
        waiting.add(day.ordinal, [tuple(group[i] for i in where) for group in day.groups], day.cells)
    size = schema.cell_size
    released = waiting.released
    given, there = released[:, :size].sum(axis=1), waiting.in_window[:, :size].sum(axis=1)
    held = int((there - given).sum())
    if 0 < held < k and given.any():
        parcels = waiting.latest[:, :size].sum(axis=1)
        smallest = int(np.where(parcels > 0, parcels, np.iinfo(np.int64).max).argmin())
        released[smallest] -= waiting.latest[smallest]
        given[smallest] -= parcels[smallest]
        held += int(parcels[smallest])
    groups = {group: released[i] for group, i in waiting.places.items() if given[i]}
    incomplete = frozenset(group for group, i in waiting.places.items() if there[i] > given[i])
    return Part(names, Counts(replace(schema, attributes=names), groups), held, incomplete)
