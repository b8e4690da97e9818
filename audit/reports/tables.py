"""The tables of a report as CSV, for whoever counts again in a spreadsheet."""

import csv
import io
import zipfile
from collections.abc import Iterator

from audit.reports import display
from audit.reports.content import Chart, Figure, KeyFigures, OversightReport, Section, Table, figures

FIGURE_COLUMNS = (
    "id", "label", "value", "unit", "n", "low", "high", "level", "method", "state", "window_start", "window_end",
    "filter", "query", "basis", "method_version", "evidence_grade", "checkpoint", "simulated", "reason",
)  # fmt: skip
RISKY = ("=", "+", "-", "@", "\t", "\r")


def safe(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula (OWASP, CSV injection); numbers stay numbers."""
    if not text.startswith(RISKY):
        return text
    try:
        float(text)
    except ValueError:
        return "'" + text
    return text


def csv_tables(report: OversightReport) -> dict[str, bytes]:
    """Return every table of ``report`` as UTF-8 CSV by file name, and ``figures.csv`` with all figures whole."""
    files = {"figures.csv": _write([FIGURE_COLUMNS, *(_figure(figure) for figure in _figures(report))])}
    for place, section in enumerate(report.sections, 1):
        for name, rows in _tables(section):
            files[f"{place:02d}-{section.id}-{name}.csv"] = _write(rows)
    return files


def csv_zip(report: OversightReport) -> bytes:
    """Return :func:`csv_tables` as one zip with fixed dates: the same report gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in csv_tables(report).items():
            archive.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def _write(rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[safe(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8")


def _figures(report: OversightReport) -> Iterator[Figure]:
    seen: set[str] = set()
    for figure in figures(report):
        if figure.id not in seen:
            seen.add(figure.id)
            yield figure


def _figure(figure: Figure) -> tuple[str, ...]:
    bounds, window = figure.interval, figure.window
    return tuple(
        "" if value is None else str(value)
        for value in (
            figure.id, figure.label, figure.value if figure.value is not None else figure.text, figure.unit, figure.n,
            bounds and bounds.low, bounds and bounds.high, bounds and bounds.level, bounds and bounds.method,
            figure.state, window and window.start.isoformat(), window and window.end.isoformat(), figure.filter,
            figure.query, figure.basis, figure.method_version, figure.evidence_grade, figure.checkpoint,
            "yes" if figure.simulated else "no", figure.reason,
        )
    )  # fmt: skip


def _tables(section: Section) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    for block in section.blocks:
        if isinstance(block, Table):
            head = tuple(column.label for column in block.columns)
            yield block.id, [head, *(tuple(_shown(cell) for cell in row) for row in block.rows)]
        elif isinstance(block, KeyFigures):
            yield block.id, [FIGURE_COLUMNS, *(_figure(figure) for figure in block.figures)]
        elif isinstance(block, Chart):
            yield block.id, _chart(block)


def _shown(cell: str | Figure) -> str:
    if isinstance(cell, str):
        return cell
    if cell.value is not None:
        return str(cell.value)
    return display.figure_value(cell)


def _chart(chart: Chart) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("group", "label", "value", "low", "high", "n", "state")]
    for row in chart.rows:
        values = (row.value, row.low, row.high, row.n)
        rows.append((row.group, row.label, *("" if v is None else str(v) for v in values), row.state))
    for point in chart.points:
        values = (point.value, point.low, point.high, point.n)
        rows.append(("", point.at.isoformat(), *("" if v is None else str(v) for v in values), ""))
    return rows
