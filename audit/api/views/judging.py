"""A reviewer's own judgement first: the case without the proposal, the judgement, then the case with it."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import person_behind
from audit.api.views.reviews import TASK as TASK_SCHEMA
from audit.api.views.reviews import ActorRequest, actor_named, task_json, visible_task
from audit.events.keys import Bearer
from audit.models import ReviewTask
from audit.reviews import acts, asserted
from audit.reviews.presenting import shown

CASE = doc.an_object(
    {
        "task": TASK_SCHEMA,
        "withheld": {"type": "boolean"},
        "judgement": doc.nullable(doc.TEXT),
        "proposal": doc.nullable(
            doc.an_object(
                {
                    "value": doc.nullable(doc.TEXT),
                    "digest": doc.nullable(doc.TEXT),
                    "confidence": doc.nullable({"type": "number"}),
                    "rationale": doc.nullable(doc.TEXT),
                    "options": doc.a_list(doc.TEXT),
                }
            )
        ),
        "fields": {"type": "object"},
        "evidence": doc.a_list(doc.TEXT),
        "prompts": doc.a_list(doc.TEXT),
        "reason_codes": doc.a_list(doc.TEXT),
    }
)


class JudgementRequest(ActorRequest):
    """What the reviewer would decide, in their own words, before they know the proposal; kept for ever, unchanged."""

    judgement = serializers.CharField(max_length=1000)


class ReviewCase(APIView):
    """The case as whoever holds the review may see it now.

    Where the policy asks for the reviewer's own judgement first, ``withheld`` is true and ``proposal`` null until
    ``POST .../judgement``; ``digest`` is null as long. A key that may also read decisions can read the proposal there:
    a system that shows cases to reviewers should have a key that cannot.
    """

    @extend_schema(
        operation_id="reviews_case",
        parameters=[OpenApiParameter("actor", OpenApiTypes.STR, description="Who holds the review, by pseudonym.")],
        responses={200: CASE, **doc.problems(401, 403, 404, 409, 422)},
    )
    def get(self, request: Request, task: UUID) -> Response:
        found, now = visible_task(request, task, "reviews:write"), timezone.now()
        if isinstance(request.auth, Bearer):
            person = actor_named(request.query_params.get("actor", ""))
            held = asserted.held_by(task=found, person=person, at=now)
        else:
            held = acts.show(task=found, actor=person_behind(request), at=now)
        return Response(_json(held))


class ReviewJudgement(APIView):
    """Keep the reviewer's own judgement; the answer shows the proposal, and ``submit`` is open from now on."""

    @extend_schema(
        operation_id="reviews_judge",
        request=JudgementRequest,
        responses={201: OpenApiResponse(CASE, "Kept."), **doc.problems(400, 401, 403, 404, 409, 415, 422)},
    )
    def post(self, request: Request, task: UUID) -> Response:
        found, now = visible_task(request, task, "reviews:write"), timezone.now()
        asked = JudgementRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data["judgement"]
        if isinstance(request.auth, Bearer):
            person = actor_named(asked.validated_data.get("actor", ""))
            judged = asserted.judge_as(task=found, judgement=said, person=person, at=now)
        else:
            judged = acts.judge(task=found, judgement=said, actor=person_behind(request), at=now)
        return Response(_json(judged), status=201)


def _json(task: ReviewTask) -> dict[str, Any]:
    seen = shown(task)
    proposal = seen.proposal
    return {
        "task": task_json(task),
        "withheld": seen.withheld,
        "judgement": seen.judgement or None,
        "proposal": None
        if proposal is None
        else {
            "value": proposal.value,
            "digest": proposal.digest,
            "confidence": proposal.confidence,
            "rationale": proposal.rationale,
            "options": list(proposal.options),
        },
        "fields": dict(seen.fields),
        "evidence": list(seen.evidence),
        "prompts": list(seen.prompts),
        "reason_codes": list(seen.reason_codes),
    }
