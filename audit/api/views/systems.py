"""AI systems, entered and changed by the same verbs as the pages, and oversight policies for reading."""

import hashlib
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import registrar_behind, require_scope, visible_use_cases
from audit.api.pagination import PAGING, Pages, page_of
from audit.api.problems import ApiProblem
from audit.api.register_requests import IF_MATCH, SystemChanges, SystemRequest, etag, overtaken, require_match
from audit.events.keys import Bearer
from audit.events.problems import Problem
from governance.access import reads_all, systems_visible_to
from governance.models import AISystem, PolicyInForce, UseCase, User
from governance.register import EditConflict, describe_system, register_system
from governance.register.snapshot import system_snapshot
from policies.models import OversightPolicy

SYSTEM = doc.an_object(
    {
        "ref": doc.TEXT,
        "name": doc.TEXT,
        "version": doc.TEXT,
        "supplier": doc.nullable(doc.TEXT),
        "description": doc.TEXT,
        "eu_database_id": doc.TEXT,
        "use_cases": doc.a_list(doc.TEXT),
    }
)
IN_FORCE = doc.an_object({"use_case": doc.TEXT, "from": doc.TIME, "until": doc.nullable(doc.TIME)})
POLICY = doc.an_object(
    {
        "ref": doc.TEXT,
        "key": doc.TEXT,
        "version": {"type": "integer"},
        "digest": doc.TEXT,
        "created_at": doc.TIME,
        "in_force": doc.a_list(IN_FORCE),
    }
)
POLICY_WITH_DOCUMENT = doc.an_object({**POLICY["properties"], "document": {"type": "object"}})


def absent(request: Request, ref: str) -> Exception:
    """What to raise for something that is not there or may not be seen: 403 for a key, 404 for a person."""
    if isinstance(request.auth, Bearer):
        return ApiProblem(Problem("not_allowed", f"This key may not see {ref[:80]!r}", 403))
    return Http404()


def _systems(request: Request) -> QuerySet[AISystem]:
    seen: QuerySet[UseCase] = visible_use_cases(request)
    person = isinstance(request.user, User)
    rows = systems_visible_to(request.user) if person else AISystem.objects.filter(use_cases__in=seen).distinct()
    used = Prefetch("use_cases", queryset=seen.order_by("ref"), to_attr="seen")
    return rows.select_related("supplier").prefetch_related(used).order_by("ref")


def _system_json(system: AISystem) -> dict[str, Any]:
    """One system; unknown is an empty text. Only use cases the caller may see are named."""
    return {
        "ref": system.ref,
        "name": system.name,
        "version": system.version,
        "supplier": system.supplier.name if system.supplier else None,
        "description": system.description,
        "eu_database_id": system.eu_database_id,
        "use_cases": [use_case.ref for use_case in system.seen],  # type: ignore[attr-defined]
    }


class SystemList(APIView):
    """The AI systems behind the use cases the caller may see."""

    @extend_schema(
        operation_id="systems_list",
        parameters=PAGING,
        responses={200: page_of(SYSTEM), **doc.problems(401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        require_scope(request, "register:read")
        pages = Pages()
        page = pages.paginate_queryset(_systems(request), request)
        return pages.get_paginated_response([_system_json(row) for row in page or []])

    @extend_schema(
        operation_id="systems_create",
        request=SystemRequest,
        responses={
            201: OpenApiResponse(SYSTEM, "Entered, and in the ledger."),
            **doc.problems(400, 401, 403, 415, 422),
        },
    )
    def post(self, request: Request) -> Response:
        """A key sees the system once a use case it speaks for is linked to it."""
        require_scope(request, "register:write")
        person = registrar_behind(request)
        asked = SystemRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        made = register_system(actor=person, at=timezone.now(), **asked.validated_data)
        answer = _one_system(request, made, 201)
        answer["Location"] = reverse("api-system", args=[made.ref])
        return answer


def _one_system(request: Request, system: AISystem, status: int = 200) -> Response:
    seen = Prefetch("use_cases", queryset=visible_use_cases(request).order_by("ref"), to_attr="seen")
    found = AISystem.objects.select_related("supplier").prefetch_related(seen).get(pk=system.pk)
    body = _system_json(found)
    return Response(body, status=status, headers={"ETag": etag(body)})


class SystemDetail(APIView):
    """One AI system; a PATCH changes the fields it names, in the version it names."""

    @extend_schema(operation_id="systems_get", responses={200: SYSTEM, **doc.problems(401, 403, 404)})
    def get(self, request: Request, ref: str) -> Response:
        require_scope(request, "register:read")
        found = _systems(request).filter(ref=ref).first()
        if found is None:
            raise absent(request, ref)
        return _one_system(request, found)

    @extend_schema(
        operation_id="systems_change",
        parameters=[IF_MATCH],
        request=SystemChanges,
        responses={200: SYSTEM, **doc.problems(400, 401, 403, 404, 412, 415, 422, 428)},
    )
    def patch(self, request: Request, ref: str) -> Response:
        """Versions are recorded on the page of the system; they are not changed here."""
        require_scope(request, "register:write")
        found = _systems(request).filter(ref=ref).first()
        if found is None:
            raise absent(request, ref)
        person = registrar_behind(request)
        require_match(request, _system_json(found))
        asked = SystemChanges(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            describe_system(
                actor=person, at=timezone.now(), system=found, changes=asked.validated_data, seen=system_snapshot(found)
            )
        except EditConflict as error:
            raise overtaken() from error
        return _one_system(request, found)


def _policies(request: Request) -> tuple[QuerySet[OversightPolicy], dict[Any, list[PolicyInForce]]]:
    """Policy versions of the use cases the caller may see, and where each is or was in force."""
    seen: QuerySet[UseCase] = visible_use_cases(request)
    rows = PolicyInForce.objects.filter(use_case__in=seen).select_related("use_case").order_by("in_force_from")
    in_force: dict[Any, list[PolicyInForce]] = {}
    for row in rows:
        in_force.setdefault(row.policy_id, []).append(row)
    every = OversightPolicy.objects.order_by("key", "version")
    if isinstance(request.user, User) and reads_all(request.user):
        return every, in_force
    return (every.filter(key__in=seen.values("key")) | every.filter(pk__in=list(in_force))).distinct(), in_force


def _policy_json(policy: OversightPolicy, in_force: list[PolicyInForce]) -> dict[str, Any]:
    return {
        "ref": policy.ref,
        "key": policy.key,
        "version": policy.version,
        "digest": policy.digest,
        "created_at": _moment(policy.created_at),
        "in_force": [
            {
                "use_case": row.use_case.ref,
                "from": _moment(row.in_force_from),
                "until": _moment(row.in_force_until) if row.in_force_until else None,
            }
            for row in in_force
        ],
    }


def _moment(at: Any) -> str:
    return str(at.isoformat()).replace("+00:00", "Z")


class PolicyList(APIView):
    """Oversight policy versions, and the use cases they bind or bound."""

    @extend_schema(
        operation_id="policies_list",
        parameters=PAGING,
        responses={200: page_of(POLICY), **doc.problems(401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        require_scope(request, "register:read", "control:read")
        rows, in_force = _policies(request)
        pages = Pages()
        page = pages.paginate_queryset(rows, request)
        return pages.get_paginated_response([_policy_json(row, in_force.get(row.pk, [])) for row in page or []])


class PolicyDetail(APIView):
    """One version with its document, which never changes: ask with ``If-None-Match``."""

    @extend_schema(
        operation_id="policies_get",
        responses={200: POLICY_WITH_DOCUMENT, 304: None, **doc.problems(401, 403, 404)},
    )
    def get(self, request: Request, ref: str) -> HttpResponse:
        require_scope(request, "register:read", "control:read")
        rows, in_force = _policies(request)
        found = rows.filter(ref=ref).first()
        if found is None:
            raise absent(request, ref)
        body = {**_policy_json(found, in_force.get(found.pk, [])), "document": found.document}
        tag = f'"{hashlib.sha256(repr((found.digest, body["in_force"])).encode()).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if tag in request.headers.get("If-None-Match", ""):
            return HttpResponse(status=304, headers=headers)
        return Response(body, headers=headers)
