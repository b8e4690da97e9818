"""What did not arrive: gaps in sequence numbers, silence, declared counts, clocks that are off; per source.

A figure of a period rests on what was received; this says how much is known to be missing and what is not known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, F, Max, Min, Q, QuerySet, Window
from django.db.models.functions import Lag

from audit.models import Event, Heartbeat
from governance.models import UseCase

SKEW: Final = timedelta(minutes=5)
LATE: Final = timedelta(hours=24)
MOST: Final = 1000  # gaps and silences listed; the counts are of all


@dataclass(frozen=True, slots=True)
class Gap:
    """Sequence numbers ``first`` to ``last`` never arrived; ``since`` and ``until`` are their neighbours' times."""

    first: int
    last: int
    since: datetime | None
    until: datetime | None

    @property
    def missing(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing arrived, not even a heartbeat."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class SourceCompleteness:
    """One source in one period, by time of recording. ``None`` means it cannot be told, never zero."""

    source: str
    received: int
    first_at: datetime | None
    last_at: datetime | None
    sequenced: int
    repeated: int
    missing: int | None
    gaps: tuple[Gap, ...]
    declared: int | None
    counted: int | None
    silences: tuple[Silence, ...]
    ahead: int
    late: int
    without_time: int
    quarantined: int

    @property
    def meaning(self) -> str:
        """A code for what this means for the figures of the period: complete, missing or unknown."""
        if self.missing is None and self.declared is None:
            return "unknown"
        short = self.declared is not None and self.counted is not None and self.counted < self.declared
        return "missing" if self.missing or short else "complete"


def completeness(
    use_case: UseCase, *, since: datetime, until: datetime, silence_after: timedelta | None = None
) -> list[SourceCompleteness]:
    """Return what each source of ``use_case`` sent from ``since`` to ``until`` (exclusive) and what is missing."""
    events = Event.objects.filter(use_case=use_case, recorded_at__gte=since, recorded_at__lt=until)
    counts = events.values("source").annotate(
        received=Count("pk"),
        first_at=Min("recorded_at"),
        last_at=Max("recorded_at"),
        sequenced=Count("sequence", distinct=True),
        repeated=Count("sequence") - Count("sequence", distinct=True),
        ahead=Count("pk", filter=Q(time__gt=F("recorded_at") + SKEW)),
        late=Count("pk", filter=Q(time__lt=F("recorded_at") - LATE)),
        without_time=Count("pk", filter=Q(time=None)),
        quarantined=Count("pk", filter=Q(quarantined=True)),
    )
    return [_of(use_case, row, since, until, silence_after) for row in counts.order_by("source")]


def _of(
    use_case: UseCase, row: Mapping[str, Any], since: datetime, until: datetime, silence_after: timedelta | None
) -> SourceCompleteness:
    """Numbers and signs of life are the source's own, whichever use case its events are about."""
    events = Event.objects.filter(source=row["source"], recorded_at__gte=since, recorded_at__lt=until)
    beats = Heartbeat.objects.filter(
        use_case=use_case, source=row["source"], recorded_at__gte=since, recorded_at__lt=until
    )
    span = events.aggregate(low=Min("sequence"), high=Max("sequence"), n=Count("sequence", distinct=True))
    promised = beats.aggregate(high=Max("sequence_high"))["high"] or 0
    missing = int(max(span["high"], promised) - span["low"] + 1 - span["n"]) if row["sequenced"] else None
    gaps = [*_gaps(events)] if missing else []
    if missing and promised > span["high"]:  # a heartbeat names numbers that nothing came after
        gaps.append(Gap(span["high"] + 1, promised, row["last_at"], None))
    declared, counted = _declared(use_case, row["source"], beats)
    return SourceCompleteness(
        **row,
        missing=missing,
        gaps=tuple(gaps),
        declared=declared,
        counted=counted,
        silences=tuple(_silences(events, until, silence_after)) if silence_after else (),
    )


def _gaps(events: QuerySet[Event]) -> Iterator[Gap]:
    """Holes between neighbouring sequence numbers, by one pass of the database."""
    before = {"order_by": F("sequence").asc()}
    rows = (
        events.filter(sequence__isnull=False)
        .annotate(previous=Window(Lag("sequence"), **before), since=Window(Lag("recorded_at"), **before))  # type: ignore[arg-type]
        .values_list("sequence", "previous", "since", "recorded_at")
        .order_by("sequence")
    )
    found = 0
    for number, previous, since, at in rows.iterator(chunk_size=5000):
        if number is not None and previous is not None and number - previous > 1:
            yield Gap(previous + 1, number - 1, since, at)
            found += 1
            if found == MOST:
                return


def _declared(use_case: UseCase, source: object, beats: QuerySet[Heartbeat]) -> tuple[int | None, int | None]:
    """The last declared count of the period, and how many events were recorded up to that heartbeat, over all time."""
    last = beats.filter(declared_count__isnull=False).order_by("-recorded_at", "-index").first()
    if last is None:
        return None, None
    counted = Event.objects.filter(source=source, use_case=use_case, recorded_at__lte=last.recorded_at).count()
    return last.declared_count, counted


def _silences(events: QuerySet[Event], until: datetime, longest: timedelta) -> Iterator[Silence]:
    """Stretches longer than ``longest`` without any event; heartbeats are events too."""
    previous: datetime | None = None
    found = 0
    for at in events.order_by("recorded_at").values_list("recorded_at", flat=True).iterator(chunk_size=5000):
        if previous is not None and at - previous > longest and found < MOST:
            yield Silence(previous, at)
            found += 1
        previous = at
    if previous is not None and until - previous > longest:
        yield Silence(previous, until)
