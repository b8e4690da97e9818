"""Issued reports: the list, one report on the page, and its files."""

from typing import Any

from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from audit.ledger import log
from audit.models import IssuedReport
from audit.reports.acts import log_reading
from audit.reports.content import ReportUnreadable, from_json
from audit.reports.docx import MEDIA_TYPE as DOCX
from audit.reports.docx import docx_of
from audit.reports.pack import packed
from audit.reports.read import HEAVY, reports_visible_to
from audit.reports.redaction import KINDS
from audit.reports.tables import csv_zip
from governance.access import may, reads_all
from governance.models import Job
from governance.web.figures import seal_markup
from governance.web.pages import paged, reader, signed_in
from governance.web.report_acts import standing, visible_report
from governance.web.report_blocks import shown_sections
from governance.web.tables import Cell, Column, Row, Table, query_without

TYPES = {
    "pdf": "application/pdf",
    "signed-pdf": "application/pdf",
    "json": "application/json",
    "docx": DOCX,
    "csv": "application/zip",
}


def _visible(request: HttpRequest) -> Any:
    return reports_visible_to(reader(request))


@signed_in
def list_page(request: HttpRequest) -> HttpResponse:
    """Issued reports, newest first, and the reader's own that are being made."""
    found = (
        _visible(request).defer(*HEAVY).select_related("use_case", "unit", "issued_by").order_by("-issued_at", "-ref")
    )
    case = request.GET.get("use_case", "")
    if case:
        found = found.filter(use_case__ref=case)
    page = paged(found, request)
    waiting = Job.objects.filter(kind="report", asked_by=reader(request)).exclude(state="done").order_by("-asked_at")
    context = {
        "table": _table(page),
        "page": page,
        "query": query_without(request, "page"),
        "case": case,
        "waiting": list(waiting[:5]),
        "may_ask": may(reader(request), "report"),
    }
    return render(request, "pages/reports.html", context)


def _table(page: Any) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=report.title, href=reverse("report", args=[report.ref]), simulated=report.simulated),
                Cell(text=report.ref, kind="code"),
                _about(report),
                Cell(text=report.period_from, kind="day"),
                Cell(text=report.period_until, kind="day"),
                Cell(text=report.issued_at, kind="time", under=str(report.issued_by)),
            ]
        )
        for report in page.object_list
    ]
    columns = [
        Column(label=_("Report")),
        Column(label=_("Reference")),
        Column(label=_("About")),
        Column(label=_("From")),
        Column(label=_("Before")),
        Column(label=_("Issued")),
    ]
    n = page.paginator.count
    count = ngettext("%(n)s report", "%(n)s reports", n) % {"n": n}
    return Table(id="reports", caption=_("Issued reports"), columns=columns, rows=rows, stack=True, count=count)


def _about(report: IssuedReport) -> Cell:
    if report.use_case is None:
        return Cell(text=report.unit.name if report.unit else _("all use cases"))
    return Cell(text=report.use_case.ref, kind="code", href=reverse("use-case", args=[report.use_case.ref]))


@signed_in
def report(request: HttpRequest, ref: str) -> HttpResponse:
    """One report, drawn from the very data that its digest in the ledger covers."""
    found = _visible(request).annotate(signed=Q(signed_pdf__isnull=False)).defer("pdf", "signed_pdf")
    row = found.select_related("use_case").filter(ref=ref).first()
    if row is None:
        raise Http404(_("There is no report %(ref)s that you can see.") % {"ref": ref})
    context: dict[str, Any] = {
        "row": row,
        **standing(row, reader(request)),
        "record_kinds": list(KINDS.values()) if reads_all(reader(request)) else [],
        "crumbs": [(_("Reports"), reverse("reports")), (row.ref, "")],
    }
    try:
        content = from_json(bytes(row.data))
    except ReportUnreadable as error:
        context["unreadable"] = str(error)
    else:
        checkpoint = content.meta.checkpoint
        context |= {"meta": content.meta, "sections": shown_sections(content)}
        log_reading(row, by=reader(request), at=timezone.now(), what="page")
        if checkpoint is not None:
            title = _("Seal of the checkpoint of %(n)s entries") % {"n": checkpoint.size}
            context["seal"] = seal_markup(bytes.fromhex(checkpoint.root), title=title, name="report-seal", size=96)
    return render(request, "pages/report.html", context)


@signed_in
def download(request: HttpRequest, ref: str, kind: str) -> HttpResponseBase:
    """The report's PDF, its data, or a copy to edit; what is fetched is noted among the readings."""
    row = _visible(request).filter(ref=ref).first() if kind in TYPES else None
    if row is None:
        raise Http404
    name = f"oversight-report-{row.ref}.{kind}".replace(".signed-pdf", "-signed.pdf").replace(".csv", "-csv.zip")
    content = _content(row, kind)
    if not content:
        raise Http404
    log_reading(row, by=reader(request), at=timezone.now(), what=kind)
    answer = HttpResponse(bytes(content), content_type=TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _choices(request: HttpRequest) -> dict[str, Any]:
    """Return what is handed over, to whom and why: contents only for who may read them all, and as chosen."""
    chosen = request.POST.getlist("contents")
    return {
        "contents": [code for code in chosen if code in KINDS] if reads_all(reader(request)) else [],
        "recipient": request.POST.get("recipient", "").strip()[:200],
        "reason": request.POST.get("reason", "").strip()[:2000],
    }


def _content(row: IssuedReport, kind: str) -> bytes | memoryview | None:
    if kind == "docx":
        return docx_of(row)
    if kind == "csv":
        return csv_zip(from_json(bytes(row.data)))
    return {"pdf": row.pdf, "signed-pdf": row.signed_pdf, "json": row.data}[kind]


@signed_in
@require_POST
def pack(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Make the evidence pack and answer with it; that it was handed over stands in the ledger.

    The pack spans the whole ledger: contents of others' use cases go only to who may read all of them.
    """
    row = visible_report(request, ref)
    try:
        made = packed(row, actor=reader(request), at=timezone.now(), **_choices(request))
    except log.NotSequenced:
        return render(request, "pages/ledger_waiting.html", {"entry": row.entry}, status=503)
    name = f"oversight-report-{row.ref}.zip"
    return FileResponse(made, as_attachment=True, filename=name, content_type="application/zip")
