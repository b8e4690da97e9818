"""The fast way in answers as Django does, and many senders at once share a commit without sharing a fate."""

import asyncio
import io
import json
import logging
import threading
import time

import pytest
from django.db import OperationalError, connections

from audit.api import desk, front
from audit.api.front import EventsFirst
from audit.events import record as recording
from audit.models import Event, EventConflict
from governance.project.logs import configuration
from tests import scale
from tests.audit.events.samples import dump, event, proposed, reviewed

pytestmark = [pytest.mark.urls("audit.api.urls"), pytest.mark.django_db(transaction=True)]


async def behind(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"django"})


@pytest.fixture
def fronts():
    """Makes front doors, each as of a process of its own, and closes them."""
    made: list[EventsFirst] = []

    def make(**options) -> EventsFirst:
        made.append(EventsFirst(behind, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def ask(application, scope: dict, messages: list[dict]) -> dict:
    """Ask an ASGI application; ``messages`` is what it receives, and then nothing more comes."""
    answer = {"body": b""}

    async def receive():
        if messages:
            return messages.pop(0)
        await asyncio.sleep(60)

    async def send(message):
        if message["type"] == "http.response.start":
            answer["status"] = message["status"]
            answer["headers"] = {name.decode().title(): value.decode() for name, value in message["headers"]}
        answer["body"] += message.get("body", b"")

    asyncio.run(application(scope, receive, send))
    return answer


def scope_of(key: str, media: str, query: str = "", **headers: str) -> dict:
    given = {"authorization": f"Bearer {key}", "content-type": media, **headers}
    return {
        "type": "http", "method": "POST", "path": "/api/v1/events", "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }  # fmt: skip


def post(application, body: bytes, key: str, media: str = "application/cloudevents+json", query: str = ""):
    scope = scope_of(key, media, query, **{"content-length": str(len(body))})
    return ask(application, scope, [{"type": "http.request", "body": body}])


def insist(*args):
    """Send again on 503, as clients shall; SQLite in memory refuses a table another connection writes to."""
    while (answer := post(*args))["status"] == 503:
        time.sleep(0.01)
    return answer


def test_both_doors_give_the_same_answers(send, key, fronts):
    door = fronts()
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
        ours = post(door, body, key, media)
        theirs = send(body.replace(b'"id":"p-', b'"id":"q-').replace(b'"id":"r-', b'"id":"s-'), media=media)
        assert ours["status"] == theirs.status_code
        assert ours["headers"]["Content-Type"] == theirs["Content-Type"]
        assert set(json.loads(ours["body"])) == set(theirs.json())


def test_other_paths_go_to_django(fronts):
    scope = {"type": "http", "path": "/", "method": "GET", "headers": [], "query_string": b""}
    assert ask(fronts(), scope, [])["body"] == b"django"


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


def test_the_same_event_sent_by_many_at_once_is_stored_once_with_one_receipt(key, fronts):
    doors = [fronts(), fronts()]  # as two processes: no shared queue
    senders = max(8, scale.count(50))
    answers = at_once(lambda number: insist(doors[number % 2], dump(proposed()), key), senders)
    statuses = sorted(answer["status"] for answer in answers)
    assert statuses == [200] * (senders - 1) + [201]
    assert len({json.loads(answer["body"])["entry"] for answer in answers}) == 1
    assert Event.objects.count() == 1


def test_the_same_identity_with_other_content_at_once_is_stored_once_and_conflicts_are_kept(key, fronts):
    doors = [fronts(), fronts()]
    answers = at_once(lambda number: insist(doors[number % 2], dump(proposed(value=f"v{number}")), key), 8)
    assert sorted(answer["status"] for answer in answers) == [201] + [409] * 7
    assert (Event.objects.count(), EventConflict.objects.count()) == (1, 1)


def test_overlapping_batches_in_opposite_order_never_deadlock(key, fronts):
    doors = [fronts() for _ in range(4)]
    events = [proposed(f"D{number}") for number in range(40)]

    def send(number):
        body = dump(events if number % 2 else events[::-1])
        return insist(doors[number % 4], body, key, "application/cloudevents-batch+json")

    assert {answer["status"] for answer in at_once(send, 8)} == {201}
    assert Event.objects.count() == 40


def test_one_event_that_breaks_recording_does_not_spoil_its_neighbours(key, fronts, monkeypatch):
    real = recording._draft

    def draft(each, at):
        if each.event.id == "p-D3":
            raise RuntimeError("a defect that this one event brings out")
        return real(each, at)

    monkeypatch.setattr(recording, "_draft", draft)
    door = fronts()
    answers = at_once(lambda number: insist(door, dump(proposed(f"D{number}")), key), 6)
    assert [answer["status"] for answer in answers] == [201, 201, 201, 500, 201, 201]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_key_never_stands_in_the_log_even_when_a_request_breaks(key, fronts, monkeypatch, as_json):
    monkeypatch.setattr(recording, "_draft", lambda each, at: 1 / 0)
    written = io.StringIO()
    setup = configuration(level="DEBUG", as_json=as_json)["formatters"]["custodes"]
    handler = logging.StreamHandler(written)
    handler.setFormatter(setup.pop("()")(**setup))
    for logger in (logging.getLogger(), logging.getLogger("audit.api.front")):
        logger.addHandler(handler)
    try:
        body = dump(proposed(secret_note="do not log me"))
        assert post(fronts(), body, key)["status"] == 500
    finally:
        for logger in (logging.getLogger(), logging.getLogger("audit.api.front")):
            logger.removeHandler(handler)
    assert "ZeroDivisionError" in written.getvalue()
    assert key.split("_", 2)[2][:12] not in written.getvalue()  # not even the beginning of its secret
    assert "do not log me" not in written.getvalue()


def test_a_full_queue_is_answered_503_with_retry_after(key, fronts, monkeypatch):
    monkeypatch.setattr(desk, "MAX_WAITING", 0)
    answer = post(fronts(), dump(proposed()), key)
    assert answer["status"] == 503
    assert int(answer["headers"]["Retry-After"]) >= 1
    assert Event.objects.count() == 0


def test_too_many_large_requests_are_answered_503_and_the_small_ones_are_served(key, fronts, monkeypatch):
    monkeypatch.setattr(front, "MAX_LARGE", 0)
    door = fronts()
    large = dump([proposed(f"L{number}") for number in range(200)])
    assert post(door, large, key, "application/cloudevents-batch+json")["status"] == 503
    assert post(door, dump(proposed()), key)["status"] == 201


def test_a_database_that_is_away_is_answered_503_and_taken_up_again(key, fronts, monkeypatch):
    door = fronts()
    with monkeypatch.context() as patch:
        patch.setattr(recording.rows, "known", lambda *_: (_ for _ in ()).throw(OperationalError("gone")))
        answer = post(door, dump(proposed()), key)
    assert answer["status"] == 503
    assert answer["headers"]["Retry-After"]
    assert post(door, dump(proposed()), key)["status"] == 201


@pytest.mark.parametrize("length", ["20", "100000"])  # for the desk, and for a thread
def test_a_body_that_comes_in_part_or_too_slowly_is_408_and_nothing_is_stored(key, fronts, length):
    door = fronts(read_seconds=0.2)
    scope = scope_of(key, "application/cloudevents+json", **{"content-length": length})
    part = {"type": "http.request", "body": b"{", "more_body": True}
    for received in ([part, {"type": "http.disconnect"}], [part]):
        answer = ask(door, scope, received)
        assert (answer["status"], json.loads(answer["body"])["code"]) == (408, "incomplete")
    assert Event.objects.count() == 0


def test_without_a_key_nothing_of_a_large_body_is_read(fronts):
    scope = scope_of("cst_0000000000000000_" + "A" * 43, "application/cloudevents+json", **{"content-length": "100000"})
    assert ask(fronts(), scope, [])["status"] == 401  # the body never came, and was not waited for


def test_who_waits_when_the_server_ends_is_still_served(key, fronts):
    door = fronts()

    async def both():
        sent = asyncio.create_task(door._desk.take(call_of(key, dump(proposed()))))
        await asyncio.sleep(0)
        await asyncio.to_thread(door.close)
        return await sent

    assert asyncio.run(both()).status == 201


def call_of(key: str, body: bytes):
    scope = scope_of(key, "application/cloudevents+json", **{"content-length": str(len(body))})
    return front._with(front._call_of(scope), body)
