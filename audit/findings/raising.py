"""Findings that no single decision shows: raised by monitoring, kept as acts, put back by a rebuild."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.findings import telling
from audit.findings.acts import acts_of, take, write
from audit.findings.numbers import finding_key, numbers_for
from audit.findings.standing import standing
from audit.ledger import log
from audit.models import Finding, FindingAct, FollowerCursor
from governance.models import UseCase


def raise_finding(
    *,
    use_case: UseCase,
    code: str,
    subject: str,
    severity: str,
    explanation: Mapping[str, Any],
    at: datetime,
    simulated: bool = False,
) -> Finding | None:
    """Open the finding ``code`` about ``subject``; return None when it stands open or waived already.

    One that was closed opens again, as a new matter with the same number. ``explanation`` holds ``sentence`` and
    what led to it. The ledger entry is written by nobody: the monitoring has no account.
    """
    pk = finding_key(use_case.pk, code, subject)
    with transaction.atomic():
        UseCase.objects.select_for_update().get(pk=use_case.pk)
        list(FollowerCursor.objects.select_for_update().values_list("pk"))  # numbers are given by one at a time
        row = Finding.objects.filter(pk=pk).first()
        if row is not None and row.state != Finding.State.CLOSED:
            return None
        checkpoint = log.latest_checkpoint()
        data = {
            "use_case": str(use_case.pk),
            "code": code,
            "subject": subject,
            "severity": severity,
            "explanation": dict(explanation),
            "opened_index": checkpoint.size if checkpoint else 0,
            "simulated": simulated,
        }
        row = _row(data, at, ref=row.ref if row else numbers_for([pk])[pk])
        row.save()
        act = write(row, FindingAct.Kind.RAISED, actor=None, at=at, data=data)
        telling.raised(row, at=at, number=act.number)
        return row


def restore() -> int:
    """Put back the rows of raised findings, as their acts leave them; return how many. For a rebuild."""
    last: dict[Any, FindingAct] = {}
    for act in FindingAct.objects.filter(kind=FindingAct.Kind.RAISED).order_by("number"):
        last[act.finding] = act
    refs = numbers_for(list(last))
    for pk, act in last.items():
        row = _row(act.data, act.at, ref=refs[pk])
        take(row, standing(acts_of(row)))
        row.save(force_insert=True)
    return len(last)


def _row(data: Mapping[str, Any], at: datetime, *, ref: str) -> Finding:
    use_case = UseCase.objects.get(pk=data["use_case"])
    return Finding(
        pk=finding_key(use_case.pk, data["code"], data["subject"]),
        ref=ref,
        use_case=use_case,
        code=data["code"],
        subject=data["subject"],
        origin=Finding.Origin.MONITORING,
        severity=data["severity"],
        opened_index=data["opened_index"],
        opened_at=at,
        case_at=at,
        explanation=data["explanation"],
        simulated=data["simulated"],
    )
