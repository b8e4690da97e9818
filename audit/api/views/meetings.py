"""Committee meetings for reading: what was on the agenda, what was resolved, and where the proof is."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import require_scope, use_case_for, visible_use_cases
from audit.api.pagination import PAGING, Pages, page_of
from audit.api.problems import ApiProblem
from audit.events.keys import Bearer
from audit.events.problems import Problem
from governance.committees.read import meetings_visible_to
from governance.models import AgendaItem, Meeting, Minutes

STATES = ["convened", "open", "closed", "cancelled"]
POINT = doc.an_object(
    {
        "number": {"type": "integer"},
        "kind": doc.TEXT,
        "title": doc.TEXT,
        "use_case": doc.nullable(doc.TEXT),
        "state": doc.TEXT,
        "digest": doc.TEXT,
        "resolution": doc.nullable(
            doc.an_object(
                {
                    "ref": doc.TEXT,
                    "outcome": doc.TEXT,
                    "ground": doc.TEXT,
                    "text": doc.TEXT,
                    "tally": {"type": "object"},
                    "decided_at": doc.TIME,
                    "expires_at": doc.nullable(doc.TIME),
                    "entry": doc.UUID,
                }
            )
        ),
    }
)
MEETING = doc.an_object(
    {
        "ref": doc.TEXT,
        "committee": doc.TEXT,
        "title": doc.TEXT,
        "form": doc.TEXT,
        "state": {"type": "string", "enum": STATES},
        "starts_at": doc.TIME,
        "deadline": doc.nullable(doc.TIME),
        "opened_at": doc.nullable(doc.TIME),
        "closed_at": doc.nullable(doc.TIME),
        "simulated": {"type": "boolean"},
        "pack_sha256": doc.nullable(doc.TEXT),
        "minutes": doc.nullable(
            doc.an_object({"ref": doc.TEXT, "data_sha256": doc.TEXT, "pdf_sha256": doc.TEXT, "entry": doc.UUID})
        ),
        "items": doc.a_list(POINT),
    }
)


class MeetingList(APIView):
    """Meetings of committees the caller may see; a key gets those on its use cases, and only those points."""

    @extend_schema(
        operation_id="meetings_list",
        parameters=[
            OpenApiParameter("use_case", OpenApiTypes.STR, description="Only meetings that deal with it."),
            OpenApiParameter("state", enum=STATES),
            *PAGING,
        ],
        responses={200: page_of(MEETING), **doc.problems(401, 403, 404, 422)},
    )
    def get(self, request: Request) -> Response:
        require_scope(request, "register:read")
        rows = _meetings(request)
        given = request.query_params
        if "state" in given:
            if given["state"] not in STATES:
                raise ApiProblem(Problem("invalid", f"state is one of {', '.join(STATES)}", 422, "/state"))
            rows = rows.filter(state=given["state"])
        if "use_case" in given:
            wanted = use_case_for(request, given["use_case"], "register:read")
            rows = rows.filter(items__use_case=wanted).distinct()
        pages = Pages()
        page = pages.paginate_queryset(rows.order_by("-starts_at", "-ref"), request)
        return pages.get_paginated_response([meeting_json(row) for row in page or []])


def meeting_json(meeting: Meeting) -> dict[str, Any]:
    """One meeting as the API gives it."""
    pack = getattr(meeting, "pack", None)
    minutes = getattr(meeting, "minutes", None)
    return {
        "ref": meeting.ref,
        "committee": meeting.committee.ref,
        "title": meeting.title,
        "form": meeting.form,
        "state": meeting.state,
        "starts_at": _time(meeting.starts_at),
        "deadline": _time(meeting.deadline),
        "opened_at": _time(meeting.opened_at),
        "closed_at": _time(meeting.closed_at),
        "simulated": meeting.simulated,
        "pack_sha256": pack.sha256 if pack else None,
        "minutes": _minutes(minutes) if minutes else None,
        "items": [_point(item) for item in meeting.shown],  # type: ignore[attr-defined]
    }


def _meetings(request: Request) -> QuerySet[Meeting]:
    items = AgendaItem.objects.select_related("use_case", "resolution").order_by("number")
    if isinstance(request.auth, Bearer):
        seen = visible_use_cases(request)
        items = items.filter(use_case__in=seen)
        rows = Meeting.objects.filter(items__use_case__in=seen).distinct()
    else:
        rows = meetings_visible_to(request.user)
    heavy = ("pack__data", "minutes__data", "minutes__pdf", "minutes__signed_pdf")
    found = rows.select_related("committee", "pack", "minutes").defer(*heavy)
    return found.prefetch_related(Prefetch("items", queryset=items, to_attr="shown"))


def _minutes(minutes: Minutes) -> dict[str, str]:
    return {
        "ref": minutes.ref,
        "data_sha256": minutes.data_sha256,
        "pdf_sha256": minutes.pdf_sha256,
        "entry": str(minutes.entry),
    }


def _point(item: AgendaItem) -> dict[str, Any]:
    resolution = getattr(item, "resolution", None)
    return {
        "number": item.number,
        "kind": item.kind,
        "title": item.title,
        "use_case": item.use_case.ref if item.use_case else None,
        "state": item.state,
        "digest": item.digest,
        "resolution": {
            "ref": resolution.ref,
            "outcome": resolution.outcome,
            "ground": resolution.ground,
            "text": resolution.text,
            "tally": resolution.tally,
            "decided_at": _time(resolution.decided_at),
            "expires_at": _time(resolution.expires_at),
            "entry": str(resolution.entry),
        }
        if resolution
        else None,
    }


def _time(moment: Any) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
