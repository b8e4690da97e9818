"""Flowables that are not running text: headings, charts, ruled notes, labelled facts, lines of the contents."""

from collections.abc import Callable
from io import BytesIO

from reportlab.graphics import renderPDF, shapes
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable

from audit.reports.content import Logo
from audit.reports.pdf import style
from audit.reports.pdf.table import draw_state
from audit.reports.pdf.tags import Heading, Link, Node, Record
from audit.reports.pdf.text import Line, Piece, Text, draw_line, quiet, width_of

TOGETHER = 150.0  # points; what is lower goes to the next page whole


class Title(Flowable):
    """A heading in the text column, its number in the margin; known to outline, contents and running heads."""

    def __init__(self, text: Text, key: str, title: str, level: int, record: Record, *, ruled: bool = False) -> None:
        super().__init__()
        self.text, self.key, self.title, self.level, self.record, self.ruled = text, key, title, level, record, ruled
        self.spaceBefore, self.spaceAfter = text.style.before, text.style.after

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self.width = available_width
        self.height = self.text.wrap(available_width, available_height)[1] + (12 if self.ruled else 0)
        return self.width, self.height

    def draw(self) -> None:
        canvas = self.canv
        if self.ruled:
            canvas.setLineWidth(0.8)
            canvas.setStrokeColor(style.INK)
            canvas.line(0, self.height, style.WIDE, self.height)
        top = self.height - (12 if self.ruled else 0)
        self.text.paint(canvas, 0, top)
        if self.text.margin is not None:
            self.text.margin.wrap(style.WIDE, 0)
            self.text.margin.paint(canvas, 0, top)
        above = canvas.absolutePosition(0, self.height)[1]
        self.record.headings.append(Heading(self.key, self.title, self.level, canvas.page_index, above + 8))


class Picture(Flowable):
    """A chart as one Figure element with its alternative text and bounding box."""

    def __init__(self, drawing: shapes.Drawing, node: Node | None, *, indent: float = 0) -> None:
        super().__init__()
        self.drawing, self.node, self.indent = drawing, node, indent
        self.width, self.height = drawing.width + indent, drawing.height
        self.spaceBefore, self.spaceAfter = 4, 14

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        left, bottom = self.canv.absolutePosition(self.indent, 0)
        if self.node is not None:
            self.node.box = (left, bottom, left + self.drawing.width, bottom + self.drawing.height)
        with self.canv.marked(self.node):
            renderPDF.draw(self.drawing, self.canv, self.indent, 0)


class Letterhead(Flowable):
    """The organisation's logo as one Figure element, ``width`` by ``height`` points, in the text column."""

    def __init__(self, logo: Logo, size: tuple[float, float], node: Node, *, after: float) -> None:
        super().__init__()
        self.logo, self.node = logo, node
        self.width, self.height = size
        self.spaceAfter = after

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        left, bottom = self.canv.absolutePosition(style.INDENT, 0)
        self.node.box = (left, bottom, left + self.width, bottom + self.height)
        with self.canv.marked(self.node):
            image = ImageReader(BytesIO(self.logo.png))
            self.canv.drawImage(image, style.INDENT, 0, self.width, self.height)


class Beside(Flowable):
    """Two pictures in one row: the first at the text column's left edge, the second at its right."""

    def __init__(self, first: Picture, second: Picture) -> None:
        super().__init__()
        self.first, self.second = first, second
        self.spaceBefore, self.spaceAfter = 4, 12

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self.width, self.height = available_width, max(self.first.height, self.second.height)
        return self.width, self.height

    def draw(self) -> None:
        self.first.drawOn(self.canv, 0, self.height - self.first.height)
        self.second.drawOn(self.canv, style.WIDE - self.second.drawing.width, self.height - self.second.height)


class Aside(Flowable):
    """Text blocks in the text column, one below the other, with a rule at their left and a label in the margin."""

    def __init__(self, blocks: list[Text], *, label: Text | None = None, rule: object = None, shape: str = "") -> None:
        super().__init__()
        self.blocks, self.label, self.rule, self.shape = blocks, label, rule, shape
        self.spaceBefore, self.spaceAfter = 3, 10

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self.width = available_width
        heights = [block.wrap(available_width, available_height)[1] for block in self.blocks]
        label = self.label.wrap(available_width, available_height)[1] if self.label else 0.0
        self.height = max(sum(heights), label)
        return self.width, self.height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        self.wrap(available_width, available_height)
        if self.height < TOGETHER:
            return []
        room, head = available_height, []
        for number, block in enumerate(self.blocks):
            if block.height <= room:
                head.append(block)
                room -= block.height
                continue
            parts = block.split(available_width, room) or [block]
            head += parts[:-1]
            rest = [parts[-1], *self.blocks[number + 1 :]]
            if not head:
                return []
            return [Aside(head, label=self.label, rule=self.rule, shape=self.shape), Aside(rest, rule=self.rule)]
        return []

    def draw(self) -> None:
        y = self.height
        if self.rule is not None:
            self.canv.setLineWidth(1.2)
            self.canv.setStrokeColor(self.rule)
            self.canv.line(style.INDENT - 8, 2, style.INDENT - 8, self.height - 2)
        if self.label is not None:
            top = y - self.blocks[0].first_baseline + self.label.first_baseline
            if self.shape:
                draw_state(self.canv, self.shape, 3.2, top - self.label.first_baseline + self.label.style.size * 0.3)
            self.label.paint(self.canv, 0, top)
        for block in self.blocks:
            block.paint(self.canv, 0, y)
            y -= block.height


class ContentsLine(Flowable):
    """A line of the contents: number, title, page. The page number is drawn when it is known."""

    def __init__(
        self, number: str, title: str, key: str, node: Node, record: Record, says: Callable[[int], str]
    ) -> None:
        super().__init__()
        self.number, self.title, self.key, self.record = number, title, key, record
        self.link = node.add("Link")
        self.says = says
        self.height = 19.0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self.width = available_width
        return available_width, self.height

    def draw(self) -> None:
        canvas = self.canv
        left, bottom = canvas.absolutePosition(0, 0)
        canvas.setLineWidth(0.35)
        canvas.setStrokeColor(style.RULE)
        canvas.line(style.INDENT, 0, style.WIDE, 0)
        room = style.COLUMN - 30
        lines = Text.plain(self.title, style.BODY, None, width=room)
        lines.wrap(style.WIDE, 1e6)
        first = lines.lines[0] if lines.lines else []
        index = canvas.page_index

        def finish() -> None:
            page = self.record.page_of(self.key)
            number = "" if page is None else str(page + 1)
            with canvas.marked(self.link):
                pen = canvas.beginText()
                if self.number:
                    draw_line(canvas, pen, [_piece(self.number, style.LABEL)], left, bottom + 5.6)
                draw_line(canvas, pen, first, left + style.INDENT, bottom + 5.6)
                edge = left + style.WIDE - width_of(number, style.BODY)
                draw_line(canvas, pen, [_piece(number, style.BODY)], edge, bottom + 5.6)
                canvas.drawText(pen)
            box = (left + style.INDENT, bottom, left + style.WIDE, bottom + self.height)
            text = self.says(0 if page is None else page + 1)
            self.record.links.append(Link(index, box, self.link, f"{self.title}, {text}", target=self.key))

        canvas.later(finish)


def _piece(text: str, look: style.Style) -> Piece:
    return Piece(text, look, "", width_of(text, look))


class Address(Flowable):
    """A web address, printed in full and clickable."""

    def __init__(self, uri: str, node: Node, record: Record) -> None:
        super().__init__()
        self.uri, self.node, self.record = uri, node, record
        self.text = Text.plain(uri, quiet(style.BODY, color=style.ACCENT), node, indent=style.INDENT)
        self.spaceAfter = 8

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self.width, self.height = self.text.wrap(available_width, available_height)
        return self.width, self.height

    def draw(self) -> None:
        self.text.paint(self.canv, 0, self.height)
        left, bottom = self.canv.absolutePosition(style.INDENT, 0)
        box = (left, bottom, left + style.COLUMN, bottom + self.height)
        self.record.links.append(Link(self.canv.page_index, box, self.node, self.uri, uri=self.uri))


class SignatureArea(Flowable):
    """Ruled places to sign, each with its label beneath."""

    def __init__(self, labels: list[list[Text]]) -> None:
        super().__init__()
        self.labels = labels
        self.spaceBefore = 10

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self.width, self.height = available_width, 46.0 * len(self.labels)
        return self.width, self.height

    def draw(self) -> None:
        top = self.height
        for row in self.labels:
            width = (style.COLUMN - 14 * (len(row) - 1)) / len(row)
            for place, label in enumerate(row):
                x = style.INDENT + place * (width + 14)
                self.canv.setLineWidth(0.5)
                self.canv.setStrokeColor(style.LINE)
                self.canv.line(x, top - 30, x + width, top - 30)
                label.wrap(width, 1e6)
                label.paint(self.canv, x, top - 31)
            top -= 46.0


def qr_code(text: str, size: float) -> shapes.Drawing:
    """Return a QR code of ``text``, ``size`` points wide."""
    made = shapes.Drawing(size, size)
    code = QrCodeWidget(text, barLevel="M", barBorder=0, barWidth=size, barHeight=size, barFillColor=style.INK)
    made.add(code)
    return made


def one_line(text: str, look: style.Style) -> Line:
    """Return ``text`` as one unbroken line."""
    return [_piece(text, look)]
