"""Who is in the data, and what could those whose group is not known change?"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from audit.charts import IntervalRow
from audit.fairness.assessment import Assessment
from audit.fairness.counts import Counts
from audit.fairness.errors import InvalidCheck
from audit.fairness.representation import RepresentationCheck, representation
from audit.fairness.unknowns import UnknownSummary
from audit.fairness.wording import METRIC_NAMES, p_text
from audit.statistics import wilson
from governance.web import words
from governance.web.fairness_figures import group_words
from governance.web.fairness_view import (
    FairnessView,
    attribute_words,
    count_cell,
    interval_figure,
    method_of,
    number_cell,
)
from governance.web.tables import Cell, Column, Row, Table
from governance.web.windows import Window


def build(counts: Counts, final: Assessment, window: Window, benchmarks: Mapping[str, Any]) -> FairnessView:
    """The page: shares of every group, beside declared ones where there are any, and the bounds of the unknown."""
    shown = final.config.floor.shown
    page = FairnessView(
        title=_("Who is in the data"),
        question=_("Is every group there, and what could those of unknown group change?"),
        method=[
            *method_of(final, window),
            (_("Shares"), _("of the cases whose group is known; Wilson intervals")),
            (_("Benchmark"), _("declared shares; exact binomial test, Holm within the attribute")),
            (_("Bounds"), _("lowest and highest ratio over every way of assigning the unknown cases")),
        ],
    )
    checks, refused = _checks(counts, final, benchmarks)
    page.notes = refused
    page.data = {
        "representation": [each.to_json() for each in checks],
        "unknown": {each.attribute: _summary(each, shown) for each in final.unknown},
    }
    singles = [group for group in final.groups if group.attribute in final.config.groups and not group.unknown]
    if not any(group.confusion.n for group in singles):
        page.empty = _("No group has enough cases in this window to be counted.")
        return page
    page.answer = [_answer(final.unknown)]
    rows = [_row(group, singles, shown) for group in singles]
    title = _("Share of each group")
    figure = interval_figure(rows, name="share-chart", title=title, unit="share", reference=None)
    page.figures = [{"title": title, "figure": figure}]
    page.tables = [_shares(singles, checks, shown), _bounds(final.unknown, shown)]
    return page


def _checks(
    counts: Counts, final: Assessment, benchmarks: Mapping[str, Any]
) -> tuple[list[RepresentationCheck], list[str]]:
    found, refused = [], []
    for attribute, shares in benchmarks.items():
        try:
            declared = {level: float(share) for level, share in shares.items()}
            found.append(representation(counts, attribute, declared, final.config.level))
        except (InvalidCheck, ValueError) as error:
            refused.append(_("No benchmark for %(attribute)s: %(why)s.") % {"attribute": attribute, "why": error})
    return found, refused


def _answer(unknown: tuple[UnknownSummary, ...]) -> str:
    worst = max(unknown, key=lambda each: each.share or 0, default=None)
    if worst is None or not worst.n:
        return _("The group of every case is known.")
    turned = sum(case.could_change for each in unknown for case in each.worst_case)
    said = _("%(attribute)s is unknown most often: for %(share)s of the cases.") % {
        "attribute": attribute_words(worst.attribute),
        "share": words.chart_words().value(worst.share or 0, "share"),
    }
    if turned:
        return said + " " + _("The unknown could turn %(n)s comparisons across the threshold.") % {"n": turned}
    return said + " " + _("They could turn no comparison across the threshold.")


def _row(group: Any, singles: list[Any], shown: int) -> IntervalRow:
    total = sum(each.confusion.n for each in singles if each.attribute == group.attribute)
    figure = wilson(group.confusion.n, total)
    few = group.shown_n is None
    return IntervalRow(
        label=group_words(group.attribute, group.group),
        n=None if few else group.confusion.n,
        n_text=f"n {_('under %(n)s') % {'n': shown}}" if few else "",
        value=None if few else figure.value,
        low=None if few else figure.low,
        high=None if few else figure.high,
        state="insufficient_data" if few else "none",
        group=attribute_words(group.attribute),
    )


def _shares(singles: list[Any], checks: list[RepresentationCheck], shown: int) -> Table:
    declared = {(check.attribute, part.group): part for check in checks for part in check.groups}
    rows = []
    for group in singles:
        total = sum(each.confusion.n for each in singles if each.attribute == group.attribute)
        part = declared.get((group.attribute, group.group))
        share = None if group.shown_n is None else wilson(group.confusion.n, total)
        benchmark = words.chart_words().value(part.benchmark, "share") if part else _("none declared")
        rows.append(
            Row(
                group=attribute_words(group.attribute),
                cells=[
                    Cell(text=group_words(group.attribute, group.group)),
                    count_cell(group.shown_n, shown),
                    number_cell(share, "share"),
                    Cell(text=benchmark, kind="number"),
                    Cell(text=p_text(part.p_adjusted) if part else "–", kind="number"),
                ],
            )
        )
    columns = [
        Column(label=_("Group")),
        Column(label=_("n"), number=True),
        Column(label=_("Share"), number=True),
        Column(label=_("Benchmark"), number=True),
        Column(label=_("p, corrected"), number=True),
    ]
    return Table(id="shares", caption=_("Shares of the groups"), columns=columns, rows=rows)


def _bounds(unknown: tuple[UnknownSummary, ...], shown: int) -> Table:
    said = words.chart_words()
    rows = []
    for each in unknown:
        for case in each.worst_case:
            low = _("not available") if case.low is None else said.value(case.low, "ratio")
            high = _("not available") if case.high is None else said.value(case.high, "ratio")
            rows.append(
                Row(
                    group=attribute_words(each.attribute),
                    cells=[
                        Cell(
                            text=group_words(each.attribute, case.group),
                            under=_("against %(reference)s, %(metric)s")
                            % {
                                "reference": group_words(each.attribute, case.reference),
                                "metric": _(METRIC_NAMES[case.metric]),
                            },
                        ),
                        count_cell(each.n, shown),
                        Cell(text=low, kind="number"),
                        Cell(text=high, kind="number"),
                        Cell(text=_("could cross the threshold") if case.could_change else _("stays on its side")),
                    ],
                )
            )
    columns = [
        Column(label=_("Group")),
        Column(label=_("Unknown cases"), number=True),
        Column(label=_("Lowest ratio"), number=True),
        Column(label=_("Highest ratio"), number=True),
        Column(label=_("What that says")),
    ]
    about = _("If the most adverse truth about every unknown case held.")
    return Table(id="bounds", caption=_("Bounds of the unknown"), columns=columns, rows=rows, about=about)


def _summary(each: UnknownSummary, shown: int) -> dict[str, Any]:
    data = each.to_json()
    if 0 < each.n < shown:
        data |= {"n": None, "share": None, "worst_case": []}
    return data
