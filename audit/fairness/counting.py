"""From columns to counts: category codes, DataFrames."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audit.fairness.counts import MISSING, Counts, Group, Vector
from audit.fairness.encoding import UNKNOWN_TOKENS, Coded, Codes, encode, label_of
from audit.fairness.errors import InvalidCheck, UnknownColumn, UnknownValue
from audit.fairness.on_demand import on_demand
from audit.fairness.schema import SCORE_UNIT, Schema

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = on_demand("pandas")

CHUNK = 1 << 16
"""Rows packed at a time: keeps the widened keys in the cache and memory flat at any n."""

DENSE_CELLS = 1_000_000
"""Above so many possible cells a chunk is counted sparsely."""

BINARY = (frozenset({"0", "1"}), frozenset({"true", "false"}), frozenset({"yes", "no"}))
"""Pairs of values so common that one may be declared although only the other occurs."""


def find_label(labels: Sequence[str], wanted: str, role: str, column: str) -> int | None:
    """Return the code of a declared value; ``1`` also finds ``1.0``, nothing else is bent.

    None when the value does not occur but its partner in ``BINARY`` does: nobody was selected. Otherwise raises
    ``UnknownValue``, so that a misspelt value cannot turn into a rate of zero.
    """
    wanted = label_of(wanted)
    if wanted in labels:
        return labels.index(wanted)
    for code, label in enumerate(labels):
        if _number(label) is not None and _number(label) == _number(wanted):
            return code
    for pair in BINARY:
        if wanted.casefold() in pair and {label.casefold() for label in labels} == pair - {wanted.casefold()}:
            return None
    raise UnknownValue(role, column, wanted, labels)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def yes_no(coded: Coded, wanted: str, role: str, column: str) -> NDArray[np.uint8]:
    """Return a column as 1 (the declared value), 0 (any other) and 2 (unknown)."""
    lookup = np.zeros(len(coded.labels) + 1, dtype=np.uint8)
    code = find_label(coded.labels, wanted, role, column)
    if code is not None:
        lookup[code] = 1
    lookup[-1] = MISSING
    return lookup[coded.codes]


def counts_from_codes(
    schema: Schema,
    attributes: Sequence[Coded],
    decisions: Sequence[NDArray[np.uint8]],
    outcome: NDArray[np.uint8] | None = None,
    score: NDArray[np.float64] | None = None,
) -> Counts:
    """Count columns of equal length in one pass over 64k-row chunks.

    ``attributes``: one ``Coded`` per schema attribute. ``decisions``: one array per stage, and ``outcome``, with
    1 yes, 0 no, 2 unknown. ``score``: floats, NaN missing.
    """
    rows = _common_length(schema, attributes, decisions)
    radices = [len(attribute.labels) + 1 for attribute in attributes]
    groups = int(np.prod(radices, dtype=object)) if radices else 1
    possible = groups * schema.cell_size
    if possible >= 1 << 62:
        raise InvalidCheck("too many attributes with too many values to cross: name fewer")
    tally = _Tally(groups, schema.width, dense=groups * schema.width <= DENSE_CELLS)
    key_type = np.min_scalar_type(max(possible, 1))
    shifts = [np.array(radix, dtype=key_type) for radix in radices]
    three, one = np.array(3, dtype=key_type), np.array(1, dtype=key_type)
    inner_edges = np.asarray(schema.edges[1:-1], dtype=float)
    for start in range(0, rows, CHUNK):
        part = slice(start, min(start + CHUNK, rows))
        key = np.zeros(part.stop - part.start, dtype=key_type)
        for attribute, radix in zip(attributes, shifts, strict=True):
            # Unknown (-1) becomes 0 by wrap-around of the unsigned sum.
            key *= radix
            key += attribute.codes[part].astype(key_type)
            key += one
        group_key = key.copy() if schema.bins else key
        for decision in decisions:
            key *= three
            key += decision[part]
        key *= three
        key += MISSING if outcome is None else outcome[part]
        tally.add(key, schema.cell_size, 0)
        if schema.bins and score is not None:
            outcomes = np.full(len(key), MISSING, dtype=np.uint8) if outcome is None else outcome[part]
            _add_scores(schema, tally, group_key, outcomes, score[part], inner_edges)
    return Counts(schema, tally.cells(attributes, radices), _levels(schema, attributes))


def _common_length(schema: Schema, attributes: Sequence[Coded], decisions: Sequence[NDArray[np.uint8]]) -> int:
    if len(attributes) != len(schema.attributes) or len(decisions) != len(schema.stages):
        raise InvalidCheck("one coded column per attribute and one decision column per stage are needed")
    rows = len(decisions[0])
    if any(len(array) != rows for array in [*(a.codes for a in attributes), *decisions]):
        raise InvalidCheck("all columns must have the same number of rows")
    return rows


def _levels(schema: Schema, attributes: Sequence[Coded]) -> dict[str, tuple[str, ...]]:
    return {name: coded.labels for name, coded in zip(schema.attributes, attributes, strict=True)}


def _add_scores(
    schema: Schema,
    tally: "_Tally",
    group_key: Codes,
    outcome: NDArray[np.uint8],
    score: NDArray[np.float64],
    inner_edges: NDArray[np.float64],
) -> None:
    missing = np.isnan(score)
    place = np.where(missing, schema.bins, np.searchsorted(inner_edges, score, side="right"))
    size = (schema.bins + 1) * 3
    key = (group_key.astype(np.int64) * (schema.bins + 1) + place) * 3 + outcome
    tally.add(key, size, schema.cell_size)
    known = ~missing
    sums = schema.bins * 3
    key = (group_key[known].astype(np.int64) * schema.bins + place[known]) * 3 + outcome[known]
    tally.add(key, sums, schema.cell_size + size, np.rint(score[known] * SCORE_UNIT))


class _Tally:
    """Adds packed keys up, densely where the cube is small, else in a dictionary of groups."""

    def __init__(self, groups: int, width: int, *, dense: bool) -> None:
        self.groups = groups
        self.width = width
        self.table: Vector | None = np.zeros((groups, width), dtype=np.int64) if dense else None
        self.sparse: dict[int, Vector] = {}

    def add(self, key: Codes, size: int, offset: int, weights: NDArray[np.float64] | None = None) -> None:
        """Add a chunk whose key is group * size + position to the columns from ``offset`` on."""
        if self.table is not None:
            found = np.bincount(key, weights, minlength=self.groups * size)
            # Sums of a chunk of millionths stay below 2^53, so the float total is exact.
            self.table[:, offset : offset + size] += found.astype(np.int64).reshape(self.groups, size)
            return
        values, inverse = np.unique(key, return_inverse=True)
        found = np.bincount(inverse, weights, minlength=len(values)).astype(np.int64)
        for value, count in zip(values.tolist(), found.tolist(), strict=True):
            group, position = divmod(value, size)
            if group not in self.sparse:
                self.sparse[group] = np.zeros(self.width, dtype=np.int64)
            self.sparse[group][offset + position] += count

    def cells(self, attributes: Sequence[Coded], radices: Sequence[int]) -> dict[Group, Vector]:
        """Return the non-empty groups under their labels."""
        if self.table is not None:
            filled: Mapping[int, Vector] = {
                int(i): self.table[i].copy() for i in np.flatnonzero(self.table.any(axis=1))
            }
        else:
            filled = self.sparse
        cells = {}
        for key, vector in filled.items():
            levels: list[str | None] = []
            rest = key
            for attribute, radix in zip(reversed(attributes), reversed(radices), strict=True):
                rest, code = divmod(rest, radix)
                levels.append(attribute.labels[code - 1] if code else None)
            cells[tuple(reversed(levels))] = vector
        return cells


def counts_from_frame(
    frame: "pd.DataFrame", schema: Schema, *, unknown: Iterable[str] = UNKNOWN_TOKENS, stages: Sequence[str] = ()
) -> Counts:
    """Count a DataFrame. ``stages`` are the columns of the schema's stages (default: the decision column alone).

    Rows without an attribute, decision, outcome or score are counted as unknown, never dropped. Raises
    ``UnknownColumn`` and ``UnknownValue``.
    """
    columns = tuple(stages) or (schema.decision,)
    needed = [*schema.attributes, *columns, *(c for c in (schema.outcome, schema.score) if c is not None)]
    for column in needed:
        if column not in frame.columns:
            raise UnknownColumn(column, [str(c) for c in frame.columns])
    attributes = [encode(frame[name], unknown) for name in schema.attributes]
    decisions = [yes_no(encode(frame[name], unknown), schema.favourable, "favourable", name) for name in columns]
    outcome = None
    if schema.outcome is not None and schema.positive is not None:
        outcome = yes_no(encode(frame[schema.outcome], unknown), schema.positive, "positive", schema.outcome)
    score = None
    if schema.score is not None and schema.bins:
        score = pd.to_numeric(frame[schema.score], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return counts_from_codes(schema, attributes, decisions, outcome, score)
