"""What arrived from each source of a use case, what did not, and what that means for its figures."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.events.completeness import SourceCompleteness, completeness
from audit.events.holes import allowed_silence
from governance.web import words
from governance.web.pages import signed_in, visible_use_case
from governance.web.tables import Cell, Column, Row, Table
from governance.web.windows import Window, window_of

LISTED = 50  # holes a page names; it counts them all


@signed_in
def sources(request: HttpRequest, ref: str) -> HttpResponse:
    """The gap report of one use case."""
    use_case = visible_use_case(request, ref)
    window, form = window_of(request)
    longest = allowed_silence(use_case.pk, window.end)
    found = completeness(use_case, since=window.start, until=min(window.end, localtime()), silence_after=longest)
    context = {
        "case": use_case,
        "window": window,
        "form": form,
        "longest": longest,
        "answer": _answer(found, window),
        "table": _sources_table(found) if found else None,
        "clocks": _clocks_table(found) if found else None,
        "holes": _holes_table(found),
        "crumbs": [
            (_("Oversight"), reverse("oversight")),
            (use_case.ref, reverse("oversight-case", args=[use_case.ref])),
            (_("Sources"), ""),
        ],
    }
    return render(request, "pages/sources.html", context)


def _answer(found: list[SourceCompleteness], window: Window) -> str:
    """What the period's figures rest on, in two sentences."""
    if not found:
        return _("Nothing arrived in this period, so no figure of it rests on anything.")
    number = words.chart_words().number
    received = sum(each.received for each in found)
    first = ngettext("%(n)s event arrived from %(s)s.", "%(n)s events arrived from %(s)s.", received) % {
        "n": number(received),
        "s": ngettext("%(n)s source", "%(n)s sources", len(found)) % {"n": number(len(found))},
    }
    missing = sum(each.missing or 0 for each in found)
    unknown = [each for each in found if each.meaning == "unknown"]
    if any(each.meaning == "missing" for each in found):
        second = (
            ngettext(
                "%(n)s event is known to be missing: figures of this period describe what arrived.",
                "%(n)s events are known to be missing: figures of this period describe what arrived.",
                missing,
            )
            % {"n": number(missing)}
            if missing
            else _("Fewer events arrived than were declared: figures of this period describe what arrived.")
        )
    elif unknown:
        second = _("Nobody can tell whether all of them arrived: no sequence numbers and no declared counts were sent.")
    else:
        second = _("As far as numbers and declared counts tell, none is missing.")
    return f"{first} {second}"


MEANINGS = {
    "complete": ("pass", "pass"),
    "missing": ("attention", "attention"),
    "unknown": ("insufficient_data", "insufficient_data"),
}


def _meaning(code: str) -> words.Word:
    text = {"complete": _("none known missing"), "missing": _("events are missing"), "unknown": _("unknown")}
    return words.Word(text[code], *MEANINGS[code])


def _sources_table(found: list[SourceCompleteness]) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=each.source, kind="code"),
                Cell(word=_meaning(each.meaning)),
                _count(each.received),
                _count(each.missing),
                _count(each.declared),
                _count(each.counted),
                Cell(text=each.last_at, kind="time"),
            ]
        )
        for each in found
    ]
    columns = [
        Column(label=_("Source")),
        Column(label=_("For the figures")),
        Column(label=_("Received"), number=True),
        Column(label=_("Missing"), number=True),
        Column(label=_("Declared"), number=True),
        Column(label=_("Recorded by then"), number=True),
        Column(label=_("Last sign of life")),
    ]
    about = _("A source that sends neither sequence numbers nor heartbeats with a declared count stays unknown.")
    return Table(id="sources", caption=_("What arrived"), about=about, columns=columns, rows=rows, stack=True)


def _clocks_table(found: list[SourceCompleteness]) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=each.source, kind="code"),
                _count(each.ahead),
                _count(each.late),
                _count(each.without_time),
                _count(each.quarantined),
                _count(each.repeated),
            ]
        )
        for each in found
    ]
    columns = [
        Column(label=_("Source")),
        Column(label=_("Ahead of our clock"), number=True),
        Column(label=_("More than a day late"), number=True),
        Column(label=_("Without a time"), number=True),
        Column(label=_("Of an unknown type"), number=True),
        Column(label=_("Repeated numbers"), number=True),
    ]
    about = _(
        "None of this is a reason to refuse an event: it is kept, flagged and counted. Ahead means over 5 minutes."
    )
    return Table(id="clocks", caption=_("Clocks and kinds"), about=about, columns=columns, rows=rows, stack=True)


def _count(value: int | None) -> Cell:
    return Cell(text=_("unknown") if value is None else words.chart_words().number(value), kind="number")


def _holes_table(found: list[SourceCompleteness]) -> Table | None:
    holes: list[tuple[Any, list[Cell]]] = []
    for each in found:
        for gap in each.gaps:
            span = f"{gap.first}–{gap.last}" if gap.missing > 1 else str(gap.first)
            what = ngettext("%(n)s event missing: %(span)s", "%(n)s events missing: %(span)s", gap.missing) % {
                "n": words.chart_words().number(gap.missing),
                "span": span,
            }
            holes.append((gap.until or gap.since, [Cell(text=what), *_where(each.source, gap.since, gap.until)]))
        for silence in each.silences:
            hours = words.chart_words().number(round((silence.until - silence.since).total_seconds() / 3600, 1))
            what = _("Silent for %(n)s hours") % {"n": hours}
            holes.append((silence.until, [Cell(text=what), *_where(each.source, silence.since, silence.until)]))
    if not holes:
        return None
    holes.sort(key=lambda hole: hole[0], reverse=True)
    columns = [Column(label=_("What")), Column(label=_("Source")), Column(label=_("From")), Column(label=_("Until"))]
    shown = [Row(cells=cells) for _at, cells in holes[:LISTED]]
    count = _("%(shown)s of %(all)s, the latest first") % {
        "shown": words.chart_words().number(len(shown)),
        "all": words.chart_words().number(len(holes)),
    }
    return Table(id="holes", caption=_("Holes in the log"), count=count, columns=columns, rows=shown, stack=True)


def _where(source: str, since: Any, until: Any) -> list[Cell]:
    return [Cell(text=source, kind="code"), Cell(text=since, kind="time"), Cell(text=until, kind="time")]
