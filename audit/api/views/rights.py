"""Classification, duties, papers, incidents and requests of people, for reading.

What a person wrote, and who they are, is not given out here: pages show it to those who handle it.
"""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import require_scope, use_case_for, visible_use_cases
from audit.api.pagination import PAGING, Pages, page_of
from audit.api.problems import ApiProblem
from audit.api.views.systems import absent
from audit.events.problems import Problem
from governance.duties import Point, points_of
from governance.incidents.read import IncidentFile, file_of, whole
from governance.models import Appeal, Assessment, Classification, Incident
from governance.register import latest_classification
from governance.register.paper_data import paper_data
from policies.eu_ai_act.forms import form

SCOPE = "register:read"
DAY = {"type": "string", "format": "date"}
TEXTS = doc.a_list(doc.TEXT)
CLASSIFICATION = doc.an_object(
    {
        "use_case": doc.TEXT, "tier": doc.TEXT, "outcomes": TEXTS, "flags": TEXTS, "legal_basis": TEXTS, "rules": TEXTS,
        "roles": TEXTS, "duties": doc.a_list({"type": "object"}), "open_tasks": TEXTS, "needs_legal_review": TEXTS,
        "unanswered_facts": TEXTS, "on_date": DAY, "law_version": doc.TEXT, "law_digest": doc.TEXT,
        "answers": {"type": "object"}, "reason": doc.TEXT, "made_at": doc.TIME,
    }
)  # fmt: skip
DUTY = doc.an_object(
    {
        "point": doc.TEXT, "article": doc.TEXT, "role": doc.TEXT, "text": doc.TEXT, "state": doc.TEXT,
        "check": doc.TEXT, "computed": doc.nullable(doc.TEXT), "evidence": doc.nullable(doc.TEXT),
        "responsible": doc.nullable(doc.TEXT), "due": doc.nullable(DAY), "starts_when": doc.TEXT,
        "iso_42001": TEXTS, "nist_ai_rmf": TEXTS,
    }
)  # fmt: skip
INCIDENT = doc.an_object(
    {
        "ref": doc.TEXT, "use_case": doc.TEXT, "title": doc.TEXT, "kinds": TEXTS, "role": doc.TEXT, "aware_on": DAY,
        "occurred_on": doc.nullable(DAY), "country": doc.TEXT, "clock": doc.TEXT, "latest_day": doc.nullable(DAY),
        "article": doc.nullable(doc.TEXT), "recipients": doc.a_list({"type": "object"}),
        "reports": doc.a_list({"type": "object"}), "open_actions": {"type": "integer"},
        "frozen": {"type": "boolean"}, "opened_at": doc.TIME, "closed_at": doc.nullable(doc.TIME),
    }
)  # fmt: skip
APPEAL = doc.an_object(
    {
        "ref": doc.TEXT, "use_case": doc.TEXT, "decision_id": doc.TEXT, "kind": doc.TEXT, "state": doc.TEXT,
        "outcome": doc.TEXT, "received_at": doc.TIME, "due_at": doc.TIME, "answered_at": doc.nullable(doc.TIME),
    }
)  # fmt: skip
ASSESSMENT = doc.an_object(
    {
        "ref": doc.TEXT, "use_case": doc.TEXT, "kind": doc.TEXT, "version": {"type": "integer"},
        "signed_at": doc.nullable(doc.TIME), "digest": doc.TEXT, "law_version": doc.TEXT,
    }
)  # fmt: skip
PAPER = doc.an_object(
    {"use_case": doc.TEXT, "kind": doc.TEXT, "title": doc.TEXT, "items": doc.a_list({"type": "object"})}
)
USE_CASE_PARAMETER = OpenApiParameter("use_case", OpenApiTypes.STR, description="Reference or key.")


def _time(value: Any) -> str | None:
    return value.isoformat().replace("+00:00", "Z") if value else None


def classification_json(row: Classification) -> dict[str, Any]:
    """A classification whole."""
    return {
        "use_case": row.use_case.ref,
        "tier": row.tier,
        "outcomes": row.outcomes,
        "flags": row.flags,
        "legal_basis": row.legal_basis,
        "rules": row.rules,
        "roles": row.roles,
        "duties": row.duties,
        "open_tasks": row.open_tasks,
        "needs_legal_review": row.needs_legal_review,
        "unanswered_facts": row.unanswered_facts,
        "on_date": row.on_date.isoformat(),
        "law_version": row.law_version,
        "law_digest": row.law_digest,
        "answers": row.answers,
        "reason": row.reason,
        "made_at": _time(row.made_at),
    }


def duty_json(point: Point) -> dict[str, Any]:
    """One point of the checklist."""
    record = point.record
    return {
        "point": point.item.id,
        "article": point.item.article,
        "role": point.item.role,
        "text": point.item.text,
        "state": point.state,
        "check": point.item.check,
        "computed": point.computed.text if point.computed else None,
        "evidence": record.evidence or None if record else None,
        "responsible": record.responsible.ref if record and record.responsible else None,
        "due": point.due.isoformat() if point.due else None,
        "starts_when": point.item.starts_when,
        "iso_42001": list(point.iso_42001),
        "nist_ai_rmf": list(point.nist_ai_rmf),
    }


def incident_json(file: IncidentFile) -> dict[str, Any]:
    """One incident with its clock."""
    row, deadline = file.incident, file.clock.deadline
    return {
        "ref": row.ref,
        "use_case": row.use_case.ref,
        "title": row.title,
        "kinds": row.kinds,
        "role": row.role,
        "aware_on": row.aware_on.isoformat(),
        "occurred_on": row.occurred_on.isoformat() if row.occurred_on else None,
        "country": row.country,
        "clock": file.clock.state,
        "latest_day": deadline.strict.isoformat() if deadline else None,
        "article": deadline.article if deadline else None,
        "recipients": [{"order": each.order, "who": each.who, "article": each.article} for each in file.recipients],
        "reports": [
            {"kind": each.kind, "recipient": each.recipient, "sent_at": _time(each.sent_at)} for each in file.reports
        ],
        "open_actions": sum(action.done_at is None for action in file.actions),
        "frozen": row.frozen_since is not None,
        "opened_at": _time(row.opened_at),
        "closed_at": _time(row.closed_at),
    }


def appeal_json(row: Appeal) -> dict[str, Any]:
    """One request of a person, without what they wrote and who they are."""
    return {
        "ref": row.ref,
        "use_case": row.use_case.ref if row.use_case else "",
        "decision_id": row.decision_id,
        "kind": row.kind,
        "state": row.state,
        "outcome": row.outcome,
        "received_at": _time(row.received_at),
        "due_at": _time(row.due_at),
        "answered_at": _time(row.answered_at),
    }


def assessment_json(row: Assessment) -> dict[str, Any]:
    """One version of a structured paper, in short."""
    return {
        "ref": row.ref,
        "use_case": row.use_case.ref,
        "kind": row.kind,
        "version": row.version,
        "signed_at": _time(row.signed_at),
        "digest": row.digest,
        "law_version": row.law_version,
    }


def _of_visible(request: Request, rows: Any) -> Any:
    """``rows`` of use cases the caller may see, narrowed by ``?use_case=``."""
    require_scope(request, SCOPE)
    wanted = request.query_params.get("use_case")
    if wanted is None:
        return rows.filter(use_case__in=visible_use_cases(request))
    if "\x00" in wanted:
        raise ApiProblem(Problem("invalid", "use_case contains the character U+0000", 422, "/use_case"))
    return rows.filter(use_case=use_case_for(request, wanted, SCOPE))


class ClassificationView(APIView):
    """The classification of a use case that counts now."""

    @extend_schema(operation_id="classification_get", responses={200: CLASSIFICATION, **doc.problems(401, 403, 404)})
    def get(self, request: Request, ref: str) -> Response:
        row = latest_classification(use_case_for(request, ref, SCOPE))
        if row is None:
            raise Http404
        return Response(classification_json(row))


class DutyList(APIView):
    """The checklist of a use case: duty, evidence, due date, crosswalk."""

    @extend_schema(operation_id="duties_list", responses={200: doc.a_list(DUTY), **doc.problems(401, 403, 404)})
    def get(self, request: Request, ref: str) -> Response:
        found = use_case_for(request, ref, SCOPE)
        return Response([duty_json(point) for point in points_of(found, now=timezone.now())])


class PaperView(APIView):
    """A structured paper of a use case as data: FRIA, Annex IV, Annex V, Annex VIII A to C, and the others."""

    @extend_schema(operation_id="paper_get", responses={200: PAPER, **doc.problems(401, 403, 404)})
    def get(self, request: Request, ref: str, kind: str) -> Response:
        found = use_case_for(request, ref, SCOPE)
        data = paper_data(found, kind) if form(kind) else None
        if data is None:
            raise Http404
        return Response(data)


class AssessmentList(APIView):
    """Versions of structured papers of the use cases the caller may see, newest first."""

    @extend_schema(
        operation_id="assessments_list",
        parameters=[USE_CASE_PARAMETER, *PAGING],
        responses={200: page_of(ASSESSMENT), **doc.problems(401, 403, 404, 422)},
    )
    def get(self, request: Request) -> Response:
        rows = _of_visible(request, Assessment.objects.select_related("use_case"))
        pages = Pages()
        page: Any = pages.paginate_queryset(rows.order_by("-edited_at", "ref"), request)
        return pages.get_paginated_response([assessment_json(row) for row in page or []])


class IncidentList(APIView):
    """Incidents of the use cases the caller may see, newest first."""

    @extend_schema(
        operation_id="incidents_list",
        parameters=[USE_CASE_PARAMETER, *PAGING],
        responses={200: page_of(INCIDENT), **doc.problems(401, 403, 404, 422)},
    )
    def get(self, request: Request) -> Response:
        rows = _of_visible(request, whole(Incident.objects.all()))
        pages = Pages()
        page: Any = pages.paginate_queryset(rows.order_by("-opened_at", "-ref"), request)
        today = timezone.localdate()
        return pages.get_paginated_response([incident_json(file_of(row, today=today)) for row in page or []])


class IncidentDetail(APIView):
    """One incident."""

    @extend_schema(operation_id="incidents_get", responses={200: INCIDENT, **doc.problems(401, 403, 404)})
    def get(self, request: Request, name: str) -> Response:
        rows = _of_visible(request, whole(Incident.objects.all()))
        row = rows.filter(ref=name).first()
        if row is None:
            raise absent(request, name)
        return Response(incident_json(file_of(row, today=timezone.localdate())))


class AppealList(APIView):
    """Requests of people about the use cases the caller may see: kind, state and clock, not what they wrote."""

    @extend_schema(
        operation_id="appeals_list",
        parameters=[USE_CASE_PARAMETER, *PAGING],
        responses={200: page_of(APPEAL), **doc.problems(401, 403, 404, 422)},
    )
    def get(self, request: Request) -> Response:
        rows = _of_visible(request, Appeal.objects.select_related("use_case"))
        pages = Pages()
        page: Any = pages.paginate_queryset(rows.order_by("-received_at", "-ref"), request)
        return pages.get_paginated_response([appeal_json(row) for row in page or []])
