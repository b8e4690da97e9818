"""Work that comes back by the clock: the schedule stands in code, its runs are ordinary jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from governance.jobs.asking import enqueue
from governance.models import Job

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """A job of ``kind`` is asked for once in each slot of length ``every``, counted from midnight UTC."""

    kind: str
    every: timedelta
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def slot(self, at: datetime) -> datetime:
        """Return the beginning of the slot ``at`` falls into."""
        return at - (at - EPOCH) % self.every


_entries: dict[str, Entry] = {}


def scheduled(kind: str, *, every: timedelta, arguments: Mapping[str, Any] | None = None) -> Entry:
    """Put jobs of ``kind`` on the schedule; one entry per kind."""
    entry = Entry(kind, every, arguments or {})
    _entries[kind] = entry
    return entry


def entries() -> tuple[Entry, ...]:
    """Return the schedule of this process, by kind."""
    return tuple(_entries[kind] for kind in sorted(_entries))


def ask_for_due(at: datetime) -> int:
    """Ask for the jobs of the slots ``at`` falls into; return how many were new.

    The slot stands in the job's key, so two schedulers, or one that restarts, ask once. Slots that
    passed while nothing ran are not made up for.
    """
    new = 0
    for entry in entries():
        key = f"schedule:{entry.kind}:{entry.slot(at).isoformat()}"
        if Job.objects.filter(key=key).exists():
            continue
        with transaction.atomic():
            enqueue(kind=entry.kind, key=key, arguments=entry.arguments, actor=None, at=at)
        new += 1
    return new
