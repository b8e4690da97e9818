"""What did not arrive, per source: the gap report."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import use_case_for
from audit.api.problems import ApiProblem
from audit.events.completeness import completeness
from audit.events.fields import Wrong, moment
from audit.events.holes import allowed_silence
from audit.events.problems import Problem

DEFAULT_PERIOD = timedelta(days=30)
SOURCES = doc.an_object(
    {
        "from": doc.TIME,
        "to": doc.TIME,
        "sources": doc.a_list(
            doc.an_object({"source": doc.TEXT, "received": {"type": "integer"}, "meaning": doc.TEXT})
        ),
    }
)


class CompletenessView(APIView):
    """Sequence gaps, declared against received, silence and clocks, by time of recording; the last 30 days."""

    @extend_schema(
        operation_id="use_cases_completeness",
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATETIME),
            OpenApiParameter("to", OpenApiTypes.DATETIME),
            OpenApiParameter(
                "silence_after",
                OpenApiTypes.INT,
                description="Seconds without any event; left out: what the policy in force allows.",
            ),
        ],
        responses={200: SOURCES, **doc.problems(401, 403, 404, 422)},
    )
    def get(self, request: Request, ref: str) -> Response:
        use_case = use_case_for(request, ref, "decisions:read", "events:write")
        until = _moment(request, "to") or timezone.now()
        since = _moment(request, "from") or until - DEFAULT_PERIOD
        if since >= until:
            raise ApiProblem(Problem("invalid", "from must lie before to", 422, "/from"))
        silence = request.query_params.get("silence_after", "")
        if silence and not (silence.isascii() and silence.isdigit() and 0 < int(silence) < 10**8):
            raise ApiProblem(Problem("invalid", "silence_after must be a number of seconds", 422, "/silence_after"))
        longest = timedelta(seconds=int(silence)) if silence else allowed_silence(use_case.pk, until)
        found = completeness(use_case, since=since, until=until, silence_after=longest)
        sources = [{**asdict(each), "meaning": each.meaning} for each in found]
        return Response({"from": since, "to": until, "sources": sources})


def _moment(request: Request, name: str) -> Any:
    given = request.query_params.get(name)
    if given is None:
        return None
    try:
        return moment(given.replace(" ", "+"))
    except Wrong as wrong:
        raise ApiProblem(Problem("invalid", f"{name} {wrong.detail}", 422, f"/{name}")) from None
