"""Events in: the Django side of :mod:`audit.api.intake`."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from audit.api import documentation, intake, otlp


class AnyFormat(DefaultContentNegotiation):
    """The answer is JSON whatever the client would like best."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Untouched(BaseParser):
    """Only documents that any body is taken: intake reads the bytes itself."""

    media_type = "application/cloudevents+json"


class BatchUntouched(Untouched):
    media_type = "application/cloudevents-batch+json"


class LinesUntouched(Untouched):
    media_type = "application/x-ndjson"


def respond(answer: intake.Answer) -> HttpResponse:
    """Return intake's answer as Django's."""
    return HttpResponse(answer.body, status=answer.status, headers=answer.headers)


class EventsView(APIView):
    """Takes one event or many. A 2xx means committed, with the ledger entry."""

    authentication_classes: tuple[Any, ...] = ()  # intake asks for the key itself, also in front of Django
    permission_classes: tuple[Any, ...] = ()
    parser_classes = (Untouched, BatchUntouched, LinesUntouched)
    content_negotiation_class = AnyFormat

    @extend_schema(
        operation_id="events_create",
        request={
            "application/cloudevents+json": documentation.CLOUD_EVENT,
            "application/cloudevents-batch+json": documentation.CLOUD_EVENTS,
            "application/x-ndjson": OpenApiTypes.BINARY,
        },
        parameters=[
            OpenApiParameter("atomic", OpenApiTypes.BOOL, description="All events or none."),
            OpenApiParameter("wait", enum=["checkpoint"], description="Answer under a signed checkpoint, with proof."),
        ],
        responses={
            200: OpenApiResponse(documentation.RECEIPT, "One event that was recorded before: its first receipt."),
            201: OpenApiResponse(documentation.RECEIPT_OR_ITEMS, "Committed."),
            207: OpenApiResponse(documentation.ITEMS, "Many: some were refused, the others are committed."),
            **documentation.problems(400, 401, 403, 408, 409, 410, 413, 415, 422, 429, 503),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        return respond(intake.take_events(intake.call_of(environment(request._request)), at=timezone.now()))


class LogsProtobuf(Untouched):
    media_type = "application/x-protobuf"


class LogsJson(Untouched):
    media_type = "application/json"


class LogsView(APIView):
    """OTLP/HTTP logs, as OpenTelemetry exporters send them."""

    authentication_classes: tuple[Any, ...] = ()
    permission_classes: tuple[Any, ...] = ()
    parser_classes = (LogsProtobuf, LogsJson)
    content_negotiation_class = AnyFormat

    @extend_schema(
        operation_id="otlp_logs",
        request={"application/x-protobuf": OpenApiTypes.BINARY, "application/json": OpenApiTypes.OBJECT},
        responses={
            200: OpenApiResponse(OpenApiTypes.OBJECT, "Committed; partialSuccess names what was not taken."),
            **documentation.problems(400, 401, 403, 408, 413, 415, 429, 503),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        return respond(otlp.take_logs(intake.call_of(environment(request._request)), at=timezone.now()))


def environment(request: HttpRequest) -> dict[str, Any]:
    """Return the WSGI environment of a Django request."""
    return dict(request.environ)  # type: ignore[attr-defined]
