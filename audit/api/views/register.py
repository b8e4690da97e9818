"""The register, for reading."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import require_scope, use_case_for, visible_use_cases
from audit.api.pagination import PAGING, Pages, page_of
from governance.models import UseCase
from governance.register.read import with_tier

USE_CASE = doc.an_object(
    {
        "ref": doc.TEXT,
        "key": doc.TEXT,
        "name": doc.TEXT,
        "purpose": doc.TEXT,
        "lifecycle": doc.TEXT,
        "mode": doc.TEXT,
        "tier": doc.TEXT,
        "simulated": {"type": "boolean"},
        "policy_in_force": doc.nullable(doc.TEXT),
    }
)


def use_case_json(use_case: UseCase) -> dict[str, Any]:
    """One register entry; unknown is an empty text, no policy is null."""
    in_force = next((row for row in use_case.policies_in_force.all() if row.in_force_until is None), None)
    return {
        "ref": use_case.ref,
        "key": use_case.key,
        "name": use_case.name,
        "purpose": use_case.purpose,
        "lifecycle": use_case.lifecycle,
        "mode": use_case.mode,
        "tier": getattr(use_case, "tier", ""),
        "simulated": use_case.simulated,
        "policy_in_force": in_force.policy.ref if in_force else None,
    }


class UseCaseList(APIView):
    """The register entries the caller may see."""

    @extend_schema(
        operation_id="use_cases_list",
        parameters=PAGING,
        responses={200: page_of(USE_CASE), **doc.problems(401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        require_scope(request, "register:read", "events:write")
        rows: QuerySet[UseCase] = with_tier(visible_use_cases(request)).order_by("ref")
        pages = Pages()
        page = pages.paginate_queryset(rows.prefetch_related("policies_in_force__policy"), request)
        return pages.get_paginated_response([use_case_json(row) for row in page or []])


class UseCaseDetail(APIView):
    """One register entry."""

    @extend_schema(operation_id="use_cases_get", responses={200: USE_CASE, **doc.problems(401, 403, 404)})
    def get(self, request: Request, ref: str) -> Response:
        found = use_case_for(request, ref, "register:read", "events:write")
        return Response(use_case_json(with_tier(UseCase.objects.filter(pk=found.pk)).get()))
