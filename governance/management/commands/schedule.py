"""``custodes schedule``: the clock of an installation; one loop that sweeps jobs and asks for what is due."""

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from governance.jobs.schedule import ask_for_due
from governance.jobs.sweeping import sweep

logger = logging.getLogger(__name__)

ROUND = 2.0  # seconds


class Command(BaseCommand):
    help = "Gives jobs of dead workers back, sends lost wake-ups again and asks for scheduled work, every 2 seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then stop")
        parser.add_argument("--json", action="store_true", help="print what each round did as JSON")

    def handle(self, **options: Any) -> None:
        current_app.loader.import_default_modules()  # the kinds and the schedule register where they are defined
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        while True:
            self._round(options)
            if options["once"] or stopping.wait(ROUND):
                return

    def _round(self, options: dict[str, Any]) -> None:
        close_old_connections()
        at = timezone.now()
        try:
            swept, asked = sweep(at), ask_for_due(at)
        except Exception:  # a database that is away must not end the clock; doctor and readyz tell
            if options["once"]:
                raise
            logger.exception("this round failed; the next one comes in %s s", ROUND)
            return
        if options["json"] and (options["once"] or swept.woken or swept.returned or swept.failed or asked):
            import json

            counts = {"returned": swept.returned, "failed": swept.failed, "woken": swept.woken, "asked": asked}
            self.stdout.write(json.dumps(counts))
