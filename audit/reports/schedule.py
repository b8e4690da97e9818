"""Reports that come again: each month, each quarter, or before each meeting of a committee."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.models import ReportSchedule
from audit.reports.issue import ask
from audit.reports.kinds import kind_named
from audit.reports.scope import Scope, check_may_report
from governance.access import DomainError, Invalid, NotAllowed, record_change
from governance.jobs import JobRun, job_kind, scheduled
from governance.models import Committee, Meeting, User, next_reference

BEFORE = timedelta(days=7)  # a meeting's report is made a week before it
Every = ReportSchedule.Every


@dataclass(frozen=True, slots=True)
class Due:
    """One report that a schedule asks for: ``key`` names the occasion, so that it is asked for once."""

    key: str
    first: date
    last: date


def schedule(
    *,
    scope: Scope,
    kind: str,
    every: str,
    actor: User,
    at: datetime,
    language: str = "en",
    committee: Committee | None = None,
) -> ReportSchedule:
    """Set up a report that comes again in ``actor``'s name.

    Raises :class:`NotAllowed` and :class:`Invalid`.
    """
    check_may_report(actor=actor, scope=scope)
    kind_named(kind, many=scope.use_case is None)
    if every not in Every.values:
        raise Invalid(_("A report comes each month, each quarter or before each meeting."), field="every")
    if (every == Every.MEETING) != (committee is not None):
        raise Invalid(_("Name a committee for reports before its meetings, and only for these."), field="committee")
    with transaction.atomic():
        row = ReportSchedule.objects.create(
            ref=next_reference("RS"),
            kind=kind,
            use_case=scope.use_case,
            unit=scope.unit,
            every=every,
            committee=committee,
            language=language,
            created_by=actor,
            created_at=at,
        )
        after = {"kind": kind, "scope": scope.word, "every": every, "language": language}
        record_change(
            actor=actor, at=at, action="report.scheduled", obj=row, before=None, after=after, stream="reports"
        )
    return row


def end(*, schedule: ReportSchedule, actor: User, at: datetime) -> ReportSchedule:
    """End a schedule; raises :class:`NotAllowed`, and :class:`Invalid` when it has ended."""
    check_may_report(actor=actor, scope=Scope(use_case=schedule.use_case, unit=schedule.unit))
    if schedule.ended_at is not None:
        raise Invalid(_("%(ref)s has ended already.") % {"ref": schedule.ref}, field="schedule")
    with transaction.atomic():
        schedule.ended_at = at
        schedule.save(update_fields=["ended_at"])
        record_change(
            actor=actor, at=at, action="report.schedule.ended", obj=schedule, before={"ended_at": None},
            after={"ended_at": at.isoformat()}, stream="reports",
        )  # fmt: skip
    return schedule


def due(row: ReportSchedule, *, at: datetime) -> list[Due]:
    """Return what a schedule asks for at ``at``: the last whole month or quarter, or the time before a meeting."""
    if row.every == Every.MEETING:
        meetings = Meeting.objects.filter(
            committee=row.committee, starts_at__gt=at, starts_at__lte=at + BEFORE, state="convened"
        )
        days = [(m.ref, (m.starts_at - BEFORE).astimezone(UTC).date()) for m in meetings.order_by("starts_at")]
        return [Due(f"{row.ref}:{ref}", day - timedelta(days=91), day - timedelta(days=1)) for ref, day in days]
    first, last = _month(at) if row.every == Every.MONTH else _quarter(at)
    begun = row.created_at.astimezone(UTC).date()
    return [Due(f"{row.ref}:{first.isoformat()}", first, last)] if last >= begun - timedelta(days=100) else []


def _month(at: datetime) -> tuple[date, date]:
    last = at.astimezone(UTC).date().replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def _quarter(at: datetime) -> tuple[date, date]:
    today = at.astimezone(UTC).date()
    last = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1) - timedelta(days=1)
    return last.replace(month=last.month - 2, day=1), last


@job_kind("scheduled_reports")
def ask_for_scheduled(run: JobRun) -> Mapping[str, Any]:
    """Ask for the reports that are due; each occasion is asked for once, however often this runs.

    A schedule whose owner may no longer report is passed over and named in the result.
    """
    asked, refused = 0, []
    rows = ReportSchedule.objects.filter(ended_at=None).select_related("use_case", "unit", "committee", "created_by")
    for row in rows.order_by("ref"):
        for each in due(row, at=run.at):
            try:
                ask(
                    scope=Scope(use_case=row.use_case, unit=row.unit),
                    kind=row.kind,
                    first=each.first,
                    last=each.last,
                    actor=row.created_by,
                    at=run.at,
                    key=f"scheduled-report:{each.key}",
                    language=row.language,
                )
                asked += 1
            except (NotAllowed, DomainError):
                refused.append(row.ref)
    return {"asked": asked, "refused": refused}


scheduled("scheduled_reports", every=timedelta(hours=1))
