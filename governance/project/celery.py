"""The Celery application: the embedded spool by default, Redis or RabbitMQ by ``CELERY_BROKER_URL`` alone."""

import os
import signal
import threading
import warnings
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import setup_logging, worker_shutting_down
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.project.settings")
TRANSPORT_ALIASES["filesystem"] = "governance.jobs.spool:Transport"

# Celery warns of root because of pickled messages; ours are JSON, and the container image runs as nobody.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("custodes")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Threads of the web server send wake-ups too: without this they would find an unconfigured application.
app.set_default()
app.autodiscover_tasks()

# How long a worker that was told to stop waits for handlers that do not ask whether they should.
STOP_SECONDS = float(os.environ.get("CUSTODES_STOP_SECONDS", "8"))


@setup_logging.connect
def _keep_logging(**_: Any) -> None:
    """Being connected is enough: Celery then leaves logging as the settings made it."""


@worker_shutting_down.connect
def _stop_handlers(**_: Any) -> None:
    """Give running jobs back, then end: Celery alone would hide SIGTERM until the longest job is done."""
    from governance.jobs.run import stopping

    stopping.set()
    timer = threading.Timer(STOP_SECONDS, os.kill, (os.getpid(), signal.SIGKILL))
    timer.daemon = True
    timer.start()
