"""What holds for every chart: texts inside and apart, gaps drawn as gaps, unknown drawn as nothing."""

import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.charts import (
    Bar,
    Fonts,
    IntervalRow,
    Mark,
    Panel,
    Point,
    Words,
    bars,
    dot_interval,
    histogram,
    reportlab_drawing,
    seal,
    share_bar,
    small_multiples,
    svg,
    time_series,
)
from audit.charts.drawing import Circle, Drawing, Line, Path, Rect
from tests.scale import count

NAMES = ["Мария Иванова-Стоянова", "Παπαδοπούλου", "Žemaitė Šeškienė", "White alone", "Two or more", "x"]
names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=5).map(" ".join)
widths = st.sampled_from([320.0, 340.0, 480.0, 680.0, 900.0])


@st.composite
def rows(draw: st.DrawFn) -> list[IntervalRow]:
    made = []
    for _ in range(draw(st.integers(0, 12))):
        low, value, high = sorted(draw(st.tuples(*[st.floats(0.05, 12)] * 3)))
        known = draw(st.booleans())
        made.append(
            IntervalRow(
                label=draw(names),
                n=draw(st.none() | st.integers(0, 10**7)),
                value=value if known else None,
                low=low if known and draw(st.booleans()) else None,
                high=high if known else None,
                state=draw(st.sampled_from(["pass", "attention", "insufficient_data", "reference", "none"])),
                group=draw(st.sampled_from(["", "sex", "race"])),
            )
        )
    return made


def overlaps(drawing: Drawing) -> list[tuple[str, str]]:
    boxes = [(text.text, text.box) for text in drawing.texts()]
    hits = []
    for index, (first, (l1, t1, r1, b1)) in enumerate(boxes):
        for second, (l2, t2, r2, b2) in boxes[index + 1 :]:
            if min(r1, r2) - max(l1, l2) > 0.5 and min(b1, b2) - max(t1, t2) > 0.5:
                hits.append((first, second))
    return hits


def assert_readable(drawing: Drawing) -> None:
    for text in drawing.texts():
        left, top, right, bottom = text.box
        assert left >= -0.5, text
        assert right <= drawing.width + 0.5, text
        assert top >= -0.5, text
        assert bottom <= drawing.height + 0.5, text
    assert overlaps(drawing) == []


@settings(max_examples=count(2000), deadline=None)
@given(rows(), widths, st.none() | st.just(0.8), st.sampled_from(["ratio", "seconds"]))
def test_texts_of_an_interval_plot_stay_inside_and_apart(
    made: list[IntervalRow], width: float, threshold: float | None, unit: str
) -> None:
    assert_readable(dot_interval(made, title="t", threshold=threshold, reference=1.0, unit=unit, width=width))


moments = st.integers(0, 1_060).map(lambda days: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=days))
points = st.lists(
    st.builds(
        Point,
        at=moments,
        n=st.none() | st.integers(0, 10**6),
        value=st.none() | st.floats(0, 1),
        low=st.floats(0, 0.5),
        high=st.floats(0.5, 1),
    ),
    max_size=30,
)
marks = st.lists(
    st.builds(
        Mark,
        moments,
        names,
    ),
    max_size=6,
)


@settings(max_examples=count(2000), deadline=None)
@given(points, marks, widths, st.none() | st.floats(0.05, 0.95))
def test_texts_of_a_time_series_stay_inside(
    made: list[Point], changes: list[Mark], width: float, threshold: float | None
) -> None:
    drawing = time_series(made, title="t", marks=changes, width=width, threshold=threshold)
    for text in drawing.texts():
        left, _, right, bottom = text.box
        assert left >= -0.5
        assert right <= width + 0.5
        assert bottom <= drawing.height


@settings(max_examples=count(1000), deadline=None)
@given(st.lists(st.builds(Bar, names, st.integers(0, 10**6)), max_size=8), widths)
def test_texts_of_bars_and_share_bars_stay_inside_and_apart(made: list[Bar], width: float) -> None:
    assert_readable(bars(made, title="t", width=width))
    assert_readable(share_bar(made, title="t", width=width))


def test_an_unknown_value_draws_no_mark_and_says_not_available() -> None:
    drawing = dot_interval([IntervalRow(label="Roma", n=7)], title="t")
    assert not [e for e in drawing.elements if isinstance(e, Circle | Path)]
    assert any("not available · n 7" in text.text for text in drawing.texts())


def test_states_differ_by_shape_and_not_by_colour_alone() -> None:
    rows = [
        IntervalRow(label=state, n=50, value=1.0, low=0.9, high=1.1, state=state)
        for state in ("pass", "attention", "insufficient_data")
    ]
    drawing = dot_interval(rows, title="t")
    shapes = [
        (type(e).__name__, "insufficient" in e.role)
        for e in drawing.elements
        if isinstance(e, Circle | Path) and e.role.startswith("mark")
    ]
    assert len(set(shapes)) == 3


def test_an_interval_beyond_the_scale_ends_in_an_arrowhead() -> None:
    row = IntervalRow(label="few", n=9, value=1.2, low=0.02, high=14.0, state="insufficient_data")
    drawing = dot_interval([row], title="t", bounds=(0.5, 2.0))
    assert len([e for e in drawing.elements if isinstance(e, Path) and e.role.startswith("arrow")]) == 2


def test_a_month_without_a_value_is_a_gap_in_the_line() -> None:
    made = [
        Point(at=datetime(2026, month, 1, tzinfo=UTC), n=10, value=None if month == 3 else 0.4) for month in range(1, 6)
    ]
    drawing = time_series(made, title="t")
    lines = [e for e in drawing.elements if isinstance(e, Path) and e.role == "line"]
    assert [len(line.points) for line in lines] == [2, 2]
    assert "Mar 2026: not available, n 10." in drawing.desc


def test_small_multiples_share_one_scale() -> None:
    def at(month: int) -> datetime:
        return datetime(2026, month, 1, tzinfo=UTC)

    panels = [
        Panel("low", [Point(at=at(1), n=5, value=0.1), Point(at=at(2), n=5, value=0.2)]),
        Panel("high", [Point(at=at(1), n=5, value=0.9), Point(at=at(2), n=5, value=0.2)]),
    ]
    drawing = small_multiples(panels, title="t")
    heights = [e.points[1][1] for e in drawing.elements if isinstance(e, Path) and e.role == "line"]
    assert heights[0] == pytest.approx(heights[1])


def test_a_bar_of_zero_is_a_named_row_without_a_bar() -> None:
    drawing = bars([Bar("prohibited", 0), Bar("high", 3)], title="t")
    assert len([e for e in drawing.elements if isinstance(e, Rect)]) == 1
    assert "prohibited: 0." in drawing.desc


def test_a_histogram_refuses_edges_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="needs 4 edges"):
        histogram([0, 1], [1, 2, 3], title="t")


def test_svg_is_well_formed_escapes_and_carries_no_style() -> None:
    drawing = dot_interval(
        [IntervalRow(label='<b onload="x">', n=3, value=1.0, low=0.5, high=2.0)], title="A & B", finding="See <this>"
    )
    markup = svg(drawing, element_id="f1")
    root = ElementTree.fromstring(markup)
    assert root.attrib["role"] == "img"
    assert root[0].text == "A & B"
    assert not [node for node in root.iter() if {"style", "onload"} & set(node.attrib)]
    assert svg(drawing, element_id="f1") == markup


def test_paper_and_screen_show_the_same_shapes() -> None:
    drawing = dot_interval(
        [IntervalRow(label="Ελένη", n=900, value=0.7, low=0.6, high=0.8, state="attention")], title="t", threshold=0.8
    )
    page = reportlab_drawing(drawing, Fonts("Helvetica", "Helvetica-Bold"), scale=0.75)
    assert len(page.contents[0].contents) == len(drawing.elements)
    assert page.width == pytest.approx(drawing.width * 0.75)
    assert svg(drawing, element_id="a").count("<text") == len(list(drawing.texts()))


def test_a_seal_tells_two_checkpoints_apart_and_stays_in_its_square() -> None:
    first, second = bytes(range(32)), bytes(range(1, 33))
    assert seal(first, title="t") != seal(second, title="t")
    for root in (first, second, bytes(32), b"\xff" * 32):
        for element in seal(root, size=48, title="t").elements:
            if isinstance(element, Path):
                assert all(0 <= x <= 48 and 0 <= y <= 48 for x, y in element.points)


def test_numbers_follow_the_language() -> None:
    german = Words(decimal_mark=",", group_mark=".")
    assert german.number(12034.5, 1) == "12.034,5"
    assert german.number(-0.001, 2) == "0,00"
    assert german.number(-1.5, 1) == "−1,5"
    assert Words().interval(0.018, 0.035, "share") == "1.8–3.5 %"
    assert Words().interval(-0.02, 0.01, "points") == "−2.0 to 1.0 pp"


def test_a_log_scale_puts_a_half_and_a_double_equally_far_from_one() -> None:
    drawing = dot_interval([], title="t", bounds=(0.5, 2.0), width=600, reference=1.0)
    line = next(e for e in drawing.elements if isinstance(e, Line) and e.role == "reference-line")
    axis = next(e for e in drawing.elements if isinstance(e, Line) and e.role == "axis")
    assert line.x1 == pytest.approx((axis.x1 + axis.x2) / 2)
