"""Row 15 and 16 of the drill on a real server: writers side by side, sequencers fighting, one tree."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction

from audit.ledger import doctor, log
from tests.audit.ledger.bundles import both, make
from tests.audit.ledger.conftest import draft
from tests.scale import SEED

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer"),
    pytest.mark.django_db(transaction=True),
]
WRITERS, ROUNDS = 6, 15


def side_by_side(*work: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def run(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_writers_side_by_side_and_two_sequencers_make_one_tree(tmp_path: Path) -> None:
    acknowledged: list[log.Recorded] = []
    stop = threading.Event()

    def writer(number: int) -> Callable[[], None]:
        def write() -> None:
            chance = random.Random(SEED + number)
            for _ in range(ROUNDS):
                with transaction.atomic():
                    receipts = log.append([draft(i) for i in range(chance.choice([1, 5, 40]))], at=datetime.now(UTC))
                acknowledged.extend(receipts)

        return write

    sequencers = [threading.Thread(target=sequencing_loop, args=(stop,)) for _ in range(2)]
    for thread in sequencers:
        thread.start()
    side_by_side(*(writer(number) for number in range(WRITERS)))
    last = max(acknowledged, key=lambda receipt: receipt.recorded_at)
    assert log.wait_for_checkpoint(last.entry, 20) is not None
    stop.set()
    for thread in sequencers:
        thread.join()
    while log.integrate(at=datetime.now(UTC)):
        pass
    found = [entry.entry for entry in log.entries()]
    assert len(found) == len(set(found)) == len(acknowledged)
    assert set(found) == {receipt.entry for receipt in acknowledged}
    assert both(make(tmp_path / "b.zip"), vkeys=[str(log.vkey())]).exit_code == 0
    assert doctor.examine().exit_code == 0


def sequencing_loop(stop: threading.Event) -> None:
    try:
        log.run_sequencer(stop, interval=0.01)
    finally:
        connection.close()


def test_a_transaction_that_stays_open_delays_nobody_and_loses_nothing() -> None:
    opened, go_on = threading.Event(), threading.Event()
    slow: list[log.Recorded] = []

    def hold_open() -> None:
        with transaction.atomic():
            slow.extend(log.append([draft(1)], at=datetime.now(UTC)))
            opened.set()
            assert go_on.wait(20)

    def overtake() -> None:
        assert opened.wait(20)
        with transaction.atomic():
            [fast] = log.append([draft(2)], at=datetime.now(UTC))
        while log.integrate(at=datetime.now(UTC)):
            pass
        assert log.index_of(fast.entry) == 0
        go_on.set()

    side_by_side(hold_open, overtake)
    while log.integrate(at=datetime.now(UTC)):
        pass
    assert log.index_of(slow[0].entry) == 1
