"""Is any group treated worse than its reference? Every group at both stages, with verdict and words."""

from typing import Any

from django.utils.translation import gettext as _

from audit.fairness.assessment import Assessment
from audit.fairness.comparison import Comparison
from audit.fairness.wording import METRIC_NAMES, WARNINGS, sentence_data, sentence_templates, warning_data
from governance.web import words
from governance.web.assessments import Stages
from governance.web.fairness_figures import comparison_figures, comparison_table, group_words
from governance.web.fairness_view import FairnessView, attribute_words, count_cell, method_of, number_cell
from governance.web.tables import Cell, Column, Row, Table
from governance.web.windows import Window


def build(stages: Stages, window: Window, metric: str) -> FairnessView:
    """The page of one rate: a chart for each stage on one scale, the table behind, every comparison in words."""
    final = stages.final
    assert final is not None  # noqa: S101
    page = FairnessView(
        title=_("Against the reference"),
        question=_("Is any group treated worse than its reference?"),
        method=_method(final, window),
        notes=[_(WARNINGS[warning.code]) % warning_data(warning) for warning in final.warnings],
        data={
            stage: assessment.to_json()
            for stage, assessment in (("proposal", stages.proposal), ("final", final))
            if assessment is not None
        },
    )
    if not any(comparison.metric == metric for comparison in final.comparisons):
        page.empty = _("No two groups have enough cases in this window to be compared.")
        return page
    page.answer = [f"{line['stage']}: {line['text']}" for line in answers(stages)]
    page.figures = comparison_figures(stages, metric)
    page.read_with = _(
        "A dot is the ratio to the reference, 1 is no difference; the line is its 95 % interval. Filled dot: within "
        "threshold. Diamond: disparity found. Hollow dot, broken line: insufficient data."
    )
    page.tables = [comparison_table(stages, metric), *_errors(final)]
    return page


def _errors(final: Assessment) -> list[Table]:
    """Which way a decision errs for each group (treatment equality), where outcomes are known."""
    shown = max(final.config.floor.shown, 1)
    rows = []
    for group in final.groups:
        figure = group.rates.get("treatment_ratio")
        if figure is None:
            continue
        rows.append(
            Row(
                group=attribute_words(group.attribute),
                cells=[
                    Cell(text=group_words(group.attribute, group.group)),
                    count_cell(None if group.hidden and group.shown_n != 0 else figure.n, shown),
                    number_cell(figure, "ratio"),
                ],
            )
        )
    if not rows:
        return []
    columns = [
        Column(label=_("Group")),
        Column(label=_("Errors"), number=True),
        Column(label=_("Wrongly refused for each wrongly granted"), number=True),
    ]
    about = _("Above 1 errors go against the group, below 1 in its favour; without a wrong grant there is no ratio.")
    return [Table(id="errors", caption=_("Which way the errors go"), columns=columns, rows=rows, about=about)]


def answers(stages: Stages) -> list[dict[str, Any]]:
    """One sentence for each stage, the final one first: that is what reached people."""
    found = []
    for name, assessment in ((_("What took effect"), stages.final), (_("What the system proposed"), stages.proposal)):
        if assessment is not None and assessment.n:
            found.append({"stage": name, "state": assessment.state, "text": _verdict_text(assessment)})
    return found


def sentences(assessment: Assessment, metric: str) -> list[dict[str, Any]]:
    """The comparisons of one figure in words, those that need attention first."""
    order = {"attention": 0, "insufficient_data": 1, "pass": 2}
    chosen = [each for each in assessment.comparisons if each.metric == metric]
    ranked = sorted(chosen, key=lambda each: order.get(each.verdict or "", 3))
    return [
        {
            "attribute": comparison.attribute,
            "verdict": comparison.verdict,
            "text": said(comparison, assessment),
        }
        for comparison in ranked
    ]


def said(comparison: Comparison, assessment: Assessment) -> str:
    """The verdict on one comparison, in a sentence."""
    data = dict(sentence_data(comparison, assessment.config))
    data["group"] = group_words(comparison.attribute, comparison.group)
    data["reference"] = group_words(comparison.attribute, comparison.reference)
    data["metric"] = _(METRIC_NAMES[comparison.metric])
    return " ".join(_(template) % data for template in sentence_templates(comparison))


def _verdict_text(assessment: Assessment) -> str:
    worst = assessment.worst
    return _("No group could be compared.") if worst is None else said(worst, assessment)


def _method(assessment: Assessment, window: Window) -> list[tuple[str, str]]:
    config, schema, number = assessment.config, assessment.schema, words.chart_words().number
    threshold = _("none") if config.threshold is None else number(config.threshold, 2)
    compared = max((each.compared for each in assessment.comparisons), default=0)
    common = method_of(assessment, window)
    return [
        *common[:-1],
        (_("Positive outcome"), str(schema.positive) if schema.outcome else _("not declared")),
        (_("Threshold on the ratio"), threshold),
        (_("Confidence"), words.chart_words().value(config.level, "share")),
        (_("Correction"), _("Holm, over %(n)s comparisons") % {"n": compared}),
        (_("Intervals"), _("rates Wilson, differences Newcombe, ratios Katz; the verdict follows the Holm level")),
        (_("Decisions with a known value"), number(assessment.n)),
        common[-1],
    ]
