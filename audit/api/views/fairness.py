"""Fairness of one use case for machines: both stages and the human step, held back exactly as on the pages."""

from datetime import timedelta
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import person_behind, use_case_for
from audit.api.problems import ApiProblem
from audit.api.views.measures import as_of_asked, window_asked
from audit.assurance.reading import AsOfNotPublished, check_published
from audit.events.keys import Bearer
from audit.events.problems import Problem
from audit.fairness.errors import FairnessError
from audit.fairness.live import GroupsForbidden, LiveFairness, read
from governance.models import UseCase, User

SCOPE = "fairness:read"
ASSESSMENT = doc.an_object(
    {
        "n": {"type": "integer"},
        "state": doc.nullable({"type": "string", "enum": ["pass", "attention", "insufficient_data"]}),
        "parameters": {"type": "object"},
        "groups": doc.a_list({"type": "object"}),
        "comparisons": doc.a_list({"type": "object"}),
        "unknown": {"type": "object"},
        "warnings": doc.a_list({"type": "object"}),
    }
)
STEP = doc.an_object(
    {
        "attribute": doc.TEXT,
        "metric": doc.TEXT,
        "group": doc.TEXT,
        "reference": doc.TEXT,
        "direction": doc.TEXT,
        "change": {"type": "object"},
        "gap_change": {"type": "object"},
        "ratio_change": {"type": "object"},
    },
    required=["attribute", "metric", "group", "reference", "direction"],
)
FAIRNESS = doc.an_object(
    {
        "use_case": doc.TEXT,
        "from": {"type": "string", "format": "date"},
        "to": {"type": "string", "format": "date"},
        "as_of": doc.nullable({"type": "integer"}),
        "simulated": {"type": "integer"},
        "proposal": ASSESSMENT,
        "final": ASSESSMENT,
        "human_step": doc.a_list(STEP),
    }
)
PARAMETERS = [
    OpenApiParameter("use_case", OpenApiTypes.STR, required=True),
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day; the last twelve months when left out."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last day, by the UTC date of the decision."),
    OpenApiParameter(
        "as_of", OpenApiTypes.INT, description="Checkpoint size: a month's last, or that of an issued report."
    ),
]


class FairnessView(APIView):
    """Differences between groups in the system's proposal and in what took effect, and what people changed.

    Counts of few are null, and cases are given out in parcels, as on the pages. The right to read group data is that
    of the person, or of who made the key; each reading is written down.
    """

    @extend_schema(
        operation_id="fairness_get",
        parameters=PARAMETERS,
        responses={200: FAIRNESS, **doc.problems(401, 403, 404, 422)},
    )
    def get(self, request: Request) -> Response:
        use_case = _use_case(request)
        since, until = window_asked(request)
        as_of = as_of_asked(request)
        actor = person_behind(request)
        try:
            if as_of is not None:
                check_published(use_case, as_of)
            found = read(
                use_case,
                actor=actor,
                purpose=_purpose(request, actor),
                at=timezone.now(),
                window=(since, until),
                as_of=as_of,
            )
        except GroupsForbidden as error:
            if isinstance(request.auth, Bearer):
                raise ApiProblem(Problem(error.code, "Who made this key may not read group data of it", 403)) from None
            raise Http404 from None
        except AsOfNotPublished as error:
            raise ApiProblem(Problem(error.code, str(error), 422, "/as_of")) from None
        except FairnessError as error:
            raise ApiProblem(Problem(error.code, str(error), 422, "/use_case")) from None
        days = {"from": since.isoformat(), "to": (until - timedelta(days=1)).isoformat(), "as_of": as_of}
        return Response({"use_case": use_case.ref, **days, **_figures(found)}, headers={"Cache-Control": "no-store"})


def _use_case(request: Request) -> UseCase:
    ref = request.query_params.get("use_case")
    if ref is None:
        problem = Problem("invalid", "use_case is missing: give its reference, such as UC-0001", 422, "/use_case")
        raise ApiProblem(problem)
    return use_case_for(request, ref, SCOPE)


def _purpose(request: Request, actor: User) -> str:
    return f"fairness by API, a key of {actor.name}" if isinstance(request.auth, Bearer) else "fairness by API"


def _figures(found: LiveFairness) -> dict[str, Any]:
    return {
        "simulated": found.simulated,
        "proposal": found.proposal.to_json(),
        "final": found.final.to_json(),
        "human_step": [step.to_json() for step in found.human_step],
    }
