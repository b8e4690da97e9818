"""Asking for work: a row in the caller's transaction, a wake-up when that transaction commits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from governance.jobs.wake import wake
from governance.models import Job, User


class OutsideTransaction(RuntimeError):
    """A job must be asked for in the transaction of the change that needs it."""

    code = "outside_transaction"


class KeyInUse(ValueError):
    """The key already names other work."""

    code = "job_key_in_use"

    def __init__(self, key: str, job_id: UUID) -> None:
        super().__init__(f"The key {key!r} already names other work; a key names one kind and one set of arguments.")
        self.key, self.job_id = key, job_id


class NotFailed(ValueError):
    """Only a failed job can be tried again by hand."""

    code = "job_not_failed"


def enqueue(*, kind: str, key: str, arguments: Mapping[str, Any], actor: User | None, at: datetime) -> Job:
    """Ask for one piece of work and return its row; the same key returns the row that is already there.

    ``arguments``: JSON values. ``actor`` is None for work the schedule asks for. Raises
    :class:`OutsideTransaction` when no transaction is open and :class:`KeyInUse` when ``key`` names
    other work.
    """
    _require_transaction()
    job, created = Job.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "arguments": dict(arguments),
            "asked_by": actor,
            "asked_at": at,
            "due_at": at,
            "woken_at": at,
        },
    )
    if created:
        transaction.on_commit(lambda: wake(job.pk))
    elif (job.kind, job.arguments) != (kind, dict(arguments)):
        raise KeyInUse(key, job.pk)
    return job


def try_again(*, job: Job, at: datetime) -> Job:
    """Put a failed job back into the queue, due now; raises :class:`NotFailed` for any other state."""
    _require_transaction()
    changed = Job.objects.filter(pk=job.pk, state=Job.State.FAILED).update(
        state=Job.State.WAITING, due_at=at, woken_at=at, finished_at=None, lease_until=None
    )
    job.refresh_from_db()
    if not changed:
        raise NotFailed(f"Job {job.key!r} is {job.state}; only a failed job can be tried again.")
    transaction.on_commit(lambda: wake(job.pk))
    return job


def _require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction("Open transaction.atomic() around the change and the job it asks for.")
