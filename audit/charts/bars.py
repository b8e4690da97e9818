"""Counts: bars with their number, histograms, and one stacked bar of shares with every part named."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.charts.drawing import Drawing, Element, Line, Rect, Text
from audit.charts.intervals import SIZE, SMALL, _tick_text
from audit.charts.metrics import shorten, text_width, wrap
from audit.charts.scales import Scale, ticks
from audit.charts.words import ENGLISH, Words


@dataclass(frozen=True, slots=True)
class Bar:
    """``n`` things called ``label``; ``state`` picks a tone (none, pass, attention, insufficient_data)."""

    label: str
    n: int
    state: str = "none"


def bars(rows: Sequence[Bar], *, title: str, width: float = 680, finding: str = "", words: Words = ENGLISH) -> Drawing:
    """Draw horizontal bars with their count at the end; zero is a row with no bar, not a missing row."""
    widest = max((text_width(row.label, SIZE) for row in rows), default=0.0)
    labels = min(widest, width * 0.45) + 14
    number = max((text_width(words.number(row.n), SIZE) for row in rows), default=0.0) + 10
    scale = Scale(0, max([row.n for row in rows] + [1]), labels, max(width - number, labels + 20))
    elements: list[Element] = []
    y = 2.0
    for row in rows:
        lines = wrap(row.label, SIZE, labels - 14)
        height = 24.0 + 15 * (len(lines) - 1)
        for index, line in enumerate(lines):
            elements.append(Text(0, y + 16 + 15 * index, line, "label", SIZE))
        end = scale(row.n)
        if row.n:
            elements.append(
                Rect(labels, y + height / 2 - 6, max(end - labels, 1), 12, f"bar {row.state.replace('_', '-')}")
            )
        elements.append(Text(end + 7, y + height / 2 + 4.5, words.number(row.n), "figure", SIZE))
        y += height
    elements.append(Line(labels, 0, labels, y + 2, "axis"))
    desc = " ".join(f"{row.label}: {words.number(row.n)}." for row in rows) or words.no_data
    return Drawing(width, y + 4, tuple(elements), title, desc, finding)


def histogram(
    edges: Sequence[float],
    counts: Sequence[int],
    *,
    title: str,
    unit: str = "seconds",
    width: float = 680,
    height: float = 200,
    finding: str = "",
    words: Words = ENGLISH,
) -> Drawing:
    """Draw ``counts`` between ``edges`` (one more edge than counts); the tallest bin carries its number."""
    if len(edges) != len(counts) + 1:
        raise ValueError(f"a histogram of {len(counts)} bins needs {len(counts) + 1} edges, got {len(edges)}")
    bottom, tallest = height - 24, max([*counts, 1])
    left = text_width(words.number(tallest), SMALL) + 10
    horizontal = Scale(edges[0], edges[-1] if edges[-1] > edges[0] else edges[0] + 1, left, width - 4)
    vertical = Scale(0, tallest, bottom, 16)
    elements: list[Element] = []
    for tick in [tick for tick in ticks(0, tallest, 3) if float(tick).is_integer()]:
        elements.append(Line(left, vertical(tick), width, vertical(tick), "grid"))
        elements.append(Text(left - 6, vertical(tick) + 4, words.number(tick), "tick", SMALL, "end"))
    for index, n in enumerate(counts):
        x1, x2 = horizontal(edges[index]), horizontal(edges[index + 1])
        if n:
            elements.append(Rect(x1 + 0.5, vertical(n), max(x2 - x1 - 1, 0.5), bottom - vertical(n), "bar none"))
    elements.append(Line(left, bottom, width, bottom, "axis"))
    for tick in ticks(edges[0], edges[-1], 4 if width < 480 else 8):
        text = _tick_text(tick, unit, words)
        half = text_width(text, SMALL) / 2
        elements.append(Line(horizontal(tick), bottom, horizontal(tick), bottom + 4, "axis"))
        elements.append(
            Text(min(max(horizontal(tick), half), width - half), bottom + 17, text, "tick", SMALL, "middle")
        )
    bins = zip(edges, edges[1:], counts, strict=False)
    desc = " ".join(f"{words.interval(a, b, unit)}: {words.number(n)}." for a, b, n in bins)
    return Drawing(width, height, tuple(elements), title, desc or words.no_data, finding)


def share_bar(
    rows: Sequence[Bar], *, title: str, width: float = 680, finding: str = "", words: Words = ENGLISH
) -> Drawing:
    """Draw one bar split by count, each part named below it with count and share; parts differ by tone and order."""
    total = sum(row.n for row in rows)
    elements: list[Element] = []
    x = 0.0
    for index, row in enumerate(rows):
        part = width * row.n / total if total else 0.0
        if row.n:
            elements.append(Rect(x, 0, max(part - 1.5, 0.75), 16, f"part tone-{index % 5}"))
        x += part
    if not total:
        elements.append(Rect(0, 0, width, 16, "part empty"))
    x, y = 0.0, 38.0
    for index, row in enumerate(rows):
        share = f" ({words.value(row.n / total, 'share')})" if total else ""
        text = shorten(f"{row.label} {words.number(row.n)}{share}", SIZE, width - 20)
        size = text_width(text, SIZE) + 18
        if x and x + size > width:
            x, y = 0.0, y + 22
        elements.append(Rect(x, y - 9.5, 10, 10, f"part tone-{index % 5}"))
        elements.append(Text(x + 16, y, text, "label", SIZE))
        x += size + 22
    desc = " ".join(f"{row.label}: {words.number(row.n)}." for row in rows) or words.no_data
    return Drawing(width, y + 10, tuple(elements), title, desc, finding)
