"""Does a difference remain where cases are alike? The same comparison with strata held fixed."""

from django.utils.translation import gettext as _

from audit.charts import IntervalRow
from audit.fairness.assessment import Assessment
from audit.fairness.conditional import ConditionalFigures, conditional
from audit.fairness.counts import Counts
from audit.fairness.wording import METRIC_NAMES, p_text
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


def build(counts: Counts, final: Assessment, window: Window, metric: str) -> FairnessView:
    """The page of one rate: crude and conditional ratio of every group, for every declared stratum."""
    name, attributes = _(METRIC_NAMES[metric]), set(final.config.groups)
    strata = [stratum for stratum in counts.schema.attributes if stratum not in attributes]
    page = FairnessView(
        title=_("With strata held fixed"),
        question=_("Does the difference remain where the cases are alike?"),
        method=[
            *method_of(final, window),
            (_("Strata"), ", ".join(strata) or _("none declared")),
            (_("Conditional ratio"), _("Mantel–Haenszel over the strata; test of Cochran, Mantel and Haenszel")),
            (_("Conditional disparity"), _("the group's share among the refused less its share among the accepted")),
        ],
    )
    found = [
        conditional(
            counts, each.attribute, stratum, group=each.group, reference=each.reference, metric=metric,
            level=final.config.level,
        )
        for stratum in strata
        for each in final.comparisons
        if each.metric == metric and each.attribute in attributes and each.p_value is not None
    ]  # fmt: skip
    page.data = {"metric": metric, "conditional": [_open(each, final.config.floor.shown) for each in found]}
    if not strata:
        page.empty = _("No stratum is declared. A stratum is a field of the decision within which cases are alike.")
    elif not found:
        page.empty = _("No group can be compared within the strata of this window.")
    if page.empty:
        return page
    reversed_ = [each for each in found if each.reverses]
    page.answer = [_answer(found, reversed_, name)]
    page.figures = [{"title": _("Crude and conditional ratio"), "figure": _chart(found, final)}]
    page.read_with = _("Each group has two rows: all cases together, then with the stratum held fixed.")
    page.tables = [_table(found, name), _strata_table(found, final.config.floor.shown)]
    return page


def _open(each: ConditionalFigures, shown: int) -> dict[str, object]:
    data = each.to_json()
    for part in data["strata"]:
        if min(part["n"], part["reference_n"]) < shown:
            part |= {"events": None, "n": None, "reference_events": None, "reference_n": None, "ratio": None}
            part["disparity"] = None
    return data


def _answer(found: list[ConditionalFigures], turned: list[ConditionalFigures], metric: str) -> str:
    if turned:
        return _(
            "For %(group)s the %(metric)s points the other way once %(stratum)s is held fixed: the crude figure "
            "mixes unlike cases."
        ) % {
            "group": group_words(turned[0].attribute, turned[0].group),
            "metric": metric,
            "stratum": turned[0].by,
        }
    return _("In none of %(n)s comparisons does the %(metric)s change sides when the stratum is held fixed.") % {
        "n": len(found),
        "metric": metric,
    }


def _chart(found: list[ConditionalFigures], final: Assessment):  # type: ignore[no-untyped-def]
    rows = []
    for each in found:
        heading = f"{attribute_words(each.attribute)} · {group_words(each.attribute, each.group)}"
        for label, figure in ((_("all together"), each.crude), (_("within %(by)s") % {"by": each.by}, each.ratio)):
            rows.append(
                IntervalRow(
                    label=label, n=figure.n, value=figure.value, low=figure.low, high=figure.high, group=heading
                )
            )
    return interval_figure(
        rows, name="strata-chart", title=_("Crude and conditional ratio"), unit="ratio", reference=1.0,
        threshold=final.config.threshold,
    )  # fmt: skip


def _table(found: list[ConditionalFigures], metric: str) -> Table:
    rows = [
        Row(
            group=f"{attribute_words(each.attribute)} / {each.by}",
            cells=[
                Cell(
                    text=group_words(each.attribute, each.group),
                    under=_("against %(reference)s") % {"reference": group_words(each.attribute, each.reference)},
                ),
                number_cell(each.crude, "ratio"),
                number_cell(each.ratio, "ratio"),
                Cell(text=p_text(each.p_value), kind="number"),
                Cell(text=_share(each.crude_disparity), kind="number"),
                Cell(text=_share(each.disparity), kind="number"),
            ],
        )
        for each in found
    ]
    columns = [
        Column(label=_("Group")),
        Column(label=_("Ratio, all together"), number=True),
        Column(label=_("Ratio, strata fixed"), number=True),
        Column(label=_("p, strata fixed"), number=True),
        Column(label=_("Disparity, all together"), number=True),
        Column(label=_("Disparity, strata fixed"), number=True),
    ]
    return Table(id="conditional", caption=_("Strata held fixed: %(m)s") % {"m": metric}, columns=columns, rows=rows)


def _share(value: float | None) -> str:
    return _("not available") if value is None else f"{value:+.3f}"


def _strata_table(found: list[ConditionalFigures], shown: int) -> Table:
    rows = [
        Row(
            group=f"{attribute_words(each.attribute)}: {group_words(each.attribute, each.group)}",
            cells=[
                Cell(text=f"{each.by}: {part.stratum}"),
                count_cell(part.n or None, shown),
                count_cell(part.reference_n or None, shown),
                number_cell(part.ratio if min(part.n, part.reference_n) >= shown else None, "ratio"),
            ],
        )
        for each in found
        for part in each.strata
    ]
    columns = [
        Column(label=_("Stratum")),
        Column(label=_("n, group"), number=True),
        Column(label=_("n, reference"), number=True),
        Column(label=_("Ratio"), number=True),
    ]
    return Table(id="strata", caption=_("Each stratum"), columns=columns, rows=rows)
