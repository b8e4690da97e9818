"""How long after an event's acknowledgement its required review is in the queue: a real server, follower, PostgreSQL.

Senders keep to a timetable whatever the answers take (open loop); the queue is read by a connection of its own, so a
review counts once it is committed. Run alone: ``pytest -s -m benchmark``.
"""

import http.client
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
import pytest

from tests import postgres, scale
from tests.audit.events.samples import proposed
from tests.audit.faults.cluster import cluster
from tests.audit.faults.house import ROOT, House
from tests.cast import POLICY

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]
SECONDS = scale.count(30, at_least=10)
RATE, BATCH, SENDERS = 500, 10, 5  # events a second; events a request; connections
EVERY = 5  # one event in so many needs a review
WARM, LIMIT = 3.0, 2.0  # seconds
RULES = [
    {"id": "R1", "when": "confidence < 0.5", "require": {"reviews": 1}},
    {"id": "R2", "when": "confidence >= 0.5", "require": {"reviews": 0}},
]


@pytest.fixture
def house(tmp_path) -> Iterator[House]:
    policy = {"rules": RULES, "review": {**POLICY["review"], "queue": "custodes"}}
    try:
        with cluster() as database:
            running = House(tmp_path, database=database.url, settings={"POLICY": json.dumps(policy)})
            running.start()
            follower = subprocess.Popen([sys.executable, "manage.py", "follow"], cwd=ROOT, env=running.env)
            try:
                yield running
            finally:
                follower.send_signal(signal.SIGTERM)
                follower.wait(60)
                running.kill()
    except postgres.PostgresMissing as error:
        pytest.skip(str(error))


@dataclass
class Timetable:
    """When each decision was acknowledged and when its review was seen, by one clock."""

    house: House
    acked: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    late: float = 0.0  # how far the senders fell behind
    done: threading.Event = field(default_factory=threading.Event)

    def send(self, place: int, begun: float, seconds: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.house.key}"}
        headers["Content-Type"] = "application/cloudevents-batch+json"
        pace = BATCH * SENDERS / RATE
        for turn in range(int(seconds / pace)):
            due = begun + turn * pace + place * pace / SENDERS
            time.sleep(max(0.0, due - time.monotonic()))
            self.late = max(self.late, time.monotonic() - due)
            names = [f"Q-{place}-{turn}-{number}" for number in range(BATCH)]
            sure = [0.9 if number % EVERY else 0.2 for number in range(BATCH)]
            now = datetime.now(UTC).isoformat()
            events = [proposed(name, confidence=each, time=now) for name, each in zip(names, sure, strict=True)]
            connection.request("POST", "/api/v1/events", json.dumps(events), headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 201, answer.status
            at = time.monotonic()
            self.acked |= {name: at for name, each in zip(names, sure, strict=True) if each < 0.5}
        connection.close()

    def await_all(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while len(self.seen) < len(self.acked):
            assert time.monotonic() < until, f"{len(self.acked) - len(self.seen)} reviews never came"
            time.sleep(0.05)

    def watch(self) -> None:
        with psycopg.connect(self.house.database, autocommit=True) as connection:
            while not self.done.wait(0.05):
                rows = connection.execute("SELECT decision_id FROM audit_review_task").fetchall()
                now = time.monotonic()
                for (name,) in rows:
                    self.seen.setdefault(name, now)


def test_a_required_review_is_in_the_queue_within_two_seconds(house, capsys):
    table = Timetable(house)
    watcher = threading.Thread(target=table.watch)
    watcher.start()
    try:
        table.send(SENDERS, time.monotonic(), BATCH * SENDERS / RATE)
        table.await_all(180)  # the follower is up
        begun = time.monotonic() + 0.2
        threads = [threading.Thread(target=table.send, args=(n, begun, WARM + SECONDS)) for n in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        table.await_all(60)
    finally:
        table.done.set()
        watcher.join()
    measured = [name for name, at in table.acked.items() if at >= begun + WARM]
    delays = sorted(table.seen[name] - table.acked[name] for name in measured)
    with capsys.disabled():
        p50, p95, p99 = (delays[int(len(delays) * share)] for share in (0.5, 0.95, 0.99))
        print(
            f"\n  {RATE} events/s for {SECONDS} s, one in {EVERY} needs a review: in the queue p50 {p50:.2f} s, p95 "
            f"{p95:.2f} s, p99 {p99:.2f} s, at most {delays[-1]:.2f} s (n={len(delays)}); senders at most "
            f"{table.late:.2f} s late"
        )
    assert len(delays) >= 0.8 * RATE * SECONDS / EVERY, "the senders could not keep the rate"
    assert p95 <= LIMIT
