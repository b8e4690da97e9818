"""A worker is killed between two hops: each hop is told once, the safe default comes once, nothing is half done."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from audit import tasks
from audit.ledger import log
from audit.reviews import timers
from tests.audit.faults.house import ROOT
from tests.audit.reviews.house import POLICY, build

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DUE = START + timedelta(hours=8)
FIRST, LAST = DUE + timedelta(minutes=30), DUE + timedelta(minutes=150)
CHAIN = {
    "criteria": ["sla_breach"],
    "chain": [{"to": "lead", "ack": "PT30M"}, {"to": "head", "ack": "PT2H"}],
    "last_hop": "hold",
}
KILLED = -9
LOOK = {
    "climb": "SELECT hop, state FROM audit_review_escalation",
    "task": "SELECT state, default_applied FROM audit_review_task",
    "events": "SELECT event_id FROM audit_event WHERE source LIKE 'urn:custodes:%' ORDER BY recorded_at, event_id",
    "told": "SELECT p.pseudonym FROM governance_notice n JOIN governance_person p ON p.id = n.person_id"
    " WHERE n.kind = 'escalation' ORDER BY n.at",
    "ended": "SELECT count(*) FROM governance_notice WHERE kind = 'review'",
}


class Site:
    """The database of this test as another process meets it: the server's, or a copy of the memory's in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "site"
        shutil.copytree(settings.DATA_DIR, self.folder)
        self.env = {**os.environ, "CUSTODES_DATA": str(self.folder), "CUSTODES_LOG_LEVEL": "CRITICAL"}
        self.env["DJANGO_SETTINGS_MODULE"] = "governance.project.settings"
        self.env.pop("CUSTODES_DATABASE_URL", None)
        self.url = ""
        if connection.vendor == "postgresql":
            server = urlsplit(os.environ["CUSTODES_TEST_DATABASE_URL"])
            self.url = urlunsplit(server._replace(path=f"/{connection.settings_dict['NAME']}"))
            self.env["CUSTODES_DATABASE_URL"] = self.url
        else:
            connection.ensure_connection()
            copy = sqlite3.connect(self.folder / "custodes.sqlite3")
            connection.connection.backup(copy)
            copy.close()

        command = [sys.executable, "-m", "tests.audit.reviews.climber"]
        pipe = subprocess.PIPE
        self.worker = subprocess.Popen(command, cwd=ROOT, env=self.env, stdin=pipe, stdout=pipe, text=True)

    def work(self, *plan: tuple[datetime, str]) -> list[int]:
        """Have the worker do each step in a process of its own; return how each ended."""
        ended = []
        assert self.worker.stdin is not None
        assert self.worker.stdout is not None
        for at, point in plan:
            self.worker.stdin.write(json.dumps([at.isoformat(), point]) + "\n")
            self.worker.stdin.flush()
            ended.append(int(self.worker.stdout.readline()))
        return ended

    def close(self) -> None:
        assert self.worker.stdin is not None
        self.worker.stdin.close()
        self.worker.wait(60)

    def seen(self) -> dict[str, list[tuple[object, ...]]]:
        """What stands in the database, read without any code of ours."""
        if self.url:
            import psycopg

            with psycopg.connect(self.url) as reader:
                return {name: reader.execute(sql).fetchall() for name, sql in LOOK.items()}
        reader = sqlite3.connect(self.folder / "custodes.sqlite3")
        try:
            return {name: reader.execute(sql).fetchall() for name, sql in LOOK.items()}
        finally:
            reader.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A review whose time is over and whose first hop was told, half an hour before the second falls due."""
    with log.replaying_clock("tests"):
        house = build({**POLICY, "escalation": CHAIN}, at=START - timedelta(days=2))
        for role, name in (("lead", "lea"), ("head", "hedy")):
            person = house.person(role, name, at=START)
            person.pseudonym = f"rev-{name}"
            person.save(update_fields=["pseudonym"])
        house.propose(at=START)
        while log.integrate(at=START) is not None or tasks.follow(at=START):
            pass
        timers.sweep(at=DUE)
    running = Site(tmp_path)
    yield running
    running.close()


def test_a_kill_inside_a_hop_leaves_the_hop_before_and_one_after_it_the_hop(site: Site) -> None:
    before = site.seen()
    assert (before["climb"], before["told"]) == ([(0, "running")], [("rev-lea",)])
    assert site.work((FIRST, "climbing"), (FIRST, "told")) == [KILLED, KILLED]
    assert site.seen() == before

    plan = [(FIRST, "committed"), (FIRST, ""), (LAST, "default"), (LAST, "default")]
    assert site.work(*plan) == [KILLED, 0, KILLED, KILLED]
    between = site.seen()
    assert (between["climb"], between["task"]) == ([(1, "running")], [("open", "")])
    assert between["told"] == [("rev-lea",), ("rev-hedy",)]

    assert site.work((LAST, ""), (LAST, ""), (LAST + timedelta(days=1), "")) == [0, 0, 0]
    after = site.seen()
    assert (after["climb"], after["task"]) == ([(1, "expired")], [("expired", "hold")])
    assert after["told"] == between["told"]
    phases = [str(each).rsplit(":", 1)[-1] for (each,) in after["events"]]
    counted = {phase: phases.count(phase) for phase in phases}
    assert counted == {"raised": 1, "notified": 2, "expired": 3}  # each hop, and the review itself
    assert len(set(after["events"])) == len(after["events"])
    assert after["ended"] == [(1,)]
