"""The override rate month by month, with the policy versions that came into force."""

from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from audit.oversight import aggregates
from audit.oversight.overriding import override_rate
from audit.reports import display
from audit.reports.content import Chart, ChartMark, ChartPoint
from audit.reports.context import Context, exact
from audit.reports.reviewing import reviewing

MONTHS_DRAWN = 24


def override_chart(context: Context) -> Chart | None:
    """Return the chart of the months that may be shown.

    None when fewer than two of them have ten decisions of people, or there are too many months.
    """
    months = months_of(context)
    if not 2 <= len(months) <= MONTHS_DRAWN:
        return None
    work = reviewing(context)
    points = tuple(_point(context, start, end) if work.shows(start) else ChartPoint(at=start) for start, end in months)
    known = [point for point in points if point.value is not None]
    if len(known) < 2:
        return None
    lowest, highest = min(known, key=_value), max(known, key=_value)
    finding = _("Between %(low)s and %(high)s of the proposals a person decided on were changed, month by month.")
    alt = _(
        "Line chart of the share of proposals changed by a person, month by month. It is lowest in the month from "
        "%(low_day)s, at %(low)s, and highest in the month from %(high_day)s, at %(high)s."
    )
    said = {
        "low_day": display.day(lowest.at),
        "low": display.share(_value(lowest)),
        "high_day": display.day(highest.at),
        "high": display.share(_value(highest)),
    }
    return Chart(
        id="override-rate",
        title=_("Share of proposals changed by a person, per month, with 95 % interval"),
        finding=finding % said,
        alt=alt % said,
        kind="time_series",
        unit="share",
        points=points,
        marks=_marks(context),
    )


def months_of(context: Context) -> list[tuple[datetime, datetime]]:
    """Split the window at the firsts of months, UTC."""
    parts, start = [], context.window.start
    while start < context.window.end:
        year, month = (start.year + 1, 1) if start.month == 12 else (start.year, start.month + 1)
        end = min(datetime(year, month, 1, tzinfo=UTC), context.window.end)
        parts.append((start, end))
        start = end
    return parts


def _point(context: Context, start: datetime, end: datetime) -> ChartPoint:
    counts = aggregates.counts_for(context.use_case, window=(start, end), as_of=context.as_of)
    rate = override_rate(counts, (start, end))
    if rate.value is None or rate.interval is None or rate.n < 10:
        return ChartPoint(at=start, n=rate.n)
    bounds = rate.interval
    return ChartPoint(at=start, n=rate.n, value=exact(rate.value), low=exact(bounds.low), high=exact(bounds.high))


def _marks(context: Context) -> tuple[ChartMark, ...]:
    return tuple(
        ChartMark(at=row.in_force_from, label=f"{row.policy.ref} v{row.policy.version}")
        for row in context.policies()
        if context.window.start <= row.in_force_from < context.window.end
    )


def _value(point: ChartPoint) -> Decimal:
    return point.value or Decimal(0)
