"""``custodes doctor``: is this installation sound?"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from governance.management.health import FAULT, examine

MARKS = {"ok": "ok     ", "warning": "warning", "fault": "FAULT  "}


class Command(BaseCommand):
    help = "Looks at settings, database and its guards, keys, queue, broker and disk. Exit status 1: a fault was found."
    requires_system_checks: list[str] = []  # they are among what is looked at

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, **options: Any) -> None:
        findings = examine(timezone.now())
        sound = all(finding.state != FAULT for finding in findings)
        if options["json"]:
            self.stdout.write(json.dumps({"sound": sound, "findings": [asdict(each) for each in findings]}, indent=1))
        else:
            for each in findings:
                self.stdout.write(f"{MARKS[each.state]} {each.name:<14} {each.detail}")
                if each.remedy:
                    self.stdout.write(f"{'':<23}-> {each.remedy}")
        if not sound:
            sys.exit(1)
