"""Is the log whole? Holes in sequence numbers and stretches of silence, from what arrived."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from policies.oversight.context import Gap, Silence


@dataclass(frozen=True, slots=True)
class Mark:
    """One event or heartbeat of ``source``; ``high``: the highest sequence number a heartbeat says was sent."""

    source: str
    at: datetime
    sequence: int | None = None
    high: int | None = None


def gaps(marks: Iterable[Mark]) -> tuple[Gap, ...]:
    """Return the holes between sequence numbers, per source; what arrived late and fills a hole leaves none.

    A heartbeat that names a higher number than arrived shows what is missing at the end.
    """
    found: list[Gap] = []
    for source, own in _by_source(marks):
        numbered = sorted({mark.sequence: mark.at for mark in reversed(own) if mark.sequence is not None}.items())
        for (low, since), (high, until) in pairwise(numbered):
            if high - low > 1:
                found.append(Gap(source, min(since, until), max(since, until), high - low - 1))
        promised = max(((mark.high, mark.at) for mark in own if mark.high is not None), default=None)
        if promised is not None and numbered and promised[0] > numbered[-1][0]:
            last, since = numbered[-1]
            found.append(Gap(source, since, max(since, promised[1]), promised[0] - last))
    return tuple(found)


def silences(marks: Iterable[Mark], *, longest: timedelta, since: datetime, until: datetime) -> tuple[Silence, ...]:
    """Return the stretches of ``[since, until)`` longer than ``longest`` in which nothing came from a source."""
    found: list[Silence] = []
    for source, own in _by_source(marks):
        times = [since, *sorted(mark.at for mark in own if since <= mark.at < until), until]
        found += [Silence(source, before, after) for before, after in pairwise(times) if after - before > longest]
    return tuple(found)


def completeness(marks: Iterable[Mark]) -> tuple[int, int]:
    """Return (received, expected) numbered events over all sources, from the lowest number seen of each."""
    received = expected = 0
    for _, own in _by_source(marks):
        numbers = {mark.sequence for mark in own if mark.sequence is not None}
        if numbers:
            highest = max([*numbers, *(mark.high for mark in own if mark.high is not None)])
            received += len(numbers)
            expected += highest - min(numbers) + 1
    return received, expected


def _by_source(marks: Iterable[Mark]) -> list[tuple[str, list[Mark]]]:
    grouped: dict[str, list[Mark]] = {}
    for mark in marks:
        grouped.setdefault(mark.source, []).append(mark)
    return sorted(grouped.items())
