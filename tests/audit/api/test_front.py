"""The fast way in answers as Django does, and many senders at once share a commit without sharing a fate."""

import io
import json
import logging
import threading
import time
from wsgiref.util import setup_testing_defaults

import pytest
from django.db import connection, connections

from audit.api import grouping
from audit.api.wsgi import EventsFirst
from audit.events import record as recording
from audit.models import Event, EventConflict
from governance.project.logs import configuration
from tests import scale
from tests.audit.events.samples import dump, event, proposed, reviewed

pytestmark = pytest.mark.urls("audit.api.urls")


def post(application, body: bytes, key: str, media: str = "application/cloudevents+json", query: str = ""):
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/events", "QUERY_STRING": query, "CONTENT_TYPE": media,
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), "HTTP_AUTHORIZATION": f"Bearer {key}",
    }  # fmt: skip
    setup_testing_defaults(environ)
    answer = {}

    def start(status, headers):
        answer["status"], answer["headers"] = int(status[:3]), dict(headers)

    answer["body"] = b"".join(application(environ, start))
    return answer


def insist(*args):
    """Send again on 503, as clients shall; SQLite in memory refuses a table another connection writes to."""
    while (answer := post(*args))["status"] == 503:
        time.sleep(0.01)
    return answer


@pytest.mark.django_db
def test_both_doors_give_the_same_answers(send, key):
    front = EventsFirst(lambda environ, start: [b"django"])
    bodies = [
        (dump(proposed("A")), "application/cloudevents+json"),
        (dump(proposed("A")), "application/cloudevents+json"),
        (dump(proposed("A", value="no")), "application/cloudevents+json"),
        (dump([proposed("B"), {"id": 5}, reviewed("B")]), "application/cloudevents-batch+json"),
        (b"{", "application/cloudevents+json"),
        (b"[]", "text/plain"),
        (dump([event(event_id=str(n)) for n in range(1001)]), "application/cloudevents-batch+json"),
    ]
    for body, media in bodies:
        ours = post(front, body, key, media)
        theirs = send(body.replace(b'"id":"p-', b'"id":"q-').replace(b'"id":"r-', b'"id":"s-'), media=media)
        assert ours["status"] == theirs.status_code
        assert ours["headers"]["Content-Type"] == theirs["Content-Type"]
        assert set(json.loads(ours["body"])) == set(theirs.json())


def test_other_paths_go_to_django():
    front = EventsFirst(lambda environ, start: [b"django"])
    environ = {"PATH_INFO": "/", "REQUEST_METHOD": "GET"}
    assert front(environ, lambda *_: None) == [b"django"]


def at_once(work, count: int) -> list:
    """Run ``work(n)`` in ``count`` threads behind one barrier."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(number):
        barrier.wait()
        try:
            results[number] = work(number)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_the_same_event_sent_by_many_at_once_is_stored_once_with_one_receipt(key):
    fronts = [EventsFirst(lambda environ, start: []) for _ in range(2)]  # as two processes: no shared queue
    senders = max(8, scale.count(50))
    answers = at_once(lambda number: insist(fronts[number % 2], dump(proposed()), key), senders)
    statuses = sorted(answer["status"] for answer in answers)
    assert statuses == [200] * (senders - 1) + [201]
    assert len({json.loads(answer["body"])["entry"] for answer in answers}) == 1
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_identity_with_other_content_at_once_is_stored_once_and_conflicts_are_kept(key):
    fronts = [EventsFirst(lambda environ, start: []) for _ in range(2)]
    answers = at_once(lambda number: insist(fronts[number % 2], dump(proposed(value=f"v{number}")), key), 8)
    assert sorted(answer["status"] for answer in answers) == [201] + [409] * 7
    assert (Event.objects.count(), EventConflict.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_overlapping_batches_in_opposite_order_never_deadlock(key):
    fronts = [EventsFirst(lambda environ, start: []) for _ in range(4)]
    events = [proposed(f"D{number}") for number in range(40)]

    def send(number):
        body = dump(events if number % 2 else events[::-1])
        return insist(fronts[number % 4], body, key, "application/cloudevents-batch+json")

    assert {answer["status"] for answer in at_once(send, 8)} == {201}
    assert Event.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_one_event_that_breaks_recording_does_not_spoil_its_neighbours(key, monkeypatch):
    real = recording._draft

    def draft(each, at):
        if each.event.id == "p-D3":
            raise RuntimeError("a defect that this one event brings out")
        return real(each, at)

    monkeypatch.setattr(recording, "_draft", draft)
    front = EventsFirst(lambda environ, start: [])
    answers = at_once(lambda number: insist(front, dump(proposed(f"D{number}")), key), 6)
    assert [answer["status"] for answer in answers] == [201, 201, 201, 500, 201, 201]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_key_never_stands_in_the_log_even_when_a_request_breaks(key, monkeypatch, as_json):
    monkeypatch.setattr(recording, "_draft", lambda each, at: 1 / 0)
    written = io.StringIO()
    setup = configuration(level="DEBUG", as_json=as_json)["formatters"]["custodes"]
    handler = logging.StreamHandler(written)
    handler.setFormatter(setup.pop("()")(**setup))
    for logger in (logging.getLogger(), logging.getLogger("audit.api.wsgi")):
        logger.addHandler(handler)
    try:
        body = dump(proposed(secret_note="do not log me"))
        assert post(EventsFirst(lambda environ, start: []), body, key)["status"] == 500
    finally:
        for logger in (logging.getLogger(), logging.getLogger("audit.api.wsgi")):
            logger.removeHandler(handler)
    assert "ZeroDivisionError" in written.getvalue()
    assert key.split("_", 2)[2][:12] not in written.getvalue()  # not even the beginning of its secret
    assert "do not log me" not in written.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_full_queue_is_answered_503_with_retry_after(key, monkeypatch):
    monkeypatch.setattr(grouping, "MAX_WAITING", 0)
    answer = post(EventsFirst(lambda environ, start: []), dump(proposed()), key)
    assert answer["status"] == 503
    assert int(answer["headers"]["Retry-After"]) >= 1
    assert Event.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_answered_503_and_taken_up_again(key, monkeypatch):
    from django.db import OperationalError

    front = EventsFirst(lambda environ, start: [])
    with monkeypatch.context() as patch:
        patch.setattr(recording.rows, "known", lambda *_: (_ for _ in ()).throw(OperationalError("gone")))
        answer = post(front, dump(proposed()), key)
    assert answer["status"] == 503
    assert answer["headers"]["Retry-After"]
    assert post(front, dump(proposed()), key)["status"] == 201
    connection.close()
