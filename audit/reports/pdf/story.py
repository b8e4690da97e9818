"""From report data to flowables and structure elements, section by section."""

from collections.abc import Callable
from itertools import count

from django.utils.translation import gettext as _
from reportlab.platypus import CondPageBreak, Flowable, Spacer

from audit.charts import Fonts, reportlab_drawing
from audit.reports import display
from audit.reports.charting import drawing_of
from audit.reports.content import (
    Block,
    Chart,
    Column,
    Facts,
    Figure,
    KeyFigures,
    Meta,
    Note,
    OversightReport,
    Paragraph,
    Section,
    Statement,
    Table,
    numbered,
)
from audit.reports.pdf import style
from audit.reports.pdf.blocks import Aside, Picture, Title
from audit.reports.pdf.style import Style
from audit.reports.pdf.table import SHORT, Cell, Grid, Row
from audit.reports.pdf.tags import Node, Record
from audit.reports.pdf.text import Run, Text, clip, quiet, runs_of

Lines = tuple[list[Run], Style]
TEXT_LIMIT, CELL_LIMIT, TITLE_LIMIT, LABEL_LIMIT = 6000, 500, 240, 120
CHART_SCALE = 0.68


class Story:
    """Collects flowables while walking the report; ``record`` receives the structure."""

    def __init__(self, report: OversightReport, record: Record) -> None:
        self.report, self.record = report, record
        self.flow: list[Flowable] = []
        self.numbers = numbered(report.sections)
        self.tables, self.charts = count(1), count(1)

    def section(self, place: int, section: Section) -> None:
        """Add one section: heading, then its blocks, or the reason it could not be computed."""
        part = self.record.root.add("Sect")
        self.flow.append(CondPageBreak(_room_for_opening(section)))
        if place > 1:
            self.flow.append(Spacer(1, 26))
        self.heading(part, str(place), section)
        if section.status == "not_available":
            self._not_available(part, section)
        for block in section.blocks:
            self._block(part, block)

    def part(self, section: Section) -> None:
        """Add one section of a single sheet: its blocks, without a heading of its own."""
        part = self.record.root.add("Sect")
        if section.status == "not_available":
            self._not_available(part, section)
        for block in section.blocks:
            self._block(part, block)

    def heading(self, part: Node, number: str, section: Section) -> None:
        """Add the section's heading with its number in the margin."""
        mark = Text.plain(number, quiet(style.H1, color=style.ACCENT), None) if number else None
        node = part.add("H2")
        text = Text.plain(clip(section.title, TITLE_LIMIT, "…"), style.H1, node, indent=style.INDENT, margin=mark)
        self.flow.append(Title(text, section.id, section.title, 1, self.record, ruled=True))

    def _not_available(self, part: Node, section: Section) -> None:
        node = part.add("P")
        label = Text.plain(_("Not available"), style.LABEL, node, indent=10)
        text = _("This section could not be computed: %(reason)s") % {"reason": section.reason}
        self.flow.append(
            Aside([self.column(text, style.BODY, node)], label=label, rule=style.LINE, shape="not_available")
        )

    def _block(self, part: Node, block: Block) -> None:
        if isinstance(block, Paragraph):
            look = style.LEAD if block.role == "lead" else style.BODY
            self.flow.append(self.column(block.text, look, part.add("P")))
            return
        add: dict[type, Callable[..., None]] = {
            Note: self._note,
            Statement: self._statement,
            Facts: self.facts,
            KeyFigures: self._key_figures,
            Table: self._table,
            Chart: self._chart,
        }
        add[type(block)](part, block)

    def column(self, text: str, look: Style, node: Node | None) -> Text:
        """Return ``text`` as a block in the text column."""
        return Text.plain(clip(text, TEXT_LIMIT, cut_mark()), look, node, indent=style.INDENT)

    def _note(self, part: Node, block: Note) -> None:
        words = {"simulated": _("Simulated data"), "limit": _("Limit"), "info": _("Note")}
        node = part.add("P")
        label = Text.plain(words[block.kind], style.LABEL, node)
        rule = style.ACCENT if block.kind == "simulated" else style.LINE
        self.flow.append(Aside([self.column(block.text, style.NOTE, node)], label=label, rule=rule))

    def _statement(self, part: Node, block: Statement) -> None:
        words = {"computed": _("Computed fact"), "person": _("Statement"), "gap": _("Open gap")}
        shape = "contradicts" if block.against else "open" if block.kind == "gap" else ""
        node = part.add("P")
        label = Text.plain(words[block.kind], style.LABEL, node, indent=10 if shape else 0)
        font = "Serif-Italic" if block.kind == "person" else style.BODY.font
        blocks = [self.column(block.text, quiet(style.BODY, font=font), node)]
        origin = [block.by, display.moment(block.at) if block.at else "", block.reference, block.source]
        if any(origin):
            blocks.append(self.column(" · ".join(part for part in origin if part), style.SMALL, node))
        rule = style.ACCENT if block.against else None
        self.flow.append(Aside(blocks, label=label, rule=rule, shape=shape))

    def facts(self, part: Node, block: Facts, *, last: bool = False) -> None:
        """Add labelled values: labels in the margin, values in the text column. ``last``: nothing follows."""
        listing = part.add("L")
        for item in block.items:
            entry = listing.add("LI")
            label = Text.plain(
                clip(item.label, LABEL_LIMIT, "…"), style.LABEL, entry.add("Lbl"), width=style.MARGIN_COLUMN
            )
            label.style = quiet(style.LABEL, leading=11.5)
            look = quiet(style.MONO, leading=12.5) if item.mono else quiet(style.BODY, after=0)
            body = self.column(item.text or DASH, look, entry.add("LBody"))
            row = Aside([body], label=label)
            row.spaceBefore, row.spaceAfter = 0, 3
            self.flow.append(row)
        if not last:
            self.flow.append(Spacer(1, 8))

    def _key_figures(self, part: Node, block: KeyFigures) -> None:
        columns = [
            Column(key="label", label=_("Figure"), weight=3),
            Column(key="value", label=_("Value"), align="right"),
            Column(key="interval", label=_("95 % interval"), align="right"),
            Column(key="n", label="n", align="right"),
            Column(key="state", label=_("Reading"), weight=2),
            Column(key="number", label=_("No."), align="right"),
        ]
        used = {
            "interval": any(f.interval for f in block.figures),
            "n": any(f.n is not None for f in block.figures),
            "state": any(f.state or not f.available for f in block.figures),
        }
        columns = [column for column in columns if used.get(column.key, True)]
        rows = [[self._part_of(figure, column.key) for column in columns] for figure in block.figures]
        self._grid(part, block.title, columns, rows)

    def _part_of(self, figure: Figure, key: str) -> Cell:
        if key == "label":
            blocks = [(runs_of(clip(figure.label, CELL_LIMIT, cut_mark()), style.TABLE), style.TABLE)]
            detail = " · ".join(t for t in (figure.filter, figure.reason if not figure.available else "") if t)
            if detail:
                blocks.append((runs_of(clip(detail, CELL_LIMIT, cut_mark()), style.DETAIL), style.DETAIL))
            return Cell(blocks)
        if key == "value":
            strong = quiet(style.TABLE, font="Sans-Bold") if figure.available else quiet(style.TABLE, color=style.QUIET)
            return Cell([(runs_of(display.figure_value(figure), strong), strong)])
        if key == "interval":
            text = display.interval(figure.interval, figure.unit) if figure.interval else ""
        elif key == "n":
            text = display.number(figure.n) if figure.n is not None else ""
        elif key == "state":
            text = display.state_word(figure.state)
            return Cell([(runs_of(text, style.TABLE), style.TABLE)], mark=figure.state)
        else:
            return self._linked(figure, [], quiet(style.TABLE, color=style.ACCENT))
        calm = quiet(style.TABLE, color=style.QUIET)
        return Cell([(runs_of(text, calm), calm)])

    def _linked(self, figure: Figure, blocks: list[Lines], look: Style, before: str = "") -> Cell:
        """Return a cell whose last line ends with the figure's number and leads to the decisions behind it."""
        number = self.numbers.get(figure.id, "")
        line = runs_of(clip(before, CELL_LIMIT, cut_mark()) + ("  " if number else ""), style.DETAIL) if before else []
        if line or number:
            blocks.append(([*line, *runs_of(number, look)], look))
        if not number:
            return Cell(blocks)
        said = _("what figure %(number)s stands on") % {"number": number}
        return Cell(blocks, link=figure_address(self.report.meta, number), link_text=said, record=self.record)

    def _empty(self, part: Node, block: Table) -> None:
        """Say that a table has no rows: its name in the margin, as of any labelled value."""
        node = part.add("P")
        name = Text.plain(clip(block.title, LABEL_LIMIT, "…"), style.LABEL, node, width=style.MARGIN_COLUMN)
        name.style = quiet(style.LABEL, leading=11.5)
        text = self.column(block.empty or _("No rows in this window."), style.NOTE, node)
        self.flow.append(Aside([text], label=name))

    def _table(self, part: Node, block: Table) -> None:
        if not block.rows:
            self._empty(part, block)
            return
        rows = [
            [self._cell(cell, column, first=place == 0 and block.header_column) for place, (cell, column) in
             enumerate(zip(row, block.columns, strict=True))]
            for row in block.rows
        ]  # fmt: skip
        title = _("Table %(number)s. %(title)s") % {"number": next(self.tables), "title": block.title}
        self._grid(part, title, block.columns, rows, note=block.note, header_column=block.header_column)

    def _cell(self, cell: str | Figure, column: Column, *, first: bool) -> Cell:
        if isinstance(cell, str):
            look = style.MONO if column.mono else quiet(style.TABLE, font="Sans-Bold") if first else style.TABLE
            return Cell([(runs_of(clip(cell, CELL_LIMIT, cut_mark()), look), look)])
        strong = quiet(style.TABLE, color=style.INK if cell.available else style.QUIET)
        if cell.unit == "text" and cell.state:
            return Cell([(runs_of(cell.text, strong), strong)], mark=cell.state)
        blocks = [([*runs_of(display.figure_value(cell), strong)], strong)]
        bounds = display.interval(cell.interval, cell.unit) if cell.interval else "" if cell.available else cell.reason
        return self._linked(cell, blocks, quiet(style.DETAIL, color=style.ACCENT), bounds)

    def _grid(
        self,
        part: Node,
        title: str,
        columns: list[Column] | tuple[Column, ...],
        cells: list[list[Cell]],
        *,
        note: str = "",
        header_column: bool = True,
    ) -> None:
        table = part.add("Table")
        caption = Text.plain(clip(title, TITLE_LIMIT, "…"), style.CAPTION, table.add("Caption")) if title else None
        head_node, body_node = table.add("THead").add("TR"), table.add("TBody")
        head = Row(
            [Cell([(runs_of(clip(c.label, LABEL_LIMIT, "…"), style.TABLE_HEAD), style.TABLE_HEAD)]) for c in columns],
            head_node,
        )
        for cell in head.cells:
            cell.node = head_node.add("TH", scope="Column")
        # A table of few cells with row headings would be more headings than data: then columns alone head it.
        header_column = header_column and len(cells) * (len(columns) - 1) >= len(cells) + len(columns)
        body = []
        for line in cells:
            row = Row(line, body_node.add("TR"))
            for place, cell in enumerate(line):
                is_head = header_column and place == 0
                cell.node = row.node.add("TH", scope="Row") if is_head else row.node.add("TD")  # type: ignore[union-attr]
            body.append(row)
        below = Text.plain(clip(note, CELL_LIMIT, cut_mark()), style.SMALL, part.add("P")) if note else None
        aligns, weights = [c.align for c in columns], [c.weight for c in columns]
        self.flow.append(Grid(head, body, aligns, weights, caption=caption, note=below))

    def _chart(self, part: Node, block: Chart) -> None:
        faces = Fonts(regular="Sans", strong="Sans-Bold")
        picture = reportlab_drawing(drawing_of(block, width=style.WIDE / CHART_SCALE), faces, scale=CHART_SCALE)
        self.flow.append(CondPageBreak(min(picture.height + 70, 600)))
        finding = self.column(block.finding, quiet(style.BODY, after=3), part.add("P"))
        self.flow.append(finding)
        self.flow.append(Picture(picture, part.add("Figure", alt=block.alt)))
        text = _("Figure %(number)s. %(title)s") % {"number": next(self.charts), "title": block.title}
        caption = Text.plain(text, quiet(style.SMALL, after=12), part.add("P"))
        self.flow[-1].spaceAfter = 2
        self.flow.append(caption)


def _room_for_opening(section: Section) -> float:
    """Return the height that must be free for a section to begin here: heading, first words, and what follows them."""
    chart = next((block for block in section.blocks[:2] if isinstance(block, Chart)), None)
    if chart is not None:
        return min(300 + 25 * len(chart.rows), 670) if chart.rows else 460
    table = next((block for block in section.blocks[1:2] if isinstance(block, Table)), None)
    if table is None:
        return 190
    return 220 + 22 * len(table.rows) if len(table.rows) <= SHORT else 280  # a short table is not broken


DASH = "–"


def figure_address(meta: Meta, number: str) -> str:
    """Return where a figure is traced to its decisions; empty for a draft, which is stored nowhere."""
    return f"{meta.trace_url}{number}/" if meta.trace_url and number else ""


def cut_mark() -> str:
    """Return the words that stand where a long text was cut."""
    return _("[cut here; the whole text is in the attached report.json]")
