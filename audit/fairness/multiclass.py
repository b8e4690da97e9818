"""Decisions with more than two values: counted once, judged class by class against the rest."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from audit.fairness.counts import MISSING, NO, YES, Counts, Group, Vector
from audit.fairness.encoding import UNKNOWN_TOKENS, Coded, encode
from audit.fairness.errors import DifferentSchema, InvalidCheck, UnknownColumn, UnknownValue
from audit.fairness.schema import Schema


@dataclass(frozen=True)
class MulticlassCounts:
    """Per group tuple a (K + 1) x (K + 1) table: decision by outcome, the last row and column unknown."""

    attributes: tuple[str, ...]
    decision: str
    outcome: str | None
    classes: tuple[str, ...]
    cells: Mapping[Group, Vector]

    def __add__(self, other: "MulticlassCounts") -> "MulticlassCounts":
        ours = (self.attributes, self.decision, self.outcome, self.classes)
        theirs = (other.attributes, other.decision, other.outcome, other.classes)
        if ours != theirs:
            raise DifferentSchema(str(ours), str(theirs))
        cells = dict(self.cells)
        for group, table in other.cells.items():
            cells[group] = cells[group] + table if group in cells else table
        return MulticlassCounts(self.attributes, self.decision, self.outcome, self.classes, cells)

    def binary(self, favourable: Collection[str], positive: Collection[str] | None = None) -> Counts:
        """Return counts where the classes of ``favourable`` are favourable and the others are not.

        ``positive``: the outcomes that deserve it (the same classes when not given).
        """
        wanted = frozenset(favourable)
        deserved = wanted if positive is None else frozenset(positive)
        for role, named in (("favourable", wanted), ("positive", deserved)):
            for value in sorted(named - set(self.classes)):
                raise UnknownValue(role, self.decision, value, self.classes)
        if not wanted or wanted == set(self.classes):
            raise InvalidCheck("some classes must be favourable and some not")
        schema = Schema(
            attributes=self.attributes,
            decision=self.decision,
            favourable=" | ".join(sorted(wanted)),
            outcome=self.outcome,
            positive=" | ".join(sorted(deserved)) if self.outcome else None,
        )
        rows = np.array([YES if c in wanted else NO for c in self.classes] + [MISSING])
        columns = np.array([YES if c in deserved else NO for c in self.classes] + [MISSING])
        cells = {}
        for group, table in self.cells.items():
            folded = np.zeros((3, 3), dtype=np.int64)
            np.add.at(folded, (rows[:, None], columns[None, :]), table)
            cells[group] = folded.ravel()
        return Counts(schema, cells)

    def each_class(self) -> dict[str, Counts]:
        """Return one-versus-rest counts for every class."""
        return {name: self.binary([name]) for name in self.classes}


def multiclass_from_frame(
    frame: pd.DataFrame, attributes: Sequence[str], decision: str, outcome: str | None = None
) -> MulticlassCounts:
    """Count decisions of any number of classes; unknown groups, decisions and outcomes are counted as such."""
    needed = [*attributes, decision, *([outcome] if outcome else [])]
    for column in needed:
        if column not in frame.columns:
            raise UnknownColumn(column, [str(c) for c in frame.columns])
    decided = encode(frame[decision], UNKNOWN_TOKENS)
    found = encode(frame[outcome], UNKNOWN_TOKENS) if outcome else None
    classes = tuple(sorted({*decided.labels, *(found.labels if found else ())}))
    size = len(classes) + 1
    rows = _to_classes(decided, classes)
    columns = np.full(len(frame), size - 1) if found is None else _to_classes(found, classes)
    levels = [encode(frame[name], UNKNOWN_TOKENS) for name in attributes]
    key = np.zeros(len(frame), dtype=np.int64)
    for coded in levels:
        key = key * (len(coded.labels) + 1) + coded.codes + 1
    groups, inverse = np.unique(key, return_inverse=True)
    table = np.bincount((inverse * size + rows) * size + columns, minlength=len(groups) * size * size)
    tables = table.reshape(len(groups), size, size)
    cells = {_labels(int(packed), levels): tables[i] for i, packed in enumerate(groups)}
    return MulticlassCounts(tuple(attributes), decision, outcome, classes, cells)


def _to_classes(coded: Coded, classes: tuple[str, ...]) -> Vector:
    lookup = np.array([classes.index(label) for label in coded.labels] + [len(classes)], dtype=np.int64)
    return np.asarray(lookup[coded.codes])


def _labels(packed: int, levels: Sequence[Coded]) -> Group:
    found: list[str | None] = []
    for coded in reversed(levels):
        packed, code = divmod(packed, len(coded.labels) + 1)
        found.append(coded.labels[code - 1] if code else None)
    return tuple(reversed(found))
