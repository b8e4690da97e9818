"""The desk of a server process: one thread, one connection, one transaction for all small requests that wait.

While it commits, the next requests gather behind it: the busier the server, the more share a flush to disk.
"""

import asyncio
import fcntl
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import close_old_connections, connection
from django.utils import timezone

from audit.api.grouping import Outcome, take_together
from audit.api.intake import Answer, Call
from audit.events.record import Overloaded

MAX_WAITING: Final = 1024
MAX_GROUP: Final = 256
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Waiting:
    """One request, and where its answer is waited for."""

    call: Call
    answer: "asyncio.Future[Answer]"


class Desk:
    """The queue of small requests of one process; its thread starts with the first, so after any fork."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[Waiting] = []
        self._thread: threading.Thread | None = None
        self._open = True

    async def take(self, call: Call) -> Answer:
        """Return the answer to a call after COMMIT; raises :class:`~audit.events.record.Overloaded`."""
        waiting = Waiting(call, asyncio.get_running_loop().create_future())
        with self._changed:
            if len(self._waiting) >= MAX_WAITING or not self._open:
                raise Overloaded("Too many requests wait for a commit; send this one again in a second")
            self._waiting.append(waiting)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
                self._thread.start()
            self._changed.notify()
        return await waiting.answer

    def close(self) -> None:
        """Serve who waits, then end."""
        with self._changed:
            self._open = False
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._someone_waits():
            with turn():
                with self._changed:  # after the turn has come: who arrived in the meantime comes along
                    group, self._waiting = self._waiting[:MAX_GROUP], self._waiting[MAX_GROUP:]
                outcomes = _served([each.call for each in group])
            _tell(group, outcomes)
        connection.close()

    def _someone_waits(self) -> bool:
        with self._changed:
            while self._open and not self._waiting:
                self._changed.wait()
            return bool(self._waiting)


def _served(calls: list[Call]) -> list[Outcome]:
    close_old_connections()
    try:
        return take_together(calls, at=timezone.now())
    except Exception as error:  # not even the group can be blamed; the thread must live on
        return [error] * len(calls)
    finally:
        close_old_connections()


def _tell(group: list[Waiting], outcomes: list[Outcome]) -> None:
    """Hand answers over, with one wake-up for each event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[Waiting, Outcome]]] = {}
    for waiting, outcome in zip(group, outcomes, strict=True):
        loops.setdefault(waiting.answer.get_loop(), []).append((waiting, outcome))
    for loop, pairs in loops.items():
        with suppress(RuntimeError):  # the server is going down; what was committed stays
            loop.call_soon_threadsafe(_settle, pairs)


def _settle(pairs: list[tuple[Waiting, Outcome]]) -> None:
    for waiting, outcome in pairs:
        if waiting.answer.done():  # the sender has gone
            continue
        if isinstance(outcome, Exception):
            waiting.answer.set_exception(outcome)
        else:
            waiting.answer.set_result(outcome)


@contextmanager
def turn() -> Iterator[None]:
    """Wait for one's turn to write (SQLite on disk), in the order of arrival and over all processes.

    SQLite itself lets writers ask again and again with pauses of up to a tenth of a second, while whoever wrote last
    goes first.
    """
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or "memory" in name:
        yield
        return
    with Path(f"{name}.turn").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
