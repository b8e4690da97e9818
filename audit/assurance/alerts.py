"""Alerts become findings: once a day, for every use case in operation, with what was found and how sure it is."""

from datetime import UTC, datetime, timedelta

from audit.findings.numbers import finding_key
from audit.findings.raising import raise_finding
from audit.models import Finding, FindingAct
from audit.oversight.aggregates import history
from audit.oversight.alerting import ALPHA, RULES, Alarm, Rule, alarm
from audit.oversight.counts import total
from audit.oversight.protection import reviewers_in, safe
from governance.models import UseCase

SETTLED = timedelta(days=2)  # late events of a day are in by then


def raise_alerts(*, at: datetime) -> int:
    """Open a finding for each new alarm; one that is open or waived stays as it is. Return how many were opened."""
    opened = 0
    for use_case in UseCase.objects.filter(lifecycle__in=["pilot", "live", "paused"]).order_by("ref"):
        until = (at - SETTLED).astimezone(UTC).date()
        days = history(use_case, window=(None, until))
        for rule in RULES:
            since = _watched_since(use_case, rule)
            watched = [(day, counts) for day, counts in days if since is None or day > since.date()]
            found = alarm(rule, watched)
            # An alarm about one person's work is for that person to see, not for a board.
            if found is not None and safe(reviewers_in(total(counts for _, counts in watched))):
                opened += _open(use_case, found, at)
    return opened


def _watched_since(use_case: UseCase, rule: Rule) -> datetime | None:
    """After a finding was closed the watch begins anew: what was dealt with is not raised again."""
    key = finding_key(use_case.pk, rule.code, rule.measure)
    closed = FindingAct.objects.filter(finding=key, kind=FindingAct.Kind.CLOSED).order_by("-at").first()
    return closed.at if closed else None


def _open(use_case: UseCase, found: Alarm, at: datetime) -> int:
    said = found.message
    row: Finding | None = raise_finding(
        use_case=use_case,
        code=found.rule.code,
        subject=found.rule.measure,
        severity="soft",
        explanation={
            "sentence": said.text,
            "template": said.template,
            "parameters": said.values(),
            "day": found.day.isoformat(),
            "false_alarm_rate": ALPHA,
        },
        at=at,
        simulated=use_case.simulated,
    )
    return int(row is not None)
