"""The review queue for machines: list, take, give back, decide; and one-time tokens at the gate."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import person_behind, require_scope, use_case_for
from audit.api.pagination import PAGING, Pages, page_of
from audit.evaluation.tokens import issue_token, redeem_token
from audit.events.keys import Bearer
from audit.models import ReviewTask
from audit.reviews import acts, asserted
from audit.reviews.presenting import withheld
from audit.reviews.reading import tasks_visible_to
from audit.reviews.submitting import OUTCOMES, Opinion, submit, submit_as
from governance.access import Invalid
from governance.models import Person

TASK = doc.an_object(
    {
        "id": doc.UUID,
        "review_id": doc.TEXT,
        "use_case": doc.TEXT,
        "decision_id": doc.TEXT,
        "state": {"type": "string", "enum": ["open", "claimed", "submitted", "expired", "closed"]},
        "digest": doc.nullable(doc.TEXT),
        "policy": doc.TEXT,
        "wanted": doc.a_list(doc.TEXT),
        "desk": doc.nullable(doc.TEXT),
        "priority": {"type": "integer"},
        "claimed_by": doc.nullable(doc.TEXT),
        "opened_at": doc.TIME,
        "due_at": doc.nullable(doc.TIME),
        "ended_at": doc.nullable(doc.TIME),
        "ended_why": doc.nullable(doc.TEXT),
        "outcome": doc.nullable(doc.TEXT),
        "own_first": {"type": "boolean"},
        "simulated": {"type": "boolean"},
    }
)
SUBMITTED = doc.an_object({"task": TASK, "entry": doc.UUID, "late": {"type": "boolean"}})
TOKEN = doc.an_object({"token": doc.TEXT, "digest": doc.TEXT, "expires_at": doc.TIME})
REDEEMED = doc.an_object({"digest": doc.TEXT, "redeemed_at": doc.TIME})


class ActorRequest(serializers.Serializer[Any]):
    """Who acts, by pseudonym: a key has to say it, and it is marked as asserted; a person is who is signed in."""

    actor = serializers.CharField(max_length=60, required=False)


class SubmitRequest(ActorRequest):
    """What the reviewer says. ``final`` is the action to execute instead, with its ``value``."""

    outcome = serializers.ChoiceField(choices=OUTCOMES)
    digest = serializers.CharField(max_length=255, required=False, default="")
    final = serializers.DictField(required=False, default=dict)
    reason_code = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    reason_text = serializers.CharField(required=False, default="", allow_blank=True)
    extra_information = serializers.CharField(required=False, default="", allow_blank=True)
    refer_to = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    answers = serializers.ListField(child=serializers.CharField(), required=False, default=list)
    conflict = serializers.BooleanField(required=False, default=False)
    active_ms = serializers.IntegerField(required=False, min_value=0, allow_null=True, default=None)


class DigestRequest(serializers.Serializer[Any]):
    """The digest of the action to be executed, as the gate gives it."""

    digest = serializers.CharField(max_length=255)


class TokenRequest(serializers.Serializer[Any]):
    """The token as it was given out."""

    token = serializers.CharField(max_length=100)


class ReviewList(APIView):
    """Reviews, the most pressing first; ``?use_case=`` and ``?state=`` narrow the list."""

    @extend_schema(
        operation_id="reviews_list", parameters=PAGING, responses={200: page_of(TASK), **doc.problems(401, 403)}
    )
    def get(self, request: Request) -> Response:
        rows = _visible(request, "reviews:read", "reviews:write").order_by("-priority", "opened_at", "pk")
        if "use_case" in request.query_params:
            rows = rows.filter(use_case__ref=request.query_params["use_case"])
        if "state" in request.query_params:
            rows = rows.filter(state=request.query_params["state"])
        pages = Pages()
        found: list[ReviewTask] = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([task_json(task) for task in found])


class ReviewView(APIView):
    """One review."""

    @extend_schema(operation_id="reviews_get", responses={200: TASK, **doc.problems(401, 403, 404)})
    def get(self, request: Request, task: UUID) -> Response:
        return Response(task_json(visible_task(request, task, "reviews:read", "reviews:write")))


class ReviewClaim(APIView):
    """Take a review, or with DELETE put it back."""

    @extend_schema(
        operation_id="reviews_claim",
        request=ActorRequest,
        responses={200: TASK, **doc.problems(401, 403, 404, 409, 422)},
    )
    def post(self, request: Request, task: UUID) -> Response:
        found = visible_task(request, task, "reviews:write")
        now = timezone.now()
        if isinstance(request.auth, Bearer):
            return Response(task_json(asserted.claim_as(task=found, person=_actor(request), at=now)))
        return Response(task_json(acts.claim(task=found, actor=person_behind(request), at=now)))

    @extend_schema(
        operation_id="reviews_release", request=ActorRequest, responses={200: TASK, **doc.problems(401, 403, 404, 409)}
    )  # fmt: skip
    def delete(self, request: Request, task: UUID) -> Response:
        found = visible_task(request, task, "reviews:write")
        now = timezone.now()
        if isinstance(request.auth, Bearer):
            return Response(task_json(asserted.release_as(task=found, person=_actor(request), at=now)))
        return Response(task_json(acts.release(task=found, actor=person_behind(request), at=now)))


class ReviewSubmit(APIView):
    """Decide: the answer carries the ledger entry, and says when the decision came too late to have an effect."""

    @extend_schema(
        operation_id="reviews_submit",
        request=SubmitRequest,
        responses={201: OpenApiResponse(SUBMITTED, "Recorded."), **doc.problems(401, 403, 404, 409, 422)},
    )
    def post(self, request: Request, task: UUID) -> Response:
        found = visible_task(request, task, "reviews:write")
        asked = SubmitRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        given = {name: value for name, value in asked.validated_data.items() if name != "actor"}
        now = timezone.now()
        if isinstance(request.auth, Bearer):
            opinion = Opinion(**given, authn="asserted")
            result = submit_as(task=found, opinion=opinion, person=_actor(request), at=now)
        else:
            result = submit(task=found, opinion=Opinion(**given), actor=person_behind(request), at=now)
        body = {"task": task_json(result.task), "entry": str(result.receipt.entry), "late": result.late}
        return Response(body, status=201)


class GateToken(APIView):
    """A one-time token for the action the gate opened for."""

    @extend_schema(
        operation_id="decisions_gate_token",
        request=DigestRequest,
        responses={201: OpenApiResponse(TOKEN, "Good for ten minutes."), **doc.problems(401, 403, 404, 409, 422)},
    )
    def post(self, request: Request, ref: str, decision_id: str) -> Response:
        use_case = use_case_for(request, ref, "gate:write")
        asked = DigestRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        key = request.auth.id if isinstance(request.auth, Bearer) else None
        if key is None:
            raise Http404  # tokens are for systems
        digest, now = asked.validated_data["digest"], timezone.now()
        row, token = issue_token(use_case=use_case, decision_id=decision_id, digest=digest, key=key, at=now)
        body = {"token": token, "digest": row.action_digest, "expires_at": row.expires_at.isoformat()}
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


class GateRedeem(APIView):
    """Hand a token in, immediately before executing."""

    @extend_schema(
        operation_id="decisions_gate_redeem",
        request=TokenRequest,
        responses={200: REDEEMED, **doc.problems(401, 403, 404, 409, 422)},
    )
    def post(self, request: Request, ref: str, decision_id: str) -> Response:
        use_case = use_case_for(request, ref, "gate:write")
        if not isinstance(request.auth, Bearer):
            raise Http404
        asked = TokenRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        row = redeem_token(
            use_case=use_case, decision_id=decision_id, token=asked.validated_data["token"], at=timezone.now()
        )
        return Response({"digest": row.action_digest, "redeemed_at": row.redeemed_at})


def _visible(request: Request, *scopes: str) -> Any:
    require_scope(request, *scopes)
    if isinstance(request.auth, Bearer):
        mine = {name.id for name in request.auth.use_cases.values()}
        return ReviewTask.objects.filter(use_case__in=mine).select_related("use_case", "claimed_by")
    return tasks_visible_to(person_behind(request))


def visible_task(request: Request, key: UUID, *scopes: str) -> ReviewTask:
    """Return the task the caller may see: 403 for a key without one of ``scopes``, 404 for what is not theirs."""
    found: ReviewTask | None = _visible(request, *scopes).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _actor(request: Request) -> Person:
    asked = ActorRequest(data=request.data)
    asked.is_valid(raise_exception=True)
    return actor_named(asked.validated_data.get("actor", ""))


def actor_named(name: str) -> Person:
    """Return the person of the register a key speaks for; raises :class:`Invalid`."""
    found = Person.objects.filter(pseudonym=name).select_related("user").first() if name else None
    if found is None:
        raise Invalid("Name the reviewer by a pseudonym of the register", field="actor")
    return found


def task_json(task: ReviewTask) -> dict[str, Any]:
    """One review as the API gives it; while a judgement comes first, not even the proposal's fingerprint."""
    return {
        "id": str(task.pk),
        "review_id": task.review_id,
        "use_case": task.use_case.ref,
        "decision_id": task.decision_id,
        "state": task.state,
        "digest": None if withheld(task) else task.action_digest or None,
        "policy": task.policy_ref,
        "wanted": task.wanted,
        "desk": task.desk or None,
        "priority": task.priority,
        "claimed_by": task.claimed_by.pseudonym if task.claimed_by else None,
        "opened_at": task.opened_at.isoformat(),
        "due_at": task.due_at.isoformat() if task.due_at else None,
        "ended_at": task.ended_at.isoformat() if task.ended_at else None,
        "ended_why": task.ended_why or None,
        "outcome": None if task.blind and task.state == "submitted" else task.outcome or None,
        "own_first": task.own_first,
        "simulated": task.simulated,
    }
