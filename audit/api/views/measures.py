"""Measures of oversight: one use case, one window, every figure with what it takes to believe it."""

from datetime import UTC, date, timedelta

from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import use_case_for
from audit.api.problems import ApiProblem
from audit.api.views.events import AnyFormat
from audit.assurance.export import reading_csv, reading_json
from audit.assurance.reading import AsOfNotPublished, Reading, read
from audit.events.groups import log_reading
from audit.events.keys import Bearer
from audit.events.problems import Problem
from audit.oversight.aggregates import NotWholeMonths
from audit.oversight.contribution import DIMENSIONS
from governance.access import may_read_groups, may_read_reviewers
from governance.models import UseCase, User

A_YEAR = timedelta(days=365)
SCOPE = "measures:read"
NUMBER = doc.nullable({"type": "number"})
COUNT = {"type": "integer"}
INTERVAL = doc.an_object({"low": {"type": "number"}, "high": {"type": "number"}, "level": {"type": "number"}})
MEASURE = doc.an_object(
    {
        "id": doc.TEXT,
        "title": doc.TEXT,
        "pillar": doc.TEXT,
        "available": {"type": "boolean"},
        "withheld": {"type": "boolean"},
        "value": NUMBER,
        "unit": doc.TEXT,
        "n": COUNT,
        "interval": doc.nullable(INTERVAL),
        "reading": {"type": "string", "enum": ["supports", "contradicts", "insufficient"]},
        "missing_share": NUMBER,
        "evidence_grade": {"type": "string", "enum": ["A", "B", "C"]},
        "needed_n": doc.nullable(COUNT),
        "method_version": doc.TEXT,
        "text": doc.TEXT,
        "template": doc.TEXT,
        "parameters": {"type": "object"},
        "parts": doc.a_list({"type": "object"}),
    }
)
READING = doc.an_object(
    {
        "use_case": doc.TEXT,
        "from": doc.nullable({"type": "string", "format": "date"}),
        "to": doc.nullable({"type": "string", "format": "date"}),
        "as_of": doc.nullable(COUNT),
        "filter": {"type": "object"},
        "decisions": COUNT,
        "simulated": COUNT,
        "months_left_out": doc.a_list(doc.TEXT),
        "measures": doc.a_list(MEASURE),
        "not_yet_measured": doc.a_list({"type": "object"}),
        "pillars": doc.a_list({"type": "object"}),
        "claims": doc.a_list({"type": "object"}),
    }
)
PARAMETERS = [
    OpenApiParameter("use_case", OpenApiTypes.STR, required=True),
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day; the last twelve months when left out."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last day. Windows are widened to whole months (UTC)."),
    *(
        OpenApiParameter(name, OpenApiTypes.STR, description="Only decisions of this value; one filter at a time.")
        for name in DIMENSIONS
    ),
    OpenApiParameter(
        "as_of", OpenApiTypes.INT, description="Checkpoint size: a month's last, or that of an issued report."
    ),
]


class MeasuresView(APIView):
    """Every measure of one use case, with n, interval, window, method version, missing share, grade and reading."""

    @extend_schema(
        operation_id="measures_get",
        parameters=PARAMETERS,
        responses={200: READING, **doc.problems(401, 403, 404, 422)},
    )
    def get(self, request: Request) -> Response:
        return Response(reading_json(_reading(request)))


class MeasuresFile(APIView):
    """The same as a file: ``measures.csv`` or ``measures.json``; no cell is a formula."""

    content_negotiation_class = AnyFormat

    @extend_schema(
        operation_id="measures_file",
        parameters=PARAMETERS,
        responses={
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "One line for each measure and each part."),
            (200, "application/json"): READING,
            **doc.problems(401, 403, 404, 422),
        },
    )
    def get(self, request: Request, kind: str) -> HttpResponse:
        if kind not in ("csv", "json"):
            raise Http404
        reading = _reading(request)
        name = f'attachment; filename="measures-{reading.use_case.ref}.{kind}"'
        if kind == "json":
            return Response(
                reading_json(reading), headers={"Content-Disposition": name}, content_type="application/json"
            )
        return HttpResponse(
            reading_csv([reading]), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
        )


def _reading(request: Request) -> Reading:
    given = request.query_params
    if "use_case" not in given:
        raise ApiProblem(
            Problem("invalid", "use_case is missing: give its reference, such as UC-0001", 422, "/use_case")
        )
    use_case = use_case_for(request, given["use_case"], SCOPE)
    groups, reviewers = _rights(request, use_case)
    since, until = window_asked(request)
    try:
        return read(
            use_case,
            window=(since, until),
            as_of=as_of_asked(request),
            cut=_cut(request),
            groups=groups,
            reviewers=reviewers,
        )
    except AsOfNotPublished as error:
        raise ApiProblem(Problem(error.code, str(error), 422, "/as_of")) from None
    except NotWholeMonths as error:
        raise ApiProblem(Problem(error.code, str(error), 422, "/from")) from None


def _rights(request: Request, use_case: UseCase) -> tuple[bool, bool]:
    """A key has neither right; a person's reading of group figures is written down."""
    if isinstance(request.auth, Bearer) or not isinstance(request.user, User):
        return False, False
    groups = may_read_groups(request.user, use_case)
    if groups:
        log_reading(use_case=use_case, actor=request.user, purpose="measures of oversight", at=timezone.now())
    return groups, may_read_reviewers(request.user, use_case)


def window_asked(request: Request) -> tuple[date, date]:
    """Return the first day of a window and the day after its last; the last twelve months unless told."""
    until = _day(request, "to") or timezone.now().astimezone(UTC).date()
    since = _day(request, "from") or until - A_YEAR
    if since > until:
        raise ApiProblem(Problem("invalid", "from must not lie after to", 422, "/from"))
    return since, until + timedelta(days=1)


def _day(request: Request, name: str) -> date | None:
    given = request.query_params.get(name)
    if given is None:
        return None
    try:
        found = date.fromisoformat(given)
    except ValueError:
        raise ApiProblem(Problem("invalid", f"{name} must be a day such as 2026-11-21", 422, f"/{name}")) from None
    if not 1900 <= found.year <= 9000:
        raise ApiProblem(Problem("invalid", f"{name} must lie between 1900 and 9000", 422, f"/{name}"))
    return found


def as_of_asked(request: Request) -> int | None:
    """Return the checkpoint that figures are asked as of."""
    given = request.query_params.get("as_of")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise ApiProblem(Problem("invalid", "as_of must be the size of a signed checkpoint", 422, "/as_of"))
    return int(given)


def _cut(request: Request) -> tuple[str, str] | None:
    named = [(name, request.query_params[name]) for name in DIMENSIONS if request.query_params.get(name)]
    if len(named) > 1:
        names = ", ".join(DIMENSIONS)
        raise ApiProblem(Problem("invalid", f"one filter at a time: {names}", 422, f"/{named[1][0]}"))
    if named and ("\x00" in named[0][1] or len(named[0][1]) > 200):
        raise ApiProblem(Problem("invalid", f"{named[0][0]} is no value of a decision", 422, f"/{named[0][0]}"))
    return named[0] if named else None
