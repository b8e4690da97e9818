"""Holes in the log as rows: kept up in ledger order, with what was known when, so that a rebuild finds the same."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

import msgspec
from django.db.models import Min, Q

from audit.events.numbering import Hole, Source, gap_name
from audit.models import Event, LogHole, SourceState
from governance.models import PolicyInForce
from policies import oversight


@dataclass(frozen=True, slots=True)
class Found:
    """Holes of one use case that opened, changed or closed at a look; ``index`` is the source's last event."""

    use_case_id: UUID
    source: str
    at: datetime
    index: int
    simulated: bool
    holes: tuple[Hole, ...]


class Watcher:
    """The sources of one batch of entries, loaded once, changed in memory, saved once."""

    def __init__(self, entries: Iterable[UUID] = ()) -> None:
        rows = Event.objects.filter(pk__in=list(entries)).values_list(
            "id", "source", "sequence", "use_case_id", "recorded_at", "simulated"
        )
        self._events = {row[0]: row[1:] for row in rows}
        self._sources: dict[str, Source] = {}
        self._rows: dict[str, SourceState] = {}
        self._limits: _Limits = _Limits(())
        self._next: datetime | None = None  # nothing is due before it; loaded sources may have moved on since
        self._load(SourceState.objects.filter(source__in={row[1] for row in rows}))

    def _load(self, states: Iterable[SourceState]) -> None:
        for row in states:
            if row.source not in self._rows:
                self._rows[row.source] = row
                self._sources[row.source] = msgspec.convert(row.state, Source, strict=False)
        concerned = {case for source in self._sources.values() for case in source.use_cases}
        self._limits = _Limits(concerned | {row[2] for row in self._events.values()})
        self._next = self._due()

    def _due(self) -> datetime | None:
        moments = [due for each in self._sources.values() if (due := each.due(self._limit(each))) is not None]
        others = SourceState.objects.exclude(source__in=list(self._sources)).aggregate(due=Min("due_at"))["due"]
        return min([*moments, *([others] if others else [])], default=None)

    def _limit(self, source: Source) -> timedelta | None:
        return self._limits.least(source.use_cases, source.last_at)

    def recorded_at(self, entry: UUID) -> datetime | None:
        """Return when an event was recorded; ``None`` for an entry that is no event."""
        found = self._events.get(entry)
        return found[3] if found else None

    def is_due(self, at: datetime) -> bool:
        """Whether a look falls due up to ``at``."""
        if self._next is None or self._next > at:
            return False
        self._next = self._due()
        return self._next is not None and self._next <= at

    def observe(self, entry: UUID, index: int) -> None:
        """Take one event in ledger order."""
        if entry not in self._events:
            return
        name, number, use_case, at, simulated = self._events[entry]
        source = self._sources.get(name)
        if source is None:
            source = self._sources[name] = Source(at, at, index, [use_case])
        limit = self._limit(source)
        source.observe(number=number, at=at, index=index, use_case=use_case, simulated=simulated, silent_after=limit)
        due = source.due(self._limit(source))
        if due is not None and (self._next is None or due < self._next):
            self._next = due

    def settle(self, until: datetime) -> list[Found]:
        """Take all looks that fall due up to ``until``, in order of time; return what they found."""
        found: list[Found] = []
        while self.is_due(until):
            assert self._next is not None  # noqa: S101  (is_due says so)
            at = self._next
            self._load(SourceState.objects.filter(due_at__lte=at))
            for name, source in sorted(self._sources.items()):
                if source.due(self._limit(source)) == at:
                    found += _kept(name, source, at, self._limits, source.settle(at, self._limit(source)))
            self._next = self._due()
        return found

    def save(self) -> None:
        """Store how far the sources have come."""
        SourceState.objects.bulk_create(
            [
                SourceState(source=name, state=msgspec.to_builtins(each), due_at=each.due(self._limit(each)))
                for name, each in self._sources.items()
            ],
            update_conflicts=True,
            unique_fields=["source"],
            update_fields=["state", "due_at"],
        )


class _Limits:
    """The longest silence each use case's policies allow, by the time they bind."""

    def __init__(self, use_cases: Collection[UUID]) -> None:
        self._terms: dict[UUID, list[tuple[datetime, datetime | None, timedelta | None]]] = {}
        rows = PolicyInForce.objects.filter(use_case__in=use_cases).select_related("policy").order_by("in_force_from")
        for row in rows if use_cases else ():
            longest = _silence_max(row.policy.digest, row.policy.document)
            self._terms.setdefault(row.use_case_id, []).append((row.in_force_from, row.in_force_until, longest))

    def of(self, use_case: UUID, at: datetime) -> timedelta | None:
        """Return the longest silence the policy in force ``at`` allows."""
        binding = [
            longest
            for since, until, longest in self._terms.get(use_case, ())
            if since <= at and (until is None or at < until)
        ]
        return binding[-1] if binding else None

    def least(self, use_cases: Sequence[UUID], at: datetime) -> timedelta | None:
        """Return the strictest of several use cases' limits."""
        limits = [limit for each in use_cases if (limit := self.of(each, at)) is not None]
        return min(limits, default=None)


def allowed_silence(use_case: UUID, at: datetime) -> timedelta | None:
    """Return how long a source of the use case may be silent under the policy in force ``at``."""
    return _Limits([use_case]).of(use_case, at)


def _silence_max(digest: str, document: Any) -> timedelta | None:
    return _parsed(digest, msgspec.json.encode(document))


@lru_cache(maxsize=256)
def _parsed(digest: str, document: bytes) -> timedelta | None:
    monitor = oversight.parse(msgspec.json.decode(document)).monitor
    return monitor.silence_max if monitor else None


def _kept(name: str, source: Source, at: datetime, limits: _Limits, holes: Sequence[Hole]) -> list[Found]:
    """Store what a look at one source found, for each of its use cases; return what differs from before."""
    found = []
    for use_case in source.use_cases:
        wanted = {each.name: each for each in holes if _matters(each, limits.of(use_case, each.since), at)}
        changed = _rewrite(use_case, name, at, wanted, source.sealed)
        if changed:
            found.append(Found(use_case, name, at, source.index, source.simulated, tuple(changed)))
    return found


def _matters(hole: Hole, limit: timedelta | None, at: datetime) -> bool:
    return hole.missing is not None or (limit is not None and (hole.until or at) - hole.since > limit)


def _rewrite(
    use_case: UUID, source: str, at: datetime, wanted: Mapping[str, Hole], sealed: datetime | None
) -> list[Hole]:
    """Close the forms that no longer hold, store the new ones; return both."""
    current = {
        row.name: row
        for row in LogHole.objects.filter(use_case_id=use_case, source=source, known_until=None).filter(
            Q(missing__isnull=False) | Q(name__in=[each for each in wanted if each.startswith("silence ")])
        )
    }
    if sealed is not None:
        current = {name: row for name, row in current.items() if name > gap_name(sealed)}
    stale = [row for name, row in current.items() if name not in wanted or _form(wanted[name]) != _form(row)]
    new = [each for name, each in wanted.items() if name not in current or _form(each) != _form(current[name])]
    LogHole.objects.filter(pk__in=[row.pk for row in stale]).update(known_until=at)
    LogHole.objects.bulk_create(
        [
            LogHole(
                id=uuid5(use_case, f"hole {source} {each.name} {at.isoformat()}"),
                use_case_id=use_case,
                source=source,
                since=each.since,
                until=each.until,
                missing=each.missing,
                name=each.name,
                known_from=at,
            )
            for each in new
        ]
    )
    return [*new, *(Hole(row.name, row.since, row.until, row.missing) for row in stale)]


def _form(hole: Hole | LogHole) -> tuple[Any, ...]:
    return (hole.since, hole.until, hole.missing)


def clear() -> None:
    """Drop the projection, for a rebuild."""
    LogHole.objects.all().delete()
    SourceState.objects.all().delete()
