"""Findings as pages read them: how many of which kind, and which."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from audit.models import Finding
from governance.models import UseCase


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """Findings of one kind in one use case. ``n`` counts findings, ``cases`` what they stand for."""

    use_case: str
    use_case_name: str
    code: str
    severity: str
    state: str
    n: int
    cases: int
    first: datetime
    last: datetime
    simulated: int


def by_kind(use_cases: QuerySet[UseCase], *, states: Iterable[str] = ("open",)) -> list[FindingGroup]:
    """Return findings of ``use_cases`` by use case, code, severity and state; drills are left out. One query."""
    rows = (
        Finding.objects.filter(use_case__in=use_cases, state__in=list(states), drill=False)
        .values("use_case__ref", "use_case__name", "code", "severity", "state")
        .annotate(
            n=Count("pk"),
            cases=Sum("count"),
            first=Min("opened_at"),
            last=Max("opened_at"),
            marked=Count("pk", filter=Q(simulated=True)),
        )
        .order_by("severity", "use_case__ref", "code", "state")
    )
    return [
        FindingGroup(
            use_case=row["use_case__ref"],
            use_case_name=row["use_case__name"],
            code=row["code"],
            severity=row["severity"],
            state=row["state"],
            n=row["n"],
            cases=row["cases"],
            first=row["first"],
            last=row["last"],
            simulated=row["marked"],
        )
        for row in rows
    ]


def of_decisions(use_case: UseCase, decision_ids: Iterable[str]) -> dict[str, list[Finding]]:
    """Return the findings of each named decision, one query."""
    found: dict[str, list[Finding]] = {}
    rows = Finding.objects.filter(use_case=use_case, decision_id__in=list(decision_ids)).select_related("owner")
    for finding in rows.order_by("severity", "code"):
        found.setdefault(finding.decision_id, []).append(finding)
    return found
