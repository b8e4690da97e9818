"""Dot-and-interval plots: an estimate, its interval and its n on each row, the threshold as a labelled line."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.charts.drawing import Circle, Drawing, Element, Line, Path, Text
from audit.charts.metrics import shorten, text_width, wrap
from audit.charts.scales import Scale, linear_bounds, ratio_bounds, ratio_ticks, ticks
from audit.charts.words import ENGLISH, Words

SIZE, SMALL, NARROW = 13.0, 11.5, 480


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalRow:
    """One row. ``None`` values are printed as not available and draw nothing.

    ``state``: pass | attention | insufficient_data | reference | none. ``group``: heading the row belongs under.
    """

    label: str
    n: int | None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    state: str = "none"
    group: str = ""
    n_text: str = ""  # printed instead of n where the number itself is withheld


@dataclass(frozen=True, slots=True)
class _Look:
    unit: str
    words: Words
    scale: Scale
    narrow: bool
    width: float


def dot_interval(
    rows: Sequence[IntervalRow],
    *,
    title: str,
    threshold: float | None = None,
    reference: float | None = None,
    unit: str = "ratio",
    width: float = 680,
    bounds: tuple[float, float] | None = None,
    finding: str = "",
    words: Words = ENGLISH,
) -> Drawing:
    """Draw one dot and interval per row. ``unit`` ratio is drawn on a log scale; ``reference`` is a thin line.

    Under 480 wide, labels stand above their row instead of beside it.
    """
    narrow = width < NARROW
    labels = 0.0 if narrow else min(_widest([row.label for row in rows]), width * 0.34) + 18
    figures = 0.0 if narrow else _widest([_figures(row, unit, words) for row in rows], SMALL) + 14
    low, high = bounds or _bounds(rows, threshold, reference, unit)
    scale = Scale(low, high, labels + 8, width - figures - 8, log=unit == "ratio")
    look = _Look(unit, words, scale, narrow, width)
    top = 22.0 if threshold is not None else 6.0
    body: list[Element] = []
    y, group = top, ""
    bands: list[tuple[float, float]] = []  # where threshold and reference may be drawn
    for row in rows:
        if row.group and row.group != group:
            group = row.group
            y += 24
            body.append(Text(0, y - 7, shorten(group, SMALL, width, 600), "heading", SMALL, weight=600))
            body.append(Line(0, y, width, y, "hairline"))
        height = _row_height(row, look, labels)
        body += _row(row, y, height, look, labels)
        bands.append((y + height - 26, y + height - 2))
        y += height
    # Beside labels the lines run through; under labels they keep to the rows' marks and leave the words alone.
    runs = bands if narrow else [(top - 6, y + 4)]
    frame = _frame(look, top, y, threshold, reference, runs)
    return Drawing(width, y + 26, tuple(frame + body), title, _description(rows, unit, words), finding)


def _widest(texts: Sequence[str], size: float = SIZE) -> float:
    return max((text_width(text, size) for text in texts), default=0.0)


def _bounds(
    rows: Sequence[IntervalRow], threshold: float | None, reference: float | None, unit: str
) -> tuple[float, float]:
    values = [value for row in rows for value in (row.value, row.low, row.high) if value is not None]
    values += [value for value in (threshold, reference) if value is not None]
    if unit == "ratio":
        return ratio_bounds(values)
    floor = 0.0 if unit in {"share", "seconds", "count"} else None
    return linear_bounds(values, floor=floor, ceiling=1.0 if unit == "share" else None)


def _figures(row: IntervalRow, unit: str, words: Words) -> str:
    n = f"{words.count} {words.number(row.n)}" if row.n is not None else f"{words.count} –"
    n = row.n_text or n
    if row.state == "reference" and row.value is None:
        return n
    if row.value is None:
        return f"{words.not_available} · {n}"
    text = words.value(row.value, unit)
    if row.low is not None and row.high is not None:
        text += f" ({words.interval(row.low, row.high, unit)})"
    return f"{text} · {n}"


def _row_height(row: IntervalRow, look: _Look, labels: float) -> float:
    if look.narrow:
        return (
            46.0
            if text_width(row.label, SIZE) + _widest([_figures(row, look.unit, look.words)], SMALL) + 12 <= look.width
            else 60.0
        )
    return 28.0 if len(wrap(row.label, SIZE, labels - 18)) == 1 else 42.0


def _row(row: IntervalRow, y: float, height: float, look: _Look, labels: float) -> list[Element]:
    figures = _figures(row, look.unit, look.words)
    quiet = "figure-quiet" if row.value is None or row.state == "insufficient_data" else "figure"
    if look.narrow:
        middle = y + height - 14
        elements: list[Element] = [Text(0, y + 18, shorten(row.label, SIZE, look.width), "label", SIZE)]
        if height > 50:
            elements.append(Text(0, y + 33, figures, quiet, SMALL))
        else:
            elements.append(Text(look.width, y + 18, figures, quiet, SMALL, "end"))
    else:
        middle = y + height / 2
        lines = wrap(row.label, SIZE, labels - 18)
        first = middle + 4.5 - (len(lines) - 1) * 7.5
        elements = [Text(0, first + index * 15, line, "label", SIZE) for index, line in enumerate(lines)]
        elements.append(Text(look.width, middle + 4, figures, quiet, SMALL, "end"))
    elements.append(Line(look.scale.start, middle, look.scale.end, middle, "guide"))
    return elements + _mark(row, middle, look.scale)


def _mark(row: IntervalRow, y: float, scale: Scale) -> list[Element]:
    """Interval and dot; the dot's shape carries the state too. Ends beyond the scale become arrowheads."""
    if row.value is None:
        return []
    state = row.state.replace("_", "-")
    elements: list[Element] = []
    if row.low is not None and row.high is not None and scale.holds(max(row.low, scale.low)) and row.high >= scale.low:
        left, right = scale(row.low), scale(row.high)
        elements.append(Line(left, y, right, y, f"interval {state}"))
        for value, x, sign in ((row.low, left, 1), (row.high, right, -1)):
            if scale.holds(value):
                elements.append(Line(x, y - 4, x, y + 4, f"interval {state}"))
            else:
                elements.append(Path(((x, y), (x + 6 * sign, y - 4), (x + 6 * sign, y + 4)), f"arrow {state}", True))
    if scale.holds(row.value):
        elements.append(mark(scale(row.value), y, row.state))
    return elements


def mark(x: float, y: float, state: str) -> Element:
    """The mark of a state: filled dot for pass, diamond for attention, hollow dot for insufficient data."""
    role = f"mark {state.replace('_', '-')}"
    if state == "attention":
        return Path(((x, y - 6.5), (x + 6.5, y), (x, y + 6.5), (x - 6.5, y)), role, True)
    if state == "reference":
        return Path(((x - 4, y - 4), (x + 4, y - 4), (x + 4, y + 4), (x - 4, y + 4)), role, True)
    return Circle(x, y, 4.6, role)


def _frame(
    look: _Look,
    top: float,
    bottom: float,
    threshold: float | None,
    reference: float | None,
    runs: Sequence[tuple[float, float]],
) -> list[Element]:
    scale, words = look.scale, look.words
    elements: list[Element] = [Line(scale.start, bottom + 4, scale.end, bottom + 4, "axis")]
    marks = ratio_ticks(scale.low, scale.high) if scale.log else ticks(scale.low, scale.high, 4 if look.narrow else 6)
    taken: list[tuple[float, float]] = []
    for tick in marks:
        x, text = scale(tick), _tick_text(tick, look.unit, words)
        half = text_width(text, SMALL) / 2
        centre = min(max(x, half), look.width - half)
        if all(centre + half + 7 < left or centre - half - 7 > right for left, right in taken):
            taken.append((centre - half, centre + half))
            elements.append(Line(x, bottom + 4, x, bottom + 8, "axis"))
            elements.append(Text(centre, bottom + 20, text, "tick", SMALL, "middle"))
    if reference is not None and scale.holds(reference):
        x = scale(reference)
        elements += [Line(x, max(start, top), x, end, "reference-line") for start, end in runs]
    if threshold is not None and scale.holds(threshold):
        x = scale(threshold)
        text = f"{words.threshold} {words.value(threshold, look.unit)}"
        half = text_width(text, SMALL, 600) / 2
        elements += [Line(x, start, x, end, "threshold") for start, end in runs]
        elements.append(
            Text(min(max(x, half), look.width - half), top - 10, text, "threshold-label", SMALL, "middle", 600)
        )
    return elements


def _tick_text(tick: float, unit: str, words: Words) -> str:
    if unit == "ratio":
        return words.number(tick, 2 if round(tick, 1) != tick else 1)
    if unit in {"share", "points"}:
        return f"{words.number(tick * 100, 0 if abs(tick * 100 - round(tick * 100)) < 1e-9 else 1)} %"
    return words.number(tick, 0 if float(tick).is_integer() else 2)


def _description(rows: Sequence[IntervalRow], unit: str, words: Words) -> str:
    parts = []
    for row in rows:
        name = f"{row.group}: {row.label}" if row.group else row.label
        state = f", {words.state(row.state)}" if row.state in {"pass", "attention", "insufficient_data"} else ""
        parts.append(f"{name} {_figures(row, unit, words)}{state}.")
    return " ".join(parts) or words.no_data
