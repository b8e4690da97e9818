"""The chart and the table of a fairness page: every group against its reference, proposal beside final."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from audit.charts import Drawing, IntervalRow, dot_interval
from audit.charts.scales import ratio_bounds
from audit.fairness.assessment import Assessment
from audit.fairness.comparison import Comparison
from audit.fairness.groups import GroupFigures
from audit.fairness.schema import CROSS
from governance.web import words
from governance.web.assessments import Stages
from governance.web.figures import PageFigure, page_figure
from governance.web.tables import Cell, Column, Row, Table

SIDE = 440.0
BARE = frozenset({"yes", "no", "true", "false", "0", "1"})


def group_words(attribute: str, group: str) -> str:
    """Return a group's name for people: ``male × disability: yes`` where a bare *yes* would say nothing."""
    names, levels = attribute.split(CROSS), group.split(CROSS)
    if len(names) != len(levels):
        return group
    said = [
        f"{name}: {level}" if level.casefold() in BARE else level for name, level in zip(names, levels, strict=True)
    ]
    return " × ".join(said)


def _stages(stages: Stages) -> list[tuple[str, str, Assessment]]:
    named = [
        ("proposal", _("As the system proposed"), stages.proposal),
        ("final", _("As it took effect"), stages.final),
    ]
    return [(code, name, assessment) for code, name, assessment in named if assessment is not None]


def comparison_figures(stages: Stages, metric: str) -> list[dict[str, Any]]:
    """One chart per stage on one common scale, so that the eye can compare them."""
    parts = _stages(stages)
    values = [
        value
        for _code, _name, assessment in parts
        for each in _of(assessment, metric)
        for value in (each.ratio.value, each.ratio.low, each.ratio.high)
        if value is not None
    ]
    bounds = ratio_bounds([*values, *[a.config.threshold for _c, _n, a in parts if a.config.threshold]])
    return [
        {"title": name, "figure": _figure(assessment, metric, f"{code}-chart", name, bounds)}
        for code, name, assessment in parts
    ]


def _of(assessment: Assessment, metric: str) -> Iterable[Comparison]:
    return (each for each in assessment.comparisons if each.metric == metric)


def _figure(assessment: Assessment, metric: str, name: str, title: str, bounds: tuple[float, float]) -> PageFigure:
    rows: list[IntervalRow] = []
    for each in _of(assessment, metric):
        heading = _("%(attribute)s (reference: %(reference)s, n %(n)s)") % {
            "attribute": each.attribute.replace(CROSS, " × "),
            "reference": group_words(each.attribute, each.reference),
            "n": words.chart_words().number(each.reference_n),
        }
        rows.append(
            IntervalRow(
                label=group_words(each.attribute, each.group),
                n=None if _withheld(each.n, assessment, each.code) else each.n,
                n_text=f"n {_few(assessment)}" if _withheld(each.n, assessment, each.code) else "",
                value=each.ratio.value,
                low=each.ratio.low,
                high=each.ratio.high,
                state=each.verdict or "none",
                group=heading,
            )
        )

    def draw(width: float) -> Drawing:
        return dot_interval(
            rows,
            title=title,
            threshold=assessment.config.threshold,
            reference=1.0,
            unit="ratio",
            width=min(width, SIDE),
            bounds=bounds,
            words=words.chart_words(),
        )

    return page_figure(draw, name=name, see="")


def comparison_table(stages: Stages, metric: str) -> Table:
    """Every group: its rate, its ratio to the reference and the verdict, for each stage."""
    parts = _stages(stages)
    columns = [Column(label=_("Group")), Column(label=_("n"), number=True)]
    for _code, name, _assessment in parts:
        columns += [
            Column(label=_("%(stage)s: rate") % {"stage": name}, number=True),
            Column(label=_("ratio"), number=True),
            Column(label=_("verdict")),
        ]
    rates = [_rates(assessment) for _code, _name, assessment in parts]
    compared = [{(c.attribute, c.group): c for c in _of(assessment, metric)} for _code, _name, assessment in parts]
    rows = []
    for key, group in rates[0].items() if rates else ():
        cells = [
            Cell(text=group_words(group.attribute, group.group)),
            Cell(text=_count(group, parts[0][2]), kind="number"),
        ]
        for index in range(len(parts)):
            cells += _cells(rates[index].get(key), compared[index].get(key), metric)
        rows.append(Row(cells=cells, group=group.attribute.replace(CROSS, " × ")))
    about = _("95 % intervals beneath. Groups below ten cases show no rate. Unknown is a group of its own.")
    return Table(id="groups", caption=_("Groups"), columns=columns, rows=rows, about=about)


def _withheld(n: int, assessment: Assessment, code: str = "") -> bool:
    """Counts of very small groups could point at a person: a live check withholds them."""
    few = 0 < n < assessment.config.floor.shown or (n == 0 and code == "too_few_to_show")
    return assessment.config.suppress_counts and few


def _few(assessment: Assessment) -> str:
    return _("under %(n)s") % {"n": assessment.config.floor.shown}


def _count(group: GroupFigures, assessment: Assessment) -> str:
    n = group.shown_n
    return _few(assessment) if n is None or _withheld(n, assessment) else words.chart_words().number(n)


def _rates(assessment: Assessment) -> dict[tuple[str, str], GroupFigures]:
    return {(group.attribute, group.group): group for group in assessment.groups}


def _cells(group: GroupFigures | None, comparison: Comparison | None, metric: str) -> list[Cell]:
    said = words.chart_words()
    rate = group.rates.get(metric) if group else None
    if rate is None or rate.value is None:
        first = Cell(text=_("not shown"), kind="number")
    else:
        between = said.interval(rate.low, rate.high, "share") if rate.low is not None and rate.high is not None else ""
        first = Cell(text=said.value(rate.value, "share"), under=between, kind="number")
    if comparison is None:
        return [first, Cell(text=_("reference") if group and group.comparable else "–", kind="number"), Cell()]
    ratio = comparison.ratio
    if ratio.value is None:
        second = Cell(text=_("not available"), kind="number")
    else:
        limits = (
            said.interval(ratio.low, ratio.high, "ratio") if ratio.low is not None and ratio.high is not None else ""
        )
        second = Cell(text=said.value(ratio.value, "ratio"), under=limits, kind="number")
    return [first, second, Cell(word=words.word_of(comparison.verdict or "not_available", words.STATES))]
