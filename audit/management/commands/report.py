"""``custodes report``: issue a report and write it to a file, or check an issued one again."""

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from audit.models import IssuedReport
from audit.reports.context import NothingToReport
from audit.reports.docx import docx_of
from audit.reports.issue import days, issue
from audit.reports.kinds import KINDS
from audit.reports.recheck import recheck
from audit.reports.scope import scope_named
from governance.access import DomainError
from governance.models import User


class Command(BaseCommand):
    help = "Issue a report: pages, data, and an entry in the ledger. --recheck REF computes an issued one again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--use-case", metavar="REF", help="such as UC-0001; or portfolio, or unit:ID")
        parser.add_argument("--kind", default="oversight", choices=sorted(KINDS), help="default: oversight")
        parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DATE")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, metavar="DATE", help="the last day, included")
        parser.add_argument("--format", default="pdf", choices=("pdf", "json", "docx"), help="default: pdf")
        parser.add_argument("--recipient", action="append", default=[], metavar="NAME", help="printed on the cover")
        parser.add_argument("--recheck", metavar="REF", help="say which figures of an issued report no longer verify")
        parser.add_argument("--out", type=Path, metavar="FILE", help="default: REF.pdf in this folder")
        parser.add_argument(
            "--by", metavar="EMAIL", help="who issues it (default: the only administrator or registrar)"
        )
        parser.add_argument("--language", default="en")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["recheck"]:
            return self._recheck(options["recheck"], as_json=options["json"])
        missing = [name for name in ("use_case", "first", "last") if options[name] is None]
        if missing:
            raise CommandError("Say --use-case REF, --from DATE and --to DATE.", returncode=2)
        try:
            with Progress(console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task("report", total=1.0)
                report = issue(
                    scope=scope_named(options["use_case"]),
                    kind=options["kind"],
                    window=days(options["first"], options["last"]),
                    actor=self._actor(options["by"]),
                    at=timezone.now(),
                    job_key=f"command:{uuid4()}",
                    language=options["language"],
                    recipients=options["recipient"],
                    progress=lambda share, text: bar.update(task, completed=share, description=text or "report"),
                )
        except (DomainError, NothingToReport) as error:
            raise CommandError(str(error), returncode=2) from error
        except DatabaseError as error:
            text = f"The report could not be stored, and nothing of it was: {error}."
            raise CommandError(text, returncode=1) from error
        self._write(report, options)

    def _write(self, report: IssuedReport, options: dict[str, Any]) -> None:
        """Write the file that was asked for; a disk that is full leaves no half of one."""
        out = options["out"] or Path(f"{report.ref}.{options['format']}")
        stored = {"pdf": report.pdf, "json": report.data}
        content = bytes(stored[options["format"]]) if options["format"] in stored else docx_of(report)
        draft = out.with_name(f".{out.name}.part")
        try:
            draft.write_bytes(content)
            draft.replace(out)
        except OSError as error:
            draft.unlink(missing_ok=True)
            text = f"{report.ref} is issued and stored, but {out} could not be written: {error.strerror or error}."
            raise CommandError(text, returncode=1) from error
        facts = {
            "ref": report.ref,
            "file": str(out),
            "pdf_sha256": report.pdf_sha256,
            "data_sha256": report.data_sha256,
            "checkpoint_size": report.checkpoint_size,
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        else:
            self.stdout.write(f"{report.ref} issued: {out}\nsha256:{report.pdf_sha256}")

    def _recheck(self, ref: str, *, as_json: bool) -> None:
        """Compute an issued report again and say what no longer verifies; exit status 1 when something does not."""
        report = IssuedReport.objects.filter(ref=ref).first()
        if report is None:
            raise CommandError(f"There is no report {ref}.", returncode=2)
        found = recheck(report, deep=True)
        if as_json:
            self.stdout.write(json.dumps(found.to_json()))
        elif found.verifies:
            self.stdout.write(f"{ref}: every figure verifies at checkpoint {report.checkpoint_size}.")
        else:
            for doubt in found.doubts:
                self.stdout.write(f"{doubt.number or '–'}\t{doubt.id}\t{doubt.reason}")
            for title in found.sections:
                self.stdout.write(f"–\t{title}\tsection differs")
        if not found.verifies:
            raise CommandError(f"{ref}: {len(found.doubts)} figures no longer verify.", returncode=1)

    def _actor(self, email: str | None) -> User:
        """Return whose act this is; a report is issued by somebody, never by nobody."""
        if email:
            found = User.objects.filter(email__iexact=email, is_active=True).first()
            if found is None:
                raise CommandError(f"There is no active account {email}.", returncode=2)
            return found
        registrars = list(User.objects.filter(groups__name="role:registrar", is_active=True)[:2])
        if len(registrars) != 1:
            raise CommandError("Say with --by EMAIL who issues the report.", returncode=2)
        return registrars[0]
