"""The register: its entries, and the same verbs as the pages to enter and change them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import person_behind, registrar_behind, require_scope, use_case_for, visible_use_cases
from audit.api.pagination import PAGING, Pages, page_of
from audit.api.register_requests import (
    IF_MATCH,
    UseCaseChanges,
    UseCaseRequest,
    etag,
    overtaken,
    require_match,
    use_case_fields,
)
from audit.events.keys import Bearer, widen_key
from audit.models import ApiKey
from governance.access import may_on
from governance.models import UseCase
from governance.register import EditConflict, edit_use_case, submit_use_case
from governance.register.snapshot import use_case_snapshot

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

MORE = {
    "owner": doc.TEXT,
    "unit": doc.TEXT,
    "roles": doc.a_list(doc.TEXT),
    "systems": doc.a_list(doc.TEXT),
    "affected_people": doc.TEXT,
    "countries": doc.a_list(doc.TEXT),
    "languages": doc.a_list(doc.TEXT),
    "data_used": doc.TEXT,
    "first_use": doc.nullable({"type": "string", "format": "date"}),
    "sector": doc.TEXT,
    "effect": doc.TEXT,
    "reversibility": doc.TEXT,
    "decisions_per_day": doc.nullable({"type": "integer"}),
}
WHOLE = doc.an_object({**USE_CASE["properties"], **MORE})
ENTRY = {"oneOf": [WHOLE, USE_CASE]}


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


def whole_json(use_case: UseCase) -> dict[str, Any]:
    """One register entry with every field that can be changed; ``owner`` is a person's reference."""
    snapshot = use_case_snapshot(use_case)
    return {**use_case_json(use_case), **{name: snapshot[name] for name in MORE}}


def _whole(use_case: UseCase, status: int = 200) -> Response:
    body = whole_json(UseCase.objects.select_related("owner", "unit").get(pk=use_case.pk))
    return Response(body, status=status, headers={"ETag": etag(body)})


class UseCaseList(APIView):
    """The register entries the caller may see; a POST enters one as *planned*."""

    @extend_schema(
        operation_id="use_cases_list",
        parameters=PAGING,
        responses={200: page_of(USE_CASE), **doc.problems(401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        require_scope(request, "register:read", "events:write")
        rows: QuerySet[UseCase] = visible_use_cases(request).order_by("ref")
        pages = Pages()
        page = pages.paginate_queryset(rows.prefetch_related("policies_in_force__policy"), request)
        return pages.get_paginated_response([use_case_json(row) for row in page or []])

    @extend_schema(
        operation_id="use_cases_create",
        request=UseCaseRequest,
        responses={201: OpenApiResponse(WHOLE, "Entered, and in the ledger."), **doc.problems(400, 401, 403, 415, 422)},
    )
    def post(self, request: Request) -> Response:
        """With a key the entry belongs to what the key speaks for from then on."""
        require_scope(request, "register:write")
        person = registrar_behind(request)
        asked = UseCaseRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        fields, at = use_case_fields(asked.validated_data, person=person), timezone.now()
        with transaction.atomic():
            made = submit_use_case(actor=person, at=at, **fields)
            if isinstance(request.auth, Bearer):
                key = ApiKey.objects.select_for_update().get(public_id=request.auth.public_id)
                widen_key(key=key, actor=person, at=at, use_case=made)
        answer = _whole(made, 201)
        answer["Location"] = reverse("api-use-case", args=[made.ref])
        return answer


class UseCaseDetail(APIView):
    """One register entry; a PATCH changes the fields it names, in the version it names."""

    @extend_schema(operation_id="use_cases_get", responses={200: ENTRY, **doc.problems(401, 403, 404)})
    def get(self, request: Request, ref: str) -> Response:
        found = use_case_for(request, ref, "register:read", "register:write", "events:write")
        if isinstance(request.auth, Bearer) and not {"register:read", "register:write"} & request.auth.scopes:
            return Response(use_case_json(found))
        return _whole(found)

    @extend_schema(
        operation_id="use_cases_change",
        parameters=[IF_MATCH],
        request=UseCaseChanges,
        responses={200: WHOLE, **doc.problems(400, 401, 403, 404, 412, 415, 422, 428)},
    )
    def patch(self, request: Request, ref: str) -> Response:
        """Owner, roles, lifecycle and oversight mode have acts of their own and are not changed here."""
        found = use_case_for(request, ref, "register:write")
        person = person_behind(request)
        if not may_on(person, "register", found):
            raise PermissionDenied
        require_match(request, whole_json(found))
        asked = UseCaseChanges(data=request.data)
        asked.is_valid(raise_exception=True)
        changes = use_case_fields(asked.validated_data, person=person, linked=found)
        systems, seen = changes.pop("systems", None), use_case_snapshot(found)
        try:
            edit_use_case(actor=person, at=timezone.now(), use_case=found, changes=changes, systems=systems, seen=seen)
        except EditConflict as error:
            raise overtaken() from error
        return _whole(found)
