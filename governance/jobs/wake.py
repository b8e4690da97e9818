"""Wake-up messages: a message carries a job's id and nothing else, and may be lost without harm."""

import logging
import threading
import time
from uuid import UUID

from celery import current_app
from kombu import pools

from governance.models import Job

logger = logging.getLogger(__name__)

TASK = "governance.run_job"
CONNECT_SECONDS = 1.0
PAUSE_AFTER_FAILURE = 5.0  # seconds without a new try: a broker that is down must not slow every request
# The worker's own connections retry for ever; a request must not.
ONE_TRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}

_lock = threading.Lock()
_silent_until = 0.0


def wake(job_id: UUID) -> bool:
    """Tell the workers that ``job_id`` waits; return whether the message went out.

    Never raises: a job whose message was not sent is marked so, and the sweep sends it later.
    """
    global _silent_until
    with _lock:
        silent = time.monotonic() < _silent_until
    if not silent:
        try:
            _send(job_id)
        except Exception:
            logger.warning("wake-up for job %s not sent; the sweep will send it", job_id, exc_info=True)
            with _lock:
                _silent_until = time.monotonic() + PAUSE_AFTER_FAILURE
        else:
            return True
    try:
        Job.objects.filter(pk=job_id, state=Job.State.WAITING).update(woken_at=None)
    except Exception:  # the row still says when it was last called; the sweep goes by that
        logger.warning("job %s could not be marked as not called", job_id, exc_info=True)
    return False


def _send(job_id: UUID) -> None:
    options = {**current_app.conf.broker_transport_options, **ONE_TRY}
    connection = current_app.connection_for_write(connect_timeout=CONNECT_SECONDS, transport_options=options)
    with pools.producers[connection].acquire(block=True, timeout=CONNECT_SECONDS) as producer:
        current_app.send_task(TASK, args=[str(job_id)], producer=producer, retry=False)
