"""``custodes backup FILE``: the store in one file, the keys in another."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.ledger.backup import BackupFailed, backup
from audit.ledger.databases import ToolMissing


class Command(BaseCommand):
    """Exit status 0 done, 2 when nothing was written."""

    help = "Copy database and files into FILE, and the keys into a file of their own; processes may go on running."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="where to write the backup; must not exist")
        parser.add_argument(
            "--keys", metavar="FILE", help="where to write the keys: keep it apart, and keep fewer of them"
        )
        parser.add_argument("--json", action="store_true", help="print the manifest as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        target = Path(options["file"]).absolute()
        secrets = Path(options["keys"]).absolute() if options["keys"] else None
        try:
            manifest = backup(target, keys_target=secrets, at=datetime.now(UTC))
        except (BackupFailed, ToolMissing, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(manifest))
            return
        self.stdout.write(f"{target}: {manifest['database']['size']} entries of {manifest['origin']}.")
        if secrets:
            self.stdout.write(f"{secrets}: the keys. Keep this file in another place than the backup.")
        else:
            self.stdout.write("The keys are not in it: without them this log cannot go on under its name (--keys).")
