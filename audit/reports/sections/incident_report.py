"""Incident reports: each incident of the window as a paper for an authority, with the initial and the final report."""

from django.utils.translation import gettext as _

from audit.reports import display
from audit.reports.content import Block, Column, Fact, Facts, Paragraph, Section, Statement, Table
from audit.reports.context import Context
from audit.reports.sections.incidents import clock_of, in_time, of_window
from governance.models import CorrectiveAction, Incident
from governance.register.law_words import in_words
from policies.eu_ai_act.incidents import incident_kinds, recipients


def build(context: Context) -> Section:
    """Return all incidents of the window in full (AI Act Art 73, 26(5))."""
    found = of_window(context)
    if not found:
        text = _("No incident is recorded that somebody became aware of within the window.")
        return Section(id="incident-reports", title=_("Incidents"), blocks=(Paragraph(text=text, role="lead"),))
    blocks = [block for incident in found for block in _one(context, incident)]
    return Section(id="incident-reports", title=_("Incidents"), blocks=tuple(blocks))


def _one(context: Context, incident: Incident) -> list[Block]:
    kinds = {kind.id: kind for kind in incident_kinds()}
    due, kept = clock_of(context, incident).deadline, in_time(context, incident)
    facts = [
        (_("Incident"), f"{incident.ref} {incident.title}"),
        (
            _("Kind"),
            "; ".join(in_words(kinds[kind].title) for kind in incident.kinds if kind in kinds) or _("not serious"),
        ),
        (_("Our role"), incident.get_role_display()),
        (_("When it happened"), display.day(incident.occurred_on) if incident.occurred_on else _("not known")),
        (_("When we became aware"), display.day(incident.aware_on)),
        (_("Country where it happened"), incident.country or _("not stated")),
        (_("AI system"), incident.system.name if incident.system else _("not stated")),
        (_("Not to be altered since"), display.moment(incident.frozen_since) if incident.frozen_since else ""),
        (_("To be reported by"), f"{display.day(due.strict)} ({due.article})" if due else ""),
        (_("Reported in time"), {True: _("yes"), False: _("no"), None: _("not due yet")}[kept] if due else ""),
    ]
    blocks: list[Block] = [
        Facts(items=tuple(Fact(label=label, text=text) for label, text in facts if text)),
        Statement(kind="person", text=incident.text, by=incident.opened_by.name, at=incident.opened_at),
    ]
    if due:
        blocks += [_clocks(context, incident), _order(incident)]
    blocks += _sent(context, incident)
    if incident.closed_at is not None and incident.closed_at <= context.at:
        said = _("Outcome: %(text)s") % {"text": incident.outcome}
        blocks.append(Statement(kind="person", text=said, at=incident.closed_at, reference=incident.ref))
    return blocks


def _clocks(context: Context, incident: Incident) -> Table:
    state = clock_of(context, incident)
    kinds = {kind.id: kind.title for kind in incident_kinds()}
    rows = tuple(
        (
            in_words(kinds[each.kind]),
            each.article,
            str(each.days),
            display.day(each.strict),
            display.day(each.next_working_day),
        )
        for each in (state.deadline, *state.others)
        if each is not None
    )
    columns = (
        Column(key="kind", label=_("Kind")),
        Column(key="article", label=_("Article")),
        Column(key="days", label=_("Days"), align="right"),
        Column(key="strict", label=_("Latest day")),
        Column(key="working", label=_("Next working day, a note only")),
    )
    return Table(id=f"clocks-{incident.ref.lower()}", title=_("Clocks"), columns=columns, rows=rows)


def _order(incident: Incident) -> Table:
    listed = recipients(incident.role, ai_office=incident.ai_office)
    rows = tuple(
        (str(each.order), in_words(each.who), each.article, in_words(each.condition) or "–") for each in listed
    )
    columns = (
        Column(key="order", label=_("Order"), align="right"),
        Column(key="who", label=_("Who is told"), weight=3),
        Column(key="article", label=_("Article")),
        Column(key="when", label=_("Only if"), weight=2),
    )
    return Table(
        id=f"order-{incident.ref.lower()}", title=_("Who is told, in order"), columns=columns, rows=rows,
        header_column=False,
    )  # fmt: skip


def _sent(context: Context, incident: Incident) -> list[Block]:
    sent = [report for report in incident.reports.all() if report.sent_at <= context.at]
    blocks: list[Block] = [
        Statement(
            kind="person", text=report.text, at=report.sent_at,
            by=_("%(kind)s to %(whom)s") % {"kind": report.get_kind_display(), "whom": report.recipient},
        )
        for report in sorted(sent, key=lambda each: each.sent_at)
    ]  # fmt: skip
    held = {report.kind for report in sent}
    if "initial" not in held and incident.kinds:
        blocks.append(Statement(kind="gap", text=_("No initial report is recorded.")))
    if "final" not in held and incident.kinds:
        blocks.append(Statement(kind="gap", text=_("No final report is recorded.")))
    blocks += [_action(context, action) for action in incident.actions.all()]
    return blocks


def _action(context: Context, action: CorrectiveAction) -> Statement:
    text = _("Corrective action by %(day)s: %(text)s") % {"day": display.day(action.due_on), "text": action.text}
    if action.done_at is None or action.done_at > context.at:
        return Statement(kind="gap", text=text, by=action.responsible.function)
    return Statement(kind="person", text=f"{text} {action.result}", by=action.responsible.function, at=action.done_at)
