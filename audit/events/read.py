"""Folded decisions as pages read them: a list with filters, and one decision with its events."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from audit.models import Decision, Event, Finding
from governance.models import UseCase

SORTS = {"time": "proposed_at", "decision": "decision_id", "confidence": "confidence"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    """What narrows the list; empty means all. ``finding`` is a code, or ``any``; ``until`` is a day included."""

    q: str = ""
    review: str = ""  # reviewed | not_reviewed | overridden
    finding: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = "-time"


def decision_list(use_case: UseCase, wanted: DecisionFilter) -> QuerySet[Decision]:
    """Return the operational decisions of ``use_case`` that match; drills are left out."""
    found = Decision.objects.filter(use_case=use_case, drill=False).defer("state")
    if wanted.q:
        found = found.filter(Q(decision_id__icontains=wanted.q) | Q(decision_class__iexact=wanted.q))
    if wanted.review:
        narrowed = {"reviewed": Q(reviewed=True), "not_reviewed": Q(reviewed=False), "overridden": Q(overridden=True)}
        found = found.filter(narrowed.get(wanted.review, Q()))
    if wanted.finding:
        findings = Finding.objects.filter(use_case=use_case, decision_id=OuterRef("decision_id"), state="open")
        found = found.filter(Exists(findings if wanted.finding == "any" else findings.filter(code=wanted.finding)))
    if wanted.since:
        found = found.filter(proposed_at__gte=_midnight(wanted.since))
    if wanted.until:
        found = found.filter(proposed_at__lt=_midnight(wanted.until + timedelta(days=1)))
    falling = wanted.sort.startswith("-")
    column = SORTS.get(wanted.sort.removeprefix("-"), "proposed_at")
    return found.order_by(f"-{column}" if falling else column, "decision_id")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def decision_span(use_case: UseCase) -> dict[str, Any]:
    """Return ``n``, ``first``, ``last`` (times proposed), ``simulated`` and ``reviewed`` counts of a use case."""
    return Decision.objects.filter(use_case=use_case, drill=False).aggregate(
        n=Count("pk"),
        first=Min("proposed_at"),
        last=Max("proposed_at"),
        simulated=Count("pk", filter=Q(simulated=True)),
        reviewed=Count("pk", filter=Q(reviewed=True)),
    )


def decision_events(use_case: UseCase, decision_id: str) -> list[Event]:
    """Return the recorded events of one decision, oldest first."""
    events = Event.objects.filter(use_case=use_case, decision_id=decision_id).select_related("key")
    return list(events.order_by("recorded_at", "pk"))
