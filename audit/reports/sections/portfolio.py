"""Many use cases side by side: a unit's, or all of them. No order is by result: use cases stand by their reference."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC

from django.utils.translation import gettext as _

from audit.reports import display
from audit.reports.content import Block, Column, Figure, Paragraph, Section, Statement, Table
from audit.reports.context import Context, Many
from audit.reports.sections import board, fairness, gaps, records
from audit.reports.sections.incidents import in_time, of_window
from audit.reports.sections.register import latest_classification, tier_name

OPEN_KINDS = 12
Cells = tuple[str | Figure, ...]


def summary(many: Many) -> Section:
    """Return section 1: use cases by tier, and what speaks against the declared oversight, use case by use case."""
    tiers = Counter(_tier(context) for context in many.contexts)
    said = ", ".join(f"{tier} {n}" for tier, n in sorted(tiers.items()))
    lead = _("%(n)s use cases: %(tiers)s.") % {"n": len(many.contexts), "tiers": said or "–"}
    blocks: list[Block] = [Paragraph(text=lead, role="lead")]
    for context in many.contexts:
        kinds = [kind for kind in gaps.by_kind(context) if kind["state"] == "open"]
        if kinds:
            text = _("%(case)s: %(n)s open findings, most of them %(code)s.") % {
                "case": f"{context.use_case.ref} {context.use_case.name}",
                "n": display.number(sum(int(kind["cases"]) for kind in kinds)),
                "code": max(kinds, key=lambda kind: int(kind["cases"]))["code"],
            }
            blocks.append(Statement(kind="computed", against=True, text=text, source=_("findings")))
    blocks.append(_figures(many))
    return Section(id="summary", title=_("Summary for decision"), blocks=tuple(blocks))


def inventory(many: Many) -> Section:
    """Return section 3 for many: what each use case is."""
    rows = tuple(
        (
            case.ref,
            case.name,
            _tier(context),
            case.get_mode_display() or _("no mode"),
            case.get_lifecycle_display(),
            case.unit.name,
        )
        for context in many.contexts
        for case in [context.use_case]
    )
    columns = (
        Column(key="ref", label=_("Use case")),
        Column(key="name", label=_("Name"), weight=3),
        Column(key="tier", label=_("Tier")),
        Column(key="mode", label=_("Oversight mode"), weight=2),
        Column(key="state", label=_("Status")),
        Column(key="unit", label=_("Unit"), weight=2),
    )
    title = _("Register entries")
    return Section(
        id="inventory", title=title,
        blocks=(Table(id="inventory", title=title, columns=columns, rows=rows, empty=_("No use case is registered.")),),
    )  # fmt: skip


def _tier(context: Context) -> str:
    found = latest_classification(context)
    return tier_name(found.tier) if found else _("not classified")


def _figures(many: Many) -> Table:
    names = ("practice.decisions", "practice.M10", "practice.M1", "practice.M2")
    rows: list[Cells] = []
    for context in many.contexts:
        found = board.figures_for(context)
        rows.append((context.use_case.ref, *(found.get(name, "–") for name in names)))
    columns = (
        Column(key="case", label=_("Use case")),
        Column(key="decisions", label=_("Decisions"), align="right"),
        Column(key="breaches", label=_("Breaches of required oversight"), align="right"),
        Column(key="override", label=_("Override rate"), align="right"),
        Column(key="time", label=_("Reviews in time"), align="right"),
    )
    return Table(
        id="practice", title=_("Oversight in practice, use case by use case"), columns=columns, rows=tuple(rows),
        note=_("Use cases differ in what they decide and how much: figures in one column do not rank them."),
        empty=_("No use case is registered."),
    )  # fmt: skip


def fairness_of(many: Many) -> Section:
    """Return section 8 for many: of each use case how many comparisons show a disparity, and for how many data lack."""
    rows = []
    for context in many.contexts:
        if not context.may_read_groups:
            rows.append((context.use_case.ref, _("not readable for who asked"), "–", "–", "–"))
            continue
        try:
            final = fairness.assessment(context, "final")
        except fairness.NotDeclared:
            rows.append((context.use_case.ref, _("not declared"), "–", "–", "–"))
            continue
        verdicts = Counter(comparison.verdict for comparison in final.comparisons)
        rows.append(
            (
                context.use_case.ref,
                _("%(n)s decisions assessed") % {"n": display.number(final.n)},
                str(verdicts["attention"]),
                str(verdicts["insufficient_data"]),
                str(len(final.comparisons)),
            )
        )
    columns = (
        Column(key="case", label=_("Use case")),
        Column(key="n", label=_("Basis"), weight=2),
        Column(key="found", label=_("Disparity found"), align="right"),
        Column(key="few", label=_("Insufficient data"), align="right"),
        Column(key="all", label=_("Comparisons"), align="right"),
    )
    title = _("Fairness")
    table = Table(id="fairness", title=_("Comparisons of the final decisions"), columns=columns, rows=tuple(rows))
    return Section(id="fairness", title=title, blocks=(table,))


def findings(many: Many) -> Section:
    """Return section 19 for many."""
    rows = []
    for context in many.contexts:
        for kind in gaps.by_kind(context)[:OPEN_KINDS]:
            code = str(kind["code"])
            rows.append(
                (
                    context.use_case.ref,
                    code,
                    gaps.meaning_of(code)[0],
                    gaps.cases_figure(context, kind),
                    display.state_word(str(kind["state"])),
                )
            )
    columns = (
        Column(key="case", label=_("Use case")),
        Column(key="code", label=_("Code"), mono=True),
        Column(key="what", label=_("What was found"), weight=3),
        Column(key="cases", label=_("Cases"), align="right"),
        Column(key="state", label=_("State")),
    )
    title = _("Findings and actions")
    table = Table(
        id="findings", title=_("Findings by use case and kind"), columns=columns, rows=tuple(rows),
        empty=_("The checks opened no finding."), header_column=False,
    )  # fmt: skip
    return Section(id="gaps", title=title, blocks=(table,))


def incidents(many: Many) -> Section:
    """Return section 11 for many."""
    rows = tuple(
        (context.use_case.ref, each.ref, each.title, display.day(each.aware_on), _kept(context, each))
        for context in many.contexts
        for each in of_window(context)
    )
    columns = (
        Column(key="case", label=_("Use case")),
        Column(key="ref", label=_("Incident")),
        Column(key="title", label=_("What happened"), weight=3),
        Column(key="aware", label=_("Aware on")),
        Column(key="kept", label=_("Reported")),
    )
    title = _("Incidents")
    table = Table(
        id="incidents", title=_("Incidents of the window"), columns=columns, rows=rows,
        empty=_("No incident is recorded that somebody became aware of within the window."),
    )  # fmt: skip
    return Section(id="incidents", title=title, blocks=(table,))


def _kept(context: Context, incident: object) -> str:
    word: Callable[[bool | None], str] = lambda kept: {True: _("in time"), False: _("late"), None: "–"}[kept]  # noqa: E731
    return word(in_time(context, incident))  # type: ignore[arg-type]


def proof(many: Many) -> Section:
    """Return section 14 for many: the ledger the figures stand on."""
    text = _("All figures were computed at one checkpoint, prepared on %(day)s.") % {
        "day": display.day(many.at.astimezone(UTC).date())
    }
    return Section(
        id="records", title=_("Records and proof"),
        blocks=(Paragraph(text=text, role="lead"), records.proof_facts(many.checkpoint)),
    )  # fmt: skip
