"""A stretch of one reviewer's work in its order, as figures that can be joined: runs of approvals, pace and breaks.

Joining is associative, so a day's shift is made once and a quarter is the joined days, whoever reads it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from audit.statistics import longest_run_tail

BREAK = timedelta(minutes=10)  # a gap of this length ends a stretch of continuous work


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One review in its place. ``changed`` None: neither approved nor changed, such as a referral."""

    at: datetime | None
    changed: bool | None
    active_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """``head``, ``tail``, ``longest``: runs of unchanged approvals at the start, the end, and anywhere.

    ``hours``: by reviews in a clock hour, in how many hours; ``stretch_s``: longest work without a break.
    """

    n: int = 0
    changed: int = 0
    head: int = 0
    tail: int = 0
    longest: int = 0
    stretch_s: float = 0.0
    hours: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, changes: Sequence[bool]) -> "Shift":
        """Return the shift of a sequence without times (``True``: changed)."""
        return cls.given(Given(at=None, changed=change) for change in changes)

    @classmethod
    def given(cls, reviews: Iterable[Given]) -> "Shift":
        """Return the shift of reviews in their order."""
        listed = list(reviews)
        changes = [each.changed for each in listed if each.changed is not None]
        head = next((i for i, change in enumerate(changes) if change), len(changes))
        tail = next((i for i, change in enumerate(reversed(changes)) if change), len(changes))
        longest = run = 0
        for change in changes:
            run = 0 if change else run + 1
            longest = max(longest, run)
        return cls(
            n=len(changes),
            changed=sum(changes),
            head=head,
            tail=tail,
            longest=longest,
            stretch_s=_stretch(listed),
            hours=_hours(listed),
        )

    def __add__(self, later: "Shift") -> "Shift":
        """Join a later shift."""
        return Shift(
            n=self.n + later.n,
            changed=self.changed + later.changed,
            head=self.head + later.head if self.head == self.n else self.head,
            tail=later.tail + self.tail if later.tail == later.n else later.tail,
            longest=max(self.longest, later.longest, self.tail + later.head),
            stretch_s=max(self.stretch_s, later.stretch_s),
            hours=_joined(self.hours, later.hours),
        )

    def chance_of_run(self, rate: float) -> float:
        """Return the chance of so long a run anywhere in so many reviews at an override rate."""
        return longest_run_tail(self.n, self.longest, rate)

    def to_json(self) -> list[Any]:
        """Return the shift as a JSON list."""
        hours = sorted(self.hours.items())
        return [self.n, self.changed, self.head, self.tail, self.longest, round(self.stretch_s), hours]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> "Shift":
        """Return a shift from :meth:`to_json`."""
        n, changed, head, tail, longest, stretch, hours = data
        return cls(
            n=n, changed=changed, head=head, tail=tail, longest=longest, stretch_s=stretch, hours=dict(hours)
        )  # fmt: skip


def join_days(days: Iterable[Mapping[str, Sequence[Any]]]) -> dict[str, Shift]:
    """Return each reviewer's joined shift from the stored ones of days in their order: the sum, made in place."""
    held: dict[str, list[Any]] = {}
    for shifts in days:
        for reviewer, (n, changed, head, tail, longest, stretch, hours) in shifts.items():
            own = held.get(reviewer)
            if own is None:
                held[reviewer] = [n, changed, head, tail, longest, stretch, dict(hours)]
                continue
            if own[4] < own[3] + head:
                own[4] = own[3] + head
            if own[4] < longest:
                own[4] = longest
            if own[2] == own[0]:
                own[2] += head
            own[3] = tail + own[3] if tail == n else tail
            own[0] += n
            own[1] += changed
            if own[5] < stretch:
                own[5] = stretch
            for size, times in hours:
                own[6][size] = own[6].get(size, 0) + times
    return {
        reviewer: Shift(n=n, changed=changed, head=head, tail=tail, longest=longest, stretch_s=stretch, hours=hours)
        for reviewer, (n, changed, head, tail, longest, stretch, hours) in held.items()
    }


def _joined(first: Mapping[int, int], second: Mapping[int, int]) -> Mapping[int, int]:
    if not first or not second:
        return first or second
    return {size: first.get(size, 0) + second.get(size, 0) for size in first.keys() | second.keys()}


def _hours(listed: Iterable[Given]) -> dict[int, int]:
    busy = Counter(each.at.replace(minute=0, second=0, microsecond=0) for each in listed if each.at is not None)
    return dict(Counter(busy.values()))


def _stretch(listed: Iterable[Given]) -> float:
    longest, began, ended = 0.0, None, None
    for each in listed:
        if each.at is None:
            continue
        start = each.at - timedelta(milliseconds=each.active_ms or 0)
        if began is None or ended is None or start - ended >= BREAK:
            began = start
        ended = each.at
        longest = max(longest, (ended - began).total_seconds())
    return longest
