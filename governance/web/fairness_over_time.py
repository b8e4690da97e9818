"""Does a difference show over time? The running evidence against equal rates, with a bound on false alarms."""

import math
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.charts import Drawing, Mark, Point, time_series
from audit.fairness.aggregates import history
from audit.fairness.assessment import Assessment
from audit.fairness.live import versions, watched
from audit.fairness.monitoring import Track
from audit.fairness.watching import Watch
from governance.models import Incident, PolicyInForce, UseCase
from governance.web import words
from governance.web.fairness_figures import SIDE, group_words
from governance.web.fairness_view import FairnessView, attribute_words, method_of
from governance.web.figures import page_figure
from governance.web.tables import Cell, Column, Row, Table
from governance.web.windows import Window

MOST = 6
HIGHEST = 6.0  # powers of ten: a million to one; what lies above is drawn there and printed in the table
"""Charts on one page; the table holds every group."""

CEILING = 6.0
"""Evidence of a million to one: lines are drawn up to here, so that the limit stays readable."""


def build(use_case: UseCase, final: Assessment, window: Window) -> FairnessView:
    """The page: one chart a group, those with most evidence first, marked with versions, policies and incidents."""
    span = (window.start, window.end)
    watches = watched(use_case, window=span)
    marks = marks_of(use_case, window)
    page = FairnessView(
        title=_("Over time"),
        question=_("Are two groups selected at different rates, and since when?"),
        method=[
            *method_of(final, window),
            (_("Stage"), _("what took effect; selection rate")),
            (
                _("Alarm"),
                _(
                    "e-process of 2 × 2 blocks (Turner, Ly and Grünwald): if both groups share a rate, the chance of "
                    "ever reaching the limit is at most 5 % for each attribute, however often one looks. The "
                    "e-CUSUM restarts whenever the evidence falls below 1 and so sees late changes."
                ),
            ),
            (_("No alarm by"), _("daily four-fifths: it crosses 0.80 in nearly every year without a difference")),
        ],
        data={"watches": [_data(watch) for watch in watches], "marks": [_mark(mark) for mark in marks]},
    )
    pairs = [(watch, track) for watch in watches for track in watch.tracks if track.points]
    if not pairs:
        page.empty = _("No two groups have enough cases in this window to be watched.")
        return page
    ranked = sorted(pairs, key=lambda pair: -max(point.log_e for point in pair[1].points))
    page.answer = [_answer(watches)]
    page.figures = [_figure(i, watch, track, marks) for i, (watch, track) in enumerate(ranked[:MOST])]
    page.read_with = _(
        "Height is evidence against equal rates, on a scale of powers of ten: 0 says nothing, 1 is ten to one, "
        "and no line is drawn above 6, a million to one. The labelled line is the alarm. Marks: model versions, "
        "policies coming into force, incidents."
    )
    page.tables = [_table(pairs), _marks_table(marks)]
    return page


def marks_of(use_case: UseCase, window: Window) -> list[Mark]:
    """Model versions, policies coming into force and incidents inside the window, in order."""
    found = [
        (_noon(day), _("version %(version)s") % {"version": version or _("unknown")})
        for day, version in versions(history(use_case))
    ]
    for row in PolicyInForce.objects.filter(use_case=use_case).select_related("policy"):
        found.append((row.in_force_from, row.policy.ref))
    for incident in Incident.objects.filter(use_case=use_case):
        found.append((incident.opened_at, incident.ref))
    inside = [(at, label) for at, label in found if window.start <= at < window.end]
    return [Mark(at, label) for at, label in sorted(inside)]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _answer(watches: list[Watch]) -> str:
    alarmed = [watch for watch in watches if watch.first_alarm]
    changed = [(w, t) for w in watches for t in w.tracks if t.change_alarm and not w.first_alarm]
    if not alarmed and not changed:
        return _("No alarm in this window. That is not evidence of equal rates: it says that none was shown.")
    parts = [
        _("%(attribute)s: alarm on %(day)s.")
        % {"attribute": attribute_words(watch.attribute), "day": _date_words(watch.first_alarm)}
        for watch in alarmed
        if watch.first_alarm
    ]
    parts += [
        _("%(group)s: a late change, alarm on %(day)s.")
        % {"group": group_words(w.attribute, t.group), "day": _date_words(t.change_alarm)}
        for w, t in changed
        if t.change_alarm
    ]
    quiet = len(watches) - len(alarmed)
    if quiet:
        parts.append(ngettext("%(n)s attribute raised none.", "%(n)s attributes raised none.", quiet) % {"n": quiet})
    return " ".join(parts)


def _date_words(day: date) -> str:
    return date_format(day, "j M Y")


def _figure(place: int, watch: Watch, track: Track, marks: list[Mark]) -> dict[str, Any]:
    title = _("%(group)s against %(reference)s (%(attribute)s)") % {
        "group": group_words(watch.attribute, track.group),
        "reference": group_words(watch.attribute, watch.reference),
        "attribute": attribute_words(watch.attribute),
    }
    points = [Point(at=_noon(point.day), n=None, value=drawn_height(point.log_e)) for point in track.points]
    limit = -math.log10(track.alpha)
    values = [point.value for point in points if point.value is not None]
    bounds = (math.floor(min([*values, -1.0])), math.ceil(max([*values, limit + 0.5])))

    def draw(width: float) -> Drawing:
        return time_series(
            points, title=title, unit="ratio", threshold=limit, marks=marks, width=min(width, SIDE), height=200,
            bounds=bounds, words=words.chart_words(threshold=str(_("alarm"))),
        )  # fmt: skip

    return {"title": title, "figure": page_figure(draw, name=f"watch-{place}", see="")}


def drawn_height(log_e: float) -> float:
    """Return the height of evidence in a chart, in powers of ten."""
    return min(round(log_e / math.log(10), 2), HIGHEST)


def _table(pairs: list[tuple[Watch, Track]]) -> Table:
    said = words.chart_words()
    rows = [
        Row(
            group=attribute_words(watch.attribute),
            cells=[
                Cell(
                    text=group_words(watch.attribute, track.group),
                    under=_("against %(group)s") % {"group": group_words(watch.attribute, watch.reference)},
                ),
                Cell(text=said.number(track.points[-1].log_e / math.log(10), 2), kind="number"),
                Cell(text=said.number(max(p.log_e for p in track.points) / math.log(10), 2), kind="number"),
                Cell(text=said.number(-math.log10(track.alpha), 2), kind="number"),
                _day(track.alarm),
                _day(track.change_alarm),
            ],
        )
        for watch, track in pairs
    ]
    columns = [
        Column(label=_("Group")),
        Column(label=_("Evidence now (log10 e)"), number=True),
        Column(label=_("Highest"), number=True),
        Column(label=_("Alarm at"), number=True),
        Column(label=_("Alarm")),
        Column(label=_("Late change")),
    ]
    about = _("Each group's limit is raised so that all groups of an attribute together keep the bound (Bonferroni).")
    return Table(id="watches", caption=_("Every watched group"), columns=columns, rows=rows, about=about)


def _day(day: date | None) -> Cell:
    return Cell(text=_noon(day), kind="day") if day else Cell(text=_("none"))


def _marks_table(marks: list[Mark]) -> Table:
    rows = [Row(cells=[Cell(text=mark.label), Cell(text=mark.at, kind="day")]) for mark in marks]
    columns = [Column(label=_("What changed")), Column(label=_("Day"))]
    return Table(id="marks", caption=_("Marks on the time axis"), columns=columns, rows=rows, fit=True)


def _mark(mark: Mark) -> dict[str, str]:
    return {"at": mark.at.isoformat(), "label": mark.label}


def _data(watch: Watch) -> dict[str, Any]:
    """The watch as data; evidence is rounded, so that it cannot be turned back into counts."""
    found = watch.to_json()
    for track in found["tracks"]:
        for point in track["points"]:
            point["log_e"], point["log_cusum"] = round(point["log_e"], 2), round(point["log_cusum"], 2)
    return found
