"""Columns as small integer codes: the part of counting that costs most, so done without hashing texts twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audit.fairness.on_demand import on_demand

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = on_demand("pandas")

UNKNOWN_TOKENS = frozenset({"", "unknown", "nan", "na", "n/a", "null", "<na>"})
"""Texts that mean *not known*, compared without case. ``None`` is a value: some categories are named so."""

CHUNK = 1 << 16
DISTINCT_OBJECTS = 2_000
"""So many different text objects are worth telling apart by address before they are compared as texts."""

Codes = NDArray[Any]


@dataclass(frozen=True)
class Coded:
    """A column as integer codes (-1 unknown) with the label of each code."""

    codes: Codes
    labels: tuple[str, ...]


def label_of(value: Any) -> str:
    """Return a cell value as the text a user would type: 1.0 and 1 are both ``1``."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def encode(column: "pd.Series[Any]", unknown: Iterable[str] = UNKNOWN_TOKENS) -> Coded:
    """Return a column as codes; missing values and the ``unknown`` texts become -1.

    A pandas category keeps its declared categories, used or not.
    """
    tokens = {token.casefold() for token in unknown}
    codes, values = _raw_codes(column)
    labels = [label_of(value) for value in values]
    kept = sorted({label for label in labels if label.casefold() not in tokens})
    if labels == kept:
        return Coded(codes, tuple(kept))
    place = {label: i for i, label in enumerate(kept)}
    # The last entry serves code -1.
    lookup = np.array([place.get(label, -1) for label in labels] + [-1])
    return Coded(lookup.astype(_code_type(len(kept)))[codes], tuple(kept))


def _code_type(labels: int) -> type[np.signedinteger[Any]]:
    return np.int8 if labels < 127 else np.int16 if labels < 32_767 else np.int32


def _raw_codes(column: "pd.Series[Any]") -> tuple[Codes, list[Any]]:
    """Return codes (-1 missing) and the value of each code, in any order."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes), list(column.cat.categories)
    if isinstance(column.dtype, np.dtype):
        found = None
        if column.dtype.kind in "iub" and len(column):
            found = _integer_codes(column.to_numpy())
        elif column.dtype.kind == "O":
            found = _object_codes(column.to_numpy())
        if found is not None:
            return found
    codes, uniques = pd.factorize(column, use_na_sentinel=True)
    return codes, list(uniques)


def _integer_codes(values: Codes) -> tuple[Codes, list[Any]] | None:
    """Code integers of a narrow range by their distance from the least; None when the range is wide."""
    boolean = values.dtype.kind == "b"
    low, high = int(values.min()), int(values.max())
    if high - low >= CHUNK:
        return None
    seen = np.zeros(high - low + 1, dtype=bool)
    for start in range(0, len(values), CHUNK):
        part = values[start : start + CHUNK]
        seen[(part.astype(np.int64) - low) if low or not boolean else part.astype(np.uint8)] = True
    present = np.flatnonzero(seen)
    code_type = _code_type(len(present))
    lookup = np.zeros(high - low + 1, dtype=code_type)
    lookup[present] = np.arange(len(present))
    codes = np.empty(len(values), dtype=code_type)
    for start in range(0, len(values), CHUNK):
        part = values[start : start + CHUNK]
        codes[start : start + CHUNK] = lookup[part.astype(np.int64) - low]
    labels = [bool(low + i) if boolean else int(low + i) for i in present]
    return codes, labels


class _Addresses:
    """The array interface of an object array read as its addresses."""

    def __init__(self, values: Codes) -> None:
        self.__array_interface__ = {
            "data": (values.ctypes.data, True),
            "typestr": np.dtype(np.intp).str,
            "shape": values.shape,
            "strides": values.strides,
            "version": 3,
        }


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def _object_codes(values: Codes) -> tuple[Codes, list[Any]] | None:
    """Code an object column by the addresses of its few different objects; None when there are too many.

    Columns of texts repeat the same object; comparing addresses costs a tenth of hashing each text. ``values`` stays
    alive throughout, so no address is reused. Equal texts at different addresses are joined by ``encode``.
    """
    addresses = np.asarray(_Addresses(values))
    place: dict[int, int] = {}
    found: list[Any] = []
    codes = np.empty(len(values), dtype=np.int16)
    for start in range(0, len(values), CHUNK):
        local, uniques = pd.factorize(addresses[start : start + CHUNK])
        if len(uniques) + len(found) > DISTINCT_OBJECTS:
            return None
        lookup = np.empty(len(uniques), dtype=np.int16)
        for i, address in enumerate(uniques.tolist()):
            if address not in place:
                value = values[start + int(np.argmax(local == i))]
                place[address] = -1 if _missing(value) else len(found)
                if place[address] >= 0:
                    found.append(value)
            lookup[i] = place[address]
        codes[start : start + CHUNK] = lookup[local]
    return codes, found
