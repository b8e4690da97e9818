"""Oversight measures as pages print them: headlines, pillars, claims, the whole list, one measure over time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.assurance.reading import Reading, read
from audit.assurance.speech import said
from audit.assurance.timeline import Month, marks_of, months_of
from audit.charts import Drawing, Mark, Point, time_series
from audit.events.groups import log_reading
from audit.oversight import Measure, Pillar
from audit.oversight.catalogue import NOT_YET, NOT_YET_MEASURED
from governance.access import may_read_groups
from governance.models import UseCase, User
from governance.web import words
from governance.web.figures import PageFigure, page_figure
from governance.web.tables import Cell, Column, Row, Table
from governance.web.windows import Window

HEADLINES = ("M10", "M1", "M2", "M3", "M16", "M5")
UNITS = {"share": "share", "seconds": "seconds", "count": "count", "difference": "points", "index": "ratio"}
PILLAR_STATES = {"demonstrated": "supports", "contradicted": "contradicts", "not_yet_demonstrated": "insufficient"}


@dataclass(slots=True)
class ShownMeasures:
    """``items``: headline figures. ``pillars``: a line each. ``table``: every measure. ``claims``: what may be said."""

    items: list[dict[str, Any]] = field(default_factory=list)
    pillars: Table | None = None
    table: Table | None = None
    claims: Table | None = None
    chart: PageFigure | None = None
    left_out: str = ""
    window: Window | None = None


def reading_for(use_case: UseCase, actor: User, window: Window, *, purpose: str) -> Reading:
    """Return the reading a page prints: never about a single reviewer, groups by right, and that is written down."""
    groups = may_read_groups(actor, use_case)
    if groups and use_case.fairness.get("attributes"):
        log_reading(use_case=use_case, actor=actor, purpose=purpose, at=timezone.now())
    return read(use_case, window=(window.start.date(), window.end.date()), groups=groups)


def window_read(reading: Reading, window: Window) -> Window:
    """Return the days a reading really spans, for the line that names them."""
    since, until = reading.window
    start = datetime.combine(since, time.min, UTC) if since else window.start
    end = datetime.combine(until, time.min, UTC) if until else window.end
    return Window(start, min(end, max(window.end, start + timedelta(days=1))))


def oversight_figures(use_case: UseCase, window: Window, actor: User) -> ShownMeasures:
    """Return what the page of ``use_case`` prints for ``window``; nothing where nothing was counted."""
    reading = reading_for(use_case, actor, window, purpose="oversight page")
    if not reading.decisions:
        return ShownMeasures()
    return ShownMeasures(
        items=[headline(reading.by_id[name]) for name in HEADLINES],
        pillars=pillar_table(reading),
        table=measure_table(reading),
        claims=claim_table(reading),
        chart=measure_chart(use_case, "M1", window),
        left_out=left_out_words(reading),
        window=window_read(reading, window),
    )


def left_out_words(reading: Reading) -> str:
    """Say which months are missing in figures about people, and why; empty when none is."""
    if not reading.left_out:
        return ""
    months = ", ".join(month_words(month) for month in reading.left_out)
    return _(
        "Figures about people leave out %(months)s: fewer than three reviewers, or nearly all reviews by one of them."
    ) % {"months": months}


def month_words(month: date) -> str:
    """Return ``Mar 2026``."""
    return f"{words.chart_words().months[month.month - 1]} {month.year}"


def value_words(measure: Measure) -> str:
    """Return the value with its unit, or that it is not available."""
    if measure.value is None:
        return _("withheld") if measure.withheld else _("not available")
    return words.chart_words().value(measure.value, UNITS.get(measure.unit, measure.unit))


def limit_words(measure: Measure) -> str:
    """Return the interval; empty without one."""
    figure = measure.interval
    if measure.value is None or figure is None or figure.low is None or figure.high is None:
        return ""
    shown = words.chart_words().interval(figure.low, figure.high, UNITS.get(measure.unit, measure.unit))
    return _("95 %% CI %(limits)s") % {"limits": shown}


def headline(measure: Measure) -> dict[str, Any]:
    """Return one headline figure."""
    n = f"n {words.chart_words().number(measure.n)}" if not measure.withheld else said(measure.message)
    return {
        "label": _(measure.title),
        "value": value_words(measure),
        "detail": ", ".join(part for part in (limit_words(measure), n) if part),
        "available": measure.value is not None,
        "state": measure.verdict,
    }


def pillar_table(reading: Reading) -> Table:
    """The four pillars: what each rests on, its weakest link, and what is still needed."""
    rows = [Row(cells=_pillar_cells(pillar, reading)) for pillar in reading.pillars]
    columns = [
        Column(label=_("Pillar")),
        Column(label=_("By the evidence")),
        Column(label=_("Weakest link")),
        Column(label=_("What it says, or what is missing")),
    ]
    about = _("A pillar is as strong as its weakest measure. There is no score.")
    return Table(
        id="pillars", caption=_("Is oversight demonstrated?"), columns=columns, rows=rows, about=about, stack=True
    )


def _pillar_cells(pillar: Pillar, reading: Reading) -> list[Cell]:
    weakest = reading.by_id.get(pillar.weakest or "")
    name, text = "", ""
    if weakest is not None:
        name, text = _(weakest.title), said(weakest.message)
        needed = pillar.needed.get(weakest.id)
        if needed is not None and needed > weakest.n and not weakest.withheld:
            text = _("%(text)s About %(n)s cases are needed.") % {
                "text": text, "n": words.chart_words().number(needed)
            }  # fmt: skip
    elif pillar.weakest is not None:
        name, text = _(NOT_YET.get(pillar.weakest, pillar.weakest)), _(NOT_YET_MEASURED)
    return [
        Cell(text=_(pillar.name), under=pillar.id),
        Cell(word=words.word_of(PILLAR_STATES[pillar.verdict], words.STATES)),
        Cell(text=name, under=pillar.weakest or ""),
        Cell(text=text),
    ]


def measure_table(reading: Reading) -> Table:
    """Every measure, each leading to its page."""
    number = words.chart_words().number
    rows = [
        Row(
            cells=[
                Cell(
                    text=_(measure.title),
                    href=reverse("measure", args=[reading.use_case.ref, measure.id]),
                    under=measure.id,
                ),
                Cell(text=value_words(measure), under=limit_words(measure), kind="number"),
                Cell(text="" if measure.withheld else number(measure.n), kind="number"),
                Cell(word=words.word_of(measure.verdict, words.STATES)),
                Cell(text=said(measure.message)),
                Cell(text=measure.evidence_grade),
            ]
        )
        for measure in reading.measures
    ]
    rows += [
        Row(cells=[Cell(text=_(title), under=name), Cell(text=_("not available"), kind="number"), Cell(), Cell(),
                   Cell(text=_(NOT_YET_MEASURED)), Cell()])
        for name, title in NOT_YET.items()
    ]  # fmt: skip
    columns = [
        Column(label=_("Measure")),
        Column(label=_("Value"), number=True),
        Column(label=_("n"), number=True),
        Column(label=_("Speaks for oversight?")),
        Column(label=_("In words")),
        Column(label=_("Evidence grade")),
    ]
    about = _("Method %(version)s. Grade A: reviewers signed in; B: named by the sending system.") % {
        "version": reading.measures[0].method_version
    }
    return Table(id="measures", caption=_("All measures"), columns=columns, rows=rows, about=about, stack=True)


CLAIM_WORDS = {
    "supports": ("may be said", "closed", "supports"),
    "contradicts": ("may not be said", "cross", "contradicts"),
    "insufficient": ("not yet", "insufficient_data", "insufficient_data"),
}


def claim_table(reading: Reading) -> Table:
    """What may be claimed: sentences switched on and off by the evidence, those that may not be said first."""
    texts = {"supports": _("may be said"), "contradicts": _("may not be said"), "insufficient": _("not yet")}
    order = {"contradicts": 0, "insufficient": 1, "supports": 2}
    number = words.chart_words().number
    rows = []
    for claim in sorted(reading.claims, key=lambda claim: order[claim.state]):
        _text, icon, tone = CLAIM_WORDS[claim.state]
        rows.append(
            Row(
                cells=[
                    Cell(text=_(claim.sentence)),
                    Cell(word=words.Word(texts[claim.state], icon, tone)),
                    Cell(text=number(claim.n_held), kind="number"),
                    Cell(text=number(claim.n_needed) if claim.n_needed and not claim.stands else "", kind="number"),
                    Cell(text=said(claim.reason), under=claim.measure),
                ]
            )
        )
    columns = [
        Column(label=_("Sentence")),
        Column(label=_("By the evidence")),
        Column(label=_("n held"), number=True),
        Column(label=_("n needed"), number=True),
        Column(label=_("Why")),
    ]
    about = _("A sentence that may be said today is withdrawn when its evidence lapses.")
    return Table(id="claims", caption=_("What you may claim"), columns=columns, rows=rows, about=about, stack=True)


def measure_chart(use_case: UseCase, name: str, window: Window) -> PageFigure | None:
    """Draw a measure month by month; a month without enough cases is a gap, versions and policies are marks."""
    months = months_of(use_case, name, window=(window.start.date(), window.end.date()))
    known = [month for month in months if month.measure is not None and month.measure.value is not None]
    if len(known) < 2:
        return None
    unit = UNITS.get(known[0].measure.unit, "ratio") if known[0].measure else "share"
    points = [_point(month) for month in months]
    marks = [Mark(_noon(day), label) for day, label in marks_of(use_case, window=(window.start, window.end))]
    title = known[0].measure.title if known[0].measure else name

    def draw(width: float) -> Drawing:
        return time_series(
            points, title=_(title), unit=unit, marks=marks, width=width, words=words.chart_words()
        )  # fmt: skip

    see = _("%(measure)s by month, with 95 %% intervals; a month with too little to show is a gap.") % {
        "measure": _(title)
    }
    return page_figure(draw, name=f"chart-{name}", see=see, table=_month_table(months, unit))


def _noon(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _point(month: Month) -> Point:
    measure = month.measure
    if measure is None or measure.value is None:
        return Point(at=_noon(month.first), n=None)
    figure = measure.interval
    return Point(
        at=_noon(month.first),
        n=measure.n,
        value=measure.value,
        low=figure.low if figure else None,
        high=figure.high if figure else None,
    )


def _month_table(months: Sequence[Month], unit: str) -> Table:
    shown = words.chart_words()
    rows = []
    for month in months:
        measure = month.measure
        figure = measure.interval if measure else None
        known = measure is not None and measure.value is not None
        limits = figure is not None and figure.low is not None and figure.high is not None
        rows.append(
            Row(
                cells=[
                    Cell(text=month_words(month.first)),
                    Cell(
                        text=shown.value(measure.value, unit)  # type: ignore[union-attr, arg-type]
                        if known
                        else said(measure.message)
                        if measure is not None and measure.withheld
                        else shown.not_available,
                        kind="number",
                    ),
                    Cell(
                        text=shown.interval(figure.low, figure.high, unit)  # type: ignore[union-attr, arg-type]
                        if known and limits
                        else "",
                        kind="number",
                    ),
                    Cell(text=shown.number(measure.n) if known and measure else "", kind="number"),
                ]
            )
        )
    columns = [
        Column(label=_("Month")),
        Column(label=_("Value"), number=True),
        Column(label=_("95 % interval"), number=True),
        Column(label=_("n"), number=True),
    ]
    return Table(id="by-month", caption=_("By month"), columns=columns, rows=rows, fit=True)
