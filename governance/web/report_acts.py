"""What people do with an issued report: approve, release, send; who read it; and public reports for anybody."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from audit.models import IssuedReport, ReportAct
from audit.reports import acts
from audit.reports.content import from_json
from audit.reports.read import report_for
from governance.access import DomainError, may
from governance.models import User
from governance.web.pages import paged, reader, signed_in
from governance.web.report_blocks import shown_sections
from governance.web.tables import Cell, Column, Row, Table, query_without


def visible_report(request: HttpRequest, ref: str) -> IssuedReport:
    """Return a report the reader may see, with its bytes, or 404."""
    found = report_for(reader(request), ref)
    if found is None:
        raise Http404(_("There is no report %(ref)s that you can see.") % {"ref": ref})
    return found


@signed_in
@require_POST
def act(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """Approve, release or send; what cannot be done is said on the report's own page."""
    report, actor, text = visible_report(request, ref), reader(request), request.POST.get("text", "")[:2000]
    given: dict[str, Any] = {"report": report, "actor": actor, "at": timezone.now()}
    try:
        if kind == "approve":
            acts.approve(**given, text=text)
        elif kind == "release":
            acts.release(**given, recipients=text.splitlines()[:20])
        elif kind == "send":
            acts.send(**given, recipient=text)
        else:
            raise Http404
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("report", ref=report.ref)


@signed_in
def readings(request: HttpRequest, ref: str) -> HttpResponse:
    """Who opened or fetched the report, newest first."""
    report = visible_report(request, ref)
    page = paged(acts.readings_of(report), request)
    rows = [
        Row(cells=[Cell(text=row.at, kind="time"), Cell(text=str(row.by or "–")), Cell(text=_what(row.text))])
        for row in page.object_list
    ]
    columns = [Column(label=_("When")), Column(label=_("Who")), Column(label=_("What"))]
    n = page.paginator.count
    count = ngettext("%(n)s reading", "%(n)s readings", n) % {"n": n}
    context = {
        "row": report,
        "page": page,
        "query": query_without(request, "page"),
        "table": Table(id="readings", caption=_("Readings"), columns=columns, rows=rows, count=count, fit=True),
        "crumbs": [
            (_("Reports"), reverse("reports")),
            (report.ref, reverse("report", args=[report.ref])),
            (_("Who read this report"), ""),
        ],
    }
    return render(request, "pages/report_readings.html", context)


def published(request: HttpRequest, ref: str) -> HttpResponse:
    """A released report of a public kind, for anybody."""
    report = acts.public_report(ref)
    if report is None:
        raise Http404(_("There is no published report %(ref)s.") % {"ref": ref})
    content = from_json(bytes(report.data))
    context = {"row": report, "meta": content.meta, "sections": shown_sections(content, linked=False)}
    return render(request, "pages/report_published.html", context)


def standing(report: IssuedReport, user: User) -> dict[str, Any]:
    """Return where a report stands between issue and release, what happened to it, and what ``user`` may do now."""
    listed = list(acts.acts_of(report))
    approved = [row for row in listed if row.kind == "approved"]
    released = next((row for row in listed if row.kind == "released"), None)
    if released is not None:
        text = _("Released.")
    elif approved:
        text = _("Approved, not released yet.")
    else:
        text = _("Issued; nobody approved it yet. Whoever issued it cannot.")
    return {
        "stands": text,
        "acts": _table(listed),
        "act_forms": _forms(report, user, approved, released) if may(user, "report") else [],
        "public_href": reverse("report-published", args=[report.ref]) if acts.public_report(report.ref) else "",
    }


def _forms(
    report: IssuedReport, user: User, approved: list[ReportAct], released: ReportAct | None
) -> list[dict[str, str]]:
    if released is not None:
        return [{"kind": "send", "label": _("Record that it was sent"), "field": _("Who received it")}]
    forms = []
    if user.pk != report.issued_by_id and user.pk not in {row.by_id for row in approved}:
        forms.append({"kind": "approve", "label": _("Approve"), "field": _("What you looked at")})
    if approved:
        forms.append({"kind": "release", "label": _("Release"), "field": _("Recipients, one a line")})
    return forms


def _table(listed: list[ReportAct]) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=row.get_kind_display()),
                Cell(text=row.at, kind="time", under=str(row.by or "")),
                Cell(text=row.recipient or row.text or "–"),
                Cell(text=str(row.entry)[:8], kind="code", href=reverse("ledger-entry", args=[row.entry])),
            ]
        )
        for row in listed
    ]
    columns = [Column(label=_("What")), Column(label=_("When")), Column(label=_("Said")), Column(label=_("Entry"))]
    return Table(id="acts", caption=_("What happened since"), columns=columns, rows=rows, fit=True)


def _what(kind: str) -> str:
    words = {"page": _("opened the page"), "pdf": "PDF", "signed-pdf": _("signed PDF"), "docx": "Word", "csv": "CSV"}
    return words.get(kind, kind)
