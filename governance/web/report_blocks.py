"""A report's frozen data as what the page templates draw: the same figures and words as in the PDF."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.charts import Drawing
from audit.reports import content, display
from audit.reports.charting import drawing_of
from governance.web import words
from governance.web.figures import page_figure
from governance.web.tables import Cell, Column, Row, Table

Links = dict[str, tuple[str, str]]


def shown_sections(report: content.OversightReport, *, linked: bool = True) -> list[dict[str, Any]]:
    """Return each section with its blocks as ``{"kind", ...}`` for the template.

    ``linked``: figures lead to the decisions behind them; for the public they do not.
    """
    links = figure_links(report) if linked else {}
    return [
        {
            "id": section.id,
            "title": section.title,
            "available": section.status == "computed",
            "reason": section.reason,
            "blocks": [_shown(block, f"{section.id}-{place}", links) for place, block in enumerate(section.blocks)],
            "wide": any(isinstance(block, content.Table) and len(block.columns) > 4 for block in section.blocks),
        }
        for section in report.sections
    ]


def figure_links(report: content.OversightReport) -> dict[str, tuple[str, str]]:
    """Return the printed number of every figure by its id, and where an issued report traces it."""
    ref = report.meta.ref if report.meta.checkpoint and not report.meta.draft else ""
    return {
        id_: (number, reverse("report-figure", args=[ref, number]) if ref else "")
        for id_, number in content.numbered(report.sections).items()
    }


def _shown(block: content.Block, name: str, links: Links) -> dict[str, Any]:
    match block:
        case content.Paragraph():
            return {"kind": "paragraph", "text": block.text, "lead": block.role == "lead"}
        case content.Note():
            return {"kind": "note", "text": block.text, "simulated": block.kind == "simulated"}
        case content.Statement():
            return {"kind": "statement", "block": block, "standing": _standing(block)}
        case content.Facts():
            return {"kind": "facts", "items": block.items}
        case content.KeyFigures():
            return {
                "kind": "measures",
                "title": block.title,
                "measures": [measure(each, links) for each in block.figures],
            }
        case content.Table():
            return {"kind": "table", "table": _table(block, links), "empty": block.empty, "note": block.note}
        case content.Chart():
            return {"kind": "chart", "figure": _figure(block, name)}


def _standing(statement: content.Statement) -> str:
    return {
        "computed": _("computed from the records"),
        "person": _("stated by %(who)s") % {"who": statement.by or _("a person")},
        "gap": _("missing"),
    }[statement.kind]


def measure(figure: content.Figure, links: Links) -> dict[str, Any]:
    """Return a figure for the list of figures: value, what it rests on, whether it is available."""
    number, href = links.get(figure.id, ("", ""))
    return {
        "number": number,
        "href": href,
        "label": figure.label,
        "value": display.figure_value(figure),
        "detail": display.figure_detail(figure),
        "available": figure.available,
        "simulated": figure.simulated,
        "state": figure.state,
    }


def _table(table: content.Table, links: Links) -> Table:
    counted = any(column.key == "n" for column in table.columns)
    rows = [
        Row(cells=[_cell(cell, column, counted, links) for cell, column in zip(row, table.columns, strict=True)])
        for row in table.rows
    ]
    columns = [Column(label=column.label, number=column.align == "right") for column in table.columns]
    return Table(id=f"t-{table.id}", caption=table.title, columns=columns, rows=rows, stack=len(columns) > 3)


def _cell(cell: str | content.Figure, column: content.Column, counted: bool, links: Links) -> Cell:
    """``counted``: n has a column of its own, so the figure need not repeat it."""
    if isinstance(cell, content.Figure):
        number, href = links.get(cell.id, ("", ""))
        if cell.state and not cell.available:
            return Cell(word=words.word_of(cell.state, words.STATES), under=display.figure_detail(cell), id=number)
        if counted and cell.available:
            under = display.interval(cell.interval, cell.unit) if cell.interval else ""
        else:
            under = display.figure_detail(cell)
        return Cell(text=display.figure_value(cell), under=under, kind="number", id=number, id_href=href)
    return Cell(text=cell, kind="code" if column.mono else "text")


def _figure(chart: content.Chart, name: str) -> Any:
    def draw(width: float) -> Drawing:
        return drawing_of(chart, width=width)

    return page_figure(draw, name=f"chart-{name}", see=chart.finding, caption=chart.title)
