"""How counts are kept: cells packed into rows of days, months and slices of months, added to in place."""

import zlib
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from uuid import UUID

import msgspec

from audit.models.oversight import OversightMonth, OversightTotals
from audit.oversight.contribution import DIMENSIONS
from audit.oversight.counts import JOINT, OversightCounts, total
from audit.oversight.shifts import Shift

Slice = tuple[str, str, str, str]  # class, band, version, language
ShiftRow = tuple[int, int, int, int, int, int, list[tuple[int, int]]]
Place = tuple[UUID, int]  # use case and day
_decoder = msgspec.json.Decoder(dict[str, int])
_shift_decoder = msgspec.json.Decoder(dict[str, ShiftRow])
WHOLE_ONLY = frozenset({"by_reviewer", "reason_text"})
"""Cells too fine to be kept for slices as well."""


def month_of(day: int) -> int:
    """Return the month of a day's ordinal: twelve times the year plus the month less one; 0 stays 0."""
    if not day:
        return 0
    found = date.fromordinal(day)
    return found.year * 12 + found.month - 1


def first_of(month: int) -> date:
    """Return the first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


def packed(counts: OversightCounts) -> bytes:
    """Return the cells as they are stored."""
    return zlib.compress(msgspec.json.encode(dict(sorted(counts.joined.items()))), 1)


def stored_shifts(text: str) -> dict[str, ShiftRow]:
    """Return the shifts of a stored day by reviewer, as :meth:`Shift.to_json` gives them."""
    return _shift_decoder.decode(text)


def summed(rows: Iterable[bytes | memoryview], only: Collection[str] = ()) -> OversightCounts:
    """Return the sum of stored cells; ``only`` those whose first word is named, where given."""
    begins = tuple(word + JOINT for word in only)
    held: dict[str, int] = {}
    for cells in rows:
        decoded = _decoder.decode(zlib.decompress(cells))
        if only:
            decoded = {name: n for name, n in decoded.items() if name.startswith(begins) or name in only}
        if not held:
            held = decoded
            continue
        for name, count in decoded.items():
            held[name] = held.get(name, 0) + count
    return OversightCounts.of_joined(held)


def chosen(counts: OversightCounts, only: Collection[str]) -> OversightCounts:
    """Return the cells that begin with one of these words; all of them when none is named."""
    return counts.chosen(only) if only else counts


def lean(counts: OversightCounts) -> OversightCounts:
    """Return the cells that are kept for slices."""
    return counts.without(WHOLE_ONLY)


def add_days(moved: Mapping[Place, list[OversightCounts]], shifts: Mapping[Place, Mapping[str, Shift | None]]) -> None:
    """Add steps to the totals of their days and put in the shifts made anew; a shift of None is gone."""
    places = moved.keys() | shifts.keys()
    rows = {
        (row.use_case_id, row.day): row
        for row in OversightTotals.objects.filter(
            use_case__in={place[0] for place in places}, day__in={place[1] for place in places}
        )
    }
    changed = []
    for place in sorted(places):
        row = rows.get(place) or OversightTotals(use_case_id=place[0], day=place[1], cells=packed(OversightCounts()))
        row.cells = packed(total([summed([row.cells]), *moved.get(place, ())]))
        for reviewer, shift in shifts.get(place, {}).items():
            row.shifts.pop(reviewer, None)
            if shift is not None:
                row.shifts[reviewer] = shift.to_json()
        changed.append(row)
    OversightTotals.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["use_case", "day"], update_fields=["cells", "shifts"]
    )


def add_months(moved: Mapping[tuple[UUID, int, Slice], list[OversightCounts]]) -> None:
    """Add steps to the totals of their months, whole and by slice. Keys: use case, day, slice."""
    steps: dict[tuple[UUID, int, str, str], list[OversightCounts]] = {}
    for (use_case, day, cut), parts in moved.items():
        month, step = month_of(day), total(parts)
        steps.setdefault((use_case, month, "", ""), []).append(step)
        slim = lean(step)
        for dimension, value in zip(DIMENSIONS, cut, strict=True):
            steps.setdefault((use_case, month, dimension, value), []).append(slim)
    rows = {
        (row.use_case_id, row.month, row.dimension, row.value): row
        for row in OversightMonth.objects.filter(
            use_case__in={key[0] for key in steps}, month__in={key[1] for key in steps}
        )
    }
    changed = []
    for key in sorted(steps):
        row = rows.get(key)
        if row is None:
            row = OversightMonth(use_case_id=key[0], month=key[1], dimension=key[2], value=key[3])
            row.cells = packed(OversightCounts())
        row.cells = packed(total([summed([row.cells]), *steps[key]]))
        changed.append(row)
    OversightMonth.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["use_case", "dimension", "value", "month"],
        update_fields=["cells"],
        batch_size=200,
    )
