"""kill -9 of web, sequencer (follower) and job worker at random moments under load: one tree, nothing is lost.

The job worker writes to the ledger as well: it works through heartbeat jobs. ``test_kill`` shows the same oracle red
for a build that answers before COMMIT.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest

from tests import scale
from tests.audit.faults.house import ROOT, Clients, House, judge

pytestmark = [pytest.mark.slow, pytest.mark.timeout(5400)]
SERVER = os.environ.get("CUSTODES_TEST_DATABASE_URL", "")
ROUNDS = scale.count(50)
JOBS = """
import django; django.setup()
from uuid import uuid4
from django.db import transaction
from django.utils import timezone
from governance.jobs import enqueue
with transaction.atomic():
    for n in range({n}):
        enqueue(kind="heartbeat", key=f"beat:{{uuid4()}}", arguments={{}}, actor=None, at=timezone.now())
"""
EXAMINE = """
import json
import django; django.setup()
from django.core.management import call_command
from django.db import connection
from audit.events import fold
from audit.ledger import doctor
from audit.ledger.models import Entry, Leaf, Queued
call_command("follow", once=True)
found = doctor.examine()
names = ("fsync", "full_page_writes", "synchronous_commit") if connection.vendor == "postgresql" else ()
safe = {}
with connection.cursor() as cursor:
    for name in names:
        cursor.execute(f"SHOW {name}"); safe[name] = cursor.fetchone()[0]
    if not names:
        cursor.execute("PRAGMA synchronous"); safe["synchronous"] = cursor.fetchone()[0]
print(json.dumps({"verdict": str(found.verdict), "summary": found.summary, "entries": Entry.objects.count(),
                  "leaves": Leaf.objects.count(), "queued": Queued.objects.count(), "lag": fold.lag(), "safe": safe,
                  "beats": sum(b'"log.heartbeat"' in bytes(entry)
                               for entry in Entry.objects.values_list("envelope", flat=True))}))
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    postgres = request.param == "postgres"
    if postgres is not bool(SERVER):
        pytest.skip("this run is about the other database")
    if not postgres:
        yield from running(House(tmp_path))
        return
    import psycopg

    name = f"kill_{uuid4().hex[:12]}"
    maintenance = urlunsplit(urlsplit(SERVER)._replace(path="/postgres"))
    with psycopg.connect(maintenance, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    try:
        yield from running(House(tmp_path, database=urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))))
    finally:
        with psycopg.connect(maintenance, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def running(house: House) -> Iterator[House]:
    house.env["DJANGO_SETTINGS_MODULE"] = "governance.project.settings"
    house.start()
    try:
        yield house
    finally:
        if house.process is not None and house.process.poll() is None:
            house.kill()


def python(house: House, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=house.env, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Rest:
    """Follower, job worker and scheduler under their supervisor, which brings back what is killed."""

    def __init__(self, house: House) -> None:
        command = [sys.executable, "manage.py", "up", "--only", "follower,worker,scheduler", "--json"]
        self.out = house.folder / "up.out"
        with self.out.open("w") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=house.env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    def children(self) -> dict[int, str]:
        """The running children of the supervisor, pid to command line."""
        listed = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        found = {}
        for path in listed:
            for pid in path.read_text().split():
                try:
                    found[int(pid)] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                except FileNotFoundError:
                    continue
        return found

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 120
        while len(self.children()) < count:
            assert time.monotonic() < deadline, self.out.read_text()[-3000:]
            assert self.process.poll() is None, self.out.read_text()[-3000:]
            time.sleep(0.1)

    def kill_one(self, dice: random.Random) -> None:
        found = sorted(self.children())
        if found:
            os.kill(dice.choice(found), signal.SIGKILL)

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)


def wait_for_work(house: House, rest: Rest) -> None:
    """Until the job worker has done its first job: from then on it writes to the ledger."""
    deadline = time.monotonic() + 240
    while not house.query("SELECT 1 FROM governance_job WHERE state = 'done'"):
        assert time.monotonic() < deadline, rest.out.read_text()[-3000:]
        time.sleep(0.2)


def test_any_process_may_die_at_any_moment(house: House) -> None:
    dice = random.Random(scale.SEED + 1)
    python(house, JOBS.format(n=20 * ROUNDS))
    rest = Rest(house)
    everyone = Clients(house, "all")
    try:
        rest.wait_for(3)
        wait_for_work(house, rest)
        for number in range(ROUNDS):
            clients = Clients(house, f"r{number}")
            clients.start(count=4)
            time.sleep(0.2 + dice.random())
            blow = dice.choice(["web worker", "web", "other", "other", "other"])
            if blow == "web":
                house.kill()
                house.start()
            elif blow == "web worker" and (workers := house.workers()):
                os.kill(dice.choice(workers), signal.SIGKILL)
            else:
                rest.kill_one(dice)
            time.sleep(0.3)
            clients.finish()
            everyone.acked |= clients.acked
            everyone.tried |= clients.tried
    finally:
        rest.end()
    found = judge(everyone)
    state = json.loads(python(house, EXAMINE).splitlines()[-1])
    print(f"\n{ROUNDS} rounds, {found.acked} acknowledged, {found.stored} stored, {state['beats']} heartbeats")
    assert found.sound, found
    assert found.acked
    assert state["beats"]
    assert state["verdict"] == "OK", state["summary"]
    assert (state["leaves"], state["queued"], state["lag"]) == (state["entries"], 0, 0)
    expected = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
    assert state["safe"] == (expected if house.database else {"synchronous": 2})
