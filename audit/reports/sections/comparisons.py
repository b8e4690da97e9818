"""Comparisons of groups as tables: ratios before and after people, and the rates that need the true outcome."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.fairness.assessment import Assessment
from audit.fairness.comparison import Comparison
from audit.fairness.wording import METRIC_NAMES, VERDICT_WORDS, p_text
from audit.reports import basis, display
from audit.reports.content import Block, Column, Figure, Table
from audit.reports.context import Context, exact

REASONS = {
    "no_cases": gettext_lazy("no case"),
    "too_few_to_show": gettext_lazy("fewer than 10 cases"),
    "no_events": gettext_lazy("no event on either side"),
    "ratio_undefined": gettext_lazy("the reference has no event"),
}


def selections(found: Assessment) -> list[Comparison]:
    """Return the comparisons of selection rates."""
    return [comparison for comparison in found.comparisons if comparison.metric == "selection_rate"]


def origin_of(stage: str) -> dict[str, str]:
    """Return what all figures of a stage share: the query, the grade and the filter."""
    return {
        "query": f"audit.fairness.issued.issued_counts_for stage={stage}",
        "evidence_grade": "B",
        "filter": stage,
    }


def _ratio(context: Context, comparison: Comparison, stage: str) -> Figure:
    name = f"{comparison.metric}.{comparison.attribute}.{comparison.group}"
    label = _("Ratio of %(metric)s, %(stage)s, %(group)s over %(reference)s") % {
        "metric": _(METRIC_NAMES[comparison.metric]), "stage": stage,
        "group": comparison.group, "reference": comparison.reference,
    }  # fmt: skip
    more: dict[str, Any] = {"basis": _pair(comparison, stage), **origin_of(stage)}
    if comparison.ratio.value is None:
        more["reason"] = str(REASONS.get(comparison.lacking or "", _("too few cases")))
    id_ = f"fairness.{stage}.ratio.{name}"
    if _few(comparison):
        return context.figure(id_, label, "ratio", **more)
    return context.estimate(id_, label, "ratio", comparison.ratio, **more)


def _few(comparison: Comparison) -> bool:
    """Whether there are too few cases to say how many, or what came of them."""
    return comparison.lacking in ("no_cases", "too_few_to_show")


def _verdict(context: Context, comparison: Comparison, stage: str) -> Figure:
    name = f"{comparison.metric}.{comparison.attribute}.{comparison.group}"
    word = _(VERDICT_WORDS[comparison.verdict])
    return context.figure(
        f"fairness.{stage}.verdict.{name}",
        word,
        "text",
        text=word,
        state=comparison.verdict or "",
        n=None if _few(comparison) else comparison.n,
        basis=_pair(comparison, stage),
        **origin_of(stage),
    )


def _pair(comparison: Comparison, stage: str) -> str:
    """Return what a comparison stands on: a group against its reference."""
    attribute = comparison.attribute
    return basis.fairness(stage, [(attribute, comparison.group)], [(attribute, comparison.reference)])


def ratios_table(context: Context, found: dict[str, Assessment]) -> Table:
    """Return the impact ratios of proposal and final decision, side by side."""
    before = {(c.attribute, c.group): c for c in selections(found["proposal"])}
    rows: list[tuple[str | Figure, ...]] = []
    for comparison in selections(found["final"]):
        earlier = before.get((comparison.attribute, comparison.group))
        rows.append(
            (
                f"{comparison.attribute}: {comparison.group}",
                comparison.reference,
                _ratio(context, earlier, "proposal") if earlier else "–",
                _ratio(context, comparison, "final"),
                display.localised(p_text(comparison.p_adjusted)),
                _verdict(context, comparison, "final"),
            )
        )
    columns = (
        Column(key="group", label=_("Group"), weight=2),
        Column(key="reference", label=_("Compared with")),
        Column(key="proposal", label=_("Ratio, AI proposal"), align="right"),
        Column(key="final", label=_("Ratio, final decision"), align="right"),
        Column(key="p", label=_("p, corrected"), align="right"),
        Column(key="verdict", label=_("Verdict, final")),
    )
    note = _(
        "Ratio of selection rates, group over reference; threshold %(threshold)s set by the use case's declaration. "
        "p after Holm's correction over %(n)s comparisons. A verdict of insufficient data is not a verdict of equality."
    ) % {
        "threshold": display.number(exact(found["final"].config.threshold) or 0, 2),
        "n": sum(c.p_value is not None for c in found["final"].comparisons),
    }
    title = _("Impact ratios before and after human review")
    return Table(id="fairness-ratios", title=title, columns=columns, rows=tuple(rows), note=note)


def outcome_tables(context: Context, final: Assessment) -> list[Block]:
    """Return the comparisons of rates that need the outcome, where there are any."""
    others = [comparison for comparison in final.comparisons if comparison.metric != "selection_rate"]
    if not others:
        return []
    columns = (
        Column(key="group", label=_("Group"), weight=2),
        Column(key="metric", label=_("Metric"), weight=2),
        Column(key="against", label=_("Compared with")),
        Column(key="ratio", label=_("Ratio"), align="right"),
        Column(key="verdict", label=_("Verdict")),
    )
    rows = tuple(
        (
            f"{c.attribute}: {c.group}",
            _(METRIC_NAMES[c.metric]),
            c.reference,
            _ratio(context, c, "final"),
            _verdict(context, c, "final"),
        )
        for c in others
    )
    title = _("Rates that need the true outcome, final decisions")
    return [Table(id="fairness-outcome-rates", title=title, columns=columns, rows=rows)]
