"""The legal calendar: what applies on a date, what comes next, and what a register's own duties make of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from policies.eu_ai_act.classification import Classification
from policies.eu_ai_act.law import DateRow, Law
from policies.eu_ai_act.loading import CURRENT_LAW


@dataclass(frozen=True, slots=True)
class Due:
    """Duties of one use case that start on one day."""

    day: date
    reference: str
    duties: tuple[str, ...]


def applicable(on_date: date, law: Law = CURRENT_LAW) -> tuple[DateRow, ...]:
    """Rows of the date table in force on a day, oldest first; guidance and neighbours are told apart by ``kind``."""
    rows = [row for row in law.dates.values() if row.applies_from and row.applies_from <= on_date]
    return tuple(sorted(rows, key=lambda row: row.applies_from or date.max))


def upcoming(on_date: date, law: Law = CURRENT_LAW) -> tuple[DateRow, ...]:
    """Rows still to come after a day, next first; triggers without a date come last."""
    rows = [row for row in law.dates.values() if not row.applies_from or row.applies_from > on_date]
    return tuple(sorted(rows, key=lambda row: row.applies_from or date.max))


def next_dues(
    register: Iterable[tuple[str, Classification]], *, on_date: date, limit: int | None = None
) -> tuple[Due, ...]:
    """Duties of a register that start after a day, by day and use case (``register``: reference, classification)."""
    dues = [
        Due(day, reference, duties)
        for reference, result in register
        for day, duties in _starts(result, on_date).items()
    ]
    return tuple(sorted(dues, key=lambda due: (due.day, due.reference))[:limit])


def _starts(result: Classification, on_date: date) -> dict[date, tuple[str, ...]]:
    starts: dict[date, tuple[str, ...]] = {}
    for duty in result.duties:
        if duty.operative_from and duty.operative_from > on_date:
            known = starts.get(duty.operative_from, ())
            starts[duty.operative_from] = (*known, duty.id) if duty.id not in known else known
    return starts
