"""What the queue repeats of a decision goes with the decision: its proposal, the reviewer's first judgement."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from audit.models import ReviewEscalation, ReviewTask

REMOVED: Final = "removed"
CHUNK = 500
OVER = ("resolved", "expired")


def clear(keys: Iterable[tuple[UUID, str]], *, at: datetime) -> int:
    """Blank the tasks of these decisions (use case, decision id) and end what still waits; return how many there were.

    That somebody reviewed, when and with which outcome, stays. Nothing is recorded: the removal's own entry says it,
    and an event about a decision that is gone would bring it back. Needs the caller's transaction.
    """
    cleared = 0
    for use_case, names in in_chunks(keys):
        tasks = ReviewTask.objects.filter(use_case=use_case, decision_id__in=names)
        climbs = ReviewEscalation.objects.filter(task__in=tasks.values("pk")).exclude(state__in=OVER)
        climbs.update(state="resolved", ended_at=at, due_at=None)
        waiting = tasks.filter(state__in=["open", "claimed"])
        waiting.update(state="closed", ended_at=at, ended_why=REMOVED, due_at=None, remind_at=None)
        cleared += tasks.update(
            action_value=None, action_digest="", decision_class="", initial_judgement="", evidence_opened=[]
        )
    return cleared


def in_chunks(keys: Iterable[tuple[UUID, str]]) -> Iterator[tuple[UUID, list[str]]]:
    """Yield each use case with up to 500 of its decision ids at a time."""
    by_use_case: dict[UUID, list[str]] = {}
    for use_case, name in sorted(set(keys)):
        by_use_case.setdefault(use_case, []).append(name)
    for use_case, names in by_use_case.items():
        for start in range(0, len(names), CHUNK):
            yield use_case, names[start : start + CHUNK]
