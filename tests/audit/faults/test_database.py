"""The database dies, restarts or has no room: 503 while it is away, nothing acknowledged is lost, no hands needed."""

import contextlib
import copy
import http.client
import json
import random
import signal
import time
from pathlib import Path

import pytest

from tests import postgres, scale
from tests.audit.events.samples import proposed
from tests.audit.faults.cluster import Cluster, cluster, small_disk
from tests.audit.faults.house import Clients, House, judge

pytestmark = pytest.mark.slow
SENT: set[str] = set()  # by the tests before, to the same house


@pytest.fixture(scope="module")
def base():
    try:
        with cluster() as running:
            yield running
    except postgres.PostgresMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def house(base, tmp_path_factory):
    running = House(tmp_path_factory.mktemp("database"), database=base.url)
    running.start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.kill()


def acknowledged(house: House, name: str) -> bool:
    """Send one event until it is committed; whether it was within a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=20)
        try:
            headers = {"Authorization": f"Bearer {house.key}", "Content-Type": "application/cloudevents+json"}
            connection.request("POST", "/api/v1/events", json.dumps(proposed(name)), headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status in (200, 201):
                return True
            assert answer.status == 503, answer.status
            assert int(answer.headers["Retry-After"]) > 0
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    return False


def only_503_of_5xx(clients: Clients) -> bool:
    return not [status for status in clients.statuses if status >= 500 and status != 503]


def expect_sound(clients: Clients, house: House, probes: set[str]) -> None:
    clients.tried |= probes | SENT
    SENT.update(clients.tried)
    found = judge(clients)
    assert only_503_of_5xx(clients), clients.statuses
    assert clients.acked
    assert found.sound, found
    print(f"\n{found.acked} acknowledged, {found.stored} stored, answers {dict(sorted(clients.statuses.items()))}")


def test_kill_9_of_postgres_in_mid_load(base: Cluster, house: House):
    dice, clients, probes = random.Random(scale.SEED), Clients(house, "pg"), set()
    clients.start()
    for number in range(scale.count(20, at_least=2)):
        time.sleep(0.3 + dice.random())
        base.kill()
        time.sleep(0.3)
        base.start()
        assert acknowledged(house, f"kill-{number}"), "the workers did not come back by themselves"
        probes.add(f"p-kill-{number}")
    clients.finish()
    expect_sound(clients, house, probes)


def test_immediate_restarts_and_terminated_backends(base: Cluster, house: House):
    clients, probes = Clients(house, "restart"), set()
    clients.start()
    for number in range(scale.count(15, at_least=3)):
        time.sleep(0.5)
        if number % 3 == 2:
            base.restart_immediately()
        else:
            base.terminate_backends()
        assert acknowledged(house, f"probe-{number}")
        probes.add(f"p-probe-{number}")
    clients.finish()
    expect_sound(clients, house, probes)


def test_a_table_that_a_migration_holds_makes_senders_wait_not_fail(base: Cluster, house: House):
    """What DDL does to a busy table: it takes the strongest lock there is, and lets go of it."""
    clients, probes = Clients(house, "lock"), set()
    clients.start()
    for number in range(scale.count(20, at_least=2)):
        _wait_for(lambda: len(clients.acked) > 5)
        with base.connect() as connection, connection.transaction():
            connection.execute("LOCK TABLE audit_event, ledger_entry IN ACCESS EXCLUSIVE MODE")
            time.sleep(1)
        assert acknowledged(house, f"lock-{number}")
        probes.add(f"p-lock-{number}")
    clients.finish()
    expect_sound(clients, house, probes)


def test_the_oracle_is_red_when_answers_come_before_commit_and_postgres_dies(base: Cluster, house: House):
    with answering_early(house) as early:
        clients = Clients(early, "early")
        clients.start()
        _wait_for(lambda: len(clients.acked) > 5)
        base.kill()
        base.start()
        clients.finish()
    SENT.update(clients.tried)
    assert judge(clients).lost


@contextlib.contextmanager
def answering_early(house: House):
    """A second server over the same database: the build that acknowledges before COMMIT."""
    early = copy.copy(house)
    early.application = "tests.audit.faults.early_ack:application"
    early.listen()
    early.start()
    try:
        yield early
    finally:
        early.kill(signal.SIGKILL)


def test_a_full_disk_is_503_and_after_making_room_it_goes_on(tmp_path):
    """The whole cluster lies on a disk of 256 MB; a ballast file takes what is left in mid-load.

    Documented step: PostgreSQL may stop itself when its log cannot grow. Then it must be started again, by its
    supervisor; Custodes needs nothing.
    """
    try:
        with small_disk(256) as disk, cluster(disk) as base:
            house = House(tmp_path, database=base.url)
            house.start()
            clients = Clients(house, "full")
            try:
                clients.start()
                _wait_for(lambda: len(clients.acked) > 20)
                ballast = disk / "ballast"
                _fill(ballast)
                _wait_for(lambda: clients.statuses.get(503, 0) > 5)
                ballast.unlink()
                if not base.running():
                    base.start()
                assert acknowledged(house, "after")
                clients.finish()
                expect_sound(clients, house, {"p-after"})
                assert _lost_when_the_disk_fills(house, ballast, base)
            finally:
                clients.finish()
                house.kill(signal.SIGKILL)
    except (PermissionError, postgres.PostgresMissing) as error:
        pytest.skip(f"cannot be tried here: {error}")


def _lost_when_the_disk_fills(house: House, ballast: Path, base: Cluster) -> set[str]:
    """What a build loses that acknowledges before COMMIT: the oracle must see it."""
    with answering_early(house) as early:
        clients = Clients(early, "early")
        clients.start()
        _wait_for(lambda: len(clients.acked) > 5)
        _fill(ballast)
        told = len(clients.acked)
        _wait_for(lambda: len(clients.acked) > told + 20)
        clients.finish()
    ballast.unlink()
    if not base.running():
        base.start()
    return judge(clients).lost


def _fill(path) -> None:
    """Write until there is no room for another byte."""
    size = 1 << 20
    with path.open("wb", buffering=0) as file:
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2


def _wait_for(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.05)
