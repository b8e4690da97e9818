"""Tables that break between rows, repeat their head, never leave the page and say what their cells are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from audit.charts import palette
from audit.reports.pdf import style
from audit.reports.pdf.style import Style
from audit.reports.pdf.tags import Link, Node, Record
from audit.reports.pdf.text import Line, Run, Text, break_lines, longest_word, natural_width, quiet

PAD, GUTTER = 3.2, 9.0
SHORT, WHOLE = 7, 420.0  # a table of few rows, not taller than this, is not broken
LONGEST_WORD = 0.36  # of the room: a hash longer than that is broken before it squeezes the other columns
SCALES = (1.0, 0.92, 0.84, 0.76)


@dataclass(slots=True)
class Cell:
    """Text blocks of a cell, top to bottom, and the structure element they belong to."""

    blocks: list[tuple[list[Run], Style]]
    node: Node | None = None
    mark: str = ""  # state code: a shape before the first block
    link: str = ""  # address that the last block leads to
    link_text: str = ""
    record: Record | None = None

    def natural(self) -> float:
        return max((natural_width(runs) for runs, _ in self.blocks), default=0.0) + (9 if self.mark else 0)

    def least(self) -> float:
        return max((longest_word(runs) for runs, _ in self.blocks), default=0.0) + (9 if self.mark else 0)


@dataclass(slots=True)
class Row:
    """Cells of one row; laid out once per width."""

    cells: list[Cell]
    node: Node | None = None
    height: float = 0.0
    laid: list[list[tuple[list[Line], Style]]] = field(default_factory=list)


def column_widths(rows: Sequence[Row], weights: Sequence[int], room: float) -> list[float] | None:
    """Share ``room`` out: natural widths where they fit, else shrink the widest; None when even words do not fit."""
    count = len(weights)
    room -= GUTTER * (count - 1)
    natural = [max(row.cells[i].natural() for row in rows) + 0.5 for i in range(count)]
    least = [min(max(row.cells[i].least() for row in rows) + 0.5, room * LONGEST_WORD) for i in range(count)]
    if sum(natural) <= room:
        return natural
    if sum(least) > room:
        return None
    return _shared_out(natural, least, weights, room)


def _shared_out(natural: list[float], least: list[float], weights: Sequence[int], room: float) -> list[float]:
    """Raise all columns from their longest word by weight until each has what it needs or the room is used up."""
    widths, spare = list(least), room - sum(least)
    while spare > 0.01:
        short = [i for i, width in enumerate(widths) if natural[i] - width > 0.01]
        if not short:
            break
        step = spare / sum(weights[i] for i in short)
        for i in short:
            more = min(step * weights[i], natural[i] - widths[i])
            widths[i] += more
            spare -= more
    return widths


def _scaled(rows: Sequence[Row], factor: float) -> None:
    for row in rows:
        for cell in row.cells:
            cell.blocks = [
                (
                    [Run(r.text, quiet(r.style, size=r.style.size * factor, leading=r.style.leading * factor), r.actual)
                     for r in runs],
                    quiet(s, size=s.size * factor, leading=s.leading * factor),
                )
                for runs, s in cell.blocks
            ]  # fmt: skip


class Grid(Flowable):
    """A ruled table. ``head`` is drawn again, as an artifact, on every page the table goes on to."""

    def __init__(
        self, head: Row, body: list[Row], aligns: Sequence[str], weights: Sequence[int], **kept: object
    ) -> None:
        super().__init__()
        self.head, self.body, self.aligns, self.weights = head, body, aligns, weights
        self.caption: Text | None = kept.get("caption")  # type: ignore[assignment]
        self.note: Text | None = kept.get("note")  # type: ignore[assignment]
        self.continued = bool(kept.get("continued"))
        self.last = bool(kept.get("last", True))
        self.widths: list[float] = kept.get("widths", [])  # type: ignore[assignment]
        self.spaceBefore, self.spaceAfter = (0 if self.continued else 6), 14

    def _lay_out(self, room: float) -> None:
        rows = [self.head, *self.body]
        done = 1.0
        for factor in SCALES:
            if factor != done:
                _scaled(rows, factor / done)
                done = factor
            found = column_widths(rows, self.weights, room)
            if found is not None:
                break
        if found is None:
            inner = room - GUTTER * (len(self.weights) - 1)
            wanted = [min(max(row.cells[i].natural() for row in rows), inner / 2) for i in range(len(self.weights))]
            found = [inner * want / sum(wanted) for want in wanted]
        self.widths = found
        for row in rows:
            self._lay_row(row)

    def _lay_row(self, row: Row) -> None:
        row.laid = []
        for cell, width in zip(row.cells, self.widths, strict=True):
            room = width - (9 if cell.mark else 0)
            row.laid.append([(break_lines(runs, room + 0.3), s) for runs, s in cell.blocks])
        row.height = max(sum(len(lines) * s.leading for lines, s in cell) for cell in row.laid) + 2 * PAD

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        if not self.widths:
            self._lay_out(available_width)
        self.width = available_width
        self.height = self._top_height(available_width) + sum(row.height for row in self.body) + self._note_height()
        return self.width, self.height

    def _top_height(self, room: float) -> float:
        top = self.head.height
        if self.caption is not None:
            top += self.caption.wrap(room, 1e6)[1] + self.caption.spaceAfter
        return top

    def _note_height(self) -> float:
        if self.note is None or not self.last:
            return 0.0
        return self.note.wrap(self.width, 1e6)[1] + 4

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        self.wrap(available_width, available_height)
        if len(self.body) <= SHORT and not self.continued and self.height < WHOLE:
            return []
        room = available_height - self._top_height(available_width)
        fits, used = 0, 0.0
        for row in self.body:
            if used + row.height > room:
                break
            used += row.height
            fits += 1
        if fits == len(self.body):
            fits -= 1  # only the note does not fit: take a row along
        if len(self.body) - fits == 1 and fits > 2:
            fits -= 1  # never one row alone on a page
        if fits < min(2, len(self.body) - 1) or fits < 1:
            return []
        first = Grid(self.head, self.body[:fits], self.aligns, self.weights, widths=self.widths, last=False,
                     caption=self.caption, continued=self.continued)  # fmt: skip
        rest = Grid(self.head, self.body[fits:], self.aligns, self.weights, widths=self.widths, last=self.last,
                    note=self.note, continued=True)  # fmt: skip
        return [first, rest]

    def draw(self) -> None:
        y = self.height
        if self.caption is not None:
            self.caption.paint(self.canv, 0, y)
            y -= self.caption.height + self.caption.spaceAfter
        span = sum(self.widths) + GUTTER * (len(self.widths) - 1)
        self._rule(y, span, 0.8, style.INK)
        y = self._draw_row(self.head, y, as_artifact=self.continued)
        self._rule(y, span, 0.5, style.INK)
        for row in self.body:
            y = self._draw_row(row, y)
            self._rule(y, span, 0.35, style.RULE)
        if self.last:
            self._rule(y, span, 0.8, style.INK)
            if self.note is not None:
                self.note.paint(self.canv, 0, y - 4)

    def _rule(self, y: float, span: float, weight: float, color: object) -> None:
        self.canv.setLineWidth(weight)
        self.canv.setStrokeColor(color)
        self.canv.line(0, y, span, y)

    def _draw_row(self, row: Row, top: float, *, as_artifact: bool = False) -> float:
        x = 0.0
        for cell, laid, width, align in zip(row.cells, row.laid, self.widths, self.aligns, strict=True):
            y = top - PAD
            for number, (lines, block) in enumerate(laid):
                shift = 9.0 if cell.mark else 0.0
                if cell.mark and number == 0:
                    draw_state(self.canv, cell.mark, x + 3, y - block.leading / 2 - 0.3)
                text = Text([], block, None, align=align)
                text.lines, text.lines_width = lines, width - shift
                node = None if as_artifact else cell.node
                if node is not None and cell.link and number == len(laid) - 1:
                    node = self._linked(cell, node, (x + shift, y, width - shift, len(lines) * block.leading))
                text.paint(self.canv, x + shift, y, node)
                y -= len(lines) * block.leading
            x += width + GUTTER
        return top - row.height

    def _linked(self, cell: Cell, node: Node, box: tuple[float, float, float, float]) -> Node:
        """Make the link element for a block at ``box`` (left, top, width, height) and note where it is drawn."""
        left, top, width, height = box
        x, y = self.canv.absolutePosition(left, top)
        made = node.add("Link")
        if cell.record is not None:
            area = (x, y - height, x + width, y)
            cell.record.links.append(Link(self.canv.page_index, area, made, cell.link_text, uri=cell.link))
        return made


def draw_state(canvas: Any, code: str, x: float, y: float) -> None:
    """Draw the shape of a state at its centre: disc, ring, diamond or triangle; the word stands beside it."""
    color = HexColor(style.STATE.get(code, palette.INSUFFICIENT))
    canvas.setLineWidth(0.9)
    canvas.setStrokeColor(color)
    canvas.setFillColor(color)
    if code in ("pass", "supports"):
        canvas.circle(x, y, 2.4, stroke=0, fill=1)
        return
    if code in ("insufficient_data", "insufficient", "closed", "not_available"):
        canvas.circle(x, y, 2.1, stroke=1, fill=0)
        return
    diamond = code in ("attention", "open")
    corners = [(0, 3.1), (3.1, 0), (0, -3.1), (-3.1, 0)] if diamond else [(0, 3), (3, -2.4), (-3, -2.4)]
    path = canvas.beginPath()
    path.moveTo(x + corners[0][0], y + corners[0][1])
    for dx, dy in corners[1:]:
        path.lineTo(x + dx, y + dy)
    path.close()
    canvas.drawPath(path, stroke=0, fill=1)
