"""A process to be killed: ``writer`` records and prints each receipt after COMMIT, ``sequencer`` integrates.

``writer-early`` is the build that must be caught: it acknowledges before COMMIT.
"""

import os
import random
import sys
import threading
import time
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


if __name__ == "__main__":
    role, seed = sys.argv[1], int(sys.argv[2])
    if role == "sequencer":
        print("ready", flush=True)
        log.run_sequencer(threading.Event(), interval=0.02)
    else:
        write(seed, early=role == "writer-early")
