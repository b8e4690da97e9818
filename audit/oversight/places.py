"""Reviews in their place in time, as known from one ledger entry until another: what order and pace are read from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q

from audit.events.changes import Change
from audit.models.oversight import OversightReview
from audit.oversight.contribution import CHANGED, DECIDED, KINDS
from audit.oversight.shifts import Given, Shift
from audit.oversight.storage import Place
from policies.oversight.record import DecisionRecord, ReviewRecord

Key = tuple[UUID, str]
DAYS_AT_ONCE = 50
_FIELDS = ("day", "reviewer", "at", "changed", "active_ms")


def day_of(record: DecisionRecord) -> int:
    """Return the ordinal of the UTC date of a decision, 0 when its time is unknown: its cohort, however late."""
    at = record.proposed_at or record.executed_at
    return at.astimezone(UTC).date().toordinal() if at else 0


def record_reviews(changes: Sequence[Change]) -> dict[Place, dict[str, Shift | None]]:
    """Keep the reviews of a batch of changes and return the shifts of the days and reviewers they touch."""
    keys = {(change.after.use_case_id, change.after.record.decision_id) for change in changes}
    current = _current(keys)
    fresh: list[OversightReview] = []
    closed: list[OversightReview] = []
    touched: set[tuple[UUID, int, str]] = set()
    for change in changes:
        use_case, record = change.after.use_case_id, change.after.record
        held = current.setdefault((use_case, record.decision_id), {})
        wanted = {review.review_id: review for review in _counted(record)}
        for name in sorted(held.keys() | wanted.keys()):
            row = _row(use_case, record, wanted[name], change.index) if name in wanted else None
            before = held.get(name)
            if before is not None and row is not None and all(getattr(before, f) == getattr(row, f) for f in _FIELDS):
                continue
            if before is not None:
                before.until_index = change.index
                touched.add((use_case, before.day, before.reviewer))
                held.pop(name)
                if before.pk is not None:
                    closed.append(before)
            if row is not None:
                touched.add((use_case, row.day, row.reviewer))
                held[name] = row
                fresh.append(row)
    OversightReview.objects.bulk_update(closed, ["until_index"], batch_size=500)
    OversightReview.objects.bulk_create(fresh, batch_size=500)
    return shifts_of(touched)


def _counted(record: DecisionRecord) -> list[ReviewRecord]:
    if record.drill or record.withdrawn_at is not None:
        return []
    return [
        review
        for review in record.reviews
        if review.phase == "submitted" and not review.blind and review.actor is not None
    ]


def _row(use_case: UUID, record: DecisionRecord, review: ReviewRecord, index: int) -> OversightReview:
    kind = KINDS.get(review.outcome or "")
    return OversightReview(
        use_case_id=use_case,
        day=day_of(record),
        reviewer=(review.actor or "")[:255],
        at=review.submitted_at,
        decision_id=record.decision_id,
        review_id=review.review_id[:200],
        changed=kind in CHANGED if kind in DECIDED else None,
        active_ms=review.active_ms,
        index=index,
    )


def _current(keys: Iterable[Key]) -> dict[Key, dict[str, OversightReview]]:
    found: dict[Key, dict[str, OversightReview]] = {}
    listed = sorted(keys)
    for start in range(0, len(listed), 500):
        part = listed[start : start + 500]
        rows = OversightReview.objects.filter(
            use_case__in={use_case for use_case, _ in part},
            decision_id__in=[name for _, name in part],
            until_index=None,
        )
        for row in rows:
            found.setdefault((row.use_case_id, row.decision_id), {})[row.review_id] = row
    return found


def shifts_of(touched: set[tuple[UUID, int, str]]) -> dict[Place, dict[str, Shift | None]]:
    """Return the shifts of these days and reviewers, made anew; None: nothing is left of it."""
    made: dict[Place, dict[str, Shift | None]] = {}
    for use_case, day, reviewer in touched:
        made.setdefault((use_case, day), {})[reviewer] = None
    given: dict[tuple[UUID, int, str], list[Given]] = {}
    for key, review in _ordered(_reviews_of(made)):
        given.setdefault(key, []).append(review)
    for (use_case, day, reviewer), reviews in given.items():
        made[use_case, day][reviewer] = Shift.given(reviews)
    return made


def _reviews_of(places: Mapping[Place, Mapping[str, Shift | None]]) -> Iterator[OversightReview]:
    """Give the reviews of these people on these days, and no others: a day's batch must not read a year."""
    listed = sorted(places)
    for start in range(0, len(listed), DAYS_AT_ONCE):
        wanted = Q()
        for use_case, day in listed[start : start + DAYS_AT_ONCE]:
            wanted |= Q(use_case=use_case, day=day, reviewer__in=sorted(places[use_case, day]))
        yield from OversightReview.objects.filter(wanted, until_index=None)


def _ordered(rows: "Iterable[OversightReview]") -> list[tuple[tuple[UUID, int, str], Given]]:
    ordered = sorted(rows, key=lambda row: (row.day, row.at or datetime.min.replace(tzinfo=UTC), row.review_id))
    return [
        ((row.use_case_id, row.day, row.reviewer), Given(at=row.at, changed=row.changed, active_ms=row.active_ms))
        for row in ordered
    ]


def changed_since(use_case: UUID, days: Mapping[str, int], index: int) -> bool:
    """Whether any review of these days became known, or otherwise known, from entry ``index`` on."""
    rows = OversightReview.objects.filter(use_case=use_case)
    # Asked without the days first: each question then has its index, however many reviews the days hold.
    # The ended ones are named as their index names them, or SQLite reads all reviews.
    ended = rows.exclude(until_index=None)
    later = (rows.filter(index__gte=index), ended.filter(until_index__gte=index))
    return any(each.exists() and each.filter(**days).exists() for each in later)


def shifts_as_of(use_case: UUID, days: Mapping[str, int], index: int) -> list[tuple[int, dict[str, Shift]]]:
    """Return each reviewer's work of these days, day by day, as known from the entries before ``index``."""
    known = Q(until_index=None) | Q(until_index__gte=index)
    rows = OversightReview.objects.filter(known, use_case=use_case, index__lt=index, **days)
    by_day: dict[int, dict[str, list[Given]]] = {}
    for (_, day, reviewer), review in _ordered(rows):
        by_day.setdefault(day, {}).setdefault(reviewer, []).append(review)
    return [
        (day, {reviewer: Shift.given(reviews) for reviewer, reviews in sorted(given.items())})
        for day, given in sorted(by_day.items())
    ]
