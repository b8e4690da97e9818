"""``custodes restore FILE``: a backup into an empty store; what was removed since is removed again before it opens."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, transaction
from django.utils import timezone

from audit import tasks
from audit.ledger import doctor, removed
from audit.ledger.backup import RestoreRefused, restore
from audit.ledger.databases import ToolMissing
from audit.ledger.verdict import EXIT_CODES, Verdict
from audit.retention import copies


class Command(BaseCommand):
    """Exit status 0 done, 1 the restored tree is not sound, 2 refused, 12 restored but ROLLED-BACK."""

    help = "Put a backup into an empty store, remove again what was removed since, and check the tree."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the backup")
        parser.add_argument("--keys", metavar="FILE", help="the keys that were backed up with it, or newer ones")
        parser.add_argument(
            "--removed", action="append", default=[], metavar="FILE",
            help="a further list of removals than the one beside the key (secrets/ledger_key.removed)",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        secrets = Path(options["keys"]) if options["keys"] else None
        try:
            found = restore(Path(options["file"]), keys_source=secrets, lists=[Path(p) for p in options["removed"]])
        except (RestoreRefused, ToolMissing, OSError, ValueError) as error:
            raise CommandError(str(error), returncode=2) from error
        alias = "owner" if "owner" in connections else "default"
        call_command("migrate", database=alias, interactive=False, verbosity=0)
        lines = found.pop("outstanding")
        if lines and not found["rolled_back"]:
            with transaction.atomic():
                removed.explain(lines, at=datetime.now(UTC))
        with transaction.atomic():
            for line in lines:  # what pages kept of it came back with the backup as well
                copies.clear_removed(ranges=line.ranges, at=timezone.now())
        if found["payloads_removed_again"]:
            tasks.rebuild(at=timezone.now())  # the projections still held what was just removed
        outcome = doctor.examine()
        found |= {"verdict": str(outcome.verdict), "removals_done_again": len(lines)}
        sound = outcome.verdict in (Verdict.OK, Verdict.OK_WITH_GAPS) or (found["rolled_back"] and bool(lines))
        if found["rolled_back"]:
            found["verdict"] = str(Verdict.ROLLED_BACK)
        self.stdout.write(json.dumps(found) if options["json"] else _text(found, outcome.summary))
        if not sound:
            raise SystemExit(1)
        if found["rolled_back"]:
            raise SystemExit(EXIT_CODES[Verdict.ROLLED_BACK])


def _text(found: dict[str, Any], summary: str) -> str:
    lines = [f"{found['origin']}: {found['size']} entries, as of {found['taken_at']}."]
    if found["removals_done_again"]:
        lines.append(
            f"Removed again: {found['payloads_removed_again']} payloads, under "
            f"{found['removals_done_again']} removals that came after this backup."
        )
    if found["rolled_back"]:
        lines.append(
            f"ROLLED-BACK: this key has signed {found['signed']} entries, the backup holds {found['size']}. Nothing "
            "more is signed under this name. Restore a newer backup, or go on under a new one that names the loss:\n"
            "custodes ledger new-origin NAME --reason … --checkpoint NOTE"
        )
    else:
        lines.append(summary)
    return "\n".join(lines)
