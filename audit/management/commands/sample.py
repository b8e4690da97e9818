"""Recompute which decisions a sampling key drew: the auditor's side of verifiable sampling."""

import json
import sys
from argparse import ArgumentParser, FileType
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from policies.oversight.sampling import DRAWS, commitment, select


class Command(BaseCommand):
    """Read decision ids, one a line, and print those that the key draws at the rate; needs no database."""

    help = "Recompute a sample from the revealed key of its period"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", help="the revealed key, 64 hexadecimal digits")
        parser.add_argument("rate", help="the share drawn, 0 to 1, as the policy gives it")
        parser.add_argument("ids", nargs="?", type=FileType("r"), default=sys.stdin, help="decision ids, one a line")
        parser.add_argument("--draw", choices=DRAWS, default="sample", help="which draw of the policy")
        parser.add_argument("--commitment", help="fail unless the key is the one committed as this")
        parser.add_argument("--json", action="store_true", help="one object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        key, rate = _key(options["key"]), _rate(options["rate"])
        committed = commitment(key)
        if options["commitment"] and options["commitment"] != committed:
            raise CommandError(f"This key was committed as {committed}, not as {options['commitment']}", returncode=1)
        ids = [line.strip() for line in options["ids"] if line.strip()]
        drawn = select(key, ids, rate, options["draw"])
        if options["json"]:
            body = {"commitment": committed, "draw": options["draw"], "rate": str(rate), "n": len(ids), "drawn": drawn}
            self.stdout.write(json.dumps(body))
            return
        for each in drawn:
            self.stdout.write(each)
        self.stderr.write(f"{len(drawn)} of {len(ids)} drawn; commitment {committed}")


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise CommandError("A sampling key has 64 hexadecimal digits", returncode=2)
    return key


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal(-1)
    if not 0 <= rate <= 1:
        raise CommandError("A rate is a number from 0 to 1, for example 0.05", returncode=2)
    return rate
