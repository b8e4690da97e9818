"""Printed numbers, dates and words."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from audit.reports import display
from audit.reports.content import Figure, Window
from tests.audit.reports.sample import figure


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("0.9412", "share", "94.1 %"),
        ("0.0041", "share", "0.41 %"),
        ("0", "share", "0.0 %"),
        ("-0.0312", "points", "−3.1 pp"),
        ("0.0312", "points", "+3.1 pp"),
        ("0.8", "ratio", "0.800"),
        ("1234567", "count", "1,234,567"),
        ("74", "seconds", "74 s"),
        ("4500", "seconds", "75.0 min"),
        ("100000", "seconds", "27.8 h"),
    ],
)
def test_values_are_printed_in_their_unit(value: str, unit: str, shown: str) -> None:
    assert display.measure(Decimal(value), unit).replace("\u00a0", " ") == shown  # type: ignore[arg-type]


def test_german_marks() -> None:
    with translation.override("de"):
        assert display.number(Decimal("12345.5"), 1) == "12.345,5"


def test_a_failed_figure_is_never_a_zero() -> None:
    failed = Figure(id="x", label="x", unit="share", reason="the query timed out")
    assert display.figure_value(failed) == "not available"
    assert display.figure_detail(failed) == "the query timed out"


def test_detail_names_interval_n_and_threshold() -> None:
    shown = display.figure_detail(figure(1, "x", "0.5", threshold=Decimal("0.8"))).replace("\u00a0", " ")
    assert shown == "[47.9 %, 52.4 %], n = 2,413, threshold 80.0 %"


def test_the_last_day_of_a_window_is_the_one_before_its_end() -> None:
    window = Window(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 4, 1, tzinfo=UTC))
    assert display.period(window) == "1 Jan 2026 to 31 Mar 2026"


def test_times_name_their_zone() -> None:
    assert display.moment(datetime(2026, 11, 21, 14, 5, tzinfo=UTC)) == "21 Nov 2026, 14:05 UTC"
