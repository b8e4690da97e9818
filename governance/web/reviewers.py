"""Figures about single reviewers: one's own page, the lead's funnel by pseudonym, and the works council's aggregate."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.assurance.export import works_council_json
from audit.assurance.people import OwnFigures, TeamFigures, own_figures, team_figures
from audit.assurance.reading import read
from audit.charts import Drawing, IntervalRow, dot_interval
from audit.events.groups import log_reading
from audit.models import OversightReview
from audit.statistics import critical_z
from governance.access import may_read_reviewers, use_cases_visible_to
from governance.models import Person, UseCase
from governance.web import words
from governance.web.figures import PageFigure, page_figure
from governance.web.measures import month_words
from governance.web.pages import paged, reader, signed_in, visible_use_case
from governance.web.tables import Cell, Column, Row, Table
from governance.web.windows import Window, window_of

ZONES = {
    "inside": words.Word("", "closed", "closed"),
    "watch": words.Word("", "due", "due"),
    "outside": words.Word("", "attention", "attention"),
}


def _days(window: Window) -> tuple[date, date]:
    return window.start.date(), window.end.date()


@signed_in
def mine(request: HttpRequest, ref: str) -> HttpResponse:
    """A reviewer's own figures: nobody else sees them before a month is two weeks past."""
    use_case = _own_use_case(request, ref)
    window, form = window_of(request)
    person = Person.objects.filter(user=reader(request)).first()
    figures = None
    if person is not None and person.pseudonym:
        figures = own_figures(use_case, reviewer=person.pseudonym, window=_days(window))
    context = {
        "case": use_case,
        "person": person,
        "figures": figures if figures is not None and figures.reviews else None,
        "answer": _own_answer(figures),
        "items": _own_items(figures) if figures is not None and figures.enough else [],
        "table": _own_table(figures) if figures is not None and figures.enough else None,
        "window": window,
        "window_form": form,
        "crumbs": [(_("Oversight"), reverse("oversight")), (use_case.ref, ""), (_("My figures"), "")],
    }
    return render(request, "pages/my_figures.html", context)


def _own_use_case(request: HttpRequest, ref: str) -> UseCase:
    """Whoever reviewed decisions of a use case may read their own figures, also when its pages are not theirs."""
    person = Person.objects.filter(user=reader(request)).first()
    if person is not None and person.pseudonym:
        found = UseCase.objects.filter(ref=ref).first()
        if found is not None and own_reviews(found, person.pseudonym):
            return found
    return visible_use_case(request, ref)


def own_reviews(use_case: UseCase, pseudonym: str) -> bool:
    """Whether a pseudonym stands under any review of the use case."""
    return OversightReview.objects.filter(use_case=use_case, reviewer=pseudonym, until_index=None).exists()


def _own_answer(figures: OwnFigures | None) -> str:
    if figures is None or not figures.reviews:
        return _("No review of yours is recorded for this period.")
    shown = words.chart_words()
    if not figures.enough:
        return _("You did %(n)s reviews in this period; from thirty on there is something to say about them.") % {
            "n": shown.number(figures.reviews)
        }
    return _("You did %(n)s reviews and changed %(rate)s of the proposals you decided on.") % {
        "n": shown.number(figures.reviews),
        "rate": shown.value(figures.changed.value or 0.0, "share"),
    }


def _own_items(figures: OwnFigures) -> list[dict[str, object]]:
    shown = words.chart_words()
    changed, seconds = figures.changed, figures.seconds
    items = [
        {
            "label": _("Proposals changed"),
            "value": shown.value(changed.value, "share") if changed.value is not None else shown.not_available,
            "detail": f"{shown.interval(changed.low or 0, changed.high or 0, 'share')}, n {shown.number(changed.n)}",
            "available": changed.value is not None,
        },
        {
            "label": _("Half of your reviews take"),
            "value": shown.value(seconds.value, "seconds") if seconds.value is not None else shown.not_available,
            "detail": f"n {shown.number(seconds.n)}",
            "available": seconds.value is not None,
        },
        {
            "label": _("Longest run of approvals"),
            "value": shown.number(figures.shift.longest),
            "detail": _("a chance of %(p)s at the others' rate") % {"p": shown.number(figures.run_chance, 3)}
            if figures.run_chance is not None
            else _("its chance cannot be told"),
            "available": True,
        },
        {
            "label": _("Longest stretch without a break"),
            "value": shown.value(figures.shift.stretch_s, "seconds"),
            "detail": _("a break is ten minutes without a review"),
            "available": True,
        },
    ]
    return items


def _own_table(figures: OwnFigures) -> Table:
    shown = words.chart_words()
    rows = [
        Row(
            cells=[
                Cell(text=month_words(month)),
                Cell(
                    text=shown.value(figure.value, "share") if figure.value is not None else shown.not_available,
                    under=shown.interval(figure.low or 0, figure.high or 0, "share"),
                    kind="number",
                ),
                Cell(text=shown.number(figure.n), kind="number"),
            ]
        )
        for month, figure in figures.months
    ]
    columns = [
        Column(label=_("Month")),
        Column(label=_("Changed"), number=True),
        Column(label=_("Decided"), number=True),
    ]
    return Table(id="my-months", caption=_("Your months"), columns=columns, rows=rows, fit=True)


@signed_in
def team(request: HttpRequest, ref: str) -> HttpResponse:
    """The funnel for the lead of the reviewers; for everybody else the page does not exist."""
    use_case = visible_use_case(request, ref)
    if not may_read_reviewers(reader(request), use_case):
        raise Http404
    window, form = window_of(request)
    now = timezone.now()
    log_reading(use_case=use_case, actor=reader(request), purpose="figures of single reviewers", at=now)
    figures = team_figures(use_case, window=_days(window), at=now)
    context = {
        "case": use_case,
        "figures": figures,
        "answer": _team_answer(figures),
        "chart": _funnel(figures) if figures.people else None,
        "window": window,
        "window_form": form,
        "crumbs": [
            (_("Oversight"), reverse("oversight")),
            (use_case.ref, reverse("oversight-case", args=[ref])),
            (_("Reviewers"), ""),
        ],
    }
    return render(request, "pages/reviewers.html", context)


def _team_answer(figures: TeamFigures) -> str:
    if not figures.people:
        return _("No reviewer has thirty decisions in months that may be shown.")
    outside = sum(person.point.zone == "outside" for person in figures.people)
    shown = words.chart_words().number
    return _("%(n)s of %(all)s reviewers lie outside what chance explains for their own case mix.") % {
        "n": shown(outside),
        "all": shown(len(figures.people)),
    }


def _funnel(figures: TeamFigures) -> PageFigure:
    texts = {"inside": _("inside"), "watch": _("to watch"), "outside": _("outside")}
    rows, listed = [], []
    shown = words.chart_words()
    for person in figures.people:
        point = person.point
        half = critical_z(0.95) * point.deviation * figures.spread**0.5
        rows.append(
            IntervalRow(
                label=person.alias, n=point.n, value=point.z, state="attention" if point.zone == "outside" else "none"
            )
        )
        zone = ZONES[point.zone]
        listed.append(
            Row(
                cells=[
                    Cell(text=person.alias, kind="code"),
                    Cell(text=shown.number(point.n), kind="number"),
                    Cell(text=shown.number(point.overridden), kind="number"),
                    Cell(
                        text=shown.number(point.expected, 1),
                        under=shown.interval(max(point.expected - half, 0), point.expected + half, "count"),
                        kind="number",
                    ),
                    Cell(word=words.Word(texts[point.zone], zone.icon, zone.tone)),
                ]
            )
        )

    def draw(width: float) -> Drawing:
        return dot_interval(
            rows, title=_("Changes against those expected, in standard errors"), unit="", width=width, reference=0.0,
            bounds=_bounds(figures), words=words.chart_words(),
        )  # fmt: skip

    columns = [
        Column(label=_("Reviewer")),
        Column(label=_("Decided"), number=True),
        Column(label=_("Changed"), number=True),
        Column(label=_("Expected, and the range chance explains"), number=True),
        Column(label=_("Against chance")),
    ]
    table = Table(id="funnel-table", caption=_("Reviewers"), columns=columns, rows=listed, stack=True)
    see = _("In the order of their pseudonyms, which say nothing. Outside either way is a reason to talk, not a rank.")
    return page_figure(draw, name="funnel", see=see, table=table)


def _bounds(figures: TeamFigures) -> tuple[float, float]:
    most = max(4.0, *(abs(person.point.z) + 0.5 for person in figures.people))
    return -most, most


@signed_in
def works_council(request: HttpRequest) -> HttpResponse:
    """What a works council may have: the rules, the figures that are made about people, and their aggregates."""
    window, _form = window_of(request)
    visible = use_cases_visible_to(reader(request)).filter(lifecycle__in=["pilot", "live", "paused"]).order_by("ref")
    page = paged(visible, request, per_page=25)
    readings = [read(use_case, window=_days(window)) for use_case in page.object_list]
    content = works_council_json(readings) | {"page": page.number, "pages": page.paginator.num_pages}
    answer = JsonResponse(content, json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = 'attachment; filename="oversight-works-council.json"'
    return answer
