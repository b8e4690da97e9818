"""Mergeable integer counts of decisions by group, outcome and score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from audit.fairness.errors import DifferentSchema, ImpossibleCounts, UnknownColumn
from audit.fairness.schema import SCORE_UNIT, Schema

Group = tuple[str | None, ...]
"""One level per attribute, ``None`` for unknown."""

Vector = NDArray[np.int64]

NO, YES, MISSING = 0, 1, 2
"""Codes of a decision or an outcome inside a cell table."""


@dataclass(frozen=True)
class Row:
    """One case: its group, the decision of each stage, the outcome and the score; ``None`` is unknown."""

    group: Group
    decisions: tuple[bool | None, ...]
    outcome: bool | None = None
    score: float | None = None


class Counts:
    """Counts per group tuple; addition merges, subtraction takes back. Invariant: no all-zero vector is kept.

    Integers only, so any split and any order of the same rows gives equal counts. ``levels`` are the known values
    of each attribute ever seen or declared, so that a category without a case is shown with n = 0.
    """

    __slots__ = ("cells", "levels", "schema")

    def __init__(
        self,
        schema: Schema,
        cells: Mapping[Group, Vector] | None = None,
        levels: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self.schema = schema
        self.cells: dict[Group, Vector] = {group: v for group, v in (cells or {}).items() if v.any()}
        known: dict[str, set[str]] = {name: set((levels or {}).get(name, ())) for name in schema.attributes}
        for group in self.cells:
            for name, level in zip(schema.attributes, group, strict=True):
                if level is not None:
                    known[name].add(level)
        self.levels: dict[str, frozenset[str]] = {name: frozenset(seen) for name, seen in known.items()}

    @classmethod
    def from_rows(cls, schema: Schema, rows: Iterable[Row], weight: int = 1) -> Self:
        """Count rows one by one; ``weight`` -1 takes them back (late outcome, correction, erasure)."""
        cells: dict[Group, Vector] = {}
        for row in rows:
            vector = cells.setdefault(row.group, np.zeros(schema.width, dtype=np.int64))
            _add_row(schema, vector, row, weight)
        return cls(schema, cells)

    def _checked(self, other: "Counts") -> None:
        if self.schema != other.schema:
            raise DifferentSchema(self.schema.digest, other.schema.digest)

    def _combined(self, other: "Counts", sign: int) -> "Counts":
        self._checked(other)
        cells = dict(self.cells)
        for group, vector in other.cells.items():
            mine = cells.get(group)
            cells[group] = sign * vector if mine is None else mine + sign * vector
        levels = {name: self.levels[name] | other.levels[name] for name in self.schema.attributes}
        return Counts(self.schema, cells, levels)

    def __add__(self, other: "Counts") -> "Counts":
        return self._combined(other, 1)

    def __sub__(self, other: "Counts") -> "Counts":
        return self._combined(other, -1)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Counts)
            and self.schema == other.schema
            and self.cells.keys() == other.cells.keys()
            and all(np.array_equal(vector, other.cells[group]) for group, vector in self.cells.items())
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def n(self) -> int:
        """How many cases were counted."""
        return int(sum(vector[: self.schema.cell_size].sum() for vector in self.cells.values()))

    def check_possible(self) -> None:
        """Raise ``ImpossibleCounts`` when any count is below zero."""
        for group, vector in self.cells.items():
            if vector.min() < 0:
                raise ImpossibleCounts(f"a count of group {group!r} is below zero: a correction lacks its row")

    def positions(self, names: Sequence[str]) -> tuple[int, ...]:
        """Return where the attributes stand in a group tuple."""
        for name in names:
            if name not in self.schema.attributes:
                raise UnknownColumn(name, self.schema.attributes)
        return tuple(self.schema.attributes.index(name) for name in names)

    def marginal(self, names: Sequence[str]) -> dict[Group, Vector]:
        """Return the vectors summed over all attributes but ``names``; unknown levels included."""
        where = self.positions(names)
        sums: dict[Group, Vector] = {}
        for group, vector in self.cells.items():
            key = tuple(group[i] for i in where)
            mine = sums.get(key)
            sums[key] = vector.copy() if mine is None else mine + vector
        return sums

    def held_back(self, names: Sequence[str]) -> frozenset[Group]:
        """Return the groups of ``names`` of which cases are not given out; of plain counts, none."""
        return frozenset()

    @property
    def held(self) -> dict[tuple[str, ...], int]:
        """How many cases are not given out, by the attributes counted together; of plain counts, none."""
        return {}

    def total(self) -> Vector:
        """Return the vector of everybody, unknown groups included."""
        return sum(self.cells.values(), np.zeros(self.schema.width, dtype=np.int64))

    def stage(self, name: str) -> "Counts":
        """Return the counts of one decision stage alone, such as ``proposal`` or ``final``."""
        if name not in self.schema.stages:
            raise UnknownColumn(name, self.schema.stages)
        position = self.schema.stages.index(name)
        others = tuple(i for i in range(len(self.schema.stages)) if i != position)
        single = replace(self.schema, stages=(name,))
        size = self.schema.cell_size
        cells = {
            group: np.concatenate(
                [vector[:size].reshape(self.schema.cell_shape).sum(axis=others).ravel(), vector[size:]]
            )
            for group, vector in self.cells.items()
        }
        return Counts(single, cells, self.levels)

    def split(self, name: str) -> dict[str | None, "Counts"]:
        """Return one ``Counts`` for each level of an attribute (a stratum), without that attribute."""
        (position,) = self.positions([name])
        rest = tuple(other for other in self.schema.attributes if other != name)
        schema = replace(self.schema, attributes=rest)
        parts: dict[str | None, dict[Group, Vector]] = {}
        for group, vector in self.cells.items():
            parts.setdefault(group[position], {})[group[:position] + group[position + 1 :]] = vector
        return {level: Counts(schema, cells, {n: self.levels[n] for n in rest}) for level, cells in parts.items()}

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain data, groups in a fixed order."""
        order = sorted(self.cells, key=lambda group: [(level is None, level or "") for level in group])
        return {
            "schema": self.schema.to_json(),
            "levels": {name: sorted(self.levels[name]) for name in self.schema.attributes},
            "cells": [{"group": list(group), "counts": self.cells[group].tolist()} for group in order],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        schema = Schema.from_json(data["schema"])
        cells = {tuple(cell["group"]): np.array(cell["counts"], dtype=np.int64) for cell in data["cells"]}
        return cls(schema, cells, data["levels"])


def merge(parts: Iterable[Counts]) -> Counts:
    """Return the sum of one or more counts of the same schema, in one pass over their cells."""
    iterator = iter(parts)
    first = next(iterator)
    cells = {group: vector.copy() for group, vector in first.cells.items()}
    levels = {name: set(seen) for name, seen in first.levels.items()}
    for part in iterator:
        first._checked(part)
        for group, vector in part.cells.items():
            if group in cells:
                cells[group] += vector
            else:
                cells[group] = vector.copy()
        for name, seen in part.levels.items():
            levels[name] |= seen
    return Counts(first.schema, cells, levels)


def ternary(value: bool | None) -> int:
    """Return the cell code of a decision or outcome."""
    return MISSING if value is None else int(value)


def score_bin(schema: Schema, score: float | None) -> int:
    """Return the histogram bin of a score; the last one (``schema.bins``) holds missing scores."""
    if score is None or score != score:
        return schema.bins
    return int(np.searchsorted(np.asarray(schema.edges[1:-1]), score, side="right"))


def _add_row(schema: Schema, vector: Vector, row: Row, weight: int) -> None:
    index = 0
    for decision in row.decisions:
        index = index * 3 + ternary(decision)
    outcome = ternary(row.outcome)
    vector[index * 3 + outcome] += weight
    if not schema.bins:
        return
    place = score_bin(schema, row.score)
    vector[schema.cell_size + place * 3 + outcome] += weight
    if place < schema.bins:
        assert row.score is not None  # noqa: S101
        sums = schema.cell_size + (schema.bins + 1) * 3
        vector[sums + place * 3 + outcome] += weight * round(row.score * SCORE_UNIT)
