"""Live oversight counts: kept up by the follower, read by window, slice and as of a checkpoint.

Every change of a figure is a delta row carrying its ledger index; totals per day and per month run along, so that a
long history is read without its decisions. What a decision counted before is the sum of its own deltas, never
computed anew: people, policies and declarations may have changed since. All tables are projections, made again by
``custodes rebuild``.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Protocol
from uuid import UUID

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from audit.events.changes import Change, DecisionState
from audit.models.oversight import OversightDelta, OversightMonth, OversightReading, OversightReview, OversightTotals
from audit.oversight import places
from audit.oversight.contribution import DIMENSIONS, slice_of
from audit.oversight.counts import OversightCounts, total
from audit.oversight.shifts import Shift, join_days
from audit.oversight.storage import Slice, add_days, add_months, first_of, lean, month_of, stored_shifts, summed
from audit.oversight.truth import Truth
from governance.models import UseCase
from policies.oversight.context import PolicyInForce
from policies.oversight.record import DecisionRecord
from policies.oversight.verdict import Verdict

Bounds = tuple[date | datetime | None, date | datetime | None]
"""Days from .. until, the last one exclusive, None open; by the UTC date of the decision."""

Key = tuple[UUID, str]
Cut = tuple[str, str]  # dimension and value, such as class and decline
SETTLED = timedelta(days=1)  # longer than any grace: whether a review was on its way is settled
FIRST, LAST = 1, date.max.toordinal()


class NotWholeMonths(ValueError):
    """A slice is counted by calendar months: a window that begins or ends within one cannot be answered."""

    code = "not_whole_months"

    def __init__(self, first: date, last: date) -> None:
        super().__init__(f"a filtered window must hold whole calendar months (UTC): {first} to {last} does not")
        self.first, self.last = first, last


class Judge(Protocol):
    """Whoever knows the policies and people: the evaluation, which stands beside this room."""

    def check(self, use_case: UUID, record: DecisionRecord, *, as_of: datetime) -> tuple[Verdict, ...]:
        """Return the verdicts on one decision."""
        ...

    def policy_for(self, use_case: UUID, record: DecisionRecord) -> PolicyInForce | None:
        """Return the policy version that judges it."""
        ...


def record(changes: Sequence[Change], *, judge: Judge) -> None:
    """Count a batch of folded changes; needs the caller's transaction. The follower is the only writer."""
    if not changes:
        return
    truths = _truths({change.after.use_case_id for change in changes})
    held = _held({(change.after.use_case_id, change.after.record.decision_id) for change in changes})
    deltas: list[OversightDelta] = []
    moved: dict[tuple[UUID, int, Slice], list[OversightCounts]] = {}
    for change in changes:
        use_case, record_ = change.after.use_case_id, change.after.record
        key = (use_case, record_.decision_id)
        after = {(places.day_of(record_), slice_of(record_)): _counts(change, judge, truths[use_case])}
        before = held.get(key, {})
        for place in sorted(before.keys() | after.keys()):
            step = after.get(place, OversightCounts()) - before.get(place, OversightCounts())
            if step.joined:
                deltas.append(_delta(change, key, place, step))
                moved.setdefault((use_case, *place), []).append(step)
        held[key] = after
    OversightDelta.objects.bulk_create(deltas, batch_size=500)
    by_day: dict[tuple[UUID, int], list[OversightCounts]] = {}
    for (use_case, day, _), steps in moved.items():
        by_day.setdefault((use_case, day), []).extend(steps)
    add_days(by_day, places.record_reviews(changes))
    add_months(moved)


def clear() -> None:
    """Drop the projection, for a rebuild."""
    for rows in (OversightDelta, OversightTotals, OversightMonth, OversightReview, OversightReading):
        rows.objects.all().delete()


def _truths(use_cases: set[UUID]) -> dict[UUID, Truth]:
    declared = dict(UseCase.objects.filter(pk__in=use_cases).values_list("pk", "fairness"))
    return {key: truth_of(declared.get(key)) for key in use_cases}


def truth_of(declared: object) -> Truth:
    """Return how a use case's declaration judges outcomes; without one, outcomes use the words of decisions."""
    if not isinstance(declared, dict) or not declared.get("favourable") or not declared.get("positive"):
        return Truth()
    return Truth(favourable=str(declared["favourable"]), positive=str(declared["positive"]))


def _held(keys: set[Key]) -> dict[Key, dict[tuple[int, Slice], OversightCounts]]:
    """What each decision counts so far, by day and slice: the sum of its deltas."""
    held: dict[Key, dict[tuple[int, Slice], OversightCounts]] = {}
    names = sorted({decision_id for _, decision_id in keys})
    for start in range(0, len(names), 500):
        rows = OversightDelta.objects.filter(
            use_case__in={use_case for use_case, _ in keys}, decision_id__in=names[start : start + 500]
        )
        for use_case, name, day, cut, cells in rows.values_list("use_case_id", "decision_id", "day", "slice", "cells"):
            kept = held.setdefault((use_case, name), {})
            place = (day, (cut[0], cut[1], cut[2], cut[3]))
            kept[place] = kept.get(place, OversightCounts()) + OversightCounts.from_json(cells)
    return held


def _counts(change: Change, judge: Judge, truth: Truth) -> OversightCounts:
    state: DecisionState = change.after
    policy = judge.policy_for(state.use_case_id, state.record)
    executed = state.record.execution_recorded_at or state.record.executed_at
    as_of = change.at if executed is None else max(change.at, executed + SETTLED)
    return OversightCounts.of(
        state.record,
        policy.compiled.requirement(state.record) if policy else None,
        document=policy.document if policy else None,
        verdicts=judge.check(state.use_case_id, state.record, as_of=as_of),
        truth=truth,
    )


def _delta(change: Change, key: Key, place: tuple[int, Slice], step: OversightCounts) -> OversightDelta:
    return OversightDelta(
        use_case_id=key[0], decision_id=key[1], index=change.index, day=place[0], slice=place[1], cells=step.to_json()
    )


def span(window: Bounds | None) -> tuple[int, int] | None:
    """Return the ordinals (first, one past the last) of a window; None for everything, also without a time.

    A day that the window ends within belongs to it.
    """
    if window is None:
        return None
    since, until = window
    first = FIRST if since is None else _ordinal(since)
    if until is None:
        return first, LAST
    return first, _ordinal(until) + (isinstance(until, datetime) and until.time() != time(0))


def days_of(window: Bounds | None) -> dict[str, int]:
    """Return the filter on ``day`` for a window."""
    bounds = span(window)
    return {} if bounds is None else {"day__gte": bounds[0], "day__lt": bounds[1]}


def _ordinal(moment: date | datetime) -> int:
    return (moment.date() if isinstance(moment, datetime) else moment).toordinal()


def _parts(bounds: tuple[int, int]) -> tuple[tuple[int, int], Q]:
    """Split days into whole months (first, one past the last) and the days at the edges."""
    first, past = bounds
    begin = month_of(first) + (date.fromordinal(first).day != 1 and first != FIRST)
    end = month_of(past) if past < LAST else month_of(LAST)
    if end <= begin:
        return (0, 0), Q(day__gte=first, day__lt=past)
    head, tail = first_of(begin).toordinal(), first_of(end).toordinal() if past < LAST else past
    return (begin, end), Q(day__gte=first, day__lt=head) | Q(day__gte=tail, day__lt=past)


def counts_for(
    use_case: UseCase, *, window: Bounds | None = None, as_of: int | None = None, cut: Cut | None = None
) -> OversightCounts:
    """Return the counts of a window; ``as_of`` N: as known at checkpoint N, from the entries 0 .. N - 1.

    ``cut``: only decisions of one class, band, version or language; then the window must hold whole months.
    """
    months = OversightMonth.objects.filter(use_case=use_case, dimension="" if cut is None else cut[0])
    rows = (months if cut is None else months.filter(value=cut[1])).values_list("cells", flat=True)
    bounds = span(window)
    stored: list[bytes | memoryview] = []
    if bounds is None:
        stored = list(rows)
    elif bounds[0] < bounds[1]:
        whole, edges = _parts(bounds)
        if cut is not None and (whole == (0, 0) or not _aligned(bounds)):
            raise NotWholeMonths(date.fromordinal(bounds[0]), date.fromordinal(bounds[1] - 1))
        stored = list(rows.filter(month__gte=whole[0], month__lt=whole[1], month__gt=0))
        if not _aligned(bounds):
            days = OversightTotals.objects.filter(edges, use_case=use_case)
            stored += list(days.values_list("cells", flat=True))
    counts = summed(stored)
    if as_of is None:
        return counts
    return counts - _since(use_case, window, as_of, cut)


def _aligned(bounds: tuple[int, int]) -> bool:
    first, past = bounds
    return (first == FIRST or date.fromordinal(first).day == 1) and (past == LAST or date.fromordinal(past).day == 1)


def _since(use_case: UseCase, window: Bounds | None, index: int, cut: Cut | None) -> OversightCounts:
    """Return what the entries from ``index`` on have added."""
    later = OversightDelta.objects.filter(use_case=use_case, index__gte=index, **days_of(window))
    if cut is None:
        return total(OversightCounts.from_json(cells) for cells in later.values_list("cells", flat=True))
    place = DIMENSIONS.index(cut[0])
    return total(
        lean(OversightCounts.from_json(cells))
        for held, cells in later.values_list("slice", "cells")
        if len(held) > place and held[place] == cut[1]
    )


def shifts_for(
    use_case: UseCase,
    *,
    window: Bounds | None = None,
    as_of: int | None = None,
    months: Collection[int] | None = None,
) -> dict[str, Shift]:
    """Return each reviewer's work in its order, days following each other; of ``months`` only, where given."""
    days = days_of(window)
    if as_of is not None and places.changed_since(use_case.pk, days, as_of):
        joined: dict[str, Shift] = {}
        for day, shifts in places.shifts_as_of(use_case.pk, days, as_of):
            if months is None or month_of(day) in months:
                for reviewer, shift in shifts.items():
                    joined[reviewer] = joined.get(reviewer, Shift()) + shift
        return joined
    rows = OversightTotals.objects.filter(use_case=use_case, **days).annotate(text=Cast("shifts", TextField()))
    listed = rows.order_by("day").values_list("day", "text")
    return join_days(stored_shifts(text) for day, text in listed if months is None or month_of(day) in months)


def history(use_case: UseCase, *, window: Bounds | None = None) -> list[tuple[date, OversightCounts]]:
    """Return the counts per day, oldest first, for drawing them over time."""
    rows = OversightTotals.objects.filter(use_case=use_case, **days_of(window)).filter(day__gt=0).order_by("day")
    return [(date.fromordinal(day), summed([cells])) for day, cells in rows.values_list("day", "cells")]


def whole_months(window: Bounds | None) -> tuple[int, int] | None:
    """Return the ordinals (first, one past the last) of the calendar months a window touches."""
    bounds = span(window)
    if bounds is None:
        return None
    first, past = bounds
    past = max(past, first + 1)
    begin = first if first == FIRST else first_of(month_of(first)).toordinal()
    return begin, past if past == LAST else first_of(month_of(past - 1) + 1).toordinal()
