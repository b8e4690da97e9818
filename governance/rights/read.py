"""Appeals and notices as pages, the API and reports read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from governance.access import reads_all
from governance.access.visible import Principal, use_cases_visible_to
from governance.models import Appeal, Disclosure, UseCase, User


@dataclass(frozen=True, slots=True)
class AppealCounts:
    """Numbers of one use case in a window; ``late``: answered or still open after the day they were due."""

    received: int
    answered: int
    late: int
    changed: int
    explanations: int


def appeals_visible_to(principal: Principal) -> QuerySet[Appeal]:
    """Appeals about use cases one may see, those given to one, and unplaced ones for a role that reads all."""
    if not isinstance(principal, User) or not principal.is_active:
        return Appeal.objects.none()
    wanted = Q(use_case__in=use_cases_visible_to(principal)) | Q(reviewer__user=principal)
    if reads_all(principal):
        wanted |= Q(use_case__isnull=True)
    return Appeal.objects.filter(wanted).select_related("use_case", "reviewer").order_by("-received_at", "-ref")


def counts(use_case: UseCase, *, start: datetime, end: datetime, now: datetime) -> AppealCounts:
    """Counts of appeals received in ``[start, end)``."""
    rows = list(use_case.appeals.filter(received_at__gte=start, received_at__lt=end))
    return AppealCounts(
        received=len(rows),
        answered=sum(row.answered_at is not None for row in rows),
        late=sum((row.answered_at or now) > row.due_at for row in rows),
        changed=sum(row.outcome in {"changed", "partly"} for row in rows),
        explanations=sum(row.kind == Appeal.Kind.EXPLANATION for row in rows),
    )


WORKERS = ("representatives", "workers")


def workers_told(disclosures: Iterable[Disclosure]) -> dict[str, date | None]:
    """The day on which a notice first named each of representatives and workers as told (Art 26(7)), or None."""
    days: dict[str, date | None] = dict.fromkeys(WORKERS)
    for row in sorted(disclosures, key=lambda row: row.published_at):
        for name in row.audience if row.kind == Disclosure.Kind.WORKERS else ():
            days[name] = days[name] or timezone.localtime(row.published_at).date()
    return days


def told_before(days: Mapping[str, date | None], first_use: date | None) -> bool:
    """Whether representatives and workers were both told, and before the first use where its day is known."""
    return all(day is not None and (first_use is None or day < first_use) for day in days.values())


def current_disclosures(use_case: UseCase) -> list[Disclosure]:
    """The newest version of each notice and language."""
    newest: dict[tuple[str, str], Disclosure] = {}
    for row in use_case.disclosures.select_related("published_by").order_by("version"):
        newest[(row.kind, row.language)] = row
    return list(newest.values())


def readable_in(language: str, disclosures: Iterable[Disclosure]) -> list[Disclosure]:
    """What the public reads of them: each kind in ``language`` where there is such a text, else in every language."""
    public = [row for row in disclosures if row.kind != Disclosure.Kind.WORKERS]
    spoken = {row.kind for row in public if row.language == language}
    return [row for row in public if row.language == language or row.kind not in spoken]
