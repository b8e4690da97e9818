"""``custodes follow``: the supervised loops behind the doors, sequencing and fold-and-check."""

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection
from django.utils import timezone

from audit import tasks
from audit.ledger import log

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Sequence the ledger, fold events into decisions and check them, until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when everything recorded so far is folded")
        parser.add_argument("--interval", type=float, default=0.25, help="seconds between two looks (default 0.25)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            catch_up()
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        sequencer = threading.Thread(target=_sequence, args=(stop, options["interval"]), name="sequencer")
        sequencer.start()
        try:
            run(stop, options["interval"])
        finally:
            stop.set()
            sequencer.join()


def _sequence(stop: threading.Event, interval: float) -> None:
    try:
        log.run_sequencer(stop, interval)
    finally:
        connection.close()


def run(stop: threading.Event, interval: float) -> None:
    """Fold until ``stop`` is set; a failing step is logged, waited for longer each time, and tried again."""
    pause = interval
    while not stop.is_set():
        try:
            close_old_connections()
            now = timezone.now()
            worked = tasks.follow(at=now) + tasks.follow_time(at=now) + tasks.follow_reviews(at=now)
            pause = interval
        except Exception:
            logger.exception("the follower could not fold; the next try in %.1f s", pause)
            worked, pause = 0, min(pause * 2, 30)
        if not worked:
            stop.wait(pause)


def catch_up() -> int:
    """Sequence, fold and check everything recorded so far; return how many entries were folded."""
    folded = 0
    while True:
        now = timezone.now()
        sequenced = log.integrate(at=now)
        worked = tasks.follow(at=now)
        folded += worked
        if not worked and sequenced is None and not tasks.follow_reviews(at=now):
            break
    while tasks.follow_time(at=timezone.now()):
        pass
    return folded
