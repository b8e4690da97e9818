"""Fairness: the AI's proposals and the final decisions, group by group, with verdicts that may be *insufficient*."""

from django.utils.translation import gettext as _

from audit.fairness.assessment import Assessment, assess
from audit.fairness.comparison import Comparison
from audit.fairness.declared import NotDeclared, config_of
from audit.fairness.groups import GroupFigures
from audit.fairness.warnings import Warning_
from audit.fairness.wording import WARNINGS as WARNING_TEXTS
from audit.fairness.wording import (
    sentence_data,
    sentence_templates,
    warning_data,
)
from audit.reports import basis, display
from audit.reports.behind import released
from audit.reports.content import (
    Block,
    Chart,
    ChartRow,
    Column,
    Figure,
    Note,
    Paragraph,
    Section,
    Statement,
    Table,
)
from audit.reports.context import Context, exact
from audit.reports.sections.comparisons import origin_of, outcome_tables, ratios_table, selections

STAGES = ("proposal", "final")
GIVEN = ("attribute", "group", "reference", "groups", "favourable", "values", "comparisons")


class GroupsNotReadable(PermissionError):
    """Whoever asked for the report may not read group data of the use case, not even in aggregate."""

    code = "groups_not_readable"


def build(context: Context) -> Section:
    """Return section 8 of the report plan: figures of ``audit.fairness`` as of the checkpoint, none recomputed.

    Raises :class:`GroupsNotReadable`.
    """
    if not context.may_read_groups:
        raise GroupsNotReadable(_("whoever asked for this report may not read group data of the use case"))
    try:
        found = {stage: assessment(context, stage) for stage in STAGES}
    except NotDeclared:
        text = _("The use case declares no favourable outcome or no groups, so fairness is not assessed.")
        blocks: tuple[Block, ...] = (Statement(kind="gap", text=text),)
        return Section(id="fairness", title=_("Fairness"), blocks=blocks)
    final = found["final"]
    blocks = (
        Paragraph(text=lead(final), role="lead"),
        _chart(context, final),
        *_findings(found),
        _groups(context, found),
        ratios_table(context, found),
        *outcome_tables(context, final),
        *[Note(text=_warned(w), kind="limit") for w in final.warnings],
    )
    return Section(id="fairness", title=_("Fairness"), blocks=blocks)


def assessment(context: Context, stage: str) -> Assessment:
    """Return the assessment of one stage, from what a report counts; raises ``NotDeclared``."""
    counts = released(context).stage(stage)
    return assess(counts, config_of(context.use_case.fairness))


def lead(final: Assessment) -> str:
    """Return the answer in a sentence."""
    compared = len(final.comparisons)
    parts = {code: sum(c.verdict == code for c in final.comparisons) for code in ("attention", "insufficient_data")}
    return _(
        "Final decisions, %(n)s assessed: of %(all)s comparisons %(found)s show a disparity, for %(few)s the data "
        "are insufficient."
    ) % {
        "n": display.number(final.n),
        "all": compared,
        "found": parts["attention"],
        "few": parts["insufficient_data"],
    }


def _findings(found: dict[str, Assessment]) -> list[Block]:
    """State the disparities in selection of the final decisions; those of other rates are counted."""
    final, proposal = found["final"], found["proposal"]
    shown = [c for c in selections(final) if c.verdict == "attention"]
    blocks: list[Block] = [
        Statement(kind="computed", against=True, text=f"{c.attribute}. {said(c, final)}", source=_("final decisions"))
        for c in shown
    ]
    others = sum(c.verdict == "attention" for c in final.comparisons) - len(shown)
    before = sum(c.verdict == "attention" for c in selections(proposal))
    text = _(
        "%(others)s further disparities in rates that need the outcome; %(before)s disparities in selection among "
        "the AI's own proposals. The tables below have them all."
    ) % {"others": others, "before": before}
    if others or before:
        blocks.append(Note(text=text))
    return blocks


def said(comparison: Comparison, within: Assessment) -> str:
    """Return the verdict sentence of a comparison in the active language."""
    data = sentence_data(comparison, within.config)
    shown = {name: text if name in ("group", "reference") else display.localised(text) for name, text in data.items()}
    return " ".join(_(template) % shown for template in sentence_templates(comparison))


def _warned(warning: Warning_) -> str:
    """Return a warning in the active language; names that people gave stay as they are."""
    data = {
        name: text if name in GIVEN else ", ".join(map(display.localised, text.split(", ")))
        for name, text in warning_data(warning).items()
    }
    return _(WARNING_TEXTS[warning.code]) % data


def _chart(context: Context, final: Assessment) -> Chart:
    rows = tuple(
        ChartRow(
            label=f"{c.group} / {c.reference}",
            value=exact(c.ratio.value),
            low=exact(c.ratio.low),
            high=exact(c.ratio.high),
            n=c.n,
            state=c.verdict or "",
            group=c.attribute,
        )
        for c in selections(final)
    )
    below = [c for c in selections(final) if c.verdict == "attention"]
    finding = _("Hollow marks are insufficient data; no group is shown to be below the threshold.")
    if below:
        names = ", ".join(f"{c.attribute} {c.group}" for c in below)
        finding = _("Below the declared threshold: %(groups)s.") % {"groups": names}
    alt = "; ".join(
        f"{row.group} {row.label}: " + (display.number(row.value, 3) if row.value is not None else _("not available"))
        for row in rows
    )
    threshold = final.config.threshold
    return Chart(
        id="impact-ratio",
        title=_("Selection rate of each group over that of its reference, final decisions, with 95 % interval"),
        finding=finding,
        alt=_("Dot and interval chart of impact ratios. %(rows)s.") % {"rows": alt[:1500]},
        kind="dot_interval",
        unit="ratio",
        rows=rows,
        threshold=exact(threshold),
        reference=exact(1.0),
    )


def _rate(context: Context, group: GroupFigures, stage: str) -> Figure:
    name = f"{group.attribute}.{group.group}"
    label = _("Selection rate, %(stage)s, %(group)s") % {"stage": stage, "group": name}
    id_ = f"fairness.{stage}.selection_rate.{name}"
    if group.hidden:
        return context.figure(id_, label, "share", reason=_("fewer than 10 cases"), **origin_of(stage))
    stands = basis.fairness(stage, [(group.attribute, group.group)])
    return context.estimate(id_, label, "share", group.rates["selection_rate"], basis=stands, **origin_of(stage))


def _groups(context: Context, found: dict[str, Assessment]) -> Table:
    proposals = {(g.attribute, g.group): g for g in found["proposal"].groups}
    rows: list[tuple[str | Figure, ...]] = []
    for group in found["final"].groups:
        before = proposals.get((group.attribute, group.group))
        shown = "" if group.hidden else display.number(group.confusion.n)
        cells: tuple[str | Figure, ...] = (
            group.attribute,
            group.group,
            shown or _("under 10"),
            _rate(context, before, "proposal") if before else "–",
            _rate(context, group, "final"),
        )
        rows.append(cells)
    columns = (
        Column(key="attribute", label=_("Attribute")),
        Column(key="group", label=_("Group"), weight=2),
        Column(key="n", label="n", align="right"),
        Column(key="proposal", label=_("Favourable, AI proposal"), align="right"),
        Column(key="final", label=_("Favourable, final decision"), align="right"),
    )
    favourable = context.use_case.fairness.get("favourable")
    note = _("Favourable: %(value)s. Wilson 95 %% intervals. Groups of fewer than 10 cases are not shown.") % {
        "value": favourable
    }
    title = _("Share of favourable outcomes by group")
    return Table(id="fairness-groups", title=title, columns=columns, rows=tuple(rows), note=note)
