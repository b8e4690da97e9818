"""Ten minutes of intake at about two thirds of the peak: memory, descriptors and connections stay what they were.

Run alone: ``pytest -s -m benchmark``; all ten minutes in ``make prove``, half a minute otherwise. Samples are written
to a file as they are taken, so that a run that is cut short has said what it saw.
"""

import contextlib
import json
import os
import threading
import time

import pytest

from tests import postgres, scale
from tests.audit.faults.cluster import cluster
from tests.audit.faults.house import House
from tests.benchmarks.test_intake_load import Load, _resources

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]
SECONDS = int(os.environ.get("CUSTODES_SOAK_SECONDS", scale.count(600, at_least=30)))
SAMPLES = 40
WARM = 0.25  # share of the run in which caches fill
MEGABYTES_A_WORKER = 24  # what an allocator may still take after that; a leak of 100 bytes an event is more
CONNECTIONS = 8


@pytest.fixture(params=["postgresql", "sqlite"])
def house(request, tmp_path):
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(cluster()).url if request.param == "postgresql" else ""
        except postgres.PostgresMissing as error:
            pytest.skip(str(error))
        running = House(tmp_path, database=url)
        running.start()
        stack.callback(running.kill)
        yield running


def sample(house: House, load: Load, began: float) -> dict[str, float]:
    """What the workers hold now, and the delays since the last sample."""
    megabytes, descriptors, threads = _resources(house)
    delays, load.delays = sorted(load.delays), []
    connections = 0
    if house.database:
        [(connections,)] = house.query("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    return {
        "second": round(time.monotonic() - began, 1),
        "megabytes": megabytes,
        "descriptors": descriptors,
        "threads": threads,
        "connections": connections,
        "events": len(delays),
        "p99_ms": round(delays[int(len(delays) * 0.99)] * 1000, 1) if delays else 0.0,
    }


def test_memory_descriptors_and_connections_are_flat_over_a_soak(house, tmp_path, capsys):
    peak = Load(house, CONNECTIONS).run(4)
    load = Load(house, CONNECTIONS, pace=CONNECTIONS / peak / 2)  # the pause comes on top of the answer's own time
    sender = threading.Thread(target=load.run, args=(SECONDS,))
    samples: list[dict[str, float]] = []
    began = time.monotonic()
    sender.start()
    with (tmp_path / "soak.ndjson").open("w") as file:
        for number in range(1, SAMPLES + 1):
            time.sleep(max(0.0, began + SECONDS * number / (SAMPLES + 1) - time.monotonic()))
            samples.append(sample(house, load, began))
            file.write(json.dumps(samples[-1]) + "\n")
            file.flush()
    sender.join()
    vendor = "PostgreSQL" if house.database else "SQLite"
    with capsys.disabled():
        print(f"\n{vendor}, {SECONDS} s, {sum(each['events'] for each in samples):,.0f} events; samples in {file.name}")
        for each in samples[:: SAMPLES // 8]:
            print("  ".join(f"{name} {value:>8,}" for name, value in each.items()))
    assert set(load.statuses) <= {201, 503}, load.statuses
    warm = samples[int(SAMPLES * WARM) :]
    first, last = warm[: len(warm) // 3], warm[-len(warm) // 3 :]
    workers = len(house.workers())
    assert _highest(last, "megabytes") <= _highest(first, "megabytes") + MEGABYTES_A_WORKER * workers
    assert _highest(last, "descriptors") <= _highest(first, "descriptors") + CONNECTIONS
    assert _highest(last, "connections") <= max(_highest(first, "connections"), 8 * workers + 1)
    assert _highest(last, "threads") <= max(_highest(first, "threads"), 11 * workers)


def _highest(samples: list[dict[str, float]], name: str) -> float:
    return max(each[name] for each in samples)
