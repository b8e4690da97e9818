"""A draft policy replayed over the decisions on record: what it would have asked of people, before anyone signs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from audit.control.sampling import periods_of
from audit.evaluation.context import Context
from audit.models import Decision
from governance.models import UseCase
from policies.oversight import Coverage
from policies.oversight.backtest import Backtest, backtest, minutes_by_class
from policies.oversight.record import DecisionRecord
from policies.oversight.terms import PolicyDocument

LATEST: Final = 10_000
MINUTES: Final = Decimal(5)  # a review, where the log does not say how long people looked
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Replay:
    """``result`` over the latest decisions; ``limited``: there are older ones that were not replayed.

    ``measured_minutes``: how many decision classes have a measured review time; the others count ``default_minutes``.
    """

    result: Backtest
    limited: bool
    measured_minutes: int
    default_minutes: Decimal


def replay(
    use_case: UseCase,
    draft: PolicyDocument,
    *,
    at: datetime,
    limit: int = LATEST,
    default_minutes: Decimal = MINUTES,
) -> Replay:
    """Replay ``draft`` over the latest ``limit`` decisions of ``use_case``; drills are left out."""
    rows = Decision.objects.filter(use_case=use_case, drill=False).order_by("-last_index")
    keys = list(rows.values_list("pk", flat=True)[: limit + 1])
    limited, keys = len(keys) > limit, keys[:limit]
    records = list(_records(keys))
    minutes = minutes_by_class(_active_ms(records))
    context = Context([use_case.pk])
    result = backtest(
        draft,
        records,
        people=context.people,
        controls=context.controls_of(use_case.pk),
        coverage=Coverage(sampling=periods_of([use_case.pk]).get(use_case.pk, ())),
        as_of=at,
        minutes_per_review=minutes,
        default_minutes=default_minutes,
    )
    return Replay(result, limited, len(minutes), default_minutes)


def _records(keys: list[UUID]) -> Iterator[DecisionRecord]:
    for start in range(0, len(keys), _CHUNK):
        states = Decision.objects.filter(pk__in=keys[start : start + _CHUNK]).values_list("state", flat=True)
        for state in states:
            yield msgspec.convert(state, type=DecisionRecord)


def _active_ms(records: Iterable[DecisionRecord]) -> dict[str, list[int]]:
    """How long people looked, by decision class, where the log says."""
    times: dict[str, list[int]] = defaultdict(list)
    for record in records:
        for review in record.reviews:
            if review.phase == "submitted" and review.active_ms is not None:
                times[record.decision_class or ""].append(review.active_ms)
    return times
