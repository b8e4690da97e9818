"""Measures, colours and type of the printed page: A4, a margin column for labels, one text column.

All lengths are PDF points (1/72 inch).
"""

from dataclasses import dataclass

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from audit.charts import palette
from audit.reports.content import LOGO_MM

PAGE = A4
LEFT, RIGHT, TOP, BOTTOM = 24 * mm, 22 * mm, 27 * mm, 25 * mm
WIDE = PAGE[0] - LEFT - RIGHT  # tables and charts
MARGIN_COLUMN = 33 * mm  # labels, section numbers
INDENT = MARGIN_COLUMN + 4 * mm
COLUMN = WIDE - INDENT  # running text, about 75 characters
LOGO, SHEET_LOGO = (LOGO_MM[0] * mm, LOGO_MM[1] * mm), (40 * mm, 10 * mm)

INK = HexColor(palette.INK)
QUIET = HexColor(palette.QUIET)
RULE = HexColor(palette.HAIRLINE)
LINE = HexColor(palette.RULE)
ACCENT = HexColor(palette.ACCENT)
WATERMARK = HexColor("#ededea")
STATE = {
    "pass": palette.WITHIN,
    "supports": palette.WITHIN,
    "closed": palette.INSUFFICIENT,
    "attention": palette.ATTENTION,
    "contradicts": palette.ATTENTION,
    "open": palette.ATTENTION,
    "breached": palette.BREACH,
}


@dataclass(frozen=True, slots=True)
class Style:
    """One way to set text; ``before`` and ``after`` are the space around the block."""

    font: str
    size: float
    leading: float
    color: HexColor = INK
    before: float = 0
    after: float = 0


TITLE = Style("Display", 33, 37, after=8)
SUBTITLE = Style("Serif", 14, 19, QUIET)
H1 = Style("Display", 21, 25, after=9)
H2 = Style("Serif-Bold", 12, 15, before=13, after=4)
LEAD = Style("Serif", 12, 17, after=8)
BODY = Style("Serif", 10, 14.5, after=7)
LABEL = Style("Sans", 8.5, 14.5, QUIET)
CAPTION = Style("Sans-Bold", 9, 12, after=3)
TABLE = Style("Sans", 8.6, 11.4)
TABLE_HEAD = Style("Sans-Bold", 8, 10.5, QUIET)
DETAIL = Style("Sans", 7.4, 9.6, QUIET)
SMALL = Style("Sans", 8, 11, QUIET)
NOTE = Style("Sans", 9, 12.5, after=8)
MONO = Style("Mono", 7.6, 11.4)
TINY = Style("Sans", 6, 8, QUIET)
RUNNING = Style("Sans", 7.5, 9, QUIET)
