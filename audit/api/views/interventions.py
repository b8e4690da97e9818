"""Limit, pause, stop and lift: the stop control for systems, with the authority of the person behind the key."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import person_behind, use_case_for
from audit.api.pagination import PAGING, Pages, page_of
from audit.control.acts import KINDS, intervene, resume
from audit.models import Intervention

INTERVENTION = doc.an_object(
    {
        "intervention_id": doc.TEXT,
        "kind": doc.TEXT,
        "scope": {"type": "object"},
        "limits": {"type": "object"},
        "actor": doc.TEXT,
        "issued_at": doc.nullable(doc.TIME),
        "acknowledged_at": doc.nullable(doc.TIME),
        "effective_at": doc.nullable(doc.TIME),
        "verified_at": doc.nullable(doc.TIME),
        "resumed_at": doc.nullable(doc.TIME),
        "drill": {"type": "boolean"},
    }
)
_TIMES = ("issued_at", "acknowledged_at", "effective_at", "verified_at", "resumed_at")


class InterventionRequest(serializers.Serializer[Any]):
    """What to do and why; ``scope`` holds lists of ``classes`` and ``versions``, ``limits`` highest values by field."""

    kind = serializers.ChoiceField(choices=KINDS)
    reason = serializers.CharField(max_length=2000)
    scope = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)
    limits = serializers.DictField(required=False)


class ResumeRequest(serializers.Serializer[Any]):
    """Why it may go on."""

    reason = serializers.CharField(max_length=2000)


def _json(row: Intervention) -> dict[str, Any]:
    times = {name: moment.isoformat() if (moment := getattr(row, name)) else None for name in _TIMES}
    return {
        "intervention_id": row.intervention_id,
        "kind": row.kind,
        "scope": row.scope,
        "limits": row.limits,
        "actor": row.actor,
        **times,
        "drill": row.drill,
    }


class InterventionList(APIView):
    """The interventions of a use case, latest first; a POST takes effect with its answer."""

    @extend_schema(
        operation_id="interventions_list", parameters=PAGING,
        responses={200: page_of(INTERVENTION), **doc.problems(401, 403, 404)},
    )  # fmt: skip
    def get(self, request: Request, ref: str) -> Response:
        use_case = use_case_for(request, ref, "control:read", "control:write")
        rows = Intervention.objects.filter(use_case=use_case, decision_id="").order_by("-issued_at", "-pk")
        pages = Pages()
        found = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([_json(row) for row in found])

    @extend_schema(
        operation_id="interventions_create",
        request=InterventionRequest,
        responses={
            201: OpenApiResponse(INTERVENTION, "In force, and in the ledger."),
            **doc.problems(400, 401, 403, 404, 415, 422),
        },
    )
    def post(self, request: Request, ref: str) -> Response:
        use_case = use_case_for(request, ref, "control:write")
        asked = InterventionRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        row = intervene(use_case=use_case, actor=person_behind(request), at=timezone.now(), **asked.validated_data)
        return Response(_json(row), status=201)


class InterventionResume(APIView):
    """Lift an intervention, with authority at least equal to the one that issued it."""

    @extend_schema(
        operation_id="interventions_resume",
        request=ResumeRequest,
        responses={200: INTERVENTION, **doc.problems(400, 401, 403, 404, 409, 415, 422)},
    )
    def post(self, request: Request, ref: str, name: str) -> Response:
        use_case = use_case_for(request, ref, "control:write")
        row = Intervention.objects.filter(use_case=use_case, intervention_id=name).first()
        if row is None:
            raise Http404
        asked = ResumeRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        done = resume(
            intervention=row, actor=person_behind(request), at=timezone.now(), reason=asked.validated_data["reason"]
        )
        return Response(_json(done))
