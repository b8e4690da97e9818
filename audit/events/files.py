"""Files of past decisions: NDJSON, JSON, CSV and Parquet as rows, from any row on."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final

from audit.events.problems import Problem


class FileUnreadable(ValueError):
    """A file is not of a kind we read; the message says which are."""

    code = "file_unreadable"


Row = dict[str, Any] | Problem


def rows(path: Path, *, start: int = 0) -> Iterator[tuple[int, Row]]:
    """Yield (number, row) from row ``start`` on; a row that cannot be read is a problem, not the end."""
    names = [suffix.lower() for suffix in path.suffixes]
    compressed = names[-1:] == [".gz"]
    kind = (names[:-1] if compressed else names)[-1:]
    reader = _READERS.get(kind[0] if kind else "")
    if reader is None:
        raise FileUnreadable(f"{path.name}: the ending must be {', '.join(_READERS)}; all but .parquet also with .gz")
    for number, row in enumerate(reader(path, compressed)):
        if number >= start:
            yield number, row


def _open(path: Path, compressed: bool) -> IO[str]:
    raw: Any = gzip.open(path, "rb") if compressed else path.open("rb")  # noqa: SIM115 (closed with the wrapper)
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")


def _lines(path: Path, compressed: bool) -> Iterator[Row]:
    with _open(path, compressed) as file:
        for line in file:
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except ValueError as error:
                yield Problem("invalid_event", f"is not JSON: {error}")
                continue
            yield value if isinstance(value, dict) else Problem("invalid_event", "must be an object")


def _document(path: Path, compressed: bool) -> Iterator[Row]:
    """One JSON document: a list of objects, or a single one; read at once."""
    with _open(path, compressed) as file:
        try:
            content = json.load(file)
        except (ValueError, RecursionError) as error:
            raise FileUnreadable(f"{path.name} is not JSON: {error}") from None
    for value in content if isinstance(content, list) else [content]:
        yield value if isinstance(value, dict) else Problem("invalid_event", "must be an object")


def _table(path: Path, compressed: bool) -> Iterator[Row]:
    with _open(path, compressed) as file:
        reader = csv.DictReader(file, strict=True)
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Problem("invalid_event", f"is not CSV: {error}")
                continue
            if None in row or None in row.values():
                yield Problem("invalid_event", f"must have {len(reader.fieldnames or ())} columns, as the head says")
                continue
            yield row


def _columns(path: Path, compressed: bool) -> Iterator[Row]:
    try:
        from pyarrow import parquet
    except ImportError:
        raise FileUnreadable("Parquet needs the extra 'parquet'") from None
    for batch in parquet.ParquetFile(path).iter_batches(batch_size=1000):
        for row in batch.to_pylist():
            yield {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        zoned = value.isoformat()
        return zoned if getattr(value, "tzinfo", None) or "T" not in zoned else f"{zoned}Z"
    return value


_READERS: Final[dict[str, Callable[[Path, bool], Iterator[Row]]]] = {
    ".ndjson": _lines,
    ".jsonl": _lines,
    ".json": _document,
    ".csv": _table,
    ".parquet": _columns,
}
