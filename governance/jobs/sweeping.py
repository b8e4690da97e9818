"""The sweep: gives jobs of dead workers back to the queue and sends lost wake-ups again."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from governance.jobs.lease import lease
from governance.jobs.registry import max_attempts
from governance.jobs.wake import wake
from governance.models import Job

logger = logging.getLogger(__name__)

# Bounds how many messages a long queue gets twice.
AT_MOST = 50


@dataclass(frozen=True)
class Swept:
    """What one sweep did: jobs taken from dead workers, jobs given up, wake-ups sent."""

    returned: int
    failed: int
    woken: int


def sweep(at: datetime) -> Swept:
    """Return expired jobs to the queue and send wake-ups that are due; safe to run from several places."""
    returned, failed = _collect_expired(at)
    return Swept(returned, failed, _wake_waiting(at))


def _collect_expired(at: datetime) -> tuple[int, int]:
    returned = failed = 0
    expired = Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=at).order_by("lease_until")
    for job in list(expired[:AT_MOST]):
        # Compare-and-swap on attempt and lease: a heartbeat that came in meanwhile keeps its job.
        same = Job.objects.filter(
            pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts, lease_until=job.lease_until
        )
        if job.attempts >= max_attempts(job.kind):
            error = {"code": "worker_lost", "detail": f"The worker died in each of {job.attempts} attempts."}
            failed += same.update(state=Job.State.FAILED, error=error, lease_until=None, finished_at=at)
        else:
            returned += same.update(state=Job.State.WAITING, lease_until=None, due_at=at, woken_at=None)
            logger.warning("job %s: the worker of attempt %d is silent; back to the queue", job.key, job.attempts)
    return returned, failed


def _wake_waiting(at: datetime) -> int:
    not_called = Q(woken_at__isnull=True) | Q(woken_at__lte=at - lease())
    waiting = Job.objects.filter(not_called, state=Job.State.WAITING, due_at__lte=at).order_by("due_at", "pk")
    woken = 0
    for job in list(waiting[:AT_MOST]):
        # Compare-and-swap: of two sweeps at once, one sends.
        mine = Job.objects.filter(pk=job.pk, state=Job.State.WAITING, woken_at=job.woken_at).update(woken_at=at)
        if mine and wake(job.pk):
            woken += 1
    return woken
