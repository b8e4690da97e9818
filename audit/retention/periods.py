"""Retention periods in force, per stream of the ledger: the law's floor, and what the organisation chose above it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit.models import RetentionPeriod
from policies.eu_ai_act.retention import RetentionRule, retention_rules

LOGS: Final = "logs_deployer"  # Art 26(6), the same six months as for providers in Art 19(1)
PAPERS: Final = "documentation"  # Art 18(1)
CHOSEN_FOR_LOGS: Final = 24  # calendar months, until two people choose otherwise

STREAMS: Final[dict[str, tuple[str, Promise]]] = {
    "events": (LOGS, _("Decision logs and reviews")),
    "integrity": (LOGS, _("Contradicting deliveries of the same event")),
    "sampling": (LOGS, _("Sampling keys")),
    "register": (PAPERS, _("Register: changes with before and after")),
    "policies": (PAPERS, _("Policy versions")),
    "committee": (PAPERS, _("Meetings, votes and sign-offs")),
    "findings": (PAPERS, _("Acts on findings")),
    "reports": (PAPERS, _("Reports issued")),
}


@dataclass(frozen=True, slots=True)
class Period:
    """How long a stream is kept. ``since`` None: nobody chose yet, the default holds. Lengths are calendar months."""

    stream: str
    label: Promise
    months: int
    rule: RetentionRule
    floor: int
    since: datetime | None
    set_by: str
    agreed_by: str


def rule_of(stream: str) -> RetentionRule:
    """Return the law's rule for a stream; one that is not listed is documentation, the longer of the two."""
    name = STREAMS.get(stream, (PAPERS, ""))[0]
    return next(rule for rule in retention_rules() if rule.id == name)


def floor_of(stream: str) -> int:
    """Return the fewest calendar months a stream is kept."""
    rule = rule_of(stream)
    return rule.length * (12 if rule.unit == "years" else 1)


def in_force(stream: str) -> Period:
    """Return the period in force for one stream."""
    row = RetentionPeriod.objects.filter(stream=stream).order_by("-at", "-pk").first()
    return _period(stream, row)


def periods() -> list[Period]:
    """Return the period of every known stream."""
    newest: dict[str, RetentionPeriod] = {}
    for row in RetentionPeriod.objects.filter(~Q(stream="")).order_by("at", "pk"):
        newest[row.stream] = row
    return [_period(stream, newest.get(stream)) for stream in STREAMS]


def _period(stream: str, row: RetentionPeriod | None) -> Period:
    rule, floor = rule_of(stream), floor_of(stream)
    label = STREAMS.get(stream, (PAPERS, _("Other records")))[1]
    default = max(floor, CHOSEN_FOR_LOGS)
    if row is None:
        return Period(stream, label, default, rule, floor, None, "", "")
    # A floor that was raised by a later version of the law holds at once.
    months = max(row.months, floor)
    return Period(stream, label, months, rule, floor, row.at, row.set_by_name, row.agreed_by_name)
