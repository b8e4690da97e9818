"""A process to be killed: ``writer`` records and prints each receipt after COMMIT, ``sequencer`` integrates.

``writer-early`` is the build that must be caught: it acknowledges before COMMIT. They are forked from one process
that has loaded everything and holds no connection: fifty rounds would else spend most of their time on loading.
"""

import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from datetime import UTC, datetime

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.audit.ledger.crash_settings"

import django

django.setup()

from django.db import transaction  # noqa: E402

from audit.ledger import log  # noqa: E402
from tests.audit.ledger.conftest import draft  # noqa: E402


def say(receipts: list[log.Recorded]) -> None:
    sys.stdout.write("".join(f"{receipt.entry}\n" for receipt in receipts))
    sys.stdout.flush()


def write(seed: int, *, early: bool) -> None:
    chance = random.Random(seed)
    number = 0
    while True:
        drafts = [draft(number + i) for i in range(chance.choice([1, 1, 3, 20]))]
        number += len(drafts)
        with transaction.atomic():
            receipts = log.append(drafts, at=datetime.now(UTC))
            if early:
                say(receipts)
                time.sleep(0.2)
        if not early:
            say(receipts)


def play(role: str, seed: int) -> None:
    if role == "sequencer":
        print("ready", flush=True)
        log.run_sequencer(threading.Event(), interval=0.02)
    else:
        write(seed, early=role == "writer-early")


def fork(role: str, seed: int, out: str, err: str) -> int:
    """Return the number of a process that plays ``role`` and writes what it says to files."""
    child = os.fork()
    if child:
        return child
    try:
        for path, number in ((out, 1), (err, 2)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
        play(role, seed)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed
    for line in sys.stdin:
        asked = json.loads(line)
        print(fork(**asked), flush=True)
