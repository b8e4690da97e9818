"""OTLP logs to events: a log record with an event name is one event, its body (a map or JSON text) the data.

Names read: ``event.id``, ``event.source``, ``usecase``, ``simulated``, ``drill``, ``sequence`` (also under
``cloudevents.event_*``, the OpenTelemetry semantic convention), on the record or on its resource; the source falls
back to ``service.name``. A record without an id gets the SHA-256 of its own bytes, so that a retry is a duplicate.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from audit.events import schema
from audit.events.bodies import Parsed
from audit.events.problems import Problem, Unreadable

_CONVENTION = {"id": "event_id", "source": "event_source", "type": "event_type", "subject": "event_subject"}
_EXTENSIONS = ("usecase", "sequence", "simulated", "drill", "subject", "traceparent")


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One log record in OTLP's JSON shape, with its resource's attributes; ``raw`` are its bytes."""

    record: Mapping[str, Any]
    resource: Mapping[str, Any]
    raw: bytes


def read_json(body: bytes) -> list[LogRecord]:
    """Read an ExportLogsServiceRequest in OTLP JSON; raises :class:`Unreadable` (400)."""
    try:
        request = msgspec.json.Decoder(float_hook=schema.finite).decode(body)
        return [
            LogRecord(record, resource, msgspec.json.Encoder(order="sorted", decimal_format="number").encode(record))
            for record, resource in _walk(request)
        ]
    except (ValueError, RecursionError, AttributeError, TypeError):
        raise _not_otlp("JSON") from None


def read_protobuf(body: bytes) -> list[LogRecord]:
    """Read the same in protobuf; raises :class:`Unreadable` (400, or 415 when the ``otel`` extra is missing)."""
    try:
        from google.protobuf.json_format import MessageToDict
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    except ImportError:
        raise Unreadable(Problem("unsupported_media_type", "Protobuf needs the extra 'otel'; send JSON", 415)) from None
    request = ExportLogsServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError:
        raise _not_otlp("protobuf") from None
    return [
        LogRecord(
            MessageToDict(record),
            _attributes(MessageToDict(of_resource.resource).get("attributes")),
            record.SerializeToString(deterministic=True),
        )
        for of_resource in request.resource_logs
        for of_scope in of_resource.scope_logs
        for record in of_scope.log_records
    ]


def answer_protobuf(rejected: int, message: str) -> bytes:
    """Return an ExportLogsServiceResponse in protobuf."""
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse

    answer = ExportLogsServiceResponse()
    if rejected:
        answer.partial_success.rejected_log_records = rejected
        answer.partial_success.error_message = message
    return bytes(answer.SerializeToString())


def event_of(log: LogRecord) -> Parsed:
    """Return the event a log record carries, or the problem with it."""
    own = _attributes(log.record.get("attributes"))
    attributes = {**log.resource, **own}
    kind = log.record.get("eventName") or own.get("event.name") or own.get("cloudevents.event_type")
    if not kind:
        return Problem("invalid_event", "The log record has no event name, so it is no event", 422, "/eventName")
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(_named(own, "id") or hashlib.sha256(log.raw).hexdigest()),
        "source": _named(attributes, "source") or attributes.get("service.name"),
        "type": str(kind),
        "data": _body(log.record.get("body")),
    }
    nanoseconds = int(log.record.get("timeUnixNano") or log.record.get("observedTimeUnixNano") or 0)
    if nanoseconds:
        event["time"] = datetime.fromtimestamp(nanoseconds // 1000 / 1_000_000, UTC).isoformat()
    for name in _EXTENSIONS:
        given = attributes.get(name, attributes.get(f"cloudevents.event_{name}"))
        if given is not None:
            event[name] = given
    return schema.read(event)


def _named(attributes: Mapping[str, Any], name: str) -> Any:
    return attributes.get(f"event.{name}") or attributes.get(f"cloudevents.{_CONVENTION[name]}")


def _walk(request: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for of_resource in request.get("resourceLogs", ()):
        resource = _attributes(of_resource.get("resource", {}).get("attributes"))
        for of_scope in of_resource.get("scopeLogs", ()):
            for record in of_scope.get("logRecords", ()):
                yield dict(record), resource


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair["key"]: _value(pair.get("value", {})) for pair in pairs or () if "key" in pair}


def _value(value: Mapping[str, Any]) -> Any:
    """An OTLP AnyValue as plain JSON."""
    if "kvlistValue" in value:
        return _attributes(value["kvlistValue"].get("values"))
    if "arrayValue" in value:
        return [_value(each) for each in value["arrayValue"].get("values", ())]
    if "intValue" in value:
        return int(value["intValue"])
    return next(
        (value[name] for name in ("stringValue", "boolValue", "doubleValue", "bytesValue") if name in value), None
    )


def _body(value: Any) -> Any:
    plain = _value(value) if isinstance(value, Mapping) else None
    if isinstance(plain, str):
        try:
            return msgspec.json.Decoder(float_hook=schema.finite).decode(plain.encode())
        except (ValueError, RecursionError):
            return plain
    return plain


def _not_otlp(form: str) -> Unreadable:
    return Unreadable(Problem("unparsable", f"The body is not an ExportLogsServiceRequest in {form}", 400))
