"""Figures about people in reports: from whole months with enough people, and nothing that subtraction would bare."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import timezone

from audit.oversight import protection
from audit.reports import content
from audit.reports.build import Order, build
from audit.reports.content import Window
from audit.reports.context import Context, usable_checkpoint
from audit.reports.issue import days
from audit.reports.reviewing import cut_months, months_inside, reviewing
from audit.reports.scope import Scope
from audit.reports.sections.practice import figure_of
from tests.audit.reports.conftest import FIRST, LAST, Past

FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)
ABOUT_PEOPLE = ("M1", "M3", "M4", "M5", "M9", "M15")


def of(past: Past, first: date, last: date, kind: str = "oversight") -> content.OversightReport:
    return build(Order(scope=Scope(use_case=past.use_case), window=days(first, last), at=timezone.now(), kind=kind))


def figure(report: content.OversightReport, ending: str) -> content.Figure:
    return next(each for each in content.figures(report) if each.id.endswith(ending))


def shown(report: content.OversightReport) -> set[str]:
    """The measures that have a value."""
    return {f.id.rpartition("practice.")[2] for f in content.figures(report) if f.value is not None}


def text_of(report: content.OversightReport) -> str:
    return content.to_json(report).decode()


@pytest.mark.parametrize(
    ("first", "last", "inside", "cut"),
    [
        (date(2026, 1, 1), date(2026, 3, 31), (date(2026, 1, 1), date(2026, 4, 1)), ()),
        (date(2026, 1, 2), date(2026, 3, 30), (FEBRUARY, MARCH), (date(2026, 1, 1), MARCH)),
        (date(2026, 1, 2), date(2026, 1, 30), None, (date(2026, 1, 1),)),
        (date(2025, 12, 15), date(2026, 1, 31), (date(2026, 1, 1), date(2026, 2, 1)), (date(2025, 12, 1),)),
    ],
)  # fmt: skip
def test_the_months_of_a_window(first: date, last: date, inside: Any, cut: tuple[date, ...]) -> None:
    found = months_inside(days(first, last))
    assert found == inside if inside else found[0] == found[1]
    assert cut_months(days(first, last)) == cut


def test_a_window_that_ends_within_a_day_cuts_its_month() -> None:
    window = Window(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 31, 23, tzinfo=UTC))
    assert cut_months(window) == (date(2026, 1, 1),)


def test_a_whole_month_of_three_people_is_shown_and_a_cut_one_is_not(past: Past) -> None:
    whole, cut = of(past, FIRST, LAST), of(past, FIRST, date(2026, 11, 15))
    assert {"M1", "M1.override"} <= shown(whole)
    assert not [name for name in shown(cut) if name.split(".")[0] in ABOUT_PEOPLE]
    assert {"decisions", "submitted", "M10"} <= shown(cut)
    assert "whole calendar months" in text_of(cut)


def test_too_few_reviewers_leave_no_figure_about_them(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three people worked and four are asked for: no measure, no split, no way to the counts below, in no kind."""
    monkeypatch.setattr(protection, "REVIEWERS", 4)
    report = of(past, FIRST, LAST)
    assert not [name for name in shown(report) if name.split(".")[0] in ABOUT_PEOPLE]
    assert not [f.id for f in content.figures(report) if "m1" in f.basis or "truth" in f.basis]
    assert "too few reviewers" in text_of(report)
    assert figure(report, "practice.decisions").value == len(past.rows)
    council = of(past, FIRST, LAST, kind="works_council")
    assert not [f for f in content.figures(council) if f.value is not None and "practice" in f.id]
    assert "too few reviewers" in text_of(council)


def test_a_month_held_back_between_two_leaves_figures_without_a_way_behind(past: Past) -> None:
    """A window that holds more than the figure does would tell, by subtraction, what is held back."""
    context = Context(
        use_case=past.use_case, window=days(date(2026, 10, 1), LAST), checkpoint=usable_checkpoint(), at=timezone.now()
    )
    month = reviewing(context)
    assert month.window == days(FIRST, LAST)
    assert not month.apart
    assert figure_of(context, next(each for each in month.measures if each.id == "M1")).basis
    torn = replace(month, left_out=(FIRST,), apart=True)
    context._known["reviewing"] = torn
    assert not figure_of(context, next(each for each in torn.measures if each.id == "M1")).basis
    assert not torn.shows(datetime(2026, 11, 1, tzinfo=UTC))
