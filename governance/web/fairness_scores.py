"""Do scores mean the same in every group? Ranking, calibration and distance of their distributions."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from audit.charts import IntervalRow
from audit.fairness.assessment import Assessment
from audit.fairness.counts import Counts
from audit.fairness.details import score_details
from governance.web import words
from governance.web.fairness_figures import group_words
from governance.web.fairness_view import FairnessView, attribute_words, count_cell, interval_figure, method_of
from governance.web.tables import Cell, Column, Row, Table
from governance.web.windows import Window

Figure = Mapping[str, Any]


def build(counts: Counts, final: Assessment, window: Window) -> FairnessView:
    """The page: AUC of each group as a chart, calibration and distances as tables."""
    schema = counts.schema
    page = FairnessView(
        title=_("Scores"),
        question=_("Does a score rank equally well, and mean the same, in every group?"),
        method=[
            *method_of(final, window),
            (_("Score"), schema.score or _("none declared")),
            (_("Bins"), _("%(n)s of equal width; distances are lower bounds within them") % {"n": schema.bins or 0}),
            (_("Ranking"), _("AUC with DeLong's interval")),
            (_("Mean score"), _("normal interval with the largest spread the bins allow: never too narrow")),
            (_("Calibration"), _("bins of ten cases and more; chance alone makes the error positive")),
        ],
    )
    if not schema.bins:
        page.empty = _("No score is declared. Declare the confidence as the probability of the positive outcome.")
        return page
    found = score_details(counts, final.config)
    page.data = {"scores": found}
    rated = [row for row in found if not row.get("hidden")]
    if not rated:
        page.empty = _("No group has enough scored cases in this window.")
        return page
    page.answer = [_answer(rated)]
    rows = [_interval_row(row, row["auc"], final.config.floor.shown) for row in found if "auc" in row]
    title = _("How well the score ranks, AUC by group")
    page.figures = [
        {
            "title": title,
            "figure": interval_figure(
                rows, name="auc-chart", title=title, unit="share", reference=0.5, bounds=_bounds(rows)
            ),
        }
    ]
    page.read_with = _("Half is no better than a coin. The line is the 95 % interval.")
    page.tables = [_table(found, final.config.floor.shown), *_calibration(rated)]
    return page


def _bounds(rows: list[IntervalRow]) -> tuple[float, float]:
    values = [value for row in rows for value in (row.value, row.low, row.high) if value is not None]
    return min([0.4, *values]), max([1.0, *values])


def _answer(rated: list[dict[str, Any]]) -> str:
    apart = [
        row
        for row in rated
        if "auc_difference" in row and _outside(row["auc_difference"].get("low"), row["auc_difference"].get("high"))
    ]
    if apart:
        names = ", ".join(group_words(row["attribute"], row["group"]) for row in apart)
        return _("The score ranks differently from the reference in: %(groups)s (intervals not corrected).") % {
            "groups": names
        }
    return _("In no group is the score shown to rank differently from its reference.")


def _outside(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and not low <= 0 <= high


def _interval_row(row: Mapping[str, Any], figure: Figure, shown: int) -> IntervalRow:
    n = figure.get("n")
    few = n is not None and n < shown
    return IntervalRow(
        label=group_words(row["attribute"], row["group"]),
        n=None if few else n,
        n_text=f"n {_('under %(n)s') % {'n': shown}}" if few else "",
        value=None if few else figure.get("value"),
        low=None if few else figure.get("low"),
        high=None if few else figure.get("high"),
        group=attribute_words(row["attribute"]),
    )


def _figure(figure: Figure | None, unit: str) -> Cell:
    said = words.chart_words()
    if not figure or figure.get("value") is None:
        return Cell(text=_("not available"), kind="number")
    low, high = figure.get("low"), figure.get("high")
    between = said.interval(low, high, unit) if low is not None and high is not None else ""
    return Cell(text=said.value(figure["value"], unit), under=between, kind="number")


def _plain(value: float | None) -> Cell:
    text = _("not available") if value is None else words.chart_words().number(value, 3)
    return Cell(text=text, kind="number")


def _table(found: list[dict[str, Any]], shown: int) -> Table:
    rows = []
    for row in found:
        hidden = bool(row.get("hidden"))
        calibrated = row.get("calibration") or {}
        rows.append(
            Row(
                group=attribute_words(row["attribute"]),
                cells=[
                    Cell(text=group_words(row["attribute"], row["group"])),
                    count_cell(None if hidden and row["n"] else row["n"], shown),
                    _figure(row.get("mean_score"), "ratio"),
                    _figure(row.get("mean_difference"), "ratio"),
                    _figure(row.get("auc"), "ratio"),
                    _figure(calibrated.get("ece"), "points"),
                    _figure(calibrated.get("bias"), "points"),
                    _plain(row.get("kolmogorov_smirnov")),
                    _plain(row.get("wasserstein")),
                ],
            )
        )
    columns = [
        Column(label=_("Group")),
        Column(label=_("n with a score"), number=True),
        Column(label=_("Mean score"), number=True),
        Column(label=_("Less the reference"), number=True),
        Column(label="AUC", number=True),
        Column(label=_("Calibration error"), number=True),
        Column(label=_("Score less outcome"), number=True),
        Column(label=_("KS to the reference"), number=True),
        Column(label=_("Wasserstein to the reference"), number=True),
    ]
    return Table(id="scores", caption=_("Scores by group"), columns=columns, rows=rows)


def _calibration(rated: list[dict[str, Any]]) -> list[Table]:
    rows = [
        Row(
            group=f"{attribute_words(row['attribute'])}: {group_words(row['attribute'], row['group'])}",
            cells=[
                Cell(text=f"{part['low']:g}–{part['high']:g}"),
                Cell(text=words.chart_words().number(part["n"]), kind="number"),
                _plain(part["mean_score"]),
                _figure(part["observed"], "share"),
            ],
        )
        for row in rated
        for part in (row.get("calibration") or {}).get("bins", ())
    ]
    if not rows:
        return []
    columns = [
        Column(label=_("Score bin")),
        Column(label=_("n"), number=True),
        Column(label=_("Mean score"), number=True),
        Column(label=_("Turned out positive"), number=True),
    ]
    about = _("Where mean score and observed share differ, the score promises too much or too little.")
    return [Table(id="calibration", caption=_("Calibration by group"), columns=columns, rows=rows, about=about)]
