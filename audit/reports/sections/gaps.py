"""Gaps and actions: what was found and is not closed, by kind, worst first."""

from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from audit.models import Finding
from audit.reports import basis, display
from audit.reports.content import Column, Figure, Paragraph, Section, Table
from audit.reports.context import Context
from policies.oversight.codes import CODES

SEVERITIES = ("critical", "hard", "high", "medium", "soft", "low", "info")
LISTED, NEAR = 12, 200


def build(context: Context) -> Section:
    """Return section 19 of the report plan."""
    kinds = by_kind(context)
    if not kinds:
        text = _("The checks opened no finding for decisions of this window, up to the checkpoint.")
        return Section(id="gaps", title=_("Findings and actions"), blocks=(Paragraph(text=text, role="lead"),))
    total = sum(kind["cases"] for kind in kinds)
    open_now = sum(kind["cases"] for kind in kinds if kind["state"] == "open")
    lead = _("%(open)s of %(all)s findings on decisions of this window are open.") % {
        "open": display.number(open_now), "all": display.number(total),
    }  # fmt: skip
    return Section(
        id="gaps",
        title=_("Findings and actions"),
        blocks=(Paragraph(text=lead, role="lead"), _table(context, kinds), _named(context)),
    )


def by_kind(context: Context) -> list[dict[str, Any]]:
    """Return findings of the window by code, severity and state with the ``cases`` they stand for. One query."""
    kinds: list[dict[str, Any]] = context.once("findings by kind", lambda: _by_kind(context))
    return kinds


def _by_kind(context: Context) -> list[dict[str, Any]]:
    rows: Any = (
        context.findings()
        .values("code", "severity", "state")
        .annotate(cases=Sum("count"), simulated=Count("simulated", filter=Q(simulated=True)))
        .order_by()
    )
    return sorted(rows, key=_most_serious_first)


def _most_serious_first(row: dict[str, Any]) -> tuple[Any, ...]:
    return _rank(str(row["severity"])), row["state"] != "open", -int(row["cases"]), row["code"], row["state"]


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def meaning_of(code: str) -> tuple[str, str, str]:
    """Return what a code means, who acts and what puts it right, in the active language."""
    known = CODES.get(code)
    return (_(known.meaning), _(known.who_acts), _(known.fix)) if known else (code, "", "")


def _table(context: Context, kinds: list[dict[str, Any]]) -> Table:
    rows: list[tuple[str | Figure, ...]] = []
    for kind in kinds:
        code, state = str(kind["code"]), str(kind["state"])
        meaning, who, fix = meaning_of(code)
        cases = cases_figure(context, kind)
        action = f"{who}: {fix}" if who else fix
        rows.append((code, meaning, cases, display.state_word(state), action))
    columns = (
        Column(key="code", label=_("Code"), mono=True),
        Column(key="meaning", label=_("What was found"), weight=2),
        Column(key="cases", label=_("Cases"), align="right"),
        Column(key="state", label=_("State")),
        Column(key="action", label=_("Who acts, and how"), weight=3),
    )
    return Table(
        id="findings", title=_("Findings by kind"), columns=columns, rows=tuple(rows), header_column=False,
        note=_("State as of the day of the report; opened up to the checkpoint."),
    )  # fmt: skip


def cases_figure(context: Context, kind: dict[str, Any]) -> Figure:
    """Return how many cases the findings of one kind stand for."""
    code, state = str(kind["code"]), str(kind["state"])
    return context.count(
        f"findings.{code}.{kind['severity']}.{state}", meaning_of(code)[0], int(str(kind["cases"])),
        query="audit.reports.context.Context.findings", evidence_grade="A", filter=f"{code} {state}",
        basis=basis.findings(code, str(kind["severity"]), state), simulated=bool(kind["simulated"]),
    )  # fmt: skip


def _oldest(context: Context) -> list[Finding]:
    """Return the first open findings of the window, by the entry that opened them.

    Looked for among the use case's oldest open ones first, so that not all of a long window are sorted for twelve.
    """
    rows = context.findings().filter(state="open").order_by("opened_index", "pk").select_related("owner")
    oldest = Finding.objects.filter(use_case=context.use_case, state="open").order_by("opened_index", "pk")[:NEAR]
    near = list(rows.filter(pk__in=list(oldest.values_list("pk", flat=True)))[:LISTED])
    return near if len(near) == LISTED else list(rows[:LISTED])


def _named(context: Context) -> Table:
    found = _oldest(context)
    rows = tuple(
        (
            finding.ref,
            finding.code,
            finding.decision_id or "–",
            display.moment(finding.opened_at),
            finding.owner.name if finding.owner else _("nobody"),
        )
        for finding in found
    )
    columns = (
        Column(key="ref", label=_("Finding")),
        Column(key="code", label=_("Code"), mono=True),
        Column(key="decision", label=_("Decision"), mono=True, weight=2),
        Column(key="opened", label=_("Opened")),
        Column(key="owner", label=_("Owner")),
    )
    title = _("The first %(n)s open findings, oldest first") % {"n": len(rows)}
    return Table(id="open-findings", title=title, columns=columns, rows=rows, empty=_("No finding is open."))
