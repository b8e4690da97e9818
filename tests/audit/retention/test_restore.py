"""``custodes backup`` and ``restore`` as an operator runs them: back up, erase, lose everything, restore the old copy.

The ledger's own tests try the functions behind them; here is the whole product, its projections and its queue.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest

from tests.scale import TIER

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
SERVER = os.environ.get("CUSTODES_TEST_DATABASE_URL", "")
NOT_TWICE = pytest.mark.skipif(TIER != "prove", reason="make prove runs it on SQLite too")
PRELUDE = """
import json
import django; django.setup()
from django.core.management import call_command
from django.utils import timezone
from audit import retention
from audit.ledger import log, sequencing
from audit.models import Decision, ReviewTask
from tests.audit.retention.test_copies import erase, left, tell, word
"""
LIVE = """
call_command("migrate", verbosity=0)
from tests.audit.reviews.house import build
house = build()
tell(house, "B-1"); house.propose("B-2", value="othermatter"); house.fold()
print(json.dumps({"planted": len(left())}))
"""
ERASE = """
from governance.models import UseCase
from tests.audit.reviews.house import House
class Cast: pass
from governance.models import User
cast = Cast(); cast.anna, cast.adam = (User.objects.get(name=name) for name in ("Anna", "Adam"))
house = House(cast, UseCase.objects.get())
erase(house, subject_ref=word("subject"))
sequencing.remember(log.latest_checkpoint().size, force=True)
print(json.dumps({"planted": sorted(left()), "size": log.latest_checkpoint().size}))
"""
FLUSH = """
from django.db import connection
with connection.cursor() as cursor: cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
print("{}")
"""
LOOK = """
print(json.dumps({
    "planted": sorted(left()), "decisions": sorted(Decision.objects.values_list("decision_id", flat=True)),
    "tasks": sorted(map(list, ReviewTask.objects.values_list("decision_id", "state", "action_value"))),
}))
"""


class Place:
    """A data folder and a database of their own; ``run`` is one process, as an operator starts it."""

    def __init__(self, folder: Path, database: str) -> None:
        folder.mkdir()
        self.folder = folder
        self.env = {**os.environ, "CUSTODES_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "governance.project.settings"}
        self.env.pop("CUSTODES_DATABASE_URL", None)
        if database:
            self.env["CUSTODES_DATABASE_URL"] = database

    def run(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode != 1, done.stderr
        return done.returncode, done.stdout

    def python(self, code: str) -> dict[str, Any]:
        return dict(json.loads(self.run("-c", PRELUDE + code)[1].splitlines()[-1]))

    def command(self, *words: str) -> tuple[int, dict[str, Any]]:
        status, said = self.run("manage.py", *words, "--json")
        return status, json.loads(said.splitlines()[-1])


@pytest.fixture(params=[pytest.param("sqlite", marks=NOT_TWICE), pytest.param("postgres", marks=pytest.mark.postgres)])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Place]]:
    """The installation that will be lost, and two empty ones."""
    postgres = request.param == "postgres"
    if postgres is not bool(SERVER):
        pytest.skip("this run is about the other database")
    names = ("first", "second", "third")
    if not postgres:
        yield [Place(tmp_path / name, "") for name in names]
        return
    import psycopg

    made = [f"restore_{uuid4().hex[:12]}" for _ in names]
    at = urlsplit(SERVER)
    with psycopg.connect(urlunsplit(at._replace(path="/postgres")), autocommit=True) as server:
        for database in made:
            server.execute(f"CREATE DATABASE {database}")
        try:
            urls = [urlunsplit(at._replace(path=f"/{database}")) for database in made]
            yield [Place(tmp_path / name, url) for name, url in zip(names, urls, strict=True)]
        finally:
            for database in made:
                server.execute(f"DROP DATABASE {database} WITH (FORCE)")


def test_what_was_erased_after_the_backup_does_not_come_back_with_it(places: list[Place], tmp_path: Path) -> None:
    first, second, third = places
    assert first.python(LIVE)["planted"] > 5
    old, new = tmp_path / "old", tmp_path / "new"
    assert first.command("backup", str(old), "--keys", f"{old}.keys")[0] == 0
    erased = first.python(ERASE)
    assert erased["planted"] == []
    if not SERVER:  # nor in what SQLite leaves of a deleted row in its file
        first.python(FLUSH)
        assert b"zqplanted" not in b"".join(path.read_bytes() for path in first.folder.glob("custodes.sqlite3*"))
    assert first.command("backup", str(new), "--keys", f"{new}.keys")[0] == 0

    status, found = second.command("restore", str(old), "--keys", f"{new}.keys")
    assert (status, found["verdict"], found["rolled_back"]) == (12, "ROLLED-BACK", True)
    assert found["size"] < found["signed"] == erased["size"]
    assert found["removals_done_again"] == 1
    assert found["payloads_removed_again"] >= 3
    after = second.python(LOOK)
    assert after["planted"] == []
    assert after["decisions"] == ["B-2"]
    assert after["tasks"] == [["B-1", "closed", None], ["B-2", "open", "othermatter"]]

    if TIER != "prove":  # the newest backup whole: elsewhere tried in less time
        return
    status, found = third.command("restore", str(new), "--keys", f"{new}.keys")
    assert (status, found["rolled_back"], found["removals_done_again"]) == (0, False, 0)
    assert third.python(LOOK) == after
