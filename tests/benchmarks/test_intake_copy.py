"""Batches as senders send them, against raw COPY of the same rows on one connection; alone: ``pytest -s -m benchmark``.

Two workers and the sequencer run as they do in service; four senders with bodies made beforehand. The clock stops when
every event has its place under a signed checkpoint. The rows of COPY are those of ``audit_event`` with its indexes,
and the content beside them; making them costs nothing here. Rounds are interleaved; only ratios within one run count.
"""

import contextlib
import http.client
import statistics
import subprocess
import sys
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from audit.events import bodies
from tests import postgres, scale
from tests.audit.faults.cluster import cluster
from tests.audit.faults.house import ROOT, House
from tests.benchmarks.test_intake import BATCH, batch_of

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]
ROUNDS, SENDERS = 5, 4
EVENTS = scale.count(200_000, at_least=16_000)  # a round
SEQUENCER = """
import os, threading
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.project.settings")
import django; django.setup()
from audit.ledger import log
log.run_sequencer(threading.Event())
"""
COLUMNS = (
    "id, source, event_id, type, use_case_id, decision_id, time, recorded_at, simulated, drill, quarantined, personal, "
    "key_id, sequence, payload"
)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(cluster()).url
        except postgres.PostgresMissing as error:
            pytest.skip(str(error))
        running = House(tmp_path_factory.mktemp("copy"), database=url)
        running.start()
        stack.callback(running.kill)
        sequencer = subprocess.Popen([sys.executable, "-c", SEQUENCER], cwd=ROOT, env=running.env)
        stack.callback(sequencer.wait)
        stack.callback(sequencer.kill)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE benchmark_copy (LIKE audit_event INCLUDING INDEXES, payload jsonb)")
        yield running


def send(house: House, size: int) -> float:
    """Events a second over HTTP, sequenced."""
    shares = [[batch_of(size) for _ in range(EVENTS // SENDERS // size)] for _ in range(SENDERS)]
    refused: list[int] = []

    def one(share: list[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=60)
        headers = {"Authorization": f"Bearer {house.key}", "Content-Type": BATCH}
        for body in share:
            connection.request("POST", "/api/v1/events", body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 201:
                refused.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=one, args=(share,)) for share in shares]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while house.query("SELECT 1 FROM ledger_queue LIMIT 1"):
        time.sleep(0.05)
    taken = time.perf_counter() - began
    assert not refused, refused
    return sum(map(len, shares)) * size / taken


def copy(house: House, size: int) -> float:
    """Rows a second, one commit a batch."""
    made = [_rows(batch_of(size)) for _ in range(EVENTS // size)]
    with psycopg.connect(house.database) as connection:
        began = time.perf_counter()
        for rows in made:
            with connection.cursor() as cursor, cursor.copy(f"COPY benchmark_copy ({COLUMNS}) FROM STDIN") as target:
                for row in rows:
                    target.write_row(row)
            connection.commit()
        return len(made) * size / (time.perf_counter() - began)


def _rows(body: bytes) -> list[tuple[Any, ...]]:
    use_case, key, now = uuid.uuid4(), uuid.uuid4(), datetime.now(UTC)
    return [
        (
            uuid.uuid4(), item.source, item.id, item.type, use_case, item.decision_id, item.time, now, item.simulated,
            item.drill, item.quarantined, item.personal, key, item.sequence, item.payload.decode(),
        )
        for item in bodies.split(body, content_type=BATCH, headers={}).items
        if not isinstance(item, bodies.Problem)
    ]  # fmt: skip


def test_batches_over_http_against_copy_of_the_same_rows(house, capsys):
    variants = {"intake 1,000": (send, 1000), "intake 100": (send, 100), "COPY 1,000": (copy, 1000)}
    speeds: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(ROUNDS):
        for name, (work, size) in list(variants.items())[:: 1 if number % 2 else -1]:
            speeds[name].append(work(house, size))
    medians = {name: statistics.median(found) for name, found in speeds.items()}
    with capsys.disabled():
        print()
        for name, found in speeds.items():
            print(f"{name:<14}{medians[name]:>9,.0f}/s  ({min(found):,.0f} to {max(found):,.0f})")
        for name in ("intake 1,000", "intake 100"):
            print(f"{name} / COPY = {medians[name] / medians['COPY 1,000']:.2f}")
    [(events, leaves)] = house.query("SELECT (SELECT count(*) FROM audit_event), (SELECT count(*) FROM ledger_leaf)")
    assert leaves >= events >= EVENTS * ROUNDS
    assert medians["intake 1,000"] >= 0.3 * medians["COPY 1,000"]
