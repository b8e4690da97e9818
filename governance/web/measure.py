"""One measure: what it says, how it went month by month, how two periods compare, how it is made, what it rests on."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.assurance.patterns import KIND_OF
from audit.assurance.reading import Reading
from audit.assurance.speech import said
from audit.charts import Drawing, IntervalRow, dot_interval
from audit.oversight import Measure
from audit.oversight.catalogue import FACTS
from audit.oversight.pillars import NAMES
from audit.statistics import Interval, newcombe
from governance.models import UseCase
from governance.web import words
from governance.web.figures import PageFigure, page_figure
from governance.web.measures import (
    UNITS,
    left_out_words,
    limit_words,
    measure_chart,
    reading_for,
    value_words,
    window_read,
)
from governance.web.pages import reader, signed_in, visible_use_case
from governance.web.tables import Cell, Column, Row, Table
from governance.web.windows import Window, window_of

DECISIONS = {
    "M1": "?review=overridden",
    "M1a": "?review=overridden",
    "M1b": "?review=reviewed",
    "M1c": "?review=overridden&sort=confidence",
    "M2": "?finding=SLA",
    "M3": "?finding=TOO_FAST",
    "M3b": "?finding=BULK",
    "M4": "?review=reviewed",
    "M5": "?review=reviewed",
    "M6": "?review=reviewed",
    "M10": "?finding=any",
    "M15": "?finding=NO_REASON",
    "M16": "?finding=NO_EVIDENCE",
    "M20": "?finding=UNQUALIFIED",
}
"""Where the decisions behind a measure are listed."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two periods side by side; ``text`` says in a sentence what differs and how sure that is."""

    table: Table
    text: str


@signed_in
def measure(request: HttpRequest, ref: str, name: str) -> HttpResponse:
    """One measure of one use case."""
    use_case = visible_use_case(request, ref)
    if name not in FACTS:
        raise Http404
    window, form = window_of(request)
    reading = reading_for(use_case, reader(request), window, purpose=f"measure page {name}")
    found = reading.by_id[name]
    span = window_read(reading, window)
    context = {
        "case": use_case,
        "measure": found,
        "title": _(found.title),
        "answer": said(found.message),
        "value": value_words(found),
        "limits": limit_words(found),
        "window": span,
        "window_form": form,
        "left_out": left_out_words(reading) if found.facts.people else "",
        "chart": measure_chart(use_case, name, window),
        "parts": parts_figure(found),
        "compared": _compared(request, use_case, reading, name, span),
        "method": _method(found),
        "formula": _(found.facts.formula),
        "shows": _(found.facts.shows),
        "decisions": reverse("oversight-case", args=[ref]) + DECISIONS.get(name, "") + "#decisions",
        "crumbs": [
            (_("Oversight"), reverse("oversight")),
            (use_case.ref, reverse("oversight-case", args=[ref])),
            (name, ""),
        ],
    }
    return render(request, "pages/measure.html", context)


def parts_figure(found: Measure) -> PageFigure | None:
    """Draw the rows of a split that have an estimate; in groups by what they are split by."""
    shares = [part for part in found.parts if part.interval.value is not None and part.data.get("unit") != "seconds"]
    if not shares:
        return None
    unit = UNITS.get(found.unit, "ratio") if found.unit != "count" else "share"
    rows = [
        IntervalRow(
            label=part.name or _(part.kind),
            group=_(KIND_OF.get(part.kind, part.kind)) if part.name else "",
            n=part.interval.n,
            value=part.interval.value,
            low=part.interval.low,
            high=part.interval.high,
        )
        for part in sorted(shares, key=lambda part: (bool(part.name), part.kind))
    ]

    def draw(width: float) -> Drawing:
        return dot_interval(
            rows, title=_("%(measure)s, by part") % {"measure": _(found.title)}, unit=unit, width=width,
            words=words.chart_words(),
        )  # fmt: skip

    see = _("Each part with its 95 % interval and n; parts with fewer than ten cases are left out.")
    return page_figure(draw, name=f"parts-{found.id}", see=see, table=_parts_table(found))


def _parts_table(found: Measure) -> Table:
    shown = words.chart_words()
    rows = []
    for part in found.parts:
        figure, unit = part.interval, str(part.data.get("unit") or UNITS.get(found.unit, "ratio"))
        limits = figure.low is not None and figure.high is not None
        rows.append(
            Row(
                cells=[
                    Cell(text=said(part.message)),
                    Cell(text=_not_none(figure.value, unit), kind="number"),
                    Cell(text=shown.interval(figure.low, figure.high, unit) if limits else "", kind="number"),  # type: ignore[arg-type]
                    Cell(text=shown.number(figure.n), kind="number"),
                ]
            )
        )
    columns = [
        Column(label=_("Part")),
        Column(label=_("Value"), number=True),
        Column(label=_("95 % interval"), number=True),
        Column(label=_("n"), number=True),
    ]
    return Table(id="parts", caption=_("By part"), columns=columns, rows=rows, fit=True)


def _not_none(value: float | None, unit: str) -> str:
    return _("not available") if value is None else words.chart_words().value(value, unit)


def _compared(request: HttpRequest, use_case: UseCase, later: Reading, name: str, span: Window) -> Compared | None:
    """The period before, of the same length in months, beside the one shown."""
    months = max(1, round((span.end - span.start).days / 30.4))
    first = _months_before(span.start.date(), months)
    before = Window(_midnight(first), span.start)
    earlier = reading_for(use_case, reader(request), before, purpose=f"measure page {name}")
    old, new = earlier.by_id[name], later.by_id[name]
    if not earlier.decisions:
        return None
    rows = [
        Row(
            cells=[
                Cell(text=_period(window)),
                Cell(text=value_words(each), under=limit_words(each), kind="number"),
                Cell(text="" if each.withheld else words.chart_words().number(each.n), kind="number"),
                Cell(word=words.word_of(each.verdict, words.STATES)),
            ]
        )
        for window, each in ((before, old), (span, new))
    ]
    columns = [
        Column(label=_("Period")),
        Column(label=_("Value"), number=True),
        Column(label=_("n"), number=True),
        Column(label=_("Speaks for oversight?")),
    ]
    return Compared(
        Table(id="compared", caption=_("Two periods"), columns=columns, rows=rows, fit=True), _change(old, new)
    )


def _change(old: Measure, new: Measure) -> str:
    figure = _difference(old, new)
    if figure is None or figure.low is None or figure.high is None or figure.value is None:
        return _("The two periods cannot be compared: one of them has too little to show.")
    shown = words.chart_words()
    data = {"points": shown.value(figure.value, "points"), "limits": shown.interval(figure.low, figure.high, "points")}
    if figure.low <= 0 <= figure.high:
        return _("The difference is %(points)s (95 %% CI %(limits)s): no change is shown.") % data
    return _("The difference is %(points)s (95 %% CI %(limits)s): a change is shown.") % data


def _difference(old: Measure, new: Measure) -> Interval | None:
    """Newcombe's interval for the difference of two shares; other units are not subtracted."""
    counts = [(each.data.get("k"), each.data.get("n")) for each in (new, old)]
    if new.unit != "share" or any(not isinstance(k, int) or not n for k, n in counts):
        return None
    (k, n), (old_k, old_n) = counts
    return newcombe(int(k or 0), int(n or 0), int(old_k or 0), int(old_n or 0))


def _period(window: Window) -> str:
    a, b = window.start.date(), window.last_day
    months = words.chart_words().months
    return f"{months[a.month - 1]} {a.year} – {months[b.month - 1]} {b.year}"


def _months_before(day: date, months: int) -> date:
    place = day.year * 12 + day.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _method(found: Measure) -> list[tuple[str, str]]:
    shown = words.chart_words()
    missing = _("not available") if found.missing_share is None else shown.value(found.missing_share, "share")
    needed = shown.number(found.needed_n) if found.needed_n else _("none, or it cannot be told")
    interval = found.interval.method.replace("_", " ").capitalize() if found.interval else _("none")
    return [
        (_("Pillar"), f"{found.pillar} {_(NAMES[found.pillar])}"),
        (_("Interval"), interval),
        (_("Data missing for"), missing),
        (_("Evidence grade"), found.evidence_grade),
        (_("Cases needed at this rate"), needed),
        (_("Method version"), found.method_version),
        (_("Units"), _("decisions by the UTC day they were proposed on, however late their reviews came")),
    ]
