"""``custodes ledger doctor | compare | grant | key | rotate | new-origin``: looking after the ledger.

And ``requests``: what waits for a second person, and holds that stand. Asking and agreeing are acts of two people who
sign in, each as themselves; a shell has one operator, so it has no verb for them.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, transaction

from audit.ledger import checks, doctor, log, roles, rotation, succession
from audit.ledger.compare import compare_notes
from audit.ledger.models import Hold
from audit.ledger.verdict import EXIT_CODES, Verdict, Verification
from audit.models import RemovalRequest


class Command(BaseCommand):
    """Exit status: ``doctor`` 0 or 1; ``compare`` as ``verify``; 2 for wrong use."""

    help = "Examine, compare and protect the ledger."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        examine = verbs.add_parser("doctor", help="re-hash everything and name the first bad place")
        examine.add_argument("--no-payloads", action="store_true", help="leave the payloads out")
        compare = verbs.add_parser("compare", help="do two checkpoints belong to one history?")
        compare.add_argument("notes", nargs=2, metavar="NOTE")
        compare.add_argument("--vkey", action="append", default=[], metavar="KEY")
        compare.add_argument("--bundle", metavar="ZIP", help="a bundle of the log, for checkpoints of different sizes")
        grant = verbs.add_parser("grant", help="give the web role what it needs and no more (PostgreSQL)")
        grant.add_argument("--role", default="custodes_web")
        grant.add_argument("--print", dest="only_print", action="store_true", help="print the SQL, change nothing")
        verbs.add_parser("key", help="print origin, verification key and last checkpoint")
        rotate = verbs.add_parser("rotate", help="sign with a new key from now on")
        rotate.add_argument("--reason", required=True)
        begin = verbs.add_parser("new-origin", help="go on under a new name: the key is lost or stolen, or history is")
        begin.add_argument("name", help="the new name, like ledger.example.org/2027")
        begin.add_argument("--reason", required=True)
        begin.add_argument("--old-vkey", default="", metavar="KEY", help="the old key as handed out, when lost")
        begin.add_argument(
            "--checkpoint", action="append", default=[], metavar="NOTE", help="a checkpoint of the old log others kept"
        )
        verbs.add_parser("requests", help="requests that wait for a second person, and holds that stand")
        for verb in verbs.choices.values():
            verb.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['verb'].replace('-', '_')}")(options)

    def _doctor(self, options: dict[str, Any]) -> None:
        shown = sys.stderr if sys.stderr.isatty() and not options["json"] else None

        def progress(done: int, total: int) -> None:
            if shown:
                print(f"\r{done:,} of {total:,}", end="", file=shown)

        outcome = doctor.examine(payloads=not options["no_payloads"], progress=progress)
        guards = checks.state(connections["default"])
        if options["json"]:
            self.stdout.write(json.dumps({**outcome.as_dict(), "guards": guards}))
        else:
            self.stdout.write(f"{outcome.summary}\nguards {guards['guards']}")
            for finding in guards["findings"]:
                self.stdout.write(f"- {finding}")
        raise SystemExit(0 if outcome.verdict in (Verdict.OK, Verdict.OK_WITH_GAPS) else 1)

    def _compare(self, options: dict[str, Any]) -> None:
        try:
            first, second = (Path(path).read_text(encoding="utf-8", errors="replace") for path in options["notes"])
        except OSError as error:
            raise CommandError(str(error), returncode=2) from error
        outcome: Verification = compare_notes(first, second, vkeys=options["vkey"], bundle=options["bundle"])
        self.stdout.write(json.dumps(outcome.as_dict()) if options["json"] else outcome.summary)
        raise SystemExit(EXIT_CODES[outcome.verdict])

    def _grant(self, options: dict[str, Any]) -> None:
        alias = "owner" if "owner" in connections else "default"
        try:
            if options["only_print"]:
                done = roles.statements(options["role"], create=False)
            else:
                with transaction.atomic(using=alias):
                    done = roles.grant(connections[alias], options["role"])
        except roles.GrantFailed as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(json.dumps(done) if options["json"] else ";\n".join(done) + ";")

    def _key(self, options: dict[str, Any]) -> None:
        last = log.latest_checkpoint()
        known = {
            "origin": log.origin(),
            "vkey": str(log.vkey()),
            "size": last.size if last else 0,
            "fingerprint": last.fingerprint if last else None,
        }
        self.stdout.write(json.dumps(known) if options["json"] else "\n".join(f"{k} {v}" for k, v in known.items()))

    def _rotate(self, options: dict[str, Any]) -> None:
        new = rotation.rotate_key(actor=None, at=datetime.now(UTC), reason=options["reason"])
        text = f"New verification key: {new}\nRestart every process, and hand the key out again."
        self.stdout.write(json.dumps({"vkey": str(new)}) if options["json"] else text)

    def _new_origin(self, options: dict[str, Any]) -> None:
        try:
            notes = [Path(path).read_text(encoding="utf-8", errors="replace") for path in options["checkpoint"]]
            new = succession.begin_origin(
                name=options["name"],
                actor=None,
                second=None,
                at=datetime.now(UTC),
                reason=options["reason"],
                old_vkey=options["old_vkey"],
                outside=notes,
            )
        except (OSError, ValueError, succession.SuccessionFailed) as error:
            raise CommandError(str(error), returncode=2) from error
        text = f"New verification key: {new}\nRestart every process, hand the key out, and say why the name changed."
        self.stdout.write(json.dumps({"vkey": str(new)}) if options["json"] else text)

    def _requests(self, options: dict[str, Any]) -> None:
        waiting = RemovalRequest.objects.filter(state=RemovalRequest.State.OPEN).order_by("asked_at")
        holds = Hold.objects.filter(lifted_at=None).order_by("placed_at")
        if options["json"]:
            requests = [{"request": each.ref, "kind": each.kind, "asked_by": each.asked_by_name} for each in waiting]
            standing = [{"hold": str(each.pk), "stream": each.stream, "reason": each.reason} for each in holds]
            self.stdout.write(json.dumps({"requests": requests, "holds": standing}))
            return
        lines = [f"{each.ref} {each.kind}, asked by {each.asked_by_name}" for each in waiting]
        lines += [f"hold {each.pk} {each.stream or 'everything'}: {each.reason}" for each in holds]
        self.stdout.write("\n".join(lines) or "No request waits and no hold stands.")
