"""``POST /v1/logs``: OTLP/HTTP logs in JSON and protobuf, recorded like any other events."""

from datetime import datetime
from typing import Final

import msgspec

from audit.api import quota
from audit.api.intake import Answer, Call, Store, bearer_of, body_of, refusal_of
from audit.events import bodies, otlp
from audit.events.problems import Problem, Unreadable
from audit.events.record import ItemResult, record

JSON: Final = "application/json"
PROTOBUF: Final = "application/x-protobuf"


def take_logs(call: Call, *, at: datetime, store: Store = record) -> Answer:
    """Record the events of an OTLP request; ``200`` with ``partialSuccess`` names what was not taken.

    What came twice counts as taken, so that an exporter's retry ends.
    """
    media = call.headers["content-type"].split(";", 1)[0].strip().lower()
    try:
        bearer = bearer_of(call, at=at)
        if media not in (JSON, PROTOBUF):
            raise Unreadable(Problem("unsupported_media_type", f"Use {PROTOBUF} or {JSON}", 415))
        logs = (otlp.read_protobuf if media == PROTOBUF else otlp.read_json)(body_of(call))
        if len(logs) > bodies.MAX_EVENTS:
            raise Unreadable(Problem("too_many_events", f"A request may have {bodies.MAX_EVENTS} log records", 413))
        quota.take(bearer, len(logs), at=at)
        results = store([otlp.event_of(log) for log in logs], key=bearer, at=at)
    except Exception as error:
        return refusal_of(error, call)
    return _answer(results, media)


def _answer(results: list[ItemResult], media: str) -> Answer:
    refused = [(index, result.problem) for index, result in enumerate(results) if result.problem is not None]
    message = "; ".join(f"record {index}: {problem.detail}" for index, problem in refused[:5])
    if media == PROTOBUF:
        return Answer(200, otlp.answer_protobuf(len(refused), message), {"Content-Type": PROTOBUF})
    body = {"partialSuccess": {"rejectedLogRecords": str(len(refused)), "errorMessage": message} if refused else {}}
    return Answer(200, msgspec.json.encode(body), {"Content-Type": JSON})
