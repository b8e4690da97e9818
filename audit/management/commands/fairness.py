"""``custodes fairness``: a one-off audit of a file with the same engine as the live checks."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich import progress
from rich.console import Console

from audit.fairness import Assessment, AssessmentConfig, FairnessError, InvalidCheck
from audit.fairness.audit_file import Request, audit_file
from audit.fairness.presets import PRESETS
from audit.fairness.text import as_text
from audit.fairness.verdicts import ATTENTION

LARGE = 20_000_000
"""Bytes above which reading takes seconds."""


class Command(BaseCommand):
    """Exit status: 0 done, 1 a disparity was found, 2 used wrongly."""

    help = "Assess decisions in a file (CSV, also gzipped; NDJSON; Parquet) for disparities between groups."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--decision", metavar="COL", help="column of the decision")
        parser.add_argument("--favourable", metavar="VALUE", help="the value that is good for the person decided about")
        parser.add_argument("--groups", required=True, metavar="A,B", help="columns of the attributes compared")
        parser.add_argument("--cross", action="append", default=[], metavar="A,B", help="an intersection; repeatable")
        parser.add_argument("--outcome", metavar="COL", help="column of what turned out to be true")
        parser.add_argument("--positive", metavar="VALUE", help="the outcome that deserves the favourable decision")
        parser.add_argument("--score", metavar="COL", help="column of a numeric score")
        parser.add_argument("--final", metavar="COL", help="column of what a person decided on the AI's proposal")
        parser.add_argument("--strata", default="", metavar="A,B", help="columns held fixed in conditional figures")
        parser.add_argument("--benchmark", action="append", default=[], metavar="A=VALUE:SHARE,...", help="repeatable")
        parser.add_argument("--reference", action="append", default=[], metavar="A=VALUE", help="repeatable")
        parser.add_argument("--preset", choices=sorted(PRESETS))
        parser.add_argument("--threshold", type=float, help="ratio below which a disparity is reported (0.8)")
        parser.add_argument("--level", type=float, default=0.95, help="confidence level (0.95)")
        parser.add_argument("--metrics", metavar="M,N", help="metrics that get a verdict")
        parser.add_argument("--outcomes", choices=["all", "selected"], default="all", help="whose outcomes are known")
        parser.add_argument("--unknown", action="append", default=[], metavar="VALUE", help="another word for unknown")
        parser.add_argument("--exclude-below", type=float, metavar="SHARE", help="leave out groups under this share")
        parser.add_argument("--minimum-shown", type=int, metavar="N", help="no rate is shown below N cases (10)")
        parser.add_argument("--delimiter", default=",")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            assessment = _audited(_request(options))
        except FairnessError as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(assessment.to_json(), indent=2, ensure_ascii=False, allow_nan=False))
        else:
            self.stdout.write(as_text(assessment))
        if assessment.state == ATTENTION:
            sys.exit(1)


def _audited(request: Request) -> Assessment:
    """Audit the file, with a progress bar on a terminal when it is large."""
    large = request.path.is_file() and request.path.stat().st_size > LARGE
    if not large or not sys.stderr.isatty():
        return audit_file(request)
    with progress.open(request.path, "rb", description=request.path.name, console=Console(stderr=True)) as source:
        return audit_file(request, source)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _benchmarks(declared: list[str]) -> dict[str, dict[str, float]]:
    found = {}
    for text in declared:
        attribute, _, shares = text.partition("=")
        try:
            pairs = [pair.rpartition(":") for pair in shares.split(",")]
            found[attribute.strip()] = {value.strip(): float(share) for value, _, share in pairs}
        except ValueError as error:
            raise InvalidCheck(f"a benchmark reads ATTRIBUTE=VALUE:SHARE,VALUE:SHARE; not {text!r}") from error
    return found


def _request(options: dict[str, Any]) -> Request:
    reference = {}
    for declared in options["reference"]:
        attribute, equals, value = declared.partition("=")
        if not equals or not attribute or not value:
            raise InvalidCheck(f"a reference reads ATTRIBUTE=VALUE, such as sex=male; not {declared!r}")
        reference[attribute.strip()] = value.strip()
    config = AssessmentConfig(
        groups=_names(options["groups"]),
        crosses=tuple(_names(cross) for cross in options["cross"]),
        metrics=_names(options["metrics"]) if options["metrics"] else None,
        reference=reference,
        level=options["level"],
        outcomes=options["outcomes"],
    )
    return Request(
        path=options["file"],
        config=config,
        decision=options["decision"],
        favourable=options["favourable"],
        outcome=options["outcome"],
        positive=options["positive"],
        score=options["score"],
        final=options["final"],
        strata=_names(options["strata"]),
        benchmarks=_benchmarks(options["benchmark"]),
        preset=options["preset"],
        threshold=options["threshold"],
        exclude_below=options["exclude_below"],
        minimum_shown=options["minimum_shown"],
        unknown=tuple(options["unknown"]),
        delimiter=options["delimiter"],
    )
