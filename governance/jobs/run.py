"""Doing a job: claim, heartbeat beside the handler, and an answer only from the attempt that holds it."""

import logging
import mmap
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections

from governance.jobs import lease, registry
from governance.models import Job

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]


class SharedFlag:
    """A flag that forked children see too: one byte of shared memory."""

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def set(self) -> None:
        self._byte[0] = 1

    def clear(self) -> None:
        self._byte[0] = 0

    def is_set(self) -> bool:
        return self._byte[0] == 1


# Set when this worker was asked to stop: handlers learn of it at their next progress or lease check.
stopping = SharedFlag()


class TransientError(RuntimeError):
    """Raised by a handler for what may pass by itself: the job is tried again after a pause."""

    code = "transient"


class WorkerStopping(BaseException):
    """This worker is about to stop; the job goes back into the queue. Not an ``Exception``: handlers let it pass."""


TRANSIENT = (TransientError, OperationalError, InterfaceError, ConnectionError, TimeoutError, registry.UnknownKind)


@dataclass(frozen=True)
class JobRun:
    """What a handler gets: one attempt at one job. ``at`` is when the attempt began."""

    job_id: UUID
    kind: str
    key: str
    arguments: Mapping[str, Any]
    attempt: int
    asked_by_id: UUID | None
    asked_at: datetime
    at: datetime
    clock: Clock
    _lost: threading.Event = field(default_factory=threading.Event, repr=False)

    def progress(self, share: float, text: str = "") -> None:
        """Say how far the work is (0 to 1); others see it once the surrounding transaction commits."""
        self._raise_if_over()
        lease.report_progress(self.job_id, self.attempt, share, text)

    def check_lease(self) -> None:
        """Raise unless this attempt still holds the job.

        Call it inside the transaction that stores the effect: the row stays locked until commit, so
        only the holder's effect is stored.
        """
        self._raise_if_over()
        lease.hold(self.job_id, self.attempt)

    def _raise_if_over(self) -> None:
        if stopping.is_set():
            raise WorkerStopping
        if self._lost.is_set():
            raise lease.LeaseLost(self.job_id, self.attempt)


def run_job(job_id: UUID, *, clock: Clock) -> bool:
    """Claim and do one job; return False when there was nothing to claim. Never raises a handler's error."""
    if stopping.is_set():
        return False
    job = lease.claim(job_id, clock())
    if job is None:
        return False
    run = JobRun(
        job_id=job.pk,
        kind=job.kind,
        key=job.key,
        arguments=job.arguments,
        attempt=job.attempts,
        asked_by_id=job.asked_by_id,
        asked_at=job.asked_at,
        at=clock(),
        clock=clock,
    )
    logger.info("job %s (%s) attempt %d begins", run.key, run.kind, run.attempt)
    try:
        _do(run)
    except lease.LeaseLost:
        logger.warning("job %s attempt %d lost its lease; its answer was dropped", run.key, run.attempt)
    return True


def run_due(*, clock: Clock, limit: int = 100) -> int:
    """Do the jobs that are due in this process, oldest first, and return how many were done here.

    For commands that need no queue; safe beside running workers.
    """
    due = Job.objects.filter(state=Job.State.WAITING, due_at__lte=clock()).order_by("due_at", "pk")[:limit]
    return sum(run_job(job_id, clock=clock) for job_id in list(due.values_list("pk", flat=True)))


def _do(run: JobRun) -> None:
    try:
        kind = registry.find(run.kind)
        with _heartbeat(run, kind):
            result = kind.handler(run)
    except WorkerStopping:
        logger.info("job %s attempt %d goes back: this worker is stopping", run.key, run.attempt)
        lease.release(run.job_id, run.attempt, run.clock())
    except lease.LeaseLost:
        raise
    except TRANSIENT as error:
        logger.warning("job %s attempt %d failed for now: %s", run.key, run.attempt, error)
        lease.postpone(run.job_id, run.attempt, _as_json(error), run.clock())
    except Exception as error:
        logger.exception("job %s attempt %d failed", run.key, run.attempt)
        lease.fail(run.job_id, run.attempt, _as_json(error), run.clock())
    else:
        lease.finish(run.job_id, run.attempt, dict(result) if result is not None else None, run.clock())
        logger.info("job %s attempt %d done", run.key, run.attempt)


def _as_json(error: BaseException) -> dict[str, str]:
    """Errors with a code were written for people; of any other only the class is stored, the rest is in the log."""
    code = getattr(error, "code", None)
    if isinstance(code, str) and code:
        return {"code": code, "detail": str(error)}
    return {"code": "internal_error", "detail": type(error).__name__}


@contextmanager
def _heartbeat(run: JobRun, kind: registry.Kind) -> Iterator[None]:
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(run, kind, over), name=f"heartbeat {run.key}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(run: JobRun, kind: registry.Kind, over: threading.Event) -> None:
    ends_at = run.at + kind.time_limit
    try:
        while not over.wait(settings.JOB_LEASE_SECONDS / 3):
            at = run.clock()
            if at > ends_at:
                logger.error("job %s attempt %d passed its limit of %s", run.key, run.attempt, kind.time_limit)
                run._lost.set()
                return
            try:
                lease.renew(run.job_id, run.attempt, at)
            except lease.LeaseLost:
                run._lost.set()
                return
            except Exception:  # a busy database: the next beat tries again while the lease lasts
                logger.warning("job %s attempt %d: heartbeat failed", run.key, run.attempt, exc_info=True)
    finally:
        connections.close_all()  # this thread's own connections
