"""One-off audits of a file: reads the columns a check names and counts them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

import numpy as np
import pandas as pd

from audit.fairness.counting import counts_from_frame
from audit.fairness.counts import Counts
from audit.fairness.encoding import UNKNOWN_TOKENS, encode
from audit.fairness.errors import FairnessError, UnknownColumn
from audit.fairness.schema import Schema
from audit.fairness.warnings import Warning_

BINS = 64


class UnreadableFile(FairnessError):
    """The file is not a table that can be read."""

    code = "unreadable_file"


@dataclass(frozen=True)
class Columns:
    """Which columns of a file mean what; the values are declared, never guessed."""

    attributes: tuple[str, ...]
    decision: str | None = None
    favourable: str | None = None
    outcome: str | None = None
    positive: str | None = None
    score: str | None = None
    final: str | None = None
    unknown: frozenset[str] = UNKNOWN_TOKENS

    def named(self) -> list[str]:
        """Return every column that must exist, once."""
        names = [*self.attributes, self.decision, self.final, self.outcome, self.score]
        return list(dict.fromkeys(name for name in names if name is not None))


@dataclass(frozen=True)
class FileCounts:
    """Counts of a file with what the reader noticed."""

    counts: Counts
    rows: int
    warnings: tuple[Warning_, ...] = ()
    notes: dict[str, object] = field(default_factory=dict)


_COMPRESSIONS: dict[str, Literal["gzip", "bz2", "xz", "zstd"]] = {
    ".gz": "gzip",
    ".bz2": "bz2",
    ".xz": "xz",
    ".zst": "zstd",
}


def read_table(path: Path, columns: Columns, *, delimiter: str = ",", source: IO[bytes] | None = None) -> pd.DataFrame:
    """Read the named columns of a CSV (also .gz), NDJSON or Parquet file; texts stay as written.

    ``source`` is the opened file, where the caller wants to follow how far the reading is. Raises
    ``UnreadableFile`` and ``UnknownColumn``.
    """
    wanted = columns.named()
    suffixes = [suffix for suffix in path.suffixes if suffix not in (".gz", ".bz2", ".xz", ".zst")]
    try:
        if suffixes[-1:] in ([".parquet"], [".pq"]):
            frame = pd.read_parquet(source or path)
        elif suffixes[-1:] in ([".ndjson"], [".jsonl"]):
            frame = pd.read_json(path, lines=True, dtype=False, convert_dates=False)
        else:
            header = pd.read_csv(path, sep=delimiter, nrows=0, encoding="utf-8-sig", dtype=str)
            _check_columns(wanted, header)
            # Only the empty text is missing here; every other word for it is judged, visibly, when encoding.
            frame = pd.read_csv(
                source or path,
                sep=delimiter,
                compression=_COMPRESSIONS.get(path.suffix),
                usecols=wanted,
                dtype=dict.fromkeys(wanted, "category"),
                keep_default_na=False,
                na_values=[""],
                encoding="utf-8-sig",
            )
    except FairnessError:
        raise
    except (OSError, ValueError, ImportError) as error:
        raise UnreadableFile(f"{path.name} cannot be read as a table: {error}") from error
    _check_columns(wanted, frame)
    if frame.empty:
        raise UnreadableFile(f"{path.name} has no rows")
    return frame[wanted]


def _check_columns(wanted: Iterable[str], frame: pd.DataFrame) -> None:
    for name in wanted:
        if name not in frame.columns:
            raise UnknownColumn(name, [str(column) for column in frame.columns])


def numbers(column: "pd.Series[object]", unknown: frozenset[str]) -> tuple["pd.Series[float]", int]:
    """Return a column as floats, NaN missing, and how many entries were neither a number nor missing."""
    values = pd.to_numeric(column.astype(object), errors="coerce").astype(float)
    values[~np.isfinite(values)] = np.nan
    coded = encode(column, unknown)
    unreadable = int((values.isna().to_numpy() & (coded.codes >= 0)).sum())
    return values, unreadable


def score_edges(values: "pd.Series[float]", bins: int = BINS) -> tuple[float, ...]:
    """Return bin edges for scores: one bin per distinct value when there are few (exact), else equal widths.

    Scores within 0..1 are binned on 0..1, so that bins mean the same in every file.
    """
    distinct = np.unique(values.dropna().to_numpy())
    if len(distinct) == 0:
        return (0.0, 1.0)
    if len(distinct) <= bins:
        middles = (distinct[1:] + distinct[:-1]) / 2
        return tuple(float(x) for x in (distinct[0] - 1, *middles, distinct[-1] + 1))
    low, high = float(distinct[0]), float(distinct[-1])
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    return tuple(float(x) for x in np.linspace(low, high, bins + 1))


def _value_warning(frame: pd.DataFrame, columns: Columns) -> list[Warning_]:
    if columns.decision is None or columns.favourable is None:
        return []
    labels = encode(frame[columns.decision], columns.unknown).labels
    if len(labels) <= 2:
        return []
    data = {"count": len(labels), "favourable": columns.favourable, "values": list(labels[:12])}
    return [Warning_("decision_not_binary", data)]


def count_file(frame: pd.DataFrame, columns: Columns) -> FileCounts:
    """Count the decisions of a table read by ``read_table``."""
    assert columns.decision is not None and columns.favourable is not None  # noqa: S101, PT018
    warnings = _value_warning(frame, columns)
    notes: dict[str, object] = {}
    edges: tuple[float, ...] = ()
    if columns.score is not None:
        values, unreadable = numbers(frame[columns.score], columns.unknown)
        frame = frame.assign(**{columns.score: values})
        edges = score_edges(values)
        exact = values.nunique() < len(edges)
        notes["binning"] = "one bin per distinct score" if exact else f"{len(edges) - 1} bins of equal width"
        if unreadable:
            warnings.append(Warning_("score_unreadable", {"n": unreadable}))
    stages = (columns.decision,) if columns.final is None else (columns.decision, columns.final)
    schema = Schema(
        attributes=columns.attributes,
        decision=columns.decision,
        favourable=columns.favourable,
        outcome=columns.outcome,
        positive=columns.positive,
        score=columns.score,
        edges=edges,
        stages=("decision",) if columns.final is None else ("proposal", "final"),
    )
    counts = counts_from_frame(frame, schema, unknown=columns.unknown, stages=stages)
    return FileCounts(counts, len(frame), tuple(warnings), notes)


def count_scoring(frame: pd.DataFrame, columns: Columns) -> FileCounts:
    """Count who scores strictly above the median of the whole sample (6 RCNY 5-301, scoring rate).

    Cases without a score are counted apart and stand in no denominator.
    """
    assert columns.score is not None  # noqa: S101
    values, unreadable = numbers(frame[columns.score], columns.unknown)
    median = float(values.median())
    name = f"{columns.score} > median"
    above = (values > median).astype(object).where(values.notna(), None)
    table = frame.assign(**{name: above.map({True: "yes", False: "no"})})
    schema = Schema(attributes=columns.attributes, decision=name, favourable="yes")
    counts = counts_from_frame(table, schema, unknown=columns.unknown)
    missing = int(values.isna().sum())
    warnings = [Warning_("score_unreadable", {"n": unreadable})] if unreadable else []
    if missing:
        warnings.append(Warning_("score_missing", {"n": missing}))
    return FileCounts(counts, len(frame), tuple(warnings), {"median_score": median, "scored": len(frame) - missing})
