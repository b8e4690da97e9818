"""What every page about differences between groups has: one question, an answer, figures, tables, method, exports."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from audit.charts import Drawing, IntervalRow, dot_interval
from audit.fairness.assessment import Assessment
from audit.fairness.schema import CROSS
from audit.reports.tables import safe
from audit.statistics import Interval
from governance.web import words
from governance.web.fairness_figures import group_words
from governance.web.figures import PageFigure, page_figure
from governance.web.tables import Cell, Column, Row, Table
from governance.web.windows import Window


@dataclass(slots=True, kw_only=True)
class FairnessView:
    """One page. ``empty`` says why there is nothing; ``data`` is what its JSON holds."""

    title: str
    question: str
    answer: list[str] = field(default_factory=list)
    figures: list[dict[str, Any]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    method: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    read_with: str = ""
    empty: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def window_words(window: Window) -> str:
    """The days of a window, in words."""
    return _("%(first)s to %(last)s, UTC, by the day of the decision") % {
        "first": window.start.date().isoformat(),
        "last": window.last_day.isoformat(),
    }


def method_of(assessment: Assessment, window: Window) -> list[tuple[str, str]]:
    """The lines every page prints under *How it was computed*."""
    config, schema = assessment.config, assessment.schema
    references = "; ".join(f"{name}: {level}" for name, level in config.reference.items())
    return [
        (_("Window"), window_words(window)),
        (_("Favourable decision"), str(schema.favourable)),
        (_("Reference groups"), references or _("none declared: the largest group")),
        (_("Direction"), _("difference: group − reference; ratio: group ÷ reference")),
        (
            _("Small groups"),
            _("Counted in parcels of at least %(n)s cases; fewer are held back, in every view and export alike.")
            % {"n": config.floor.shown},
        ),
        (_("Definition"), schema.digest),
    ]


def limits(figure: Interval | None, unit: str) -> str:
    """The interval of a figure, or nothing."""
    if figure is None or figure.value is None or figure.low is None or figure.high is None:
        return ""
    return words.chart_words().interval(figure.low, figure.high, unit)


def number_cell(figure: Interval | None, unit: str) -> Cell:
    """A figure with its interval beneath; ``not available`` when there is none, never 0."""
    if figure is None or figure.value is None:
        return Cell(text=_("not available"), kind="number")
    return Cell(text=words.chart_words().value(figure.value, unit), under=limits(figure, unit), kind="number")


def count_cell(n: int | None, shown: int) -> Cell:
    """A count; those too few to say are said to be."""
    if n is None or 0 < n < shown:
        return Cell(text=_("under %(n)s") % {"n": shown}, kind="number")
    return Cell(text=words.chart_words().number(n), kind="number")


def attribute_words(attribute: str) -> str:
    """An attribute or cross as people read it."""
    return attribute.replace(CROSS, " × ")


def interval_figure(
    rows: Sequence[IntervalRow],
    *,
    name: str,
    title: str,
    see: str = "",
    unit: str = "points",
    reference: float | None = 0.0,
    threshold: float | None = None,
    bounds: tuple[float, float] | None = None,
) -> PageFigure:
    """A dot-and-interval chart at both widths."""

    def draw(width: float) -> Drawing:
        return dot_interval(
            rows, title=title, threshold=threshold, reference=reference, unit=unit, width=width, bounds=bounds,
            words=words.chart_words(),
        )  # fmt: skip

    return page_figure(draw, name=name, see=see)


def interval_row(attribute: str, group: str, figure: Interval, *, state: str = "none", shown: int = 10) -> IntervalRow:
    """A row of such a chart."""
    few = figure.value is None and figure.n < shown
    return IntervalRow(
        label=group_words(attribute, group),
        n=None if few else figure.n,
        n_text=f"n {_('under %(n)s') % {'n': shown}}" if few else "",
        value=figure.value,
        low=figure.low,
        high=figure.high,
        state=state,
        group=attribute_words(attribute),
    )


def as_csv(tables: Iterable[Table], about: Sequence[tuple[str, str]]) -> str:
    """Return tables as one CSV file: method lines, then each table under its caption. No cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    for label, value in about:
        writer.writerow([safe(str(label)), safe(str(value))])
    for table in tables:
        writer.writerow([])
        writer.writerow([safe(str(table.caption))])
        writer.writerow([safe(str(label)) for label in _labels(table.columns)])
        for row in table.rows:
            writer.writerow([safe(text) for text in _texts(table.columns, row)])
    return out.getvalue()


def _labels(columns: Sequence[Column]) -> list[Any]:
    found: list[Any] = [_("Attribute")]
    for column in columns:
        found.append(column.label)
        if column.number:
            found.append(_("%(figure)s: interval or note") % {"figure": column.label})
    return found


def _texts(columns: Sequence[Column], row: Row) -> list[str]:
    found = [str(row.group)]
    for column, cell in zip(columns, row.cells, strict=True):
        found.append(_plain(cell.word.text if cell.word else cell.text))
        if column.number:
            found.append(_plain(cell.under))
    return found


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return strip_tags(str(value)) if value is not None else ""
