"""Group commit: single events that arrive at once share one transaction and one flush to disk.

The first thread leads: it records what is waiting while the next ones queue up behind it. Each sender still gets
its own verdict, and nobody an answer before COMMIT. A group that fails is tried again one by one, so that one
event never spoils its neighbours.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import Error as DatabaseError

from audit.events.keys import Bearer
from audit.events.problems import Problem
from audit.events.record import Item, ItemResult, Overloaded, Submission, admit, record, record_admitted

MAX_WAITING: Final = 512
MAX_GROUP: Final = 256
LARGE: Final = 20  # a request of so many events pays for its own commit


@dataclass(slots=True)
class Waiter:
    """One request in the queue; ``woken`` is set with results, an error, or the lead."""

    items: Sequence[Item]
    admitted: list[Submission | Problem]
    woken: threading.Event = field(default_factory=threading.Event)
    results: list[ItemResult] | None = None
    error: BaseException | None = None


class Group:
    """The commit queue of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: list[Waiter] = []
        self._led = False

    def record(self, items: Sequence[Item], *, key: Bearer, at: datetime, atomic: bool = False) -> list[ItemResult]:
        """Record like :func:`audit.events.record.record`, together with whatever else is waiting."""
        if atomic or len(items) >= LARGE:
            return record(items, key=key, at=at, atomic=atomic)
        waiter = Waiter(items, [admit(item, key) for item in items])
        with self._lock:
            if len(self._queue) >= MAX_WAITING:
                raise Overloaded("Too many requests wait for a commit; send this one again in a second")
            self._queue.append(waiter)
            leads, self._led = not self._led, True
        if not leads:
            waiter.woken.wait()
        if waiter.results is None and waiter.error is None:
            self._lead(at)
        if waiter.error is not None:
            raise waiter.error
        return waiter.results or []

    def _lead(self, at: datetime) -> None:
        with self._lock:
            group, self._queue = self._queue[:MAX_GROUP], self._queue[MAX_GROUP:]
        try:
            _commit(group, at)
        finally:
            with self._lock:
                successor = self._queue[0] if self._queue else None
                self._led = successor is not None
            for waiter in group:
                waiter.woken.set()
            if successor is not None:
                successor.woken.set()


def _commit(group: list[Waiter], at: datetime) -> None:
    """Record a group; a database that is away fails all, anything else is tried one request at a time."""
    try:
        _record(group, at)
    except DatabaseError as error:
        for waiter in group:
            waiter.error = error
    except Exception as error:
        if len(group) == 1:
            group[0].error = error
            return
        for waiter in group:
            _commit([waiter], at)


def _record(group: list[Waiter], at: datetime) -> None:
    items = [item for waiter in group for item in waiter.items]
    admitted = [each for waiter in group for each in waiter.admitted]
    results = record_admitted(items, admitted, at=at)
    start = 0
    for waiter in group:
        waiter.results = results[start : start + len(waiter.items)]
        start += len(waiter.items)
