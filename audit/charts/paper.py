"""The paper's back end: the same drawing as a reportlab Drawing, in the print colours."""

from dataclasses import dataclass

from reportlab.graphics import shapes
from reportlab.lib.colors import HexColor

from audit.charts import palette
from audit.charts.drawing import Circle, Drawing, Element, Line, Path, Rect, Text


@dataclass(frozen=True, slots=True)
class Fonts:
    """Names under which the caller registered the faces with reportlab."""

    regular: str
    strong: str


def reportlab_drawing(drawing: Drawing, fonts: Fonts, *, scale: float = 1.0) -> shapes.Drawing:
    """Return a reportlab Drawing of ``drawing``; ``scale`` 0.75 turns CSS pixels into points."""
    page = shapes.Drawing(drawing.width * scale, drawing.height * scale)
    body = shapes.Group(transform=(scale, 0, 0, scale, 0, 0))
    for element in drawing.elements:
        body.add(_shape(element, drawing.height, fonts))
    page.add(body)
    return page


def _shape(element: Element, height: float, fonts: Fonts) -> shapes.Shape:
    look = palette.look(element.role)
    stroke = HexColor(look.stroke) if look.stroke else None
    fill = HexColor(look.fill) if look.fill else None
    dash = list(look.dash) or None
    common = {"strokeColor": stroke, "strokeWidth": look.width if stroke else 0, "strokeDashArray": dash}
    match element:
        case Line(x1, y1, x2, y2, _):
            return shapes.Line(x1, height - y1, x2, height - y2, **common)
        case Rect(x, y, width, tall, _):
            return shapes.Rect(x, height - y - tall, width, tall, fillColor=fill, **common)
        case Circle(x, y, radius, _):
            return shapes.Circle(x, height - y, radius, fillColor=fill, **common)
        case Path(points, _, closed):
            flat = [number for x, y in points for number in (x, height - y)]
            if closed:
                return shapes.Polygon(flat, fillColor=fill, **common)
            return shapes.PolyLine(flat, **common)
        case Text(x, y, text, _, size, anchor, weight):
            name = fonts.strong if weight >= 600 else fonts.regular
            return shapes.String(
                x,
                height - y,
                text,
                fontName=name,
                fontSize=size,
                textAnchor=anchor,
                fillColor=fill or HexColor(palette.INK),
            )
