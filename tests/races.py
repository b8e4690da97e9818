"""Many at the same instant: each act on a thread and a connection of its own, all from one barrier."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, connection


def insist(act: Callable[[], Any], patience: float = 60) -> Any:
    """Try again while SQLite is busy: a door would answer 503, and the person comes back a moment later."""
    until = time.monotonic() + patience
    while True:
        try:
            return act()
        except OperationalError:  # with one cache for all threads SQLite says so at once, without waiting
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all acts at the same time; return in their order what each gave, or what it raised."""
    gate, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=60)
            results[place] = insist(act)
        except Exception as error:
            results[place] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    return results
