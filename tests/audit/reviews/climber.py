"""A worker that is killed: forks a process for each step it reads, sweeps in it, and says how it ended.

Reads lines ``["2026-11-02T17:30:00+00:00", "told"]`` and answers each with an exit status. The second word is where the
process kills itself with SIGKILL: ``climbing`` (the old hop is left, nobody is told yet), ``told`` (the new one is,
nothing committed), ``committed``, ``default`` (the safe default is written, nothing committed), or empty: it lives. The
product knows nothing of this: the points are put in here.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import django

django.setup()

from audit.ledger import log  # noqa: E402
from audit.reviews import announcing, escalating, timers  # noqa: E402


def _die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _then_die(act: Callable[..., Any]) -> Callable[..., Any]:
    def done(*args: Any, **kwargs: Any) -> Any:
        act(*args, **kwargs)
        return _die()

    return done


def sweep(at: datetime, point: str) -> None:
    """Sweep as the worker does, up to ``point``."""
    if point == "climbing":
        escalating._arrive = _die  # type: ignore[assignment]
    if point == "told":
        announcing.escalated = _then_die(announcing.escalated)  # type: ignore[assignment]
    if point == "default":
        announcing.expired = _then_die(announcing.expired)  # type: ignore[assignment]
    with log.replaying_clock("tests"):
        timers.sweep(at=at)
    if point == "committed":
        _die()


def in_a_process(at: datetime, point: str) -> int:
    """Return how the process ended: 0, or minus the signal that killed it."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        sweep(at, point)
        os._exit(0)
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(1)


if __name__ == "__main__":
    for line in sys.stdin:
        moment, where = json.loads(line)
        print(in_a_process(datetime.fromisoformat(moment), where), flush=True)
