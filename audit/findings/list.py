"""Findings as a list: filtered, in a stable order, and the choices a filter may offer."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from audit.findings.playbook import DISPARITY
from audit.models import Finding
from governance.models import Person, UseCase
from policies.oversight.codes import CODES

SORTS: Final = {"opened": "opened_at", "code": "code", "severity": "severity", "case": "use_case__ref"}
NOBODY: Final = "none"
STOP_CODES: Final = ("AFTER_STOP",)
LOG_CODES: Final = tuple(code.code for code in CODES.values() if code.group == "integrity")
_MONITORED: Final = Q(origin=Finding.Origin.MONITORING)
SOURCES: Final = {
    "decisions": ~_MONITORED & ~Q(code__in=(*STOP_CODES, *LOG_CODES)),
    "stop": ~_MONITORED & Q(code__in=STOP_CODES),
    "log": ~_MONITORED & Q(code__in=LOG_CODES),
    "fairness": _MONITORED & Q(code=DISPARITY),
    "measures": _MONITORED & ~Q(code=DISPARITY),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFilter:
    """What narrows the list; empty means all. ``owner`` is a person's reference or ``none``; ``judged`` yes or no.

    ``source`` is one of :data:`SOURCES`: where such alerts come from.
    """

    q: str = ""
    use_case: str = ""
    code: str = ""
    state: str = ""
    severity: str = ""
    owner: str = ""
    judged: str = ""
    source: str = ""
    sort: str = "-opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCounts:
    """How many of the findings one may see stand where; ``unjudged`` are open and nobody judged them yet."""

    open: int
    waived: int
    closed: int
    unjudged: int
    unowned: int


def finding_list(use_cases: QuerySet[UseCase], wanted: FindingFilter) -> QuerySet[Finding]:
    """Return the findings of ``use_cases`` that match; drills are left out."""
    found = _of(use_cases).select_related("use_case", "owner").filter(_narrowed(wanted))
    falling = wanted.sort.startswith("-")
    column = SORTS.get(wanted.sort.removeprefix("-"), "opened_at")
    return found.order_by(f"-{column}" if falling else column, "-opened_index", "code", "pk")


def finding_counts(use_cases: QuerySet[UseCase], wanted: FindingFilter) -> FindingCounts:
    """Return how many stand where among those that match all of ``wanted`` but its state and judgement."""
    matching = _of(use_cases).filter(_narrowed(replace(wanted, state="", judged="")))
    is_open = Q(state="open")
    return FindingCounts(
        **matching.aggregate(
            open=Count("pk", filter=is_open),
            waived=Count("pk", filter=Q(state="waived")),
            closed=Count("pk", filter=Q(state="closed")),
            unjudged=Count("pk", filter=is_open & Q(disposition="")),
            unowned=Count("pk", filter=is_open & Q(owner=None)),
        )
    )


def codes_of(use_cases: QuerySet[UseCase]) -> list[str]:
    """Return the codes that occur, in order."""
    return list(_of(use_cases).order_by("code").values_list("code", flat=True).distinct())


def owners_of(use_cases: QuerySet[UseCase]) -> QuerySet[Person]:
    """Return the people who own a finding."""
    return Person.objects.filter(pk__in=_of(use_cases).order_by().values("owner").distinct()).order_by("name", "ref")


def next_in_inbox(use_cases: QuerySet[UseCase], after: Finding | None) -> Finding | None:
    """Return the open finding to be judged after ``after``: hard ones first, the newest first; at the end the first.

    ``None`` when nothing else waits for its judgement.
    """
    inbox = finding_list(use_cases, FindingFilter(state="open", judged="no", sort="severity"))
    if after is None:
        return inbox.first()
    same = Q(severity=after.severity)
    level = same & Q(opened_index=after.opened_index)
    later = Q(severity__gt=after.severity) | same & Q(opened_index__lt=after.opened_index)
    later |= level & Q(code__gt=after.code) | level & Q(code=after.code, pk__gt=after.pk)
    return inbox.filter(later).first() or inbox.exclude(pk=after.pk).first()


def one_finding(use_cases: QuerySet[UseCase], name: str) -> Finding | None:
    """Return the finding of this reference or id among ``use_cases``."""
    found = Finding.objects.filter(use_case__in=use_cases).select_related("use_case__owner", "owner")
    try:
        return found.filter(pk=UUID(name)).first()
    except ValueError:
        return found.filter(ref=name).first()


def _of(use_cases: QuerySet[UseCase]) -> QuerySet[Finding]:
    return Finding.objects.filter(use_case__in=use_cases, drill=False)


def _narrowed(wanted: FindingFilter) -> Q:
    found = Q()
    if wanted.q:
        found &= Q(ref__iexact=wanted.q) | Q(decision_id__icontains=wanted.q) | Q(subject__icontains=wanted.q)
    if wanted.use_case:
        found &= Q(use_case__ref=wanted.use_case)
    for name in ("code", "state", "severity"):
        if value := getattr(wanted, name):
            found &= Q(**{name: value})
    if wanted.owner:
        found &= Q(owner=None) if wanted.owner == NOBODY else Q(owner__ref=wanted.owner)
    if wanted.source:
        found &= SOURCES[wanted.source]
    if wanted.judged:
        found &= Q(disposition="") if wanted.judged == "no" else ~Q(disposition="")
    return found
