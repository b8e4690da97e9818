"""Who may work on a job: compare-and-swap on its row, with the attempt's number as fencing token.

Every write names the attempt it belongs to. A worker that was thought dead and comes back finds that
the number moved on, and its answer is refused.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from governance.jobs.registry import max_attempts
from governance.models import Job

# Asking and claiming may read two machines' clocks.
CLOCK_SKEW = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)


class LeaseLost(RuntimeError):
    """Another worker may hold this job now: stop, and write nothing more."""

    code = "lease_lost"

    def __init__(self, job_id: UUID, attempt: int) -> None:
        super().__init__(f"Attempt {attempt} no longer holds job {job_id}; its work must not be stored.")
        self.job_id, self.attempt = job_id, attempt


def lease() -> timedelta:
    """How long a worker may be silent before its job is given to another."""
    return timedelta(seconds=settings.JOB_LEASE_SECONDS)


def pause_before_retry(attempt: int) -> timedelta:
    """Return the back-off after a failed ``attempt`` (1, 2, ...): 2, 4, 8 ... seconds, five minutes at most."""
    return min(timedelta(seconds=2 ** min(attempt, 16)), LONGEST_PAUSE)


def claim(job_id: UUID, at: datetime) -> Job | None:
    """Take a waiting, due job; None when it is done, not due, or somebody else's."""
    with transaction.atomic():
        taken = Job.objects.filter(pk=job_id, state=Job.State.WAITING, due_at__lte=at + CLOCK_SKEW).update(
            state=Job.State.RUNNING, attempts=F("attempts") + 1, lease_until=at + lease(), progress=0.0
        )
        return Job.objects.get(pk=job_id) if taken else None


def renew(job_id: UUID, attempt: int, at: datetime) -> None:
    """Extend the lease from ``at``; raises :class:`LeaseLost`."""
    _write(job_id, attempt, lease_until=at + lease())


def hold(job_id: UUID, attempt: int) -> None:
    """Raise :class:`LeaseLost` unless ``attempt`` still holds the job.

    Inside a transaction the row stays locked until commit: what that transaction stores is stored by the
    holder or not at all.
    """
    rows = Job.objects.filter(pk=job_id, attempts=attempt, state=Job.State.RUNNING)
    if transaction.get_connection().in_atomic_block:
        rows = rows.select_for_update()
    if rows.values_list("pk", flat=True).first() is None:
        raise LeaseLost(job_id, attempt)


def report_progress(job_id: UUID, attempt: int, share: float, text: str) -> None:
    """Store how far the attempt is: ``share`` 0 to 1; raises :class:`LeaseLost`."""
    _write(job_id, attempt, progress=min(1.0, max(0.0, share)), progress_text=text[:200])


def finish(job_id: UUID, attempt: int, result: dict[str, Any] | None, at: datetime) -> None:
    """Store the answer of the attempt that holds the job; raises :class:`LeaseLost`."""
    _write(
        job_id,
        attempt,
        state=Job.State.DONE,
        progress=1.0,
        result=result,
        error=None,
        lease_until=None,
        finished_at=at,
    )


def fail(job_id: UUID, attempt: int, error: dict[str, str], at: datetime) -> None:
    """End the job as failed with ``{"code", "detail"}``; raises :class:`LeaseLost`."""
    _write(job_id, attempt, state=Job.State.FAILED, error=error, lease_until=None, finished_at=at)


def postpone(job_id: UUID, attempt: int, error: dict[str, str], at: datetime) -> None:
    """Put the job back for another attempt after a pause, or fail it when its attempts are used up."""
    kind = Job.objects.values_list("kind", flat=True).get(pk=job_id)
    if attempt >= max_attempts(kind):
        fail(job_id, attempt, error, at)
        return
    due = at + pause_before_retry(attempt)
    _write(job_id, attempt, state=Job.State.WAITING, error=error, lease_until=None, due_at=due, woken_at=None)


def release(job_id: UUID, attempt: int, at: datetime) -> None:
    """Give an unfinished job back at once, because this worker is stopping."""
    _write(job_id, attempt, state=Job.State.WAITING, lease_until=None, due_at=at, woken_at=None)


def _write(job_id: UUID, attempt: int, **fields: Any) -> None:
    if not Job.objects.filter(pk=job_id, attempts=attempt, state=Job.State.RUNNING).update(**fields):
        raise LeaseLost(job_id, attempt)
