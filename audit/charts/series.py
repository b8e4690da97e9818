"""Values over time with intervals; gaps in the data are gaps in the line, changes of version are marks on the axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.charts.drawing import Circle, Drawing, Element, Line, Path, Text, moved
from audit.charts.intervals import SMALL, _tick_text
from audit.charts.metrics import shorten, text_width
from audit.charts.scales import Scale, linear_bounds, month_starts, ticks
from audit.charts.words import ENGLISH, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One period, placed at ``at``. ``value`` None is a gap."""

    at: datetime
    n: int | None
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A change worth knowing on the time axis: a model version, a policy in force."""

    at: datetime
    label: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One small multiple."""

    title: str
    points: Sequence[Point]


def time_series(
    points: Sequence[Point],
    *,
    title: str,
    unit: str = "share",
    threshold: float | None = None,
    marks: Sequence[Mark] = (),
    width: float = 680,
    height: float = 240,
    bounds: tuple[float, float] | None = None,
    finding: str = "",
    words: Words = ENGLISH,
) -> Drawing:
    """Draw one series with its interval band; n of each period goes into the description."""
    low, high = bounds or _bounds([points], unit, threshold)
    elements = _panel(points, unit, threshold, marks, width, height, (low, high), words)
    return Drawing(width, height, tuple(elements), title, _description(points, unit, words), finding)


def small_multiples(
    panels: Sequence[Panel],
    *,
    title: str,
    unit: str = "share",
    threshold: float | None = None,
    columns: int = 3,
    width: float = 680,
    panel_height: float = 150,
    finding: str = "",
    words: Words = ENGLISH,
) -> Drawing:
    """Draw several series on one common scale; fewer columns where ``width`` is small."""
    columns = max(1, min(columns, int(width // 190), len(panels) or 1))
    gap = 24.0
    cell = (width - gap * (columns - 1)) / columns
    bounds = _bounds([panel.points for panel in panels], unit, threshold)
    elements: list[Element] = []
    rows = -(-len(panels) // columns)
    for index, panel in enumerate(panels):
        dx, dy = (index % columns) * (cell + gap), (index // columns) * (panel_height + 34)
        elements.append(Text(dx, dy + 12, shorten(panel.title, SMALL, cell, 600), "heading", SMALL, weight=600))
        body = _panel(panel.points, unit, threshold, (), cell, panel_height, bounds, words)
        elements += [moved(element, dx, dy + 18) for element in body]
    desc = " ".join(f"{panel.title}: {_description(panel.points, unit, words)}" for panel in panels)
    return Drawing(width, max(rows * (panel_height + 34) - 10, 40), tuple(elements), title, desc, finding)


def _bounds(series: Sequence[Sequence[Point]], unit: str, threshold: float | None) -> tuple[float, float]:
    values = [v for points in series for p in points for v in (p.value, p.low, p.high) if v is not None]
    if threshold is not None:
        values.append(threshold)
    floor = None if unit == "points" else 0.0
    return linear_bounds(values, floor=floor, ceiling=1.0 if unit == "share" else None)


def _panel(
    points: Sequence[Point],
    unit: str,
    threshold: float | None,
    marks: Sequence[Mark],
    width: float,
    height: float,
    bounds: tuple[float, float],
    words: Words,
) -> list[Element]:
    values = ticks(*bounds, 4)
    left = max((text_width(_tick_text(tick, unit, words), SMALL) for tick in values), default=0) + 10
    top, bottom = (34.0 if marks else 18.0), height - 24
    if not points:
        return [Text(left, height / 2, words.no_data, "figure-quiet", SMALL), Line(left, bottom, width, bottom, "axis")]
    vertical = Scale(*bounds, bottom, top)
    first, last = min(p.at for p in points).timestamp(), max(p.at for p in points).timestamp()
    horizontal = Scale(first, last if last > first else first + 1, left + 6, width - 6)
    elements: list[Element] = []
    for tick in values:
        elements.append(Line(left, vertical(tick), width, vertical(tick), "grid"))
        elements.append(Text(left - 6, vertical(tick) + 4, _tick_text(tick, unit, words), "tick", SMALL, "end"))
    elements.append(Line(left, bottom, width, bottom, "axis"))
    elements += _time_axis(points, horizontal, bottom, width, words)
    elements += _marks(marks, horizontal, bottom, width)
    for run in _runs(points):
        elements += _run(run, horizontal, vertical)
    if threshold is not None and vertical.log is False and vertical.holds(threshold):
        y = vertical(threshold)
        text = f"{words.threshold} {words.value(threshold, unit)}"
        elements.append(Line(left, y, width, y, "threshold"))
        elements.append(Text(width, y - 5, text, "threshold-label", SMALL, "end", 600))
    return elements


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    """Split at gaps: a line never bridges a period without a value."""
    runs: list[list[Point]] = [[]]
    for point in sorted(points, key=lambda point: point.at):
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _run(run: list[Point], horizontal: Scale, vertical: Scale) -> list[Element]:
    elements: list[Element] = []
    known = [(horizontal(p.at.timestamp()), p.low, p.high) for p in run if p.low is not None and p.high is not None]
    if len(known) > 1:
        upper = [(x, vertical(high)) for x, _, high in known if high is not None]
        lower = [(x, vertical(low)) for x, low, _ in reversed(known) if low is not None]
        elements.append(Path((*upper, *lower), "band", True))
    line = tuple((horizontal(p.at.timestamp()), vertical(p.value)) for p in run if p.value is not None)
    if len(line) > 1:
        elements.append(Path(line, "line"))
    elif known:
        x, low, high = known[0]
        elements.append(Line(x, vertical(low or 0.0), x, vertical(high or 0.0), "interval none"))
    elements += [Circle(x, y, 2.6, "point") for x, y in line]
    return elements


def _time_axis(points: Sequence[Point], horizontal: Scale, bottom: float, width: float, words: Words) -> list[Element]:
    elements: list[Element] = []
    free_from = -1e9
    moments = month_starts(min(p.at for p in points), max(p.at for p in points))
    for moment in moments:
        x = horizontal(moment.timestamp())
        name = words.months[moment.month - 1]
        text = f"{name} {moment.year}" if moment.month == 1 or moment is moments[0] else name
        half = text_width(text, SMALL) / 2
        centre = min(max(x, half), width - half)
        if centre - half < free_from + 8:
            continue
        free_from = centre + half
        elements.append(Line(x, bottom, x, bottom + 4, "axis"))
        elements.append(Text(centre, bottom + 17, text, "tick", SMALL, "middle"))
    return elements


def _marks(marks: Sequence[Mark], horizontal: Scale, bottom: float, width: float) -> list[Element]:
    """Labelled hairlines; a label that would run into its neighbour moves to a second line or is left to the table."""
    elements: list[Element] = []
    free = [-1e9, -1e9]
    for change in sorted(marks, key=lambda change: change.at):
        if not horizontal.holds(change.at.timestamp()):
            continue
        x = horizontal(change.at.timestamp())
        elements.append(Line(x, 30, x, bottom, "event"))
        text = shorten(change.label, SMALL, width / 2)
        size = text_width(text, SMALL)
        left = min(x + 4, width - size)
        for row in (0, 1):
            if left > free[row] + 8:
                elements.append(Text(left, 11 + 14 * row, text, "event-label", SMALL))
                free[row] = left + size
                break
    return elements


def _description(points: Sequence[Point], unit: str, words: Words) -> str:
    parts = []
    for point in points:
        when = f"{words.months[point.at.month - 1]} {point.at.year}"
        value = words.not_available if point.value is None else words.value(point.value, unit)
        if point.low is not None and point.high is not None:
            value += f" ({words.interval(point.low, point.high, unit)})"
        n = "–" if point.n is None else words.number(point.n)
        parts.append(f"{when}: {value}, {words.count} {n}.")
    return " ".join(parts) or words.no_data
