"""Issuing: build, render, then store the report and write its digests to the ledger, in one transaction."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.events.groups import log_reading
from audit.models import IssuedReport, ReportNumber
from audit.reports.build import Order, Progress, build
from audit.reports.content import OversightReport, Window, from_json, to_json
from audit.reports.context import window_of
from audit.reports.kinds import kind_named
from audit.reports.pdf import render_pdf
from audit.reports.scope import Scope, check_may_report
from audit.reports.signing import sign_pages
from governance.access import Invalid, may_read_groups, record_change
from governance.jobs import enqueue
from governance.models import Job, UseCase, User, next_reference


def _nothing(*_: object) -> None:
    """Nobody watches and no lease is held."""


def days(first: date, last: date) -> Window:
    """Return the window of the days ``first`` to ``last``, both included, UTC; raises :class:`Invalid` when empty."""
    if last < first:
        raise Invalid(_("The last day of a period is not before its first."), field="to")
    return window_of(datetime.combine(first, time(0), UTC), datetime.combine(last + timedelta(days=1), time(0), UTC))


def ask(
    *,
    use_case: UseCase | None = None,
    scope: Scope | None = None,
    kind: str = "oversight",
    first: date,
    last: date,
    actor: User,
    at: datetime,
    key: str,
    language: str = "en",
    recipients: Sequence[str] = (),
) -> Job:
    """Ask for a report on the days ``first`` to ``last``, both included; the same ``key`` gives the same job.

    ``scope`` or ``use_case`` says on what. Raises :class:`NotAllowed`, :class:`Invalid` and the jobs' ``KeyInUse``.
    """
    about = scope or Scope(use_case=use_case)
    check_may_report(actor=actor, scope=about)
    kind_named(kind, many=about.use_case is None)
    days(first, last)
    arguments: dict[str, Any] = {"use_case": about.word, "from": first.isoformat(), "to": last.isoformat()}
    arguments["language"] = language
    if kind != "oversight":
        arguments["kind"] = kind
    if recipients:
        arguments["recipients"] = list(recipients)
    with transaction.atomic():
        return enqueue(kind="report", key=key, arguments=arguments, actor=actor, at=at)


def issue(
    *,
    use_case: UseCase | None = None,
    scope: Scope | None = None,
    kind: str = "oversight",
    window: Window,
    actor: User,
    at: datetime,
    job_key: str,
    language: str = "en",
    recipients: Sequence[str] = (),
    progress: Progress = _nothing,
    before_commit: Callable[[], None] = _nothing,
) -> IssuedReport:
    """Issue a report and return it; asked twice with one ``job_key`` it is issued once.

    Building and drawing happen outside the transaction that stores. ``before_commit`` runs inside it first (a
    worker checks its lease there). Raises :class:`NotAllowed`, :class:`Invalid` and ``NothingToReport``.
    """
    about = scope or Scope(use_case=use_case)
    check_may_report(actor=actor, scope=about)
    issued = IssuedReport.objects.filter(job_key=job_key).first()
    if issued is not None:
        return issued
    earlier = _earlier(about, kind, window)
    order = Order(
        scope=about,
        kind=kind,
        window=window,
        at=at,
        ref=_number(job_key),
        prepared_by=actor.name,
        language=language,
        recipients=tuple(recipients),
        replaces=earlier.ref if earlier else "",
        previous=_previous(about, kind),
        readable=lambda case: may_read_groups(actor, case),
    )
    report = build(order, progress=progress)
    progress(0.75, _("Drawing the pages"))
    pdf = render_pdf(report)
    progress(0.9, _("Signing"))
    signed = sign_pages(pdf, reason=_("Issued as %(ref)s") % {"ref": report.meta.ref}, at=at)
    progress(0.95, _("Writing it to the ledger"))
    with transaction.atomic():
        before_commit()
        issued = IssuedReport.objects.filter(job_key=job_key).first()
        return issued or _store(report, pdf, signed, scope=about, actor=actor, at=at, job_key=job_key)


def preview(
    *,
    use_case: UseCase | None = None,
    scope: Scope | None = None,
    kind: str = "oversight",
    window: Window,
    actor: User,
    at: datetime,
    language: str = "en",
) -> OversightReport:
    """Return the report as a draft: computed, stored nowhere, marked on every page. Raises as :func:`issue` does."""
    about = scope or Scope(use_case=use_case)
    check_may_report(actor=actor, scope=about)
    order = Order(
        scope=about,
        kind=kind,
        window=window,
        at=at,
        prepared_by=actor.name,
        language=language,
        draft=True,
        previous=_previous(about, kind),
        readable=lambda case: may_read_groups(actor, case),
    )
    _log_readings(about, kind, actor, "draft report", at)
    return build(order)


def _log_readings(scope: Scope, kind: str, actor: User, purpose: str, at: datetime) -> None:
    """Write down of which use cases group figures were read."""
    if kind_named(kind, many=scope.use_case is None).groups:
        for case in scope.cases():
            if may_read_groups(actor, case):
                log_reading(use_case=case, actor=actor, purpose=purpose, at=at)


def _number(job_key: str) -> str:
    """Set the next report number aside for this job, or return the one it has."""
    with transaction.atomic():
        found = ReportNumber.objects.filter(key=job_key).first()
        if found is None:
            found, _made = ReportNumber.objects.get_or_create(key=job_key, defaults={"ref": next_reference("R")})
        return found.ref


def _issued(scope: Scope, kind: str) -> QuerySet[IssuedReport]:
    rows = IssuedReport.objects.filter(use_case=scope.use_case, unit=scope.unit, kind=kind)
    return rows.order_by("-issued_at", "-pk")


def _earlier(scope: Scope, kind: str, window: Window) -> IssuedReport | None:
    """Return the report of this kind in force on the same period, which a new one replaces."""
    return _issued(scope, kind).filter(period_from=window.start, period_until=window.end, replaced_by=None).first()


def _previous(scope: Scope, kind: str) -> OversightReport | None:
    """Return the report of this kind issued last, whatever its period, to compare with."""
    last = _issued(scope, kind).first()
    return from_json(bytes(last.data)) if last else None


def _store(
    report: OversightReport, pdf: bytes, signed: bytes, *, scope: Scope, actor: User, at: datetime, job_key: str
) -> IssuedReport:
    """Write the row and its ledger entry; needs an open transaction."""
    data, meta = to_json(report), report.meta
    if meta.checkpoint is None:
        raise Invalid(_("A report without a checkpoint is a draft and cannot be issued."), field="checkpoint")
    row = IssuedReport(
        ref=meta.ref,
        use_case=scope.use_case,
        unit=scope.unit,
        kind=meta.kind,
        title=meta.title[:200],
        language=meta.language,
        period_from=report.window.start,
        period_until=report.window.end,
        checkpoint_size=meta.checkpoint.size,
        data=data,
        data_sha256=hashlib.sha256(data).hexdigest(),
        pdf=pdf,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        signed_pdf=signed,
        simulated=bool(meta.simulated),
        issued_at=at,
        issued_by=actor,
        job_key=job_key,
        replaces=_earlier(scope, meta.kind, report.window),
    )
    change = record_change(
        actor=actor,
        at=at,
        action="report.issued",
        obj=row,
        before=None,
        after=_entry(row, report),
        stream="reports",
        simulated=row.simulated,
    )
    row.entry = change.entry
    row.save(force_insert=True)
    _log_readings(scope, meta.kind, actor, f"report {row.ref}", at)
    return row


def _entry(row: IssuedReport, report: OversightReport) -> dict[str, Any]:
    """Return what the ledger says about an issued report: enough to tell any copy of it from any other file."""
    window, checkpoint = report.window, report.meta.checkpoint
    return {
        "use_case": row.use_case.ref if row.use_case else None,
        **({"unit": row.unit.name} if row.unit else {}),
        "kind": row.kind,
        "from": window.start.isoformat(),
        "until": window.end.isoformat(),
        "checkpoint": {"size": row.checkpoint_size, "root": checkpoint.root if checkpoint else None},
        "data_sha256": row.data_sha256,
        "pdf_sha256": row.pdf_sha256,
        "replaces": row.replaces.ref if row.replaces else None,
    }
