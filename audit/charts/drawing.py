"""The neutral drawing model: shapes with roles, no colours. A back end gives roles their look.

Lengths are CSS pixels on screen and points on paper; y grows downwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from audit.charts.metrics import text_width

Anchor = str  # start | middle | end


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    role: str


@dataclass(frozen=True, slots=True)
class Rect:
    x: float
    y: float
    width: float
    height: float
    role: str


@dataclass(frozen=True, slots=True)
class Circle:
    x: float
    y: float
    radius: float
    role: str


@dataclass(frozen=True, slots=True)
class Path:
    """A polyline, or a filled polygon when ``closed``."""

    points: tuple[tuple[float, float], ...]
    role: str
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """``y`` is the baseline. Weight 400 or 600."""

    x: float
    y: float
    text: str
    role: str
    size: float = 13.0
    anchor: Anchor = "start"
    weight: int = 400

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom as measured with the fonts of page and report."""
        width = text_width(self.text, self.size, self.weight)
        left = {"start": self.x, "middle": self.x - width / 2, "end": self.x - width}[self.anchor]
        return left, self.y - 0.75 * self.size, left + width, self.y + 0.22 * self.size


Element = Line | Rect | Circle | Path | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """``title`` names it, ``finding`` says in one sentence what to see, ``desc`` says it all in words."""

    width: float
    height: float
    elements: tuple[Element, ...]
    title: str
    desc: str = ""
    finding: str = ""

    def texts(self) -> Iterator[Text]:
        """Yield the texts of the drawing."""
        return (element for element in self.elements if isinstance(element, Text))


def moved(element: Element, dx: float, dy: float) -> Element:
    """Return ``element`` shifted by (dx, dy)."""
    match element:
        case Line(x1, y1, x2, y2, role):
            return Line(x1 + dx, y1 + dy, x2 + dx, y2 + dy, role)
        case Rect(x, y, width, height, role):
            return Rect(x + dx, y + dy, width, height, role)
        case Circle(x, y, radius, role):
            return Circle(x + dx, y + dy, radius, role)
        case Path(points, role, closed):
            return Path(tuple((x + dx, y + dy) for x, y in points), role, closed)
        case Text(x, y, text, role, size, anchor, weight):
            return Text(x + dx, y + dy, text, role, size, anchor, weight)
