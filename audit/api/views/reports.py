"""Reports: ask for one, fetch what was issued, follow a figure to the decisions behind it."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import person_behind, require_scope, use_case_for, visible_use_cases
from audit.api.problems import ApiProblem, Later
from audit.api.views.events import AnyFormat
from audit.api.views.work import JOB, job_json
from audit.events.keys import Bearer
from audit.events.problems import Problem
from audit.ledger import log
from audit.models import IssuedReport
from audit.reports.acts import log_reading
from audit.reports.content import from_json
from audit.reports.docx import MEDIA_TYPE as DOCX
from audit.reports.docx import docx_of
from audit.reports.issue import ask
from audit.reports.kinds import KINDS
from audit.reports.pack import packed
from audit.reports.read import report_for
from audit.reports.redaction import KINDS as KINDS_OF_RECORD
from audit.reports.scope import PORTFOLIO, Scope, scope_named
from audit.reports.trace import NoSuchFigure, to_json, trace
from governance import jobs
from governance.access import reads_all
from governance.models import Job

FILES = {
    "pdf": "application/pdf",
    "json": "application/json",
    "docx": DOCX,
}
REPORT = doc.an_object(
    {
        "id": doc.UUID,
        "ref": doc.TEXT,
        "use_case": doc.nullable(doc.TEXT),
        "kind": doc.TEXT,
        "title": doc.TEXT,
        "from": doc.TIME,
        "until": doc.TIME,
        "checkpoint_size": {"type": "integer"},
        "issued_at": doc.TIME,
        "entry": doc.UUID,
        "simulated": {"type": "boolean"},
        "data_sha256": doc.TEXT,
        "pdf_sha256": doc.TEXT,
        "links": {"type": "object"},
    }
)


class ReportRequest(serializers.Serializer[Any]):
    """Which report: ``from`` and ``to`` are days, both included; the same ``key`` asks for the same report.

    ``use_case`` may be ``portfolio`` or ``unit:<id>`` for a person who reads all use cases.
    """

    use_case = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=sorted(KINDS), default="oversight")
    language = serializers.ChoiceField(choices=[code for code, _ in settings.LANGUAGES], default="en")
    recipients = serializers.ListField(child=serializers.CharField(max_length=200), max_length=20, required=False)
    key = serializers.CharField(max_length=120, required=False)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.DateField(), "to": serializers.DateField()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["from"] > attrs["to"]:
            raise serializers.ValidationError({"to": "must not lie before from"})
        return attrs


class ReportList(APIView):
    """Ask for a report."""

    @extend_schema(
        operation_id="reports_create",
        request=ReportRequest,
        responses={
            202: OpenApiResponse(JOB, "Asked for; watch the job at Location."),
            **doc.problems(400, 401, 403, 404, 409, 415, 422),
        },
    )
    def post(self, request: Request) -> Response:
        asked = ReportRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        job = _ask(request, _scope(request, wanted["use_case"]), wanted)
        return Response(job_json(job), status=202, headers={"Location": f"/api/v1/jobs/{job.pk}"})


def _scope(request: Request, word: str) -> Scope:
    """Return what the report is about; many use cases only for a person, whose roles the report itself checks."""
    if word != PORTFOLIO and not word.startswith("unit:"):
        return Scope(use_case=use_case_for(request, word, "reports:write"))
    require_scope(request, "reports:write")
    if isinstance(request.auth, Bearer):
        raise ApiProblem(Problem("wrong_use_case", "A key speaks for use cases; no key may report on all of them", 403))
    return scope_named(word)


def _ask(request: Request, scope: Scope, wanted: dict[str, Any]) -> Job:
    key = f"report:{scope.word}:{wanted.get('key') or uuid4()}"
    try:
        return ask(
            scope=scope,
            kind=wanted["kind"],
            first=wanted["from"],
            last=wanted["to"],
            actor=person_behind(request),
            at=timezone.now(),
            key=key,
            language=wanted["language"],
            recipients=wanted.get("recipients", ()),
        )
    except jobs.KeyInUse as error:
        raise ApiProblem(Problem(error.code, str(error), 409, "/key")) from None


class ReportView(APIView):
    """An issued report; ``.pdf .json .docx`` give its pages, its data and a copy to edit."""

    @extend_schema(operation_id="reports_get", responses={200: REPORT, **doc.problems(401, 403, 404)})
    def get(self, request: Request, report_id: UUID) -> Response:
        report = _report(request, report_id)
        path = f"/api/v1/reports/{report.pk}"
        return Response(
            {
                "id": str(report.pk),
                "ref": report.ref,
                "use_case": report.use_case.ref if report.use_case else None,
                "kind": report.kind,
                "title": report.title,
                "from": report.period_from.isoformat(),
                "until": report.period_until.isoformat(),
                "checkpoint_size": report.checkpoint_size,
                "issued_at": report.issued_at.isoformat(),
                "entry": str(report.entry),
                "simulated": report.simulated,
                "data_sha256": report.data_sha256,
                "pdf_sha256": report.pdf_sha256,
                "links": {**{kind: f"{path}.{kind}" for kind in FILES}, "evidence_pack": f"{path}/evidence-pack"},
            }
        )


class ReportFile(APIView):
    """A report's PDF, its data, or a copy to edit."""

    content_negotiation_class = AnyFormat

    @extend_schema(
        operation_id="reports_file",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **doc.problems(401, 403, 404)},
    )
    def get(self, request: Request, report_id: UUID, kind: str) -> HttpResponseBase:
        report = _report(request, report_id)
        if kind not in FILES:
            raise Http404
        name = f"oversight-report-{report.ref}.{kind}"
        log_reading(report, by=person_behind(request), at=timezone.now(), what=kind)
        content = docx_of(report) if kind == "docx" else bytes(report.pdf if kind == "pdf" else report.data)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(content, content_type=FILES[kind], headers=headers)


class PackRequest(serializers.Serializer[Any]):
    """What goes into an evidence pack; without ``contents`` all kinds of record that the asker may hand over."""

    contents = serializers.ListField(child=serializers.ChoiceField(choices=list(KINDS_OF_RECORD)), required=False)
    recipient = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class ReportPack(APIView):
    """The report with the entries of the ledger and their proofs, as one zip."""

    content_negotiation_class = AnyFormat

    @extend_schema(
        operation_id="reports_pack",
        request=PackRequest,
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            **doc.problems(400, 401, 403, 404, 415, 422, 503),
        },
    )
    def post(self, request: Request, report_id: UUID) -> HttpResponseBase:
        report = _report(request, report_id)
        asked = PackRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        # The pack spans the whole ledger: contents of others' use cases go only to who may read all of them.
        contents = given.pop("contents", list(KINDS_OF_RECORD)) if _reads_all(request) else []
        try:
            made = packed(
                report,
                actor=person_behind(request),
                at=timezone.now(),
                contents=contents,
                recipient=given["recipient"],
                reason=given["reason"],
            )
        except log.NotSequenced:
            problem = Problem("not_sequenced", "The report's own entry waits for its checkpoint; ask again", 503)
            raise Later(problem) from None
        name = f"oversight-report-{report.ref}.zip"
        return FileResponse(made, as_attachment=True, filename=name, content_type="application/zip")


def _reads_all(request: Request) -> bool:
    """Whether the payloads of every use case may go to who asks; for a key, only with the scope that reads entries."""
    all_payloads = reads_all(person_behind(request))
    return all_payloads and (not isinstance(request.auth, Bearer) or request.auth.may("ledger:read"))


class ReportFigure(APIView):
    """One figure of a report: its query, the aggregate, and a page of the decisions behind it with their proofs."""

    @extend_schema(
        operation_id="reports_figure",
        parameters=[OpenApiParameter("after", OpenApiTypes.STR, description="The name the last page ended with.")],
        responses={200: doc.an_object({"figure": {"type": "object"}}), **doc.problems(401, 403, 404)},
    )
    def get(self, request: Request, report_id: UUID, number: str) -> Response:
        report = _report(request, report_id)
        try:
            found = trace(from_json(bytes(report.data)), number, after=request.GET.get("after", ""))
        except (NoSuchFigure, ValueError):
            raise Http404 from None
        return Response(to_json(found))


def _report(request: Request, report_id: UUID) -> IssuedReport:
    require_scope(request, "reports:read")
    found: IssuedReport | None
    if isinstance(request.auth, Bearer):
        rows = IssuedReport.objects.select_related("use_case").filter(use_case__in=visible_use_cases(request))
        found = rows.filter(pk=report_id).first()
    else:  # a person gets here what the pages give them, and no more
        found = report_for(request.user, str(report_id))
    if found is None:
        raise Http404
    return found
