"""Kill -9 in mid-load: nothing that was acknowledged is lost, nothing is doubled, ledger and store agree."""

import os
import random
import signal
import time

import pytest

from tests import scale
from tests.audit.faults.house import Clients, House, judge

pytestmark = pytest.mark.slow
ROUNDS = scale.count(20)


@pytest.fixture
def house(tmp_path):
    running = House(tmp_path)
    running.start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.kill()


def one_round(house: House, tag: str, dice: random.Random, how: str) -> Clients:
    """Load, one blow at a random moment, and the service back; returns what the clients saw."""
    clients = Clients(house, tag)
    clients.start()
    time.sleep(0.4 + dice.random())
    if how == "worker":
        os.kill(dice.choice(house.workers()), signal.SIGKILL)
        time.sleep(1.0)  # the supervisor brings it back while the others go on
    else:
        house.kill(signal.SIGKILL if how == "all" else signal.SIGTERM)
        house.start()
        time.sleep(0.5)
    clients.finish()
    return clients


@pytest.mark.parametrize("how", ["worker", "all", "term"])
def test_a_kill_in_mid_load_loses_nothing_and_doubles_nothing(house, how):
    dice = random.Random(scale.SEED)
    everyone = Clients(house, "all")
    for number in range(ROUNDS):
        clients = one_round(house, f"{how}{number}", dice, how)
        everyone.acked |= clients.acked
        everyone.tried |= clients.tried
        assert clients.acked, clients.statuses
        assert not [status for status in clients.statuses if status >= 500 and status != 503], clients.statuses
    found = judge(everyone)
    print(f"\nkill {how}: {ROUNDS} rounds, {found.acked} acknowledged, {found.stored} stored")
    assert found.sound, found


def test_the_oracle_is_red_for_a_build_that_answers_before_commit(tmp_path):
    house = House(tmp_path, application="tests.audit.faults.early_ack:application")
    house.start()
    try:
        clients = one_round(house, "early", random.Random(scale.SEED), "all")
        assert judge(clients).lost
    finally:
        house.kill()
