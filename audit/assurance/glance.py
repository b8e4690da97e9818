"""Many use cases at a glance: what their measures said when they were read last, kept so that a list costs one query.

A row is as of a ledger index and a day; where the evidence has moved on since, it says so until it is read again.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery

from audit.assurance.reading import Reading, read
from audit.models import OversightDelta, OversightReading
from audit.oversight.measure import CONTRADICTS, SUPPORTS
from governance.models import UseCase

SPAN = timedelta(days=365)
AT_ONCE = 3  # use cases without any reading that a page may read itself
HEADLINES = ("M10", "M1", "M3", "M5", "M6")


@dataclass(frozen=True, slots=True)
class Glance:
    """One use case in one line; ``content`` None: never read. ``stale``: events arrived since."""

    use_case: UseCase
    content: dict[str, Any] | None
    stale: bool
    day: date | None


def content_of(reading: Reading) -> dict[str, Any]:
    """Return what a list keeps of a reading: verdicts, headline figures and how much may be said."""
    claims = reading.claims
    return {
        "decisions": reading.decisions,
        "simulated": reading.simulated,
        "pillars": {pillar.id: pillar.verdict for pillar in reading.pillars},
        "weakest": {pillar.id: pillar.weakest for pillar in reading.pillars},
        "supporting": sum(measure.verdict == SUPPORTS for measure in reading.measures),
        "contradicting": [measure.id for measure in reading.measures if measure.verdict == CONTRADICTS],
        "claims": {"stand": sum(each.stands for each in claims), "all": len(claims)},
        "headlines": {
            name: {
                "value": measure.value,
                "n": measure.n,
                "low": measure.interval.low if measure.interval else None,
                "high": measure.interval.high if measure.interval else None,
                "withheld": bool(measure.withheld),
            }
            for name in HEADLINES
            if (measure := reading.by_id.get(name)) is not None
        },
    }


def renew(*, at: datetime, limit: int = 500) -> int:
    """Read the running use cases whose evidence changed since their last reading; return how many."""
    running = UseCase.objects.filter(lifecycle__in=["pilot", "live", "paused"])
    done = 0
    for use_case in _with_index(running).order_by("ref"):
        if done == limit:
            break
        kept = OversightReading.objects.filter(use_case=use_case).first()
        today = at.astimezone(UTC).date()
        if kept is not None and kept.index >= _next(use_case) and kept.day == today.toordinal():
            continue
        if use_case.last_delta is None:
            continue
        OversightReading.objects.update_or_create(
            use_case=use_case,
            defaults={
                "index": _next(use_case),
                "day": today.toordinal(),
                "content": content_of(_read(use_case, today)),
            },
        )
        done += 1
    return done


def glances(use_cases: QuerySet[UseCase], *, at: datetime) -> list[Glance]:
    """Return every use case with its last reading; a few that were never read are read now."""
    today = at.astimezone(UTC).date()
    listed = list(_with_index(use_cases).select_related("oversight_reading"))
    fresh = [case for case in listed if not hasattr(case, "oversight_reading") and case.last_delta is not None]
    now = {case.pk: content_of(_read(case, today)) for case in fresh[:AT_ONCE]}
    return [_glance(case, now.get(case.pk), today) for case in listed]


def _glance(use_case: Any, content: dict[str, Any] | None, today: date) -> Glance:
    if content is not None:
        return Glance(use_case, content, False, today)
    kept = getattr(use_case, "oversight_reading", None)
    if kept is None:
        return Glance(use_case, None, use_case.last_delta is not None, None)
    return Glance(use_case, kept.content, kept.index < _next(use_case), date.fromordinal(kept.day))


def _with_index(use_cases: QuerySet[UseCase]) -> Any:
    latest = OversightDelta.objects.filter(use_case=OuterRef("pk")).values("use_case").annotate(last=Max("index"))
    return use_cases.annotate(last_delta=Subquery(latest.values("last")))


def _next(use_case: Any) -> int:
    return -1 if use_case.last_delta is None else int(use_case.last_delta) + 1


def _read(use_case: UseCase, today: date) -> Reading:
    # Verdicts on groups are of the use case as a whole and name none; group figures are not kept here.
    return read(use_case, window=(today - SPAN, today + timedelta(days=1)), groups=True)
