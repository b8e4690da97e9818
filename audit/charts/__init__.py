"""Charts as a neutral drawing: the same figure on the page (SVG) and in the report (reportlab)."""

from audit.charts.bars import Bar, bars, histogram, share_bar
from audit.charts.drawing import Drawing
from audit.charts.intervals import IntervalRow, dot_interval
from audit.charts.paper import Fonts, reportlab_drawing
from audit.charts.seal import seal
from audit.charts.series import Mark, Panel, Point, small_multiples, time_series
from audit.charts.svg import svg
from audit.charts.words import ENGLISH, Words

__all__ = [
    "ENGLISH",
    "Bar",
    "Drawing",
    "Fonts",
    "IntervalRow",
    "Mark",
    "Panel",
    "Point",
    "Words",
    "bars",
    "dot_interval",
    "histogram",
    "reportlab_drawing",
    "seal",
    "share_bar",
    "small_multiples",
    "svg",
    "time_series",
]
