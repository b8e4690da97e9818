"""Incidents as pages, the API and reports read them: clocks, recipients, what was sent."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from governance.access.visible import Principal, use_cases_visible_to
from governance.models import CorrectiveAction, Incident, IncidentReport
from policies.eu_ai_act.incidents import Deadline, Recipient, deadlines, recipients, reportable


@dataclass(frozen=True, slots=True)
class Clock:
    """The deadline that counts, and its ``state``: ``none``, ``running``, ``late``, ``met``, ``missed``."""

    state: str
    deadline: Deadline | None
    others: tuple[Deadline, ...]
    first_report_on: date | None
    days_left: int | None


@dataclass(frozen=True, slots=True)
class IncidentFile:
    """One incident whole. ``awaits_final``: an initial report was sent and the final one is open."""

    incident: Incident
    clock: Clock
    recipients: tuple[Recipient, ...]
    reports: list[IncidentReport]
    actions: list[CorrectiveAction]
    awaits_final: bool


def incidents_visible_to(principal: Principal) -> QuerySet[Incident]:
    """Incidents of the use cases ``principal`` may see, newest first."""
    # Asked for each incident: there are fewer of them than of use cases.
    rows = Incident.objects.filter(Exists(use_cases_visible_to(principal).filter(pk=OuterRef("use_case_id"))))
    return rows.select_related("use_case", "system").order_by("-opened_at", "-ref")


def incident(ref: str, *, today: date, within: QuerySet[Incident] | None = None) -> IncidentFile | None:
    """The incident ``ref`` whole, or None. ``within``: only among these, for example those one may see."""
    rows = within if within is not None else Incident.objects.select_related("use_case", "system")
    found = whole(rows).filter(ref=ref).first()
    return file_of(found, today=today) if found else None


def whole(rows: QuerySet[Incident]) -> QuerySet[Incident]:
    """``rows`` with everything :func:`file_of` reads, in a fixed number of queries."""
    return rows.select_related("use_case", "system").prefetch_related("reports__sent_by", "actions__responsible")


def file_of(found: Incident, *, today: date) -> IncidentFile:
    """Everything about one incident; for a list, take the rows through :func:`whole`."""
    reports = sorted(found.reports.all(), key=lambda report: (report.sent_at, report.pk))
    told = recipients(found.role, ai_office=found.ai_office)
    kinds = {report.kind for report in reports}
    return IncidentFile(
        incident=found,
        clock=clock(found, reports, today=today),
        recipients=tuple(each for each in told if not each.condition or found.provider_unreachable),
        reports=reports,
        actions=sorted(found.actions.all(), key=lambda action: (action.due_on, action.pk)),
        awaits_final="initial" in kinds and "final" not in kinds,
    )


def clock(found: Incident, reports: list[IncidentReport], *, today: date) -> Clock:
    """The Art 73 clock of one incident on ``today``; a report of any completeness stops it (Art 73(5))."""
    kinds = reportable(found.kinds, sector_reporting=found.sector_reporting)
    if not kinds:
        return Clock("none", None, (), None, None)
    first, *others = deadlines(kinds, aware_on=found.aware_on)
    sent = [report.sent_at.date() for report in reports if report.kind in {"initial", "final"}]
    if sent:
        return Clock("met" if min(sent) <= first.strict else "missed", first, tuple(others), min(sent), None)
    left = (first.strict - today).days
    return Clock("running" if left >= 0 else "late", first, tuple(others), None, left)
