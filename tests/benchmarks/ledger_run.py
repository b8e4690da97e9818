"""The ledger's benchmark, in a process of its own on a database of its own: prints figures as JSON.

Every goal is a ratio against a baseline taken in the same run, round by round, because rates of one machine swing.
*Raw* means the same rows (entry, payload and leaf) into tables of the same columns and keys, without guards, by
COPY on PostgreSQL and ``executemany`` on SQLite; *sequenced* means the clock stops when the last entry is under a
signed checkpoint.
"""

import io
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.audit.ledger.crash_settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from audit.ledger import log, offline_verifier, sequencing, writing  # noqa: E402
from audit.ledger.bundle import write_bundle  # noqa: E402
from audit.ledger.verification import verify_bundle  # noqa: E402
from tests.audit.ledger.conftest import draft  # noqa: E402

BATCH = 1000
CHANCE = random.Random(1)
POSTGRES = connection.vendor == "postgresql"
PAYLOAD = json.dumps({"proposal": {"value": "eligible"}, "why": "x" * 300}).encode()
TABLES = {
    "raw_entry": ("ledger_entry", "id, stream, envelope"),
    "raw_payload": ("ledger_payload", "entry_id, salt, body, media_type, key_id"),
    "raw_leaf": ("ledger_leaf", "idx, entry_id, leaf_hash"),
}


def now() -> datetime:
    return datetime.now(UTC)


def drafts(payload: bytes | None = PAYLOAD) -> list[log.Draft]:
    return [draft(i, payload=payload, model_version="2026.1", policy_ref="POL-0001/3") for i in range(BATCH)]


def make_raw_tables() -> None:
    with connection.cursor() as cursor:
        for name, (original, _) in TABLES.items():
            if POSTGRES:
                cursor.execute(f"CREATE TABLE {name} (LIKE {original} INCLUDING ALL)")
            else:
                cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [original])
                cursor.execute(cursor.fetchone()[0].replace(original, name))


def raw_rows(start: int) -> dict[str, list[tuple[Any, ...]]]:
    entries, payloads, _ = writing._prepare(drafts(), now())
    return {
        "raw_entry": [(row.entry.hex(), row.stream, row.envelope) for row in entries],
        "raw_payload": [
            (row.entry.hex(), row.salt, row.body, row.media_type, row.key_id and row.key_id.hex()) for row in payloads
        ],
        "raw_leaf": [(start + i, row.entry.hex(), row.leaf_hash) for i, row in enumerate(entries)],
    }


def insert_raw(batches: list[dict[str, list[tuple[Any, ...]]]]) -> float:
    began = time.perf_counter()
    for batch in batches:
        with transaction.atomic(), connection.cursor() as cursor:
            for name, rows in batch.items():
                columns = TABLES[name][1]
                if POSTGRES:
                    with cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
                        for row in rows:
                            copy.write_row(row)
                else:
                    marks = ", ".join(["%s"] * len(rows[0]))
                    cursor.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", rows)
    return time.perf_counter() - began


def ingest(batches: int, payload: bytes | None = PAYLOAD) -> float:
    made = [drafts(payload) for _ in range(batches)]
    began = time.perf_counter()
    for batch in made:
        with transaction.atomic():
            log.append(batch, at=now())
    while POSTGRES and log.integrate(at=now()):
        pass
    return time.perf_counter() - began


def ingest_ratio(rounds: int, batches: int) -> dict[str, float]:
    """Sequenced ingest against raw rows, interleaved."""
    make_raw_tables()
    ratios, rates = [], []
    for number in range(rounds):
        rows = [raw_rows((number * batches + i) * BATCH) for i in range(batches)]
        raw, ours = insert_raw(rows), ingest(batches)
        ratios.append(raw / ours)
        rates.append(batches * BATCH / ours)
    return {"ingest / raw rows": statistics.median(ratios), "ingest, entries/s": statistics.median(rates)}


def mixed(count: int) -> list[log.Draft]:
    """Entries as a log in use has them: kinds, systems, models and references of many sorts, some without payload.

    Payloads of events have 645 bytes, as those of the example organisation have on average.
    """
    event, change = b'{"data":"%s"}' % (b"x" * 634), b'{"after":"%s"}' % (b"y" * 730)
    made = []
    for number in range(count):
        lot, ref = CHANCE.random(), str(UUID(int=CHANCE.getrandbits(128)))
        if lot < 0.6:
            given = {"model_version": f"2026.{lot * 10:.0f}", "system": f"urn:system:{number % 6}", "payload": event}
        elif lot < 0.8:
            given = {"type": "ai.oversight.review.v1", "refs": (ref, "UC-0004"), "payload": event}
        elif lot < 0.9:
            given = {"stream": "register", "type": f"use_case.{number % 8}", "refs": (ref,), "payload": change}
        else:
            given = {"stream": "access", "type": f"person.{number % 8}", "refs": (ref,), "payload": None}
        made.append(draft(number, recorded_by=UUID(int=number % 20), **given))
    return made


def verification_ratio(folder: Path, batches: int) -> dict[str, float]:
    """Offline verification of a mixed log against hashlib over the same bytes, payloads left out and taken in.

    The yardstick is one hash call for each leaf and each payload, because that is the least a verifier can do: pieces
    of other sizes hash faster or slower. One call over all bytes stands beside it. What counts is processor time,
    taken turn by turn. The platform's program is measured, and the file that goes into the bundle.
    """
    for _ in range(batches):
        with transaction.atomic():
            log.append(mixed(BATCH), at=now())
        while POSTGRES and log.integrate(at=now()):
            pass
    figures: dict[str, float] = {}
    for name, payloads in (("envelopes", False), ("payloads", True)):
        path = folder / "bundle.zip"
        size = write_bundle(path, at=now(), payloads=payloads)["entries"]["to"]
        chunks = [b"\x00" + found.envelope for found in log.entries()]
        if payloads:
            chunks += [found.payload for found in log.entries() if found.payload]
        whole = [b"".join(chunks)]
        turns = (
            partial(hash_each, chunks),
            partial(hash_each, whole),
            partial(verify_here, path),
            partial(verify_alone, path),
        )
        spent = [[processor(turn) for turn in turns] for _ in range(7)]
        figures |= {
            f"verify / hashlib, {name}": statistics.median(each / ours for each, _, ours, _ in spent),
            f"verify.py / hashlib, {name}": statistics.median(each / alone for each, _, _, alone in spent),
            f"verify / one big hash, {name}": statistics.median(once / ours for _, once, ours, _ in spent),
            f"verify, entries/s, {name}": size / statistics.median(ours for _, _, ours, _ in spent),
        }
    return figures


def processor(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def hash_each(chunks: list[bytes]) -> None:
    for chunk in chunks:
        sha256(chunk).digest()


def verify_here(path: Path) -> None:
    outcome = verify_bundle(path)
    assert outcome.exit_code == 0, outcome.summary


def verify_alone(path: Path) -> None:
    with redirect_stdout(io.StringIO()) as said:
        assert offline_verifier.main([str(path)]) == 0, said.getvalue()


def proof_time(size: int) -> dict[str, float]:
    """Milliseconds for an inclusion proof of a random entry, from tiles in the database; ``cpu`` is our own share."""
    chance = random.Random(1)
    times, own = [], []
    for _ in range(500):
        index = chance.randrange(size)
        began, working = time.perf_counter(), time.process_time()
        log.inclusion(index)
        own.append((time.process_time() - working) * 1000)
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return {
        "proof, ms (median)": statistics.median(times),
        "proof, ms (p95)": times[475],
        "proof, ms (p99)": times[495],
        "proof, ms (median, cpu)": statistics.median(own),
        "proof, size": size,
    }


def growth(total: int) -> dict[str, float]:
    """Seconds per 10,000 entries early and late: the cost of an entry must not grow with the log."""
    step = 10
    early = min(ingest(step, None) for _ in range(3))
    while (last := sequencing.latest_row()) is None or last.size < total - 3 * step * BATCH:
        ingest(step, None)
    late = min(ingest(step, None) for _ in range(3))
    return {"late / early cost per entry": late / early}


def latency(seconds: float) -> dict[str, float]:
    """Commit to visible signed checkpoint at 1,000 entries a second, with a sequencer beside the writer."""
    stop, seen = threading.Event(), []
    start = sequencing.latest_row()
    base = start.size if start else 0

    def watch() -> None:
        while not stop.is_set():
            row = sequencing.latest_row()
            seen.append((time.perf_counter(), row.size if row else 0))
            time.sleep(0.01)

    threads = [threading.Thread(target=log.run_sequencer, args=(stop,)), threading.Thread(target=watch)]
    for thread in threads:
        thread.start()
    committed: list[float] = []
    batch = drafts()[:10]
    began = time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        if len(committed) < elapsed * 1000:
            with transaction.atomic():
                log.append(batch, at=now())
            committed += [time.perf_counter()] * len(batch)
        else:
            time.sleep(0.001)
    time.sleep(2)
    stop.set()
    for thread in threads:
        thread.join()
    waits = []
    position = 0
    for number, moment in enumerate(committed):
        while position < len(seen) and seen[position][1] <= base + number:
            position += 1
        assert position < len(seen), "the sequencer did not catch up"
        waits.append(seen[position][0] - moment)
    waits.sort()
    return {"checkpoint p99, s": waits[int(len(waits) * 0.99)], "entries/s offered": len(committed) / seconds}


def safe() -> None:
    """Refuse to measure a database that does not flush."""
    with connection.cursor() as cursor:
        if POSTGRES:
            for name in ("fsync", "full_page_writes", "synchronous_commit"):
                cursor.execute(f"SHOW {name}")
                assert cursor.fetchone()[0] == "on", name
        else:
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == 2


PARTS = ("ingest", "verify", "growth", "proof", "latency")


def main(total: int, rounds: int, parts: Sequence[str]) -> None:
    call_command("migrate", verbosity=0)
    safe()
    figures: dict[str, float] = {}
    if "ingest" in parts:
        figures |= ingest_ratio(rounds, 10)
    if "verify" in parts:
        with tempfile.TemporaryDirectory() as folder:
            figures |= verification_ratio(Path(folder), 50)
    if "growth" in parts:
        figures |= growth(total)
    if "proof" in parts:
        while (last := sequencing.latest_row()) is None or last.size < total:
            ingest(10, None)
        figures |= proof_time(last.size)
    if "latency" in parts and POSTGRES:
        figures |= latency(10)
    print(json.dumps(figures))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(",") if len(sys.argv) > 3 else PARTS)
