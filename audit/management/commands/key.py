"""``custodes key``: issue, list and revoke the API keys of integrated systems."""

import json
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.events.keys import SCOPES, issue_key, revoke_key
from audit.models import ApiKey
from governance.access import DomainError
from governance.models import UseCase, User


class Command(BaseCommand):
    help = "Issue, list and revoke API keys. A key's secret is printed once and stored only as a hash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="issue | list | revoke")
        issue = acts.add_parser("issue", help="make a key and print it once")
        issue.add_argument("--use-case", action="append", required=True, metavar="REF", help="UC-0001; may be repeated")
        issue.add_argument("--source", action="append", default=[], help="whom it may speak for; may be repeated")
        issue.add_argument("--scope", action="append", choices=SCOPES, help="default: events:write and control:read")
        issue.add_argument("--label", default="", help="what it is for, in your words")
        issue.add_argument("--days", type=int, default=365, help="until it expires (default 365)")
        issue.add_argument("--by", required=True, metavar="EMAIL", help="who issues it; the ledger keeps the name")
        acts.add_parser("list", help="which keys exist, for what, until when")
        revoke = acts.add_parser("revoke", help="end a key: its very next request is refused")
        revoke.add_argument("key", metavar="cst_ID", help="the key's public part")
        revoke.add_argument("--by", required=True, metavar="EMAIL")
        for each in (issue, revoke, acts.choices["list"]):
            each.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            found = {"issue": self._issue, "list": self._list, "revoke": self._revoke}[options["act"]](options, now)
        except DomainError as error:
            raise CommandError(error.message, returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        for row in found:
            self.stdout.write("  ".join(str(value) for value in row.values() if value is not None))

    def _issue(self, options: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
        cases = [self._use_case(ref) for ref in options["use_case"]]
        key, secret = issue_key(
            use_cases=cases,
            sources=options["source"],
            scopes=options["scope"] or ["events:write", "control:read"],
            label=options["label"],
            actor=self._actor(options["by"]),
            at=now,
            expires_at=now + timedelta(days=options["days"]),
        )
        return [{"key": secret, "expires": key.expires_at.date().isoformat() if key.expires_at else "never"}]

    def _list(self, options: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
        return [
            {
                "key": key.prefix,
                "state": "revoked"
                if key.revoked_at
                else "expired"
                if key.expires_at and key.expires_at <= now
                else "active",
                "use_cases": ",".join(case.ref for case in key.use_cases.all()),
                "sources": ",".join(key.sources),
                "scopes": ",".join(key.scopes),
                "label": key.label or None,
            }
            for key in ApiKey.objects.prefetch_related("use_cases").order_by("created_at")
        ]

    def _revoke(self, options: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
        public = options["key"].removeprefix("cst_").partition("_")[0]
        key = ApiKey.objects.filter(public_id=public).first()
        if key is None:
            raise CommandError(f"There is no key {options['key']}; see custodes key list.", returncode=2)
        revoke_key(key=key, actor=self._actor(options["by"]), at=now)
        return [{"key": key.prefix, "state": "revoked"}]

    def _use_case(self, ref: str) -> UseCase:
        use_case = UseCase.objects.filter(ref=ref).first() or UseCase.objects.filter(key=ref).first()
        if use_case is None:
            raise CommandError(f"There is no use case {ref}; references look like UC-0001.", returncode=2)
        return use_case

    def _actor(self, email: str) -> User:
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {email}.", returncode=2)
        return user
