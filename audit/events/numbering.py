"""One source's sequence numbers and signs of life, event by event: what never came, and when nothing came.

Pure: the same events in the same order give the same holes. A hole is looked at on the full hour, at least five
minutes after it opened, so that a sender whose batches overtake each other raises no alarm.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

SETTLE: Final = timedelta(minutes=5)
FORERUNNERS: Final = timedelta(hours=1)  # so long after the first event may lower numbers still arrive
MOST_RANGES: Final = 5000  # more open ranges than that, and the oldest can no longer be filled
LARGEST: Final = 2**63 - 1
_HOUR: Final = timedelta(hours=1)


class Range(msgspec.Struct, array_like=True):
    """Numbers ``first`` to ``last`` are missing; recorded ``since`` and ``until`` are their neighbours."""

    first: int
    last: int
    since: datetime
    until: datetime
    group: datetime  # when it was first looked at


class Hole(msgspec.Struct, frozen=True):
    """A gap (``missing`` numbers) or a silence (``missing`` is ``None``), going on while ``until`` is ``None``."""

    name: str
    since: datetime
    until: datetime | None
    missing: int | None


class Source(msgspec.Struct):
    """How far one source has come; ``index`` is the ledger index of its last event."""

    first_at: datetime
    last_at: datetime
    index: int
    use_cases: list[UUID]
    simulated: bool = False
    low: int | None = None
    high: int | None = None
    low_at: datetime | None = None
    high_at: datetime | None = None
    ranges: list[Range] = []
    silences: list[tuple[datetime, datetime]] = []  # over, and not looked at yet
    told: datetime | None = None  # begin of the last silence that was looked at while it went on
    dirty: datetime | None = None  # when what changed is looked at
    sealed: datetime | None = None  # gaps of this group and older ones stay as they are

    def observe(
        self,
        *,
        number: int | None,
        at: datetime,
        index: int,
        use_case: UUID,
        simulated: bool,
        silent_after: timedelta | None,
    ) -> None:
        """Take one event, recorded ``at``; ``silent_after`` is the longest silence allowed since the last one."""
        if use_case not in self.use_cases:
            self.use_cases.append(use_case)
        if silent_after is not None and at - self.last_at > silent_after:
            self.silences.append((self.last_at, at))
            self._look_after(at)
        self.simulated = self.simulated or simulated
        self.last_at, self.index = max(at, self.last_at), index
        if number is not None:
            self._number(number, at)

    def due(self, silent_after: timedelta | None) -> datetime | None:
        """Return when to look next, ``None`` when there is nothing to expect."""
        moments = [] if self.dirty is None else [self.dirty]
        if silent_after is not None and self.told != self.last_at:
            moments.append(full_hour(self.last_at + silent_after))
        return min(moments, default=None)

    def settle(self, at: datetime, silent_after: timedelta | None) -> list[Hole]:
        """Look, on the hour ``at``: the gaps as they are now, and the silences since the last look."""
        holes = [_silence(since, until) for since, until in self.silences]
        if silent_after is not None and at - self.last_at > silent_after and self.told != self.last_at:
            holes.append(_silence(self.last_at, None))
            self.told = self.last_at
        self.silences, self.dirty = [], None
        return [*self._gaps(), *holes]

    def _look_after(self, at: datetime) -> None:
        moment = full_hour(at + SETTLE)
        self.dirty = moment if self.dirty is None else min(self.dirty, moment)

    def _number(self, number: int, at: datetime) -> None:
        if self.low is None or self.high is None or self.low_at is None or self.high_at is None:
            self.low = self.high = number
            self.low_at = self.high_at = at
        elif number > self.high:
            if number > self.high + 1:
                self._open(len(self.ranges), self.high + 1, number - 1, (self.high_at, at), at)
            self.high, self.high_at = number, at
        elif number >= self.low:
            self._fill(number, at)
        elif at - self.first_at <= FORERUNNERS:
            if number < self.low - 1:
                self._open(0, number + 1, self.low - 1, (self.low_at, at), at)
            self.low, self.low_at = number, at

    def _open(self, place: int, first: int, last: int, around: tuple[datetime, datetime], at: datetime) -> None:
        self.ranges.insert(place, Range(first, last, min(around), max(around), full_hour(at + SETTLE)))
        self._look_after(at)
        if len(self.ranges) > MOST_RANGES:
            self.sealed = min(each.group for each in self.ranges)
            self.ranges = [each for each in self.ranges if each.group > self.sealed]

    def _fill(self, number: int, at: datetime) -> None:
        """A number inside the known span: it fills a hole, or it is a repetition, which is nothing."""
        place = bisect_right(self.ranges, number, key=lambda each: each.first) - 1
        if place < 0 or self.ranges[place].last < number:
            return
        old = self.ranges[place]
        left = Range(old.first, number - 1, old.since, old.until, old.group)
        right = Range(number + 1, old.last, old.since, old.until, old.group)
        self.ranges[place : place + 1] = [each for each in (left, right) if each.first <= each.last]
        self._look_after(at)

    def _gaps(self) -> Iterator[Hole]:
        """What is missing, one hole for all that was first looked at on the same hour."""
        groups: dict[datetime, list[Range]] = {}
        for each in self.ranges:
            groups.setdefault(each.group, []).append(each)
        for group, ranges in sorted(groups.items()):
            missing = sum(each.last - each.first + 1 for each in ranges)
            yield Hole(
                gap_name(group),
                min(each.since for each in ranges),
                max(each.until for each in ranges),
                min(missing, LARGEST),
            )


def full_hour(at: datetime) -> datetime:
    """Return the first full hour (UTC) after ``at``."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + _HOUR


def gap_name(group: datetime) -> str:
    """Return the name that gaps first looked at on this hour go by; names sort by time."""
    return f"gap {group.astimezone(UTC):%Y-%m-%dT%H}"


def _silence(since: datetime, until: datetime | None) -> Hole:
    return Hole(f"silence {since.astimezone(UTC).isoformat()}", since, until, None)
