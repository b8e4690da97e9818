"""Completeness of the log by days that are over: their rows never change, so any window is a sum of a few rows."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from django.db.models import Count, Max, Min, Sum

from audit.ledger import log
from audit.models import Event, OversightArrivals
from audit.oversight.aggregates import Bounds, days_of
from governance.models import UseCase

MARGIN = timedelta(hours=1)  # a day is over once no transaction of it can still commit


def close_days(*, at: datetime, limit: int = 400) -> int:
    """Count the events of up to ``limit`` days that are over and were not counted yet; return how many days."""
    last = OversightArrivals.objects.aggregate(day=Max("day"))["day"]
    first = Event.objects.filter(**_after(last)).aggregate(at=Min("recorded_at"))["at"]
    over = (at - MARGIN).astimezone(UTC).date().toordinal()
    if first is None:
        return 0
    start = first.astimezone(UTC).date().toordinal()
    days = range(start, min(over, start + limit))
    for day in days:
        OversightArrivals.objects.bulk_create(_rows(day), ignore_conflicts=True)
    return len(days)


def _after(day: int | None) -> dict[str, datetime]:
    return {} if day is None else {"recorded_at__gte": _midnight(day + 1)}


def _midnight(day: int) -> datetime:
    return datetime.combine(datetime.fromordinal(day).date(), time.min, UTC)


def _rows(day: int) -> Iterator[OversightArrivals]:
    counted = (
        Event.objects.filter(recorded_at__gte=_midnight(day), recorded_at__lt=_midnight(day + 1))
        .values("use_case", "source")
        .annotate(
            received=Count("pk"), sequenced=Count("sequence", distinct=True), low=Min("sequence"), high=Max("sequence")
        )
        .order_by("use_case", "source")
    )
    for row in counted:
        yield OversightArrivals(
            use_case_id=row["use_case"],
            source=row["source"],
            day=day,
            received=row["received"],
            sequenced=row["sequenced"],
            low=row["low"],
            high=row["high"],
        )


def arrived(use_case: UseCase, *, window: Bounds, as_of: int | None = None) -> tuple[int | None, int | None]:
    """Return (received, expected) sequence numbers of the use case's sources, by days of recording that are over.

    A source may speak for several use cases: its numbers are counted over all of them. None: no source numbers its
    events. ``as_of`` N: only days that were over when checkpoint N was signed.
    """
    rows = OversightArrivals.objects.filter(**days_of(window))
    if as_of is not None:
        rows = rows.filter(day__lt=_day_signed(as_of))
    sources = rows.filter(use_case=use_case, low__isnull=False).values("source")
    received = expected = 0
    listed = rows.filter(source__in=sources, low__isnull=False).values("source")
    for source in listed.annotate(n=Sum("sequenced"), first=Min("low"), last=Max("high")).order_by("source"):
        received += source["n"]
        expected += source["last"] - source["first"] + 1
    return (received, expected) if expected else (None, None)


def _day_signed(size: int) -> int:
    try:
        signed = log.checkpoint_at(size).at
    except log.NotFound:
        return 0
    return (signed - MARGIN).astimezone(UTC).date().toordinal()
