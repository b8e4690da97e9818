"""``custodes rebuild``: throw the projections away and fold them again; the same result to the byte."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from audit import tasks
from audit.events import fold
from audit.models import Decision, Finding


class Command(BaseCommand):
    help = "Throw decisions, findings and figures away and make them anew from the ledger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        entries = tasks.rebuild(at=timezone.now())
        result = {
            "entries": entries,
            "decisions": Decision.objects.count(),
            "findings": Finding.objects.count(),
            "not_folded": fold.lag(),
            "seconds": round(time.monotonic() - began, 2),
        }
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        self.stdout.write(
            f"{result['entries']} ledger entries folded into {result['decisions']} decisions and "
            f"{result['findings']} findings in {result['seconds']} s."
        )
