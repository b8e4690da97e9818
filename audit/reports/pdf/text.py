"""Setting plain text: measuring, breaking into lines, drawing. No markup language is read anywhere.

reportlab's paragraphs parse their text as XML; a value with a stray ``<`` would break or style the report.
Here text is only ever drawn, so there is nothing to escape. A character no face has a glyph for is printed
as ``[U+1F600]`` and keeps its real text as ActualText (ISO 32000-1, 14.9.4).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Flowable

from audit.reports.pdf.fonts import covered
from audit.reports.pdf.style import Style
from audit.reports.pdf.tags import Node, TaggedCanvas

LIMIT = 8000
SOFT_HYPHEN, BOM, ZERO_WIDTH_SPACE = 0xAD, 0xFEFF, 0x200B
_tokens = re.compile(r"\n|[ \u200b]+|[^ \u200b\n]+")
_seams = re.compile(r"(?<=[-/_.:@,;|\u2013])")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style; ``actual`` is the real text where a stand-in is printed."""

    text: str
    style: Style
    actual: str = ""


@dataclass(slots=True)
class Piece:
    """A run's part on one line, with its width in points."""

    text: str
    style: Style
    actual: str
    width: float


Line = list[Piece]


def clip(text: str, limit: int, mark: str) -> str:
    """Return ``text`` cut to ``limit`` characters; ``mark`` then says that the rest stands in the data."""
    return text if len(text) <= limit else f"{text[:limit].rstrip()} {mark}"


def runs_of(text: str, style: Style) -> list[Run]:
    """Split ``text`` into runs, standing in for characters the face lacks."""
    glyphs = covered(style.font)
    if all(ord(character) in glyphs or character == "\n" for character in text):
        return [Run(text, style)]
    runs: list[Run] = []
    for character in text:
        code = ord(character)
        if code in (SOFT_HYPHEN, BOM):
            continue
        if character in "\t\r\v\f\u2028\u2029":
            character, code = " ", 0x20
        known = code in glyphs or character == "\n" or code == ZERO_WIDTH_SPACE
        shown, actual = (character, "") if known else (f"[U+{code:04X}]", character)
        if runs and bool(runs[-1].actual) == bool(actual):
            last = runs[-1]
            runs[-1] = Run(last.text + shown, style, last.actual + actual)
        else:
            runs.append(Run(shown, style, actual))
    return runs


@lru_cache(maxsize=65536)
def _unit_width(text: str, font: str) -> float:
    width: float = pdfmetrics.stringWidth(text, font, 1)
    return width


def width_of(text: str, style: Style) -> float:
    """Return the printed width of ``text`` in points."""
    return _unit_width(text, style.font) * style.size


def natural_width(runs: Iterable[Run]) -> float:
    """Return the width the runs need on one line."""
    return sum(width_of(run.text, run.style) for run in runs)


def longest_word(runs: Iterable[Run]) -> float:
    """Return the width of the widest part that is broken only in need."""
    words = (width_of(word, run.style) for run in runs for word in _tokens.findall(run.text))
    return max(words, default=0.0)


def _chop(word: str, run: Run, room: float, width: float) -> list[str]:
    """Break a word wider than a line: at seams (``-/_.:``) first, else between characters."""
    parts, line, limit = [], "", room
    for seam in _seams.split(word):
        for bit in [seam] if width_of(seam, run.style) <= width else list(seam):
            if line and width_of(line, run.style) + width_of(bit, run.style) > limit:
                parts.append(line)
                line, limit = "", width
            line += bit
    return [*parts, line]


def break_lines(runs: Sequence[Run], width: float) -> list[Line]:
    """Break ``runs`` into lines of at most ``width`` points, first fit, ragged right."""
    lines: list[Line] = [[]]
    used = 0.0
    for run in runs:
        for token in _tokens.findall(run.text):
            if token == "\n":  # noqa: S105
                lines.append([])
                used = 0.0
                continue
            if token[0] in " \u200b":
                token = token.replace("\u200b", "")
                if lines[-1] and token:
                    size = width_of(token, run.style)
                    lines[-1].append(Piece(token, run.style, "", size))
                    used += size
                continue
            size = width_of(token, run.style)
            if used + size <= width + 0.01:
                lines[-1].append(Piece(token, run.style, run.actual, size))
                used += size
                continue
            parts = [token] if size <= width else _chop(token, run, width - used if used < width / 2 else width, width)
            for place, part in enumerate(parts):
                size = width_of(part, run.style)
                if lines[-1] and (used + size > width + 0.01 or place):
                    lines.append([])
                    used = 0.0
                actual = run.actual if place == 0 else ""
                lines[-1].append(Piece(part, run.style, actual, size))
                used += size
    return [_trim(line) for line in lines]


def _trim(line: Line) -> Line:
    while line and not line[-1].text.strip(" ") and not line[-1].actual:
        line.pop()
    return line


def draw_line(canvas: TaggedCanvas, pen: Any, line: Line, x: float, y: float) -> None:
    """Draw one line from ``x`` on baseline ``y`` into the open text object ``pen``."""
    pen.setTextOrigin(x, y)
    at = 0
    while at < len(line):
        first = line[at]
        text, end = first.text, at + 1
        while end < len(line) and line[end].style == first.style and not line[end].actual and not first.actual:
            text += line[end].text
            end += 1
        pen.setFont(first.style.font, first.style.size)
        pen.setFillColor(first.style.color)
        if first.actual:
            spelled = first.actual.encode("utf-16-be").hex().upper()
            pen._code.append(f"/Span <</ActualText <FEFF{spelled}>>> BDC")
        pen.textOut(text)
        if first.actual:
            pen._code.append("EMC")
        at = end


class Text(Flowable):
    """A block of text at ``indent`` from the left edge, ``align`` left, right or center."""

    def __init__(
        self,
        runs: Sequence[Run],
        style: Style,
        node: Node | None,
        *,
        indent: float = 0,
        align: str = "left",
        width: float | None = None,
        margin: "Text | None" = None,
    ) -> None:
        super().__init__()
        self.runs, self.style, self.node = runs, style, node
        self.indent, self.align, self.measure, self.margin = indent, align, width, margin
        self.spaceBefore, self.spaceAfter = style.before, style.after
        self.lines: list[Line] = []
        self.lines_width = -1.0

    @classmethod
    def plain(cls, text: str, style: Style, node: Node | None, **layout: Any) -> "Text":
        """Make a block from one string, cut at ``LIMIT`` characters."""
        return cls(runs_of(text[:LIMIT], style), style, node, **layout)

    @property
    def first_baseline(self) -> float:
        """Distance of the first baseline from the top, in points."""
        return (self.style.leading + self.style.size * 0.68) / 2

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        width = min(available_width - self.indent, self.measure or available_width)
        if self.lines_width != width:
            self.lines, self.lines_width = break_lines(self.runs, width), width
        height = len(self.lines) * self.style.leading
        if self.margin is not None:
            height = max(height, self.margin.wrap(available_width, available_height)[1])
        self.width, self.height = available_width, height
        return available_width, height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        self.wrap(available_width, available_height)
        fits = int((available_height + 0.01) // self.style.leading)
        if len(self.lines) - fits == 1:
            fits -= 1  # no widow: at least two lines go over
        if fits < 2 or len(self.lines) < 4:
            return []
        head, tail = self._part(self.lines[:fits]), self._part(self.lines[fits:])
        head.margin, head.spaceAfter, tail.spaceBefore = self.margin, 0, 0
        return [head, tail]

    def _part(self, lines: list[Line]) -> "Text":
        part = Text(self.runs, self.style, self.node, indent=self.indent, align=self.align, width=self.measure)
        part.lines, part.lines_width = lines, self.lines_width
        return part

    def draw(self) -> None:
        self.paint(self.canv, 0, self.height)
        if self.margin is not None:
            self.margin.paint(self.canv, 0, self.height - self.first_baseline + self.margin.first_baseline)

    def paint(self, canvas: TaggedCanvas, x: float, top: float, node: Node | None = None) -> None:
        """Draw all lines with the block's upper left corner at ``x``, ``top``."""
        baseline = top - self.first_baseline
        with canvas.marked(node or self.node):
            pen = canvas.beginText()
            for number, line in enumerate(self.lines):
                gap = 0.0
                if self.align != "left":
                    gap = self.lines_width - sum(piece.width for piece in line)
                    gap = gap / 2 if self.align == "center" else gap
                draw_line(canvas, pen, line, x + self.indent + gap, baseline - number * self.style.leading)
            canvas.drawText(pen)


def quiet(style: Style, **changes: Any) -> Style:
    """Return ``style`` with some of its fields changed."""
    return replace(style, **changes)
