"""kill -9 at random moments: every acknowledged entry is there once, and the tree is one tree."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest

from tests.scale import SEED, count

ROOT = Path(__file__).parents[3]
SERVER = os.environ.get("CUSTODES_TEST_DATABASE_URL", "")
EXAMINE = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.audit.ledger.crash_settings"
import django; django.setup()
from datetime import UTC, datetime
from django.db import connection
from audit.ledger import doctor, log
from audit.ledger.models import Entry, Queued
while connection.vendor == "postgresql" and log.integrate(at=datetime.now(UTC)): pass
found = doctor.examine()
with connection.cursor() as cursor:
    safe = {}
    if connection.vendor == "postgresql":
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            cursor.execute(f"SHOW {name}"); safe[name] = cursor.fetchone()[0]
    else:
        cursor.execute("PRAGMA synchronous"); safe["synchronous"] = cursor.fetchone()[0]
        cursor.execute("PRAGMA journal_mode"); safe["journal_mode"] = cursor.fetchone()[0]
ids = [str(e.entry) for e in log.entries()]
print(json.dumps({"ids": ids, "stored": Entry.objects.count(), "queued": Queued.objects.count(),
                  "verdict": str(found.verdict), "summary": found.summary, "safe": safe}))
"""


class Ground:
    """A database of its own and the processes that work on it."""

    def __init__(self, folder: Path, url: str, *, migrate: bool = True) -> None:
        self.environment = {**os.environ, "CUSTODES_DATA": str(folder), "PYTHONPATH": str(ROOT)}
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        if url:
            self.environment["CUSTODES_DATABASE_URL"] = url
        else:
            self.environment.pop("CUSTODES_DATABASE_URL", None)
        if migrate:
            code = "from django.core.management import call_command; call_command('migrate', verbosity=0)"
            self.python(code, setup=True)

    def python(self, code: str, *, setup: bool = False) -> str:
        if setup:
            code = (
                "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.audit.ledger.crash_settings'\n"
                f"import django; django.setup()\n{code}"
            )
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @cached_property
    def nursery(self) -> subprocess.Popen[str]:
        """The process that the victims are forked from."""
        command = [sys.executable, "-m", "tests.audit.ledger.crash_process"]
        return subprocess.Popen(
            command, env=self.environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, role: str, seed: int) -> "Victim":
        return Victim(self, role, seed)

    def close(self) -> None:
        if "nursery" in self.__dict__:
            self.nursery.communicate(timeout=30)

    def examine(self) -> dict[str, object]:
        return dict(json.loads(self.python(EXAMINE)))


class Victim:
    """One process to be killed; what it says goes to a file, so that nothing said is lost with it."""

    def __init__(self, ground: Ground, role: str, seed: int) -> None:
        self.out = Path(ground.environment["CUSTODES_DATA"]) / f"{role}-{seed}-{uuid4().hex[:6]}.out"
        self.out.touch()
        asked = {"role": role, "seed": seed, "out": str(self.out), "err": str(self.out.with_suffix(".err"))}
        stdin, stdout = ground.nursery.stdin, ground.nursery.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(asked) + "\n")
        stdin.flush()
        self.process = int(stdout.readline())

    def wait_for_a_line(self) -> None:
        deadline = time.monotonic() + 60
        while "\n" not in self.out.read_text():
            assert time.monotonic() < deadline, self.out.with_suffix(".err").read_text()
            time.sleep(0.005)

    def kill(self) -> list[str]:
        """Kill with SIGKILL and return every whole line it had said: receipts that were given."""
        os.kill(self.process, signal.SIGKILL)
        while Path(f"/proc/{self.process}").exists():
            time.sleep(0.002)
        trouble = self.out.with_suffix(".err").read_text()
        assert "Traceback" not in trouble, trouble
        return [line.strip() for line in self.out.read_text().splitlines(keepends=True) if line.endswith("\n")]


@contextmanager
def a_ground(folder: Path, *, postgres: bool, migrate: bool = True) -> Iterator[Ground]:
    """A database of its own, dropped afterwards."""
    if not postgres:
        ground = Ground(folder, "", migrate=migrate)
        yield ground
        ground.close()
        return
    import psycopg

    name = f"crash_{uuid4().hex[:12]}"
    maintenance = urlunsplit(urlsplit(SERVER)._replace(path="/postgres"))
    with psycopg.connect(maintenance, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    try:
        ground = Ground(folder, urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}")), migrate=migrate)
        yield ground
        ground.close()
    finally:
        with psycopg.connect(maintenance, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    postgres = request.param == "postgres"
    if SERVER and not postgres:
        pytest.skip("this run is about PostgreSQL")
    if postgres and not SERVER:
        pytest.skip("no PostgreSQL named by CUSTODES_TEST_DATABASE_URL")
    with a_ground(tmp_path, postgres=postgres) as made:
        yield made


def test_every_acknowledged_entry_survives_kill_9_of_writers_and_sequencer(ground: Ground) -> None:
    chance = random.Random(SEED)
    postgres = "CUSTODES_DATABASE_URL" in ground.environment
    acknowledged: list[str] = []
    for round_number in range(count(50)):
        writers = [ground.start("writer", chance.randrange(1 << 30)) for _ in range(2)]
        sequencers = [ground.start("sequencer", round_number) for _ in range(2 if postgres else 0)]
        for victim in (*writers, *sequencers):
            victim.wait_for_a_line()
        time.sleep(chance.uniform(0.0, 0.6))
        victims = [*sequencers, *writers]
        chance.shuffle(victims)
        for victim in victims:
            said = victim.kill()
            if victim in writers:
                acknowledged += said
    found = ground.examine()
    ids = found["ids"]
    assert isinstance(ids, list)
    assert found["verdict"] == "OK", found["summary"]
    assert (len(ids), found["queued"]) == (found["stored"], 0)
    assert len(set(ids)) == len(ids)
    assert set(acknowledged) <= set(ids)
    assert len(acknowledged) >= 2
    expected = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
    assert found["safe"] == (expected if postgres else {"synchronous": 2, "journal_mode": "wal"})


def test_a_build_that_acknowledges_before_commit_is_caught(ground: Ground) -> None:
    """The same oracle, shown red: the entry was acknowledged and is not there."""
    writer = ground.start("writer-early", SEED)
    writer.wait_for_a_line()
    acknowledged = writer.kill()
    found = ground.examine()
    ids = found["ids"]
    assert isinstance(ids, list)
    assert not set(acknowledged) <= set(ids)
