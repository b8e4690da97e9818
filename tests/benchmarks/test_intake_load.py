"""Intake as senders meet it: a real server with two workers, over HTTP. Run alone: ``pytest -s -m benchmark``.

Peak, delay at half the peak, three times the load, what is left of memory and descriptors afterwards, and whether an
event costs as much in a full store as in an empty one; on a PostgreSQL of its own and on SQLite. Only ratios within one
run count.
"""

import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import postgres, scale
from tests.audit.events.samples import proposed
from tests.audit.faults.cluster import cluster
from tests.audit.faults.house import ROOT, House
from tests.benchmarks.test_intake_copy import SEQUENCER

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]
SECONDS = scale.count(60, at_least=4)
GROWTH = int(os.environ.get("CUSTODES_GROWTH_EVENTS", scale.count(1_000_000)))


@pytest.fixture(scope="module", params=["postgresql", "sqlite"])
def house(request, tmp_path_factory):
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(cluster()).url if request.param == "postgresql" else ""
        except postgres.PostgresMissing as error:
            pytest.skip(str(error))
        running = House(tmp_path_factory.mktemp("load"), database=url)
        running.start()
        stack.callback(running.kill)
        if url:
            sequencer = subprocess.Popen([sys.executable, "-c", SEQUENCER], cwd=ROOT, env=running.env)
            stack.callback(sequencer.wait)
            stack.callback(sequencer.kill)
        yield running


@dataclass
class Load:
    """Closed-loop senders on kept connections; ``pace`` is the pause each keeps between two requests."""

    house: House
    connections: int
    size: int = 1
    pace: float = 0.0
    delays: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    def run(self, seconds: float) -> float:
        """Send for so long; return the events acknowledged a second."""
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=self._send, args=(until,)) for _ in range(self.connections)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.statuses.get(201, 0) * self.size / (time.monotonic() - began)

    def _send(self, until: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.house.key}"}
        headers["Content-Type"] = f"application/cloudevents{'-batch' if self.size > 1 else ''}+json"
        tag, number = uuid.uuid4().hex[:10], 0
        while time.monotonic() < until:
            number += 1
            events = [proposed(f"{tag}-{number}-{each}") for each in range(self.size)]
            body = json.dumps(events if self.size > 1 else events[0])
            began = time.monotonic()
            connection.request("POST", "/api/v1/events", body, headers)
            answer = connection.getresponse()
            answer.read()
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
            self.delays.append(time.monotonic() - began)
            if answer.status in (429, 503):
                time.sleep(min(1.0, float(answer.headers["Retry-After"])))
            time.sleep(self.pace)
        connection.close()

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        return sorted(self.delays)[int(len(self.delays) * share)] * 1000


def _resources(house: House) -> tuple[int, int, int]:
    """Resident MB, descriptors, threads of all workers."""
    resident = descriptors = threads = 0
    for pid in house.workers():
        status = Path(f"/proc/{pid}/status").read_text()
        resident += int(status.split("VmRSS:")[1].split()[0]) // 1024
        threads += int(status.split("Threads:")[1].split()[0])
        descriptors += len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return resident, descriptors, threads


def test_peak_half_peak_overload_and_what_is_left(house, capsys):
    Load(house, 4).run(2)  # warm
    rows = []
    peak_load = Load(house, 16)
    peak = peak_load.run(SECONDS)
    rows.append(("peak, 16 connections", peak, peak_load))
    half = Load(house, 8, pace=8 / (peak / 2))
    rows.append(("about half the peak", half.run(SECONDS), half))
    before = _resources(house)
    over = Load(house, 48)
    goodput = over.run(SECONDS)
    rows.append(("three times the connections", goodput, over))
    after = Load(house, 16)
    recovered = after.run(5)
    rows.append(("within 5 s after it", recovered, after))
    batches = {size: Load(house, 4, size=size) for size in (100, 1000)}
    for size, load in batches.items():
        rows.append((f"batches of {size}, 4 connections", load.run(SECONDS), load))
    with capsys.disabled():
        print(f"\n{'PostgreSQL' if house.database else 'SQLite'}, {SECONDS} s each")
        for name, speed, load in rows:
            told = dict(sorted(load.statuses.items()))
            delays = f"p50 {load.percentile(0.5):6.0f} ms  p99 {load.percentile(0.99):6.0f} ms"
            print(f"{name:<30}{speed:>9,.0f} events/s  {delays}  {told}")
        print(f"workers: MB, descriptors, threads {before} -> {_resources(house)}")
    for _, _, load in rows:
        assert set(load.statuses) <= {201, 503}, load.statuses
    assert goodput >= 0.5 * peak
    assert recovered >= 0.5 * peak
    assert _resources(house)[1] <= before[1] + 100


def _cpu(house: House) -> float:
    """Seconds of CPU that the workers and the backends that serve them, the sequencer's too, have used so far."""
    pids = house.workers()
    if house.database:
        pids += [pid for (pid,) in house.query("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")]
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):  # the one that answered the question is gone
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(state[11]) + int(state[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def test_an_event_costs_the_same_in_a_full_store(house, capsys):
    """Batches of 1,000 into a growing store: the CPU of an event in the last tenth against the first."""
    costs: list[tuple[int, float, float]] = []
    Load(house, 2, size=1000).run(3.0)  # both workers have read their caches
    [(sent,)] = house.query("SELECT count(*) FROM audit_event")
    total = sent + GROWTH
    while sent < total:
        began, used = time.monotonic(), _cpu(house)
        Load(house, 1, size=1000).run(2.0)
        used = _cpu(house) - used
        [(count,)] = house.query("SELECT count(*) FROM audit_event")
        new = max(1, count - sent)
        costs.append((count, used / new * 1e6, (time.monotonic() - began) / new * 1e6))
        sent = count
    tenth = max(1, len(costs) // 10)
    first = statistics.median(cpu for _, cpu, _ in costs[:tenth])
    last = statistics.median(cpu for _, cpu, _ in costs[-tenth:])
    with capsys.disabled():
        print(f"\n{'PostgreSQL' if house.database else 'SQLite'}")
        print(f"{'stored':>10}{'CPU µs an event':>18}{'µs on the clock':>18}")
        for stored, cpu, clock in costs[:: max(1, len(costs) // 10)]:
            print(f"{stored:>10,}{cpu:>18,.0f}{clock:>18,.0f}")
        print(f"last tenth / first tenth: {last / first:.2f} of CPU")
    assert last < 3 * first
