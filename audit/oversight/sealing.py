"""Oversight counts of decisions whose payloads are removed: sums that name no decision, in place of their deltas.

Reviews in their place in time go with them: order and pace are read from the reviews that are still held.
"""

from typing import Any
from uuid import UUID

from audit.events.sealing import Sealing
from audit.models.oversight import OversightDelta, OversightReview
from audit.oversight import places
from audit.oversight.counts import OversightCounts
from audit.oversight.storage import Slice, add_days, add_months

ROOM = "oversight"
CHUNK = 500
Row = tuple[UUID, int, int, Slice]  # use case, index, day, slice


def seal(*, sealed: Sealing, **_: Any) -> None:
    """Receiver: replace the deltas of the decisions that go by their sums; totals stay as they are."""
    sums: dict[Row, OversightCounts] = {}
    for use_case in sorted({key[0] for key in sealed.keys}):
        names = sorted(name for case, name in sealed.keys if case == use_case)
        for start in range(0, len(names), CHUNK):
            deltas = OversightDelta.objects.filter(use_case=use_case, decision_id__in=names[start : start + CHUNK])
            for index, day, cut, cells in deltas.values_list("index", "day", "slice", "cells"):
                row = (use_case, sealed.coarse(use_case, index), day, tuple(cut))
                sums[row] = sums.get(row, OversightCounts()) + OversightCounts.from_json(cells)
            deltas.delete()
        _drop_reviews(use_case, names)
    rows = [
        {"use_case": str(case), "index": index, "day": day, "slice": list(cut), "cells": counts.to_json()}
        for (case, index, day, cut), counts in sorted(sums.items())  # also what adds up to nothing: its rows exist
    ]
    _insert(rows)
    sealed.figures[ROOM] = rows


def _drop_reviews(use_case: UUID, names: list[str]) -> None:
    touched = set()
    for start in range(0, len(names), CHUNK):
        rows = OversightReview.objects.filter(use_case=use_case, decision_id__in=names[start : start + CHUNK])
        touched |= {(use_case, day, reviewer) for day, reviewer in rows.values_list("day", "reviewer")}
        rows.delete()
    add_days({}, places.shifts_of(touched))


def _insert(rows: list[dict[str, Any]]) -> None:
    OversightDelta.objects.bulk_create(
        [
            OversightDelta(
                use_case_id=row["use_case"],
                decision_id="",
                index=row["index"],
                day=row["day"],
                slice=row["slice"],
                cells=row["cells"],
            )
            for row in rows
        ],
        batch_size=CHUNK,
    )


def restore(*, figures: dict[str, Any], **_: Any) -> None:
    """Receiver: put sealed sums back into an emptied projection."""
    rows = figures.get(ROOM, [])
    _insert(rows)
    days: dict[tuple[UUID, int], list[OversightCounts]] = {}
    months: dict[tuple[UUID, int, Slice], list[OversightCounts]] = {}
    for row in rows:
        use_case, counts = UUID(row["use_case"]), OversightCounts.from_json(row["cells"])
        days.setdefault((use_case, row["day"]), []).append(counts)
        months.setdefault((use_case, row["day"], tuple(row["slice"])), []).append(counts)
    add_days(days, {})
    add_months(months)
