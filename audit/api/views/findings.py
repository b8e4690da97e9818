"""What was found: the list, one finding with its history, and the acts people do on it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import person_behind, require_scope, use_case_for, visible_use_cases
from audit.api.pagination import PAGING, Pages, page_of
from audit.api.problems import ApiProblem
from audit.assurance.naming import Naming, naming_for, namings_for
from audit.events.keys import Bearer
from audit.events.problems import Problem
from audit.findings import acts
from audit.findings.list import FindingFilter, finding_list, one_finding
from audit.models import Finding, FindingAct
from governance.models import Person

STATES = ["open", "waived", "closed"]
FINDING_FIELDS: dict[str, Any] = {
    "id": doc.UUID,
    "ref": doc.TEXT,
    "use_case": doc.TEXT,
    "code": doc.TEXT,
    "decision_id": doc.TEXT,
    "subject": doc.TEXT,
    "origin": {"type": "string", "enum": ["evidence", "monitoring"]},
    "severity": doc.TEXT,
    "state": {"type": "string", "enum": STATES},
    "owner": doc.nullable(doc.TEXT),
    "disposition": doc.nullable(doc.TEXT),
    "waived_until": doc.nullable(doc.TIME),
    "count": {"type": "integer"},
    "policy_ref": doc.TEXT,
    "opened_at": doc.TIME,
    "closed_at": doc.nullable(doc.TIME),
    "simulated": {"type": "boolean"},
    "explanation": {"type": "object"},
}
FINDING = doc.an_object(FINDING_FIELDS)
ACT = doc.an_object(
    {
        "kind": doc.TEXT,
        "state": doc.TEXT,
        "reason": doc.TEXT,
        "until": doc.nullable(doc.TIME),
        "actor": doc.nullable(doc.TEXT),
        "at": doc.TIME,
        "entry": doc.UUID,
        "data": {"type": "object"},
    }
)
WITH_ACTS = doc.an_object({**FINDING_FIELDS, "acts": doc.a_list(ACT)})
KINDS = ("assign", "judge", "cause", "case_fix", "system_fix", "waive", "close", "reopen")


class ActRequest(serializers.Serializer[Any]):
    """One act. ``assign`` takes ``owner`` (a person's reference), ``judge`` ``disposition``, a fix ``reference`` and
    ``effective``, ``waive`` ``until``; ``reason`` is the text of every act but ``assign``."""

    kind = serializers.ChoiceField(choices=KINDS)
    reason = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)
    owner = serializers.CharField(max_length=20, required=False, default="")
    disposition = serializers.CharField(max_length=20, required=False, default="")
    reference = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    effective = serializers.DateTimeField(required=False, default=None)
    until = serializers.DateTimeField(required=False, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == "waive" and attrs["until"] is None:
            raise serializers.ValidationError({"until": "a waiver has an end, such as 2027-03-31T00:00:00Z"})
        return attrs


def finding_json(finding: Finding, naming: Naming) -> dict[str, Any]:
    """One finding as the API gives it to whom ``naming`` is made for."""
    return {
        "id": str(finding.pk),
        "ref": finding.ref,
        "use_case": finding.use_case.ref,
        "code": finding.code,
        "decision_id": finding.decision_id,
        "subject": finding.subject,
        "origin": finding.origin,
        "severity": finding.severity,
        "state": finding.state,
        "owner": finding.owner.ref if finding.owner else None,
        "disposition": finding.disposition or None,
        "waived_until": _time(finding.waived_until),
        "count": finding.count,
        "policy_ref": finding.policy_ref,
        "opened_at": _time(finding.opened_at),
        "closed_at": _time(finding.closed_at),
        "simulated": finding.simulated,
        "explanation": naming.explanation(finding.explanation),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _with_acts(finding: Finding, request: Request) -> dict[str, Any]:
    naming = naming_for(request.user, finding.use_case)
    return {**finding_json(finding, naming), "acts": [_act_json(act) for act in acts.acts_of(finding)]}


def _act_json(act: FindingAct) -> dict[str, Any]:
    return {
        "kind": act.kind,
        "state": act.state,
        "reason": act.reason,
        "until": _time(act.until),
        "actor": act.actor_name or None,
        "at": _time(act.at),
        "entry": str(act.entry),
        "data": act.data,
    }


class FindingList(APIView):
    """Findings of the use cases the caller may see; drills are left out."""

    @extend_schema(
        operation_id="findings_list",
        parameters=[
            OpenApiParameter("use_case", OpenApiTypes.STR),
            OpenApiParameter("code", OpenApiTypes.STR),
            OpenApiParameter("decision_id", OpenApiTypes.STR),
            OpenApiParameter("state", enum=STATES),
            OpenApiParameter("severity", enum=["hard", "soft"]),
            OpenApiParameter("owner", OpenApiTypes.STR, description="A person's reference, or none."),
            OpenApiParameter("judged", enum=["yes", "no"], description="no: nobody said yet whether it is true."),
            *PAGING,
        ],
        responses={200: page_of(FINDING), **doc.problems(401, 403, 404, 422)},
    )
    def get(self, request: Request) -> Response:
        require_scope(request, "findings:read")
        given = {name: _filter(request, name) for name in ("code", "state", "severity", "owner", "judged")}
        decision, use_case = _filter(request, "decision_id"), request.query_params.get("use_case")
        cases = visible_use_cases(request)
        if use_case is not None:
            cases = cases.filter(pk=use_case_for(request, use_case, "findings:read").pk)
        rows = finding_list(cases, FindingFilter(**given))
        if decision:
            rows = rows.filter(decision_id=decision)
        pages = Pages()
        page = pages.paginate_queryset(rows.order_by("opened_index", "code", "id"), request) or []
        namings = namings_for(request.user, {row.use_case for row in page})
        return pages.get_paginated_response([finding_json(row, namings[row.use_case_id]) for row in page])


def _filter(request: Request, name: str) -> str:
    value: str = request.query_params.get(name, "")
    if "\x00" in value:
        raise ApiProblem(Problem("invalid", f"{name} contains the character U+0000", 422, f"/{name}"))
    return value


def _found(request: Request, name: str, *scopes: str) -> Finding:
    """The finding of this reference or id: 404 for a person, 403 for a key, whether it is hidden or not there."""
    require_scope(request, *scopes)
    found = None if "\x00" in name else one_finding(visible_use_cases(request), name)
    if found is None:
        if isinstance(request.auth, Bearer):
            raise ApiProblem(Problem("wrong_use_case", f"This key may not see finding {name[:80]!r}", 403))
        raise Http404
    return found


class FindingDetail(APIView):
    """One finding, with what was done about it."""

    @extend_schema(operation_id="findings_get", responses={200: WITH_ACTS, **doc.problems(401, 403, 404)})
    def get(self, request: Request, name: str) -> Response:
        return Response(_with_acts(_found(request, name, "findings:read"), request))


class FindingActs(APIView):
    """Do something about a finding, as the person signed in or as who made the key."""

    @extend_schema(
        operation_id="findings_act",
        request=ActRequest,
        responses={
            201: OpenApiResponse(WITH_ACTS, "Done and in the ledger."),
            **doc.problems(400, 401, 403, 404, 409, 415, 422),
        },
    )
    def post(self, request: Request, name: str) -> Response:
        finding = _found(request, name, "findings:write")
        asked = ActRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        done = _VERBS[given["kind"]](given)(finding=finding, actor=person_behind(request), at=timezone.now())
        return Response(_with_acts(done, request), status=201)


def _assign(given: dict[str, Any]) -> Callable[..., Finding]:
    owner = Person.objects.filter(ref=given["owner"]).first()
    if owner is None:
        detail = "owner: give the reference of a person of the register, such as P-0007"
        raise ApiProblem(Problem("invalid", detail, 422, "/owner"))
    return lambda **who: acts.assign(owner=owner, **who)


def _fix(given: dict[str, Any]) -> Callable[..., Finding]:
    return lambda **who: acts.link_fix(
        kind=given["kind"],
        text=given["reason"],
        reference=given["reference"],
        effective=given["effective"],
        **who,
    )


_VERBS: dict[str, Callable[[dict[str, Any]], Callable[..., Finding]]] = {
    "assign": _assign,
    "judge": lambda given: lambda **who: acts.judge(disposition=given["disposition"], reason=given["reason"], **who),
    "cause": lambda given: lambda **who: acts.name_cause(cause=given["reason"], **who),
    "case_fix": _fix,
    "system_fix": _fix,
    "waive": lambda given: lambda **who: acts.waive(reason=given["reason"], until=given["until"], **who),
    "close": lambda given: lambda **who: acts.close(reason=given["reason"], **who),
    "reopen": lambda given: lambda **who: acts.reopen(reason=given["reason"], **who),
}
