"""The same suite on every broker and database, with workers killed in the middle (issue: walking house).

One installation per broker and database serves all tests of the pair; each test has its own job keys.

That these assertions can fail is shown by ``test_the_suite_sees_an_effect_that_happened_twice`` (a handler
that does not care for repetition) and ``test_without_the_sweep_a_killed_job_stays_undone`` (no scheduler, so
nobody returns the job): each breaks one half of the promise on purpose and finds it broken.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.governance.jobs.installation import (
    BROKERS,
    LEASE_SECONDS,
    Installation,
    installation,
    kill_worker,
    reachable,
)

POSTGRES = os.environ.get("CUSTODES_TEST_DATABASE_URL", "")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """Empty on SQLite; on PostgreSQL a database of its own, dropped afterwards."""
    if not POSTGRES:
        yield ""
        return
    base, _, _ = POSTGRES.rpartition("/")
    query = POSTGRES.partition("?")[2]
    name = f"jobs_{os.getpid()}"
    admin = POSTGRES.replace("postgres://", "postgresql://")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    if query:
        base = POSTGRES.partition("?")[0].rpartition("/")[0]
    yield f"{base}/{name}" + (f"?{query}" if query else "")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(
    scope="module",
    params=[
        # What a user's machine lacks anyway belongs to the slow tier: there every broker has its turn.
        pytest.param(
            name,
            marks=[] if name == "embedded" else [pytest.mark.slow],
        )
        for name in BROKERS
    ],
)
def up(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, database_url: str
) -> Iterator[Installation]:
    """A running worker and scheduler on one broker."""
    broker = request.param
    if not reachable(BROKERS[broker]):
        pytest.skip(f"no {broker} server at {BROKERS[broker]}")
    with installation(tmp_path_factory.mktemp(broker), broker=broker, database_url=database_url) as made:
        made.start()
        yield made


def key(up: Installation, name: str) -> str:
    return f"{up.broker}-{name}"


def test_a_worker_killed_in_the_middle_leaves_every_job_done_once_without_help(up: Installation) -> None:
    """Two jobs are held in the worker that dies, one before its effect and one after it; three wait behind them."""
    before, after, *behind = keys = [key(up, name) for name in ("before", "after", "third", "fourth", "fifth")]
    up.enqueue(before, hold="before")
    up.enqueue(after, hold="after")
    for each in behind:
        up.enqueue(each)
        up.enqueue(each)  # asking twice asks once
    up.trace(after, "held-after")
    kill_worker(up.trace(before, "held-before"))
    jobs = {each: up.wait_for_done(each) for each in keys}
    assert {job["state"] for job in jobs.values()} == {"done"}
    assert jobs[before]["attempts"] >= 2
    assert jobs[after]["attempts"] >= 2
    assert {each: up.effects(each) for each in keys} == dict.fromkeys(keys, 1)


@pytest.mark.slow
def test_a_job_whose_message_was_lost_is_done_all_the_same(up: Installation) -> None:
    name = key(up, "lost")
    up.enqueue(name, lose_message=True)
    assert up.wait_for_done(name)["state"] == "done"
    assert up.effects(name) == 1


@pytest.mark.slow
def test_a_long_job_outlives_its_lease_and_a_stopping_worker_gives_it_back(up: Installation) -> None:
    name = key(up, "long")
    up.enqueue(name, hold="before")
    first = up.trace(name, "held-before")
    before = up.job(name)
    time.sleep(LEASE_SECONDS * 1.5)
    assert up.job(name)["attempts"] == 1, "the heartbeat did not hold the lease"
    assert before["state"] == "running"
    took = up.stop()
    assert took < 12, f"stopping took {took:.1f} s"
    assert up.job(name)["state"] == "waiting", "the job was not given back"
    up.start()
    job = up.wait_for_done(name)
    assert (job["state"], job["attempts"]) == ("done", 2)
    assert job["result"]["pid"] != first
    assert up.effects(name) == 1


@pytest.mark.slow
def test_the_suite_sees_an_effect_that_happened_twice(up: Installation) -> None:
    name = key(up, "careless")
    up.enqueue(name, kind="test.careless", hold="after")
    kill_worker(up.trace(name, "held-after"))
    up.wait_for_done(name)
    assert up.effects(name) == 2


@pytest.mark.slow
def test_without_the_sweep_a_killed_job_stays_undone(tmp_path: Path) -> None:
    with installation(tmp_path / "house", broker="embedded", database_url="") as house:
        house.start(only="worker")
        house.enqueue("k", hold="before")
        kill_worker(house.trace("k", "held-before"))
        with pytest.raises(AssertionError, match="not within"):
            house.wait_for_done("k", seconds=LEASE_SECONDS * 2.5)
        assert house.effects("k") == 0
