"""``custodes bundle --out FILE``: write an evidence bundle."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.ledger import log
from audit.ledger.bundle import BundleFailed, write_bundle
from audit.ledger.note import Head, NoteMalformed, split_note


class Command(BaseCommand):
    """The bundle is written beside its final name first, so that a broken-off run leaves no half of one."""

    help = "Write an evidence bundle that can be checked without this installation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", required=True, metavar="FILE", help="where to write the zip")
        parser.add_argument("--from", dest="start", type=int, default=0, metavar="INDEX", help="first entry")
        parser.add_argument("--to", dest="end", type=int, default=None, metavar="INDEX", help="end, exclusive")
        parser.add_argument("--report", metavar="PDF", help="a report to put in")
        parser.add_argument(
            "--checkpoint", action="append", default=[], metavar="NOTE",
            help="a checkpoint the recipient holds: a range then brings what is needed to hold it against the log",
        )  # fmt: skip
        parser.add_argument("--no-payloads", action="store_true", help="hand over envelopes and proofs only")
        parser.add_argument("--json", action="store_true", help="print the manifest as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        out = Path(options["out"])
        draft = out.with_name(f".{out.name}.part")
        try:
            known = [Head.parse(split_note(Path(path).read_text())[0]).size for path in options["checkpoint"]]
            extra = {"report.pdf": Path(options["report"]).read_bytes()} if options["report"] else {}
            manifest = write_bundle(
                draft,
                at=datetime.now(UTC),
                start=options["start"],
                end=options["end"],
                payloads=not options["no_payloads"],
                extra=extra,
                known=known,
            )
            draft.replace(out)
        except (BundleFailed, NoteMalformed, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        finally:
            draft.unlink(missing_ok=True)
        if options["json"]:
            self.stdout.write(json.dumps(manifest))
            return
        self.stdout.write(
            f"{out}: entries {manifest['entries']['from']} to {manifest['entries']['to']}, "
            f"checkpoint {manifest['checkpoint']['fingerprint']}\nverification key {log.vkey()}"
        )
