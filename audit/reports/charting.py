"""From a chart's frozen data to the neutral drawing, for page and paper alike."""

from decimal import Decimal

from django.utils.dates import MONTHS_3
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from audit.charts import Drawing, IntervalRow, Mark, Point, Words, dot_interval, time_series
from audit.reports.content import Chart


def words() -> Words:
    """Return the chart words of the active language."""
    german = (get_language() or "en").startswith("de")
    return Words(
        not_available=_("not available"),
        insufficient=_("insufficient data"),
        within=_("within threshold"),
        disparity=_("disparity found"),
        threshold=_("threshold"),
        no_data=_("no data in this window"),
        months=tuple(str(MONTHS_3[month]).capitalize() for month in range(1, 13)),
        decimal_mark="," if german else ".",
        group_mark="." if german else ",",
    )


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def drawing_of(chart: Chart, *, width: float = 680) -> Drawing:
    """Return the drawing of ``chart`` at ``width`` pixels."""
    if chart.kind == "dot_interval":
        rows = [
            IntervalRow(
                label=row.label,
                n=row.n,
                value=_float(row.value),
                low=_float(row.low),
                high=_float(row.high),
                state=row.state or "none",
                group=row.group,
            )
            for row in chart.rows
        ]
        return dot_interval(
            rows,
            title=chart.title,
            threshold=_float(chart.threshold),
            reference=_float(chart.reference),
            unit=chart.unit,
            width=width,
            finding=chart.finding,
            words=words(),
        )
    points = [
        Point(at=point.at, n=point.n, value=_float(point.value), low=_float(point.low), high=_float(point.high))
        for point in chart.points
    ]
    return time_series(
        points,
        title=chart.title,
        unit=chart.unit,
        threshold=_float(chart.threshold),
        marks=[Mark(mark.at, mark.label) for mark in chart.marks],
        width=width,
        finding=chart.finding,
        words=words(),
    )
