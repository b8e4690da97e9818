"""How many events of each type were recorded, as of any checkpoint, without reading all of them.

Entries of the ledger never move, so their events are counted once by blocks of :data:`BLOCK` entries. Reading adds the
counted blocks below a checkpoint and looks at the entries of the others directly: a block that is not counted yet makes
the answer slower, never another. ``recount`` counts everything anew, for whoever doubts the blocks.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum

from audit.ledger.models import Leaf
from audit.models import Event, EventBlock, SourceBlock, TalliedBlock
from governance.models import UseCase

BLOCK: Final = 8192
Row = dict[str, Any]
_COUNTS = {
    "total": Count("pk"),
    "simulated_n": Count("pk", filter=Q(simulated=True)),
    "drill_n": Count("pk", filter=Q(drill=True)),
    "quarantined_n": Count("pk", filter=Q(quarantined=True)),
    "earliest": Min("time"),
    "latest": Max("time"),
}


@dataclass(slots=True)
class Stream:
    """Recorded events of one type; ``first`` and ``last`` are the earliest and latest times the events tell."""

    n: int = 0
    simulated: int = 0
    drill: int = 0
    quarantined: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def add(self, row: Row) -> None:
        """Add what one row counted."""
        self.n += row["total"]
        self.simulated += row["simulated_n"]
        self.drill += row["drill_n"]
        self.quarantined += row["quarantined_n"]
        self.first = min((each for each in (self.first, row["earliest"]) if each), default=None)
        self.last = max((each for each in (self.last, row["latest"]) if each), default=None)


@dataclass(slots=True)
class Numbers:
    """The sequence numbers of one source, whichever use case its events are about."""

    fresh: int = 0
    low: int | None = None
    high: int | None = None

    def add(self, row: Row) -> None:
        """Add what one row counted."""
        self.fresh += row["new"]
        self.low = row["lowest"] if self.low is None else min(self.low, row["lowest"])
        self.high = row["highest"] if self.high is None else max(self.high, row["highest"])

    @property
    def expected(self) -> int:
        """How many numbers lie between the lowest and the highest seen, both included."""
        return 0 if self.low is None or self.high is None else self.high - self.low + 1


@dataclass(frozen=True, slots=True)
class Tally:
    """The events of a use case by type, and the numbers of the sources that spoke for it."""

    streams: dict[str, Stream]
    numbers: dict[str, Numbers]


def count_blocks(*, limit: int = 50) -> int:
    """Count up to ``limit`` blocks that are full and were not counted yet; return how many."""
    size = (Leaf.objects.aggregate(last=Max("idx"))["last"] or -1) + 1
    known = TalliedBlock.objects.aggregate(last=Max("block"))["last"]
    first = 0 if known is None else known + 1
    blocks = range(first, min(size // BLOCK, first + limit))
    for block in blocks:
        with transaction.atomic():
            _count(block)
    return len(blocks)


def _count(block: int) -> None:
    start, end = block * BLOCK, (block + 1) * BLOCK
    EventBlock.objects.bulk_create(
        EventBlock(
            block=block,
            use_case_id=row["use_case"],
            source=row["source"],
            type=row["type"],
            n=row["total"],
            simulated=row["simulated_n"],
            drill=row["drill_n"],
            quarantined=row["quarantined_n"],
            first=row["earliest"],
            last=row["latest"],
        )
        for row in _grouped(_placed(start, end), "use_case")
    )
    SourceBlock.objects.bulk_create(
        SourceBlock(block=block, source=row["source"], fresh=row["new"], low=row["lowest"], high=row["highest"])
        for row in _numbered(start, end)
    )
    TalliedBlock.objects.create(block=block)


def tally(use_case: UseCase, *, as_of: int) -> Tally:
    """Return what was recorded for ``use_case`` by the ledger entries 0 .. ``as_of`` - 1."""
    counted = TalliedBlock.objects.filter(block__lt=as_of // BLOCK).count()
    start = counted * BLOCK  # blocks are counted in their order
    rows = [*_stored(use_case, counted), *_grouped(_placed(start, as_of).filter(use_case=use_case))]
    return _added(rows, lambda sources: [*_stored_numbers(sources, counted), *_numbered(start, as_of, sources)])


def any_simulated(use_case: UseCase, kind: str, *, as_of: int) -> bool:
    """Whether any event of this type below ``as_of`` was invented for an example."""
    counted = TalliedBlock.objects.filter(block__lt=as_of // BLOCK).count()
    stored = EventBlock.objects.filter(use_case=use_case, block__lt=counted, type=kind, simulated__gt=0)
    rest = _placed(counted * BLOCK, as_of).filter(use_case=use_case, type=kind, simulated=True)
    return stored.exists() or rest.exists()


def recount(use_case: UseCase, *, as_of: int) -> Tally:
    """Return the same from the events alone."""
    rows = [*_grouped(_placed(0, as_of).filter(use_case=use_case))]
    return _added(rows, lambda sources: [*_numbered(0, as_of, sources)])


def _added(rows: Iterable[Row], numbered: Callable[[list[str]], Iterable[Row]]) -> Tally:
    streams: dict[str, Stream] = {}
    sources: set[str] = set()
    for row in rows:
        streams.setdefault(row["type"], Stream()).add(row)
        sources.add(row["source"])
    numbers: dict[str, Numbers] = {}
    for row in numbered(sorted(sources)):
        numbers.setdefault(row["source"], Numbers()).add(row)
    return Tally(dict(sorted(streams.items())), dict(sorted(numbers.items())))


def _stored(use_case: UseCase, blocks: int) -> Iterator[Row]:
    rows: Any = EventBlock.objects.filter(use_case=use_case, block__lt=blocks).values("source", "type")
    yield from rows.annotate(
        total=Sum("n"), simulated_n=Sum("simulated"), drill_n=Sum("drill"), quarantined_n=Sum("quarantined"),
        earliest=Min("first"), latest=Max("last"),
    ).order_by("source", "type")  # fmt: skip


def _stored_numbers(sources: list[str], blocks: int) -> Iterator[Row]:
    rows: Any = SourceBlock.objects.filter(source__in=sources, block__lt=blocks).values("source")
    yield from rows.annotate(new=Sum("fresh"), lowest=Min("low"), highest=Max("high")).order_by("source")


def _placed(start: int, end: int) -> QuerySet[Event]:
    return Event.objects.filter(pk__in=Leaf.objects.filter(idx__gte=start, idx__lt=end).values("entry_id"))


def _grouped(events: QuerySet[Event], *by: str) -> Iterator[Row]:
    yield from events.values(*by, "source", "type").annotate(**_COUNTS).order_by(*by, "source", "type")


def _numbered(start: int, end: int, sources: list[str] | None = None) -> Iterator[Row]:
    """Yield the numbers of each source in a stretch; ``fresh`` are those that no earlier entry had."""
    events = _placed(start, end).filter(sequence__isnull=False)
    if sources is not None:
        events = events.filter(source__in=sources)
    under = Leaf.objects.filter(entry_id=OuterRef("pk"), idx__lt=start)
    before = Event.objects.filter(Exists(under), source=OuterRef("source"), sequence=OuterRef("sequence"))
    fresh = dict(
        events.filter(~Exists(before)).values("source").annotate(n=Count("sequence", distinct=True)).values_list(
            "source", "n"
        )
    )  # fmt: skip
    for row in events.values("source").annotate(lowest=Min("sequence"), highest=Max("sequence")).order_by("source"):
        yield {**row, "new": fresh.get(row["source"], 0)}
