"""Incidents and corrective action: what happened, by which day it had to be told, and whether it was."""

from datetime import UTC

from django.utils.translation import gettext as _

from audit.reports import basis, display
from audit.reports.content import Block, Column, Figure, KeyFigures, Paragraph, Section, Statement, Table
from audit.reports.context import Context
from audit.statistics import wilson
from governance.incidents.read import Clock, clock
from governance.models import CorrectiveAction, Incident
from governance.register.law_words import in_words
from policies.eu_ai_act.incidents import incident_kinds

BASIS = basis.register("incident")
QUERY = "governance.models.Incident"


def build(context: Context) -> Section:
    """Return section 11 of the report plan (AI Act Art 3(49), 73, 26(5), 20)."""
    incidents = of_window(context)
    serious = [incident for incident in incidents if incident.kinds]
    if not incidents:
        lead = _("No incident is recorded that somebody became aware of within the window.")
    else:
        lead = _("%(n)s incidents are recorded in the window, %(serious)s of them serious.") % {
            "n": len(incidents), "serious": len(serious),
        }  # fmt: skip
    blocks: list[Block] = [Paragraph(text=lead, role="lead"), *_against(context, serious)]
    blocks.append(KeyFigures(id="incidents", title=_("Incidents of the window"), figures=_figures(context, incidents)))
    if incidents:
        blocks += [_table(context, incidents), _actions(context, incidents)]
    return Section(id="incidents", title=_("Incidents and corrective action"), blocks=tuple(blocks))


def of_window(context: Context) -> list[Incident]:
    """Return the incidents that somebody became aware of within the window, oldest first."""
    start, end = context.window.start.astimezone(UTC).date(), context.window.end.astimezone(UTC).date()
    rows = Incident.objects.filter(
        use_case=context.use_case, aware_on__gte=start, aware_on__lt=end, opened_at__lte=context.at
    )
    return list(rows.order_by("aware_on", "ref").prefetch_related("reports", "actions__responsible"))


def clock_of(context: Context, incident: Incident) -> Clock:
    """Return the Art 73 clock of an incident as it stood on the day of the report."""
    sent = [report for report in incident.reports.all() if report.sent_at <= context.at]
    return clock(incident, sent, today=context.at.astimezone(UTC).date())


def in_time(context: Context, incident: Incident) -> bool | None:
    """Whether the first report was sent by the deadline; None while there is time left, or none is due."""
    return {"met": True, "missed": False, "late": False}.get(clock_of(context, incident).state)


def _against(context: Context, serious: list[Incident]) -> list[Block]:
    said = []
    for incident in serious:
        due = clock_of(context, incident).deadline
        if due is not None and in_time(context, incident) is False:
            said.append(_("%(ref)s was to be reported by %(day)s (%(article)s) and was not reported by then.") % {
                "ref": incident.ref, "day": display.day(due.strict), "article": due.article,
            })  # fmt: skip
    return [Statement(kind="computed", text=text, against=True, source=_("incident clock")) for text in said]


def _figures(context: Context, incidents: list[Incident]) -> tuple[Figure, ...]:
    due = [incident for incident in incidents if in_time(context, incident) is not None]
    kept = sum(in_time(context, incident) is True for incident in due)
    given = {"query": QUERY, "basis": BASIS, "evidence_grade": "C"}
    label = _("Share of due reports that were sent in time")
    share = (
        context.estimate("incidents.in_time", label, "share", wilson(kept, len(due)), **given)
        if due
        else context.figure("incidents.in_time", label, "share", reason=_("no report was due"), n=0, **given)
    )
    return (
        context.count("incidents.all", _("Incidents recorded"), len(incidents), **given),
        context.count("incidents.serious", _("Serious incidents"), sum(bool(i.kinds) for i in incidents), **given),
        share,
    )


def _table(context: Context, incidents: list[Incident]) -> Table:
    titles = {kind.id: kind.title for kind in incident_kinds()}
    rows = []
    for incident in incidents:
        due = clock_of(context, incident).deadline
        sent = sorted((r for r in incident.reports.all() if r.sent_at <= context.at), key=lambda report: report.sent_at)
        told = "; ".join(f"{r.get_kind_display()} {display.day(r.sent_at.astimezone(UTC).date())}" for r in sent)
        word = {True: _("in time"), False: _("late"), None: "–"}[in_time(context, incident)]
        rows.append(
            (
                incident.ref,
                incident.title,
                ", ".join(in_words(titles.get(kind, kind)) for kind in incident.kinds) or _("not serious"),
                display.day(incident.aware_on),
                f"{display.day(due.strict)} ({due.article})" if due else "–",
                f"{told or _('nothing sent')} · {word}",
            )
        )
    columns = (
        Column(key="ref", label=_("Incident")),
        Column(key="title", label=_("What happened"), weight=2),
        Column(key="kind", label=_("Kind"), weight=2),
        Column(key="aware", label=_("Aware on")),
        Column(key="due", label=_("To be reported by")),
        Column(key="told", label=_("Reported"), weight=2),
    )
    return Table(id="incidents", title=_("Incidents and their clocks"), columns=columns, rows=tuple(rows))


def _actions(context: Context, incidents: list[Incident]) -> Table:
    rows = tuple(
        (
            incident.ref,
            action.text,
            action.responsible.function or "–",
            display.day(action.due_on),
            _state(context, action),
        )
        for incident in incidents
        for action in sorted(incident.actions.all(), key=lambda each: (each.due_on, str(each.pk)))
    )
    columns = (
        Column(key="ref", label=_("Incident")),
        Column(key="action", label=_("Corrective action"), weight=3),
        Column(key="who", label=_("Responsible")),
        Column(key="due", label=_("By")),
        Column(key="state", label=_("State")),
    )
    empty = _("No corrective action is recorded.")
    return Table(id="actions", title=_("Corrective actions"), columns=columns, rows=rows, empty=empty)


def _state(context: Context, action: CorrectiveAction) -> str:
    if action.done_at is not None and action.done_at <= context.at:
        return _("done on %(day)s") % {"day": display.day(action.done_at.astimezone(UTC).date())}
    return _("overdue") if action.due_on < context.at.astimezone(UTC).date() else _("open")
