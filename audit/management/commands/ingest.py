"""``custodes ingest``: past decisions from a file, by the same path as the API."""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from audit.events import files, mapping, schema
from audit.events.keys import Bearer, operator_bearer
from audit.events.problems import Problem
from audit.events.record import record
from governance.models import UseCase

ROWS_AT_ONCE = 250


class Command(BaseCommand):
    help = "Read past decisions from NDJSON, JSON, CSV or Parquet. Running a file twice stores nothing twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, help="the CloudEvents source the events get")
        parser.add_argument("--use-case", required=True, metavar="REF", help="UC-0042, or the use case's key")
        parser.add_argument(
            "--mapping",
            metavar="NAME",
            help=f"{', '.join(mapping.built_in())}, or a YAML file that turns rows into events",
        )
        parser.add_argument(
            "--restart", action="store_true", help="begin at the first row, not where the last run stopped"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        use_case = self._use_case(options["use_case"])
        try:
            chosen = mapping.find(options["mapping"]) if options["mapping"] else mapping.DEFAULT
            bearer = operator_bearer(use_case, source=options["source"])
            result = self._ingest(options, use_case.key, chosen, bearer)
        except (OSError, mapping.MappingInvalid, files.FileUnreadable) as error:
            raise CommandError(str(error), returncode=2) from None
        self._report(result, as_json=options["json"])
        if result["refused"]:
            sys.exit(1)

    def _use_case(self, ref: str) -> UseCase:
        found = UseCase.objects.filter(ref=ref).first() or UseCase.objects.filter(key=ref).first()
        if found is None:
            raise CommandError(f"There is no use case {ref!r} in the register.", returncode=2)
        return found

    def _ingest(self, options: dict[str, Any], usecase: str, chosen: mapping.Mapping, bearer: Bearer) -> dict[str, Any]:
        path: Path = options["file"]
        marker = path.with_name(f"{path.name}.ingested")
        start = 0 if options["restart"] else _resume(marker, path)
        counts: Counter[str] = Counter()
        refused: list[dict[str, Any]] = []
        rows = files.rows(path, start=start)
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            bar = progress.add_task(path.name, total=None)
            done = start
            while chunk := list(islice(rows, ROWS_AT_ONCE)):
                items = list(_items(chunk, chosen, options["source"], usecase))
                for at in range(0, len(items), 1000):
                    _record(items[at : at + 1000], bearer, counts, refused)
                done = chunk[-1][0] + 1
                marker.write_text(json.dumps({"rows": done, "bytes": path.stat().st_size}))
                progress.update(bar, completed=done, description=f"{path.name}: {done} rows")
        return {
            "rows": done - start,
            "resumed_at": start,
            "stored": counts["stored"],
            "duplicates": counts["duplicates"],
            "refused": counts["refused"],
            "problems": refused,
        }

    def _report(self, result: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(result))
            return
        for problem in result["problems"]:
            self.stderr.write(
                f"row {problem['row'] + 1}: {problem['detail']} ({problem['pointer'] or problem['code']})"
            )
        self.stdout.write(
            f"{result['rows']} rows: {result['stored']} events stored, {result['duplicates']} known already, "
            f"{result['refused']} refused."
        )


def _resume(marker: Path, path: Path) -> int:
    """The row after the last one whose events were committed; a file that shrank is another file."""
    try:
        seen = json.loads(marker.read_text())
        return int(seen["rows"]) if seen["bytes"] <= path.stat().st_size else 0
    except (FileNotFoundError, ValueError, KeyError):
        return 0


def _items(chunk: list[tuple[int, Any]], chosen: mapping.Mapping, source: str, usecase: str) -> Any:
    for number, row in chunk:
        if isinstance(row, Problem):
            yield number, row
            continue
        for event in mapping.events_of(row, chosen, source=source, usecase=usecase):
            yield number, schema.read(event)


def _record(items: list[Any], bearer: Bearer, counts: Counter[str], refused: list[dict[str, Any]]) -> None:
    results = record([item for _, item in items], key=bearer, at=timezone.now())
    for (number, _), result in zip(items, results, strict=True):
        name = {201: "stored", 200: "duplicates"}.get(result.status, "refused")
        counts[name] += 1
        if result.problem is not None and len(refused) < 100:
            problem = result.problem
            said = {"code": problem.code, "pointer": problem.pointer, "detail": problem.detail}
            refused.append({"row": number, "id": result.id, **said})
