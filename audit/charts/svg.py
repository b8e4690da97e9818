"""The screen's back end: SVG that carries classes only, so that a strict content security policy lets it live."""

from html import escape

from audit.charts.drawing import Circle, Drawing, Element, Line, Path, Rect, Text


def svg(drawing: Drawing, *, element_id: str, css_class: str = "chart") -> str:
    """Return an ``<svg role="img">`` named by its title; ``element_id`` must be unique on the page."""
    labels = f'<title id="{element_id}-t">{escape(drawing.title)}</title>'
    named = f'aria-labelledby="{element_id}-t"'
    described = drawing.finding or drawing.desc
    if described:
        text = f"{drawing.finding} {drawing.desc}".strip()
        labels += f'<desc id="{element_id}-d">{escape(text)}</desc>'
        named += f' aria-describedby="{element_id}-d"'
    body = "".join(_element(element) for element in drawing.elements)
    return (
        f'<svg class="{css_class}" role="img" {named} viewBox="0 0 {_n(drawing.width)} {_n(drawing.height)}" '
        f'width="{_n(drawing.width)}" height="{_n(drawing.height)}" focusable="false">{labels}{body}</svg>'
    )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _element(element: Element) -> str:
    match element:
        case Line(x1, y1, x2, y2, role):
            return f'<line class="c-{_role(role)}" x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"/>'
        case Rect(x, y, width, height, role):
            return f'<rect class="c-{_role(role)}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"/>'
        case Circle(x, y, radius, role):
            return f'<circle class="c-{_role(role)}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"/>'
        case Path(points, role, closed):
            way = "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
            return f'<path class="c-{_role(role)}" d="M{way}{"Z" if closed else ""}"/>'
        case Text(x, y, text, role, size, anchor, weight):
            # Sizes are few: 13 and 11.5. They are classes, for a style attribute would need unsafe-inline.
            classes = f"c-{_role(role)} {'c-small' if size < 13 else 'c-text'}{' c-strong' if weight >= 600 else ''}"
            place = "" if anchor == "start" else f' text-anchor="{anchor}"'
            return f'<text class="{classes}" x="{_n(x)}" y="{_n(y)}"{place}>{escape(text)}</text>'


def _role(role: str) -> str:
    return role.replace(" ", " s-")
