"""What people do with an issued report: approve, release, send, hand over with evidence, read. Each act leaves a row.

A report is released by somebody who did not issue it, once somebody else than its issuer approved it. Public kinds
may be shown to anybody from then on.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.models import IssuedReport, ReportAct
from audit.reports.kinds import KINDS
from governance.access import DomainError, Invalid, NotAllowed, may, record_change
from governance.models import User

Kind = ReportAct.Kind


class NotApproved(DomainError):
    """Nobody but its issuer looked at the report yet."""

    code = "report_not_approved"


class AlreadyReleased(DomainError):
    """The report was released before; a release is never repeated."""

    code = "report_already_released"


def approve(*, report: IssuedReport, actor: User, at: datetime, text: str = "") -> ReportAct:
    """Approve the report as read; raises :class:`NotAllowed` for its issuer, :class:`Invalid` when done before."""
    _check(actor)
    if actor.pk == report.issued_by_id:
        raise NotAllowed(_("Whoever issued a report does not approve it."))
    if _acts(report, Kind.APPROVED).filter(by=actor).exists():
        raise Invalid(_("You approved this report before."), field="report")
    return _write(report, Kind.APPROVED, actor, at, text=text)


def release(*, report: IssuedReport, actor: User, at: datetime, recipients: list[str] | None = None) -> ReportAct:
    """Release an approved report to ``recipients``; raises :class:`NotApproved` and :class:`AlreadyReleased`."""
    _check(actor)
    if _acts(report, Kind.RELEASED).exists():
        raise AlreadyReleased(_("%(ref)s is released already.") % {"ref": report.ref})
    if not _acts(report, Kind.APPROVED).exclude(by=report.issued_by).exists():
        raise NotApproved(_("%(ref)s needs the approval of somebody who did not issue it.") % {"ref": report.ref})
    with transaction.atomic():
        act = _write(report, Kind.RELEASED, actor, at)
        for recipient in dict.fromkeys(name.strip() for name in recipients or [] if name.strip()):
            send(report=report, recipient=recipient, actor=actor, at=at)
    return act


def send(*, report: IssuedReport, recipient: str, actor: User, at: datetime, text: str = "") -> ReportAct:
    """Record that the report went to ``recipient``; raises :class:`Invalid` without one, or before the release."""
    _check(actor)
    if not recipient.strip():
        raise Invalid(_("Say who received the report."), field="recipient")
    if not _acts(report, Kind.RELEASED).exists():
        raise Invalid(_("A report is sent once it is released."), field="report")
    return _write(report, Kind.SENT, actor, at, recipient=recipient.strip()[:200], text=text)


def log_pack(
    *, report: IssuedReport, actor: User, at: datetime, recipient: str, contents: list[str], reason: str
) -> ReportAct:
    """Record that report and evidence were handed over, the contents of which kinds of record, and why."""
    details = {"contents": contents}
    return _write(report, Kind.PACKED, actor, at, recipient=recipient[:200], text=reason, details=details)


def log_reading(report: IssuedReport, *, by: User, at: datetime, what: str) -> None:
    """Write down who read or fetched the report; a line for each, none in the ledger."""
    ReportAct.objects.create(report=report, kind=Kind.READ, by=by, at=at, text=what)


def is_released(report: IssuedReport) -> bool:
    """Whether the report was released."""
    return _acts(report, Kind.RELEASED).exists()


def public_report(ref: str) -> IssuedReport | None:
    """Return a report that anybody may read: of a public kind, released, and not replaced since."""
    found = IssuedReport.objects.filter(ref=ref, acts__kind=Kind.RELEASED, replaced_by=None).first()
    return found if found is not None and KINDS[found.kind].public else None


def acts_of(report: IssuedReport) -> QuerySet[ReportAct]:
    """Return what happened to the report, newest first, without plain readings."""
    rows = report.acts.exclude(kind=Kind.READ).select_related("by")
    return rows.order_by("-at", "-pk")


def readings_of(report: IssuedReport) -> QuerySet[ReportAct]:
    """Return who read the report, newest first."""
    return report.acts.filter(kind=Kind.READ).select_related("by").order_by("-at", "-pk")


def _check(actor: User) -> None:
    if not may(actor, "report"):
        raise NotAllowed(_("Approving, releasing and sending reports needs a role that may report."))


def _acts(report: IssuedReport, kind: ReportAct.Kind) -> QuerySet[ReportAct]:
    return report.acts.filter(kind=kind)


def _write(report: IssuedReport, kind: ReportAct.Kind, actor: User, at: datetime, **more: Any) -> ReportAct:
    """Write an act's row and its ledger entry in one transaction."""
    with transaction.atomic():
        row = ReportAct(report=report, kind=kind, by=actor, at=at, **more)
        after = {"pdf_sha256": report.pdf_sha256, "recipient": row.recipient, "text": row.text, **row.details}
        change = record_change(
            actor=actor, at=at, action=f"report.{kind.value}", obj=report, before=None, after=after, stream="reports",
            simulated=report.simulated,
        )  # fmt: skip
        row.entry = change.entry
        row.save(force_insert=True)
        return row
