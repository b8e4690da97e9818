"""Bias audit as New York City Local Law 144 has it published: per category the count, the rate, the impact ratio."""

from typing import Any

from django.utils.translation import gettext as _

from audit.fairness.assessment import assess
from audit.fairness.declared import NotDeclared, config_of
from audit.fairness.presets import PRESETS
from audit.fairness.publication import publication
from audit.reports import basis, display
from audit.reports.behind import released
from audit.reports.content import Block, Column, Figure, Note, Paragraph, Section, Statement, Table
from audit.reports.context import Context, exact
from audit.reports.sections.fairness import GroupsNotReadable

PRESET = PRESETS["ll144"]
STAGE = "proposal"


class NotAssessed(LookupError):
    """The use case is not declared to be assessed under Local Law 144."""

    code = "not_assessed_under_ll144"


def build(context: Context) -> Section:
    """Return the publication table over the AI's proposals. Raises :class:`GroupsNotReadable`."""
    title = _("Bias audit: summary of results")
    if not context.may_read_groups:
        raise GroupsNotReadable(_("whoever asked for this report may not read group data of the use case"))
    try:
        rows = publication_of(context)
    except NotDeclared:
        text = _("The use case declares no favourable outcome or no groups, so no bias audit can be made.")
        return Section(id="bias-audit", title=title, blocks=(Statement(kind="gap", text=text),))
    except NotAssessed:
        text = _("This use case is not assessed under Local Law 144. Declare the preset ll144 to publish its table.")
        return Section(id="bias-audit", title=title, blocks=(Statement(kind="gap", text=text),))
    n = sum(row["n"] for row in rows if row["attribute"] == (rows[0]["attribute"] if rows else None))
    lead = _("Source of the data: %(n)s proposals of the AI, recorded between %(period)s; none is test data.") % {
        "n": display.number(n), "period": display.period(context.window),
    }  # fmt: skip
    blocks: list[Block] = [Paragraph(text=lead, role="lead")]
    for attribute in dict.fromkeys(row["attribute"] for row in rows):
        blocks.append(_table(context, attribute, [row for row in rows if row["attribute"] == attribute]))
    blocks.append(Note(text=_(PRESET.note)))
    blocks.append(Note(kind="limit", text=_("The law has the count of every category published, however small.")))
    text = _("Whether the auditor is independent of who made, uses or distributes the tool is for people to state.")
    blocks.append(Statement(kind="gap", text=text, reference="6 RCNY 5-302"))
    use = context.use_case.first_use
    text = _("First use of the tool: %(day)s.") % {"day": display.day(use) if use else _("not recorded")}
    blocks.append(Paragraph(text=text))
    return Section(id="bias-audit", title=title, blocks=tuple(blocks))


def publication_of(context: Context) -> list[dict[str, Any]]:
    """Return the rows of :func:`audit.fairness.publication.publication` for the window.

    Raises ``NotDeclared`` and :class:`NotAssessed`: the exact count of every category, however small, is given out
    only where the statute has it published.
    """
    config = config_of(context.use_case.fairness)
    if config.preset != PRESET.name:
        raise NotAssessed(context.use_case.ref)
    return publication(assess(released(context).stage(STAGE), config))


def _table(context: Context, attribute: str, rows: list[dict[str, Any]]) -> Table:
    listed = tuple(
        (
            str(row["category"]),
            display.number(row["n"]),
            display.number(row["selected"]),
            _figure(context, row, "rate", _("Selection rate")),
            _figure(context, row, "impact_ratio", _("Impact ratio")),
        )
        for row in rows
    )
    columns = (
        Column(key="category", label=_("Category"), weight=2),
        Column(key="n", label=_("Number of cases"), align="right"),
        Column(key="selected", label=_("Selected"), align="right"),
        Column(key="rate", label=_("Selection rate"), align="right"),
        Column(key="ratio", label=_("Impact ratio"), align="right"),
    )
    unknown = rows[0]["unknown"] if rows else 0
    note = _("%(n)s cases of unknown category are left out of the calculation.") % {"n": display.number(unknown)}
    return Table(id=f"publication-{attribute}", title=attribute, columns=columns, rows=listed, note=note)


def _figure(context: Context, row: dict[str, Any], key: str, label: str) -> Figure:
    attribute, category, value = str(row["attribute"]), str(row["category"]), row[key]
    reason = (
        "" if value is not None else _("left out, under 2 %% of the cases") % () if row["excluded"] else _("no case")
    )
    return context.figure(
        f"ll144.{key}.{attribute}.{category}", f"{label}, {category}", "share" if key == "rate" else "ratio",
        value=exact(value), n=row["n"], reason=reason, evidence_grade="B",
        query=f"audit.fairness.publication.publication stage={STAGE}",
        basis=basis.fairness(STAGE, [(attribute, category)]) if value is not None else "",
    )  # fmt: skip
