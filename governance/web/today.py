"""Today: what needs the reader, the portfolio, and what happened lately."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.charts import Bar, Drawing, bars
from audit.findings.read import FindingGroup, by_kind
from audit.reviews.reading import queue_of
from governance.access import changes_visible_to, may, use_cases_visible_to
from governance.incidents.read import clock as clock_of
from governance.incidents.read import incidents_visible_to
from governance.models import TIERS, Appeal, Job, User
from governance.register.read import portfolio
from governance.register.waiting import waiting
from governance.web import words
from governance.web.arrived import arrived_tasks
from governance.web.figures import PageFigure, page_figure
from governance.web.incidents import CLOCKS
from governance.web.mine import tasks_of
from governance.web.pages import reader, signed_in
from governance.web.rights import STATES
from governance.web.tables import Cell, Column, Row, Table
from governance.web.words import Word

RECENT = 8
SHOWN = 20


@signed_in
def today(request: HttpRequest) -> HttpResponse:
    """The first page after signing in."""
    user = reader(request)
    visible = use_cases_visible_to(user)
    counted = portfolio(user)
    tasks = tasks_of(user) + _clock_tasks(user) + _review_tasks(user) + _register_tasks(visible, counted)
    tasks += arrived_tasks(user) + _finding_tasks(by_kind(visible)) + _job_tasks(user)
    context = {
        "tasks": tasks,
        "answer": _answer(sum(task.get("n", 1) for task in tasks), counted),
        "may_register": may(user, "register"),
        "portfolio": _portfolio_figure(counted) if counted else None,
        "changes": changes_visible_to(user).order_by("-at", "-pk")[:RECENT],
    }
    return render(request, "pages/today.html", context)


def _answer(tasks: int, counted: list[dict[str, Any]]) -> str:
    cases = sum(row["n"] for row in counted)
    live = sum(row["n"] for row in counted if row["lifecycle"] == "live")
    if not cases:
        return _("Nothing needs you today. The register holds no use case that you can see.")
    first = (
        ngettext("%(n)s thing needs somebody's attention.", "%(n)s things need somebody's attention.", tasks)
        % {"n": tasks}
        if tasks
        else _("Nothing needs you today.")
    )
    second = ngettext("%(n)s use case is registered", "%(n)s use cases are registered", cases) % {"n": cases}
    return f"{first} {second}, " + _("%(n)s of them live.") % {"n": live}


def _clock_tasks(user: User) -> list[dict[str, Any]]:
    """Incidents whose report is not sent yet, and requests of people that are the reader's to answer."""
    today, tasks = timezone.localdate(), []
    open_ones = incidents_visible_to(user).filter(closed_at__isnull=True)
    open_ones = open_ones.select_related(None).prefetch_related("reports")  # the use case is not shown
    for incident in open_ones[:SHOWN]:
        clock = clock_of(incident, list(incident.reports.all()), today=today)
        if clock.deadline is not None and clock.state in {"running", "late"}:
            text = _("Report the incident by %(day)s") % {"day": date_format(clock.deadline.strict, "j M Y")}
            href = reverse("incident", args=[incident.ref])
            tasks.append(_task(text, href, CLOCKS[clock.state], incident.title))
    mine = Appeal.objects.filter(reviewer__user=user).exclude(state=Appeal.State.ANSWERED).order_by("due_at")
    for appeal in mine[:SHOWN]:
        text = _("Answer the request of a person by %(day)s") % {"day": date_format(appeal.due_at, "j M Y")}
        tasks.append(_task(text, reverse("appeal", args=[appeal.ref]), STATES[appeal.state], appeal.ref))
    return tasks


def _task(text: str, href: str, word: Word, under: str = "") -> dict[str, Any]:
    return {"text": text, "href": href, "word": word, "under": under}


def _review_tasks(user: User) -> list[dict[str, Any]]:
    """The reviews that wait for the reader, in one line."""
    waiting = queue_of(user, at=timezone.now()).items if may(user, "review") else []
    if not waiting:
        return []
    n, late = len(waiting), sum(item.overdue for item in waiting)
    text = ngettext("%(n)s review waits for you", "%(n)s reviews wait for you", n) % {"n": n}
    under = ngettext("%(n)s of them is overdue", "%(n)s of them are overdue", late) % {"n": late} if late else ""
    return [_task(text, reverse("reviews"), words.STATES["breached" if late else "due"], under)]


def _register_tasks(visible: Any, counted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Use cases that wait for a classification, a legal review or a policy; of many the first, and how many more."""
    said = {
        "prohibited": (_("A prohibited practice that is not retired"), words.TIERS["prohibited"], "?tier=prohibited"),
        "no_policy": (
            _("In operation without an oversight policy in force"),
            Word(_("no policy"), "attention", "attention"),
            "?lifecycle=live",
        ),
        "unclassified": (_("Waits for its classification"), words.TIERS[""], "?tier=none"),
        "review": (_("Waits for legal review"), words.TIERS["review"], "?tier=review"),
    }
    tasks = []
    for each in waiting(visible, counted=counted, limit=SHOWN):
        text, word, query = said[each.kind]
        tasks += [_task(text, reverse("use-case", args=[case.ref]), word, case.name) for case in each.first]
        tasks += _more(text, reverse("register") + query, word, each.total - len(each.first))
    return tasks


def _more(text: str, href: str, word: Word, n: int) -> list[dict[str, Any]]:
    """One line for the ``n`` things that are not listed."""
    if n <= 0:
        return []
    under = ngettext("and %(n)s more", "and %(n)s more", n) % {"n": words.chart_words().number(n)}
    return [_task(text, href, word, under) | {"n": n}]


def _finding_tasks(groups: list[FindingGroup]) -> list[dict[str, Any]]:
    tasks = []
    for group in sorted(groups, key=lambda group: (group.severity != "hard", -group.n)):
        href = reverse("oversight-case", args=[group.use_case]) + f"?finding={group.code}#decisions"
        count = ngettext("%(n)s open", "%(n)s open", group.n) % {"n": words.chart_words().number(group.n)}
        icon = words.word_of(group.severity, words.STATES)
        tasks.append(
            _task(str(words.finding_words(group.code)), href, Word(count, icon.icon, icon.tone), group.use_case_name)
        )
    rest = len(tasks) - SHOWN
    return tasks[:SHOWN] + _more(_("Open findings"), reverse("findings"), words.STATES["open"], rest)


def _job_tasks(user: User) -> list[dict[str, Any]]:
    jobs = Job.objects.filter(asked_by=user, kind="report").exclude(state="done").order_by("-asked_at")[:5]
    return [
        _task(_("A report you asked for"), reverse("report-job", args=[job.pk]), words.word_of(job.state, words.STATES))
        for job in jobs
    ]


def _portfolio_figure(counted: list[dict[str, Any]]) -> PageFigure:
    """Use cases by tier as bars; by tier and mode as the table behind them."""
    by_tier = {tier: sum(row["n"] for row in counted if row["tier"] == tier) for tier in TIERS}
    shown = [tier for tier in TIERS if by_tier[tier] or tier in {"prohibited", "high", "limited", "minimal"}]
    rows = [Bar(str(words.TIERS[tier].text), by_tier[tier]) for tier in shown]
    total = sum(by_tier.values())
    modes = [mode for mode in words.MODES if any(row["mode"] == mode for row in counted)]
    columns = [Column(label=_("Tier")), *[Column(label=words.MODES[mode].text, number=True) for mode in modes]]
    lines = []
    for tier in shown:
        cells = [Cell(word=words.TIERS[tier])]
        for mode in modes:
            n = sum(row["n"] for row in counted if row["tier"] == tier and row["mode"] == mode)
            cells.append(Cell(text=n, kind="number"))
        lines.append(Row(cells=cells))
    table = Table(
        id="portfolio", caption=_("Use cases by tier and oversight mode"), columns=columns, rows=lines, fit=True
    )
    said = words.chart_words()

    def draw(width: float) -> Drawing:
        return bars(rows, title=_("Use cases by tier"), width=min(width, 520), words=said)

    high = by_tier["high"] + by_tier["prohibited"]
    see = ngettext(
        "Of %(n)s use case, %(high)s is high-risk or prohibited.",
        "Of %(n)s use cases, %(high)s are high-risk or prohibited.",
        total,
    ) % {"n": total, "high": high}
    return page_figure(draw, name="portfolio-chart", see=see, table=table)
