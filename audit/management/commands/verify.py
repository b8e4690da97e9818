"""``custodes verify BUNDLE.zip``: the offline check of an evidence bundle; no database, no network."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit.ledger.verification import verify_bundle


class Command(BaseCommand):
    """Verdict word first; exit status as listed in ``interfaces``: 0, 10 to 15, 2 for wrong use."""

    help = "Check an evidence bundle offline."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bundle", help="the bundle (.zip)")
        parser.add_argument(
            "--checkpoint", action="append", default=[], metavar="NOTE", help="a checkpoint you kept from elsewhere"
        )
        parser.add_argument("--vkey", action="append", default=[], metavar="KEY", help="the log's verification key")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            notes = [Path(path).read_bytes() for path in options["checkpoint"]]
            if not Path(options["bundle"]).is_file():
                raise OSError(f"There is no file {options['bundle']}.")
        except OSError as error:
            self.stderr.write(str(error))
            raise SystemExit(2) from error
        outcome = verify_bundle(options["bundle"], checkpoints=notes, vkeys=options["vkey"])
        self.stdout.write(json.dumps(outcome.as_dict()) if options["json"] else outcome.summary)
        raise SystemExit(outcome.exit_code)
