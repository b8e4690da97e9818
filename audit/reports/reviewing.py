"""Figures about people's work as an issued report may print them: from calendar months in which nobody stands out.

A report is read by many and says who issued it, so it shows what pages show to everybody (see
:mod:`audit.oversight.protection`): whole calendar months (UTC), each with at least three reviewers of whom none did
nearly all. Of a window that begins or ends within a month, that month is left out, so that two reports never differ by
some days of somebody's work. Figures about the process itself stand on the whole window.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from audit.assurance.extras import extras_for
from audit.assurance.reading import open_slices, resliced, shown
from audit.oversight import Measure, OversightCounts, aggregates, measures
from audit.oversight.measure import WITHHELD
from audit.oversight.protection import reviewers_in
from audit.oversight.storage import first_of, month_of
from audit.oversight.wording import gettext_noop
from audit.reports.content import Window
from audit.reports.context import Context

NO_MONTH = gettext_noop(
    "Withheld: figures about the work of people are given by whole calendar months, and this window holds none."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    """``counts`` of the months that may be shown, ``window`` the days from the first to the last of them.

    ``left_out``: months of the window of which nothing about people may be shown, those it cuts among them.
    ``apart``: such a month lies between two that are shown, so that no window holds these counts and no others.
    ``withheld``: why nothing is shown although people worked, in English; empty otherwise.
    """

    counts: OversightCounts
    window: Window | None
    left_out: tuple[date, ...]
    apart: bool
    withheld: str
    measures: tuple[Measure, ...]

    def shows(self, month: datetime) -> bool:
        """Whether the month that begins then is among them."""
        inside = self.window is not None and self.window.start <= month < self.window.end
        return inside and month.date() not in self.left_out


def counts_of(context: Context) -> OversightCounts:
    """Return the oversight counts of the whole window as of the checkpoint."""
    counts: OversightCounts = context.once(
        "oversight counts",
        lambda: aggregates.counts_for(context.use_case, window=context.bounds, as_of=context.as_of),
    )
    return counts


def reviewing(context: Context) -> Reviewing:
    """Return all measures of the window, and the counts that those about people stand on."""
    found: Reviewing = context.once("reviewing", lambda: _read(context))
    return found


def months_inside(window: Window) -> tuple[date, date]:
    """Return the first day of the first whole month and the first day after the last; equal where there is none."""
    start, end = window.start.astimezone(UTC), window.end.astimezone(UTC)
    first = start.date() if start.time() == time(0) else start.date() + timedelta(days=1)
    begin = first_of(month_of(first.toordinal()) + (first.day != 1))
    past = first_of(month_of(end.date().toordinal()))
    return (begin, past) if begin < past else (begin, begin)


def cut_months(window: Window) -> tuple[date, ...]:
    """Return the first days of the months that the window begins or ends within."""
    begin, past = months_inside(window)
    start = window.start.astimezone(UTC).date().replace(day=1)
    last = (window.end.astimezone(UTC) - timedelta(microseconds=1)).date().replace(day=1)
    return tuple(sorted({month for month in (start, last) if not begin <= month < past}))


def _read(context: Context) -> Reviewing:
    whole = counts_of(context)
    begin, past = months_inside(context.window)
    bounds = (begin, past)
    seen = open_slices(context.use_case, window=bounds, as_of=context.as_of) if begin < past else None
    people = seen.people if seen else OversightCounts()
    months = seen.months if seen else frozenset[int]()
    nothing = bool(reviewers_in(whole)) and not reviewers_in(people)
    extras = extras_for(context.use_case, whole, window=context.bounds, as_of=context.as_of, months=months)
    of_all = measures(whole, window=context.bounds, extras=extras)
    of_people = measures(people, window=bounds, extras=extras)
    found = [shown(all_, own, nothing, context.may_read_groups) for all_, own in zip(of_all, of_people, strict=True)]
    if seen is not None:
        found = [resliced(measure, seen.slices, people, bounds) for measure in found]
    elif nothing:
        found = [replace(each, withheld=NO_MONTH) if each.withheld and each.facts.people else each for each in found]
    window = _window(months)
    left_out = seen.left_out if seen else ()
    return Reviewing(
        counts=people,
        window=window,
        left_out=tuple(sorted({*cut_months(context.window), *left_out})),
        apart=window is not None and any(window.start.date() <= month < window.end.date() for month in left_out),
        withheld=(NO_MONTH if seen is None else WITHHELD) if nothing else "",
        measures=tuple(found),
    )


def _window(months: frozenset[int]) -> Window | None:
    if not months:
        return None
    first, past = first_of(min(months)), first_of(max(months) + 1)
    return Window(start=datetime.combine(first, time(0), UTC), end=datetime.combine(past, time(0), UTC))
