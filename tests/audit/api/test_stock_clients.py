"""Stock clients, unchanged, deliver: the official CloudEvents SDK and a stock OpenTelemetry exporter."""

import json
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

from audit.api.views import events as views
from audit.events.record import Overloaded, record
from audit.ledger import log
from audit.models import Event
from tests.audit.events.samples import SOURCE, proposed, reviewed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]


def by_sdk(sent: dict) -> CloudEvent:
    attributes = {name: value for name, value in sent.items() if name not in ("data", "time")}
    attributes |= {"time": datetime.fromisoformat(sent["time"]), "datacontenttype": "application/json"}
    return CloudEvent(attributes, sent["data"])


def test_the_official_sdk_delivers_in_structured_binary_and_batched_mode(send):
    structured = to_structured(by_sdk(proposed("A")), JSONFormat())
    binary = to_binary(by_sdk(proposed("B")), JSONFormat())
    for message in (structured, binary):
        headers = {name: value for name, value in message.headers.items() if name.lower() != "content-type"}
        media = next(value for name, value in message.headers.items() if name.lower() == "content-type")
        assert send(bytes(message.body), media=media, **headers).status_code == 201
    parts = [to_structured(by_sdk(each), JSONFormat()).body for each in (proposed("C"), reviewed("C"))]
    answer = send(b"[" + b",".join(parts) + b"]", media="application/cloudevents-batch+json")
    assert answer.status_code == 201
    assert set(Event.objects.values_list("decision_id", flat=True)) == {"A", "B", "C"}
    assert not Event.objects.filter(quarantined=True).exists()


@pytest.fixture
def exporter(live_server, key):
    """A provider with a stock batch processor and exporter."""

    def make(**options):
        provider = LoggerProvider(Resource.create({"service.name": SOURCE}), shutdown_on_exit=False)
        target = f"{live_server.url}/v1/logs"
        headers = {"Authorization": f"Bearer {key}"}
        provider.add_log_record_processor(
            BatchLogRecordProcessor(OTLPLogExporter(target, headers=headers, **options), schedule_delay_millis=50)
        )
        return provider

    return make


def emit(provider, sent: dict, **attributes) -> None:
    provider.get_logger("app").emit(
        LogRecord(
            timestamp=int(datetime.fromisoformat(sent["time"]).timestamp() * 1e9),
            event_name=sent["type"],
            body=sent["data"],
            attributes=attributes,
        )
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_a_stock_opentelemetry_exporter_delivers(exporter, compression):
    provider = exporter(compression=compression)
    emit(provider, proposed("A"), **{"event.id": "first"})
    emit(provider, proposed("B", confidence=0.25))
    emit(provider, reviewed("B", active_ms=5000))
    provider.shutdown()
    assert Event.objects.count() == 3
    row = Event.objects.get(event_id="first")
    assert (row.source, row.type, row.decision_id) == (SOURCE, "ai.oversight.decision.v1", "A")
    assert row.time == datetime(2026, 11, 20, 9, 14, 31, tzinfo=UTC)
    assert json.loads(log.payload(row.pk))["data"] == proposed("A")["data"]


@pytest.mark.django_db(transaction=True)
def test_a_stock_exporter_obeys_503_and_its_retry_never_doubles(exporter, monkeypatch):
    """The first answer is lost after the commit, the second is a 503; the third tells of duplicates."""
    tries = []

    def take(call, *, at, real=views.otlp.take_logs):
        def store(*args, **kwargs):
            tries.append(1)
            if len(tries) == 1:
                record(*args, **kwargs)
            if len(tries) <= 2:
                raise Overloaded("again")
            return record(*args, **kwargs)

        return real(call, at=at, store=store)

    monkeypatch.setattr(views.otlp, "take_logs", take)
    provider = exporter()
    emit(provider, proposed("A"))
    provider.force_flush(20_000)
    provider.shutdown()
    assert len(tries) == 3
    assert Event.objects.count() == 1


def test_otlp_json_names_what_was_not_taken(client, key):
    records = [
        {
            "timeUnixNano": "1763629200000000000",
            "eventName": "ai.oversight.decision.v1",
            "attributes": [{"key": "event.id", "value": {"stringValue": "j1"}}],
            "body": {"stringValue": json.dumps(proposed()["data"])},
        },
        {"body": {"stringValue": "just a line of text"}},
    ]
    resource = {"attributes": [{"key": "event.source", "value": {"stringValue": SOURCE}}]}
    body = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}
    headers = {"Authorization": f"Bearer {key}"}
    answer = client.post("/v1/logs", body, content_type="application/json", headers=headers)
    assert answer.status_code == 200
    assert answer.json()["partialSuccess"]["rejectedLogRecords"] == "1"
    assert "record 1" in answer.json()["partialSuccess"]["errorMessage"]
    assert Event.objects.get().event_id == "j1"


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"nonsense", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff\xff\xff", "application/x-protobuf", 400),
        (b"", "text/plain", 415),
    ],
)
def test_what_is_not_otlp_is_refused(client, key, body, media, status):
    answer = client.post("/v1/logs", body, content_type=media, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == status
