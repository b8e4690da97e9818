"""Oversight: all use cases at a glance, and one use case with measures, findings and decisions."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.assurance.glance import Glance, glances
from audit.events.read import SORTS, DecisionFilter, decision_list, decision_span
from audit.findings.read import FindingGroup, by_kind, of_decisions
from audit.models import Decision
from audit.oversight.catalogue import FACTS, NOT_YET
from governance.access import may_read_reviewers, use_cases_visible_to
from governance.models import UseCase
from governance.web import words
from governance.web.measures import PILLAR_STATES, oversight_figures
from governance.web.pages import paged, reader, signed_in, visible_use_case
from governance.web.tables import Cell, Column, Row, Table, query_without
from governance.web.windows import last_twelve_months

ANY = ("", gettext_lazy("any"))


class DecisionFilterForm(forms.Form):
    """Filters of the decision list; they live in the URL."""

    q = forms.CharField(label=gettext_lazy("Decision or class"), required=False, max_length=200)
    review = forms.ChoiceField(
        label=gettext_lazy("Review"),
        required=False,
        choices=[
            ANY,
            ("reviewed", gettext_lazy("reviewed")),
            ("not_reviewed", gettext_lazy("not reviewed")),
            ("overridden", gettext_lazy("changed by a person")),
        ],
    )
    finding = forms.ChoiceField(label=gettext_lazy("Open finding"), required=False)
    since = forms.DateField(
        label=gettext_lazy("Proposed from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("Proposed until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, codes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = [(code, f"{code}") for code in codes]
        self.fields["finding"].choices = [ANY, ("any", _("any finding")), *listed]  # type: ignore[attr-defined]


@signed_in
def overview(request: HttpRequest) -> HttpResponse:
    """Does it work here, and how sure are we? One line for each running use case that the reader may see."""
    visible = use_cases_visible_to(reader(request))
    groups = by_kind(visible)
    counts: dict[str, int] = {}
    for group in groups:
        counts[group.use_case] = counts.get(group.use_case, 0) + group.n
    running = visible.filter(lifecycle__in=["pilot", "live", "paused"]).order_by("ref")
    lines = glances(running, at=timezone.now())
    page = paged(lines, request, per_page=50)
    context = {
        "table": _overview_table(list(page.object_list), counts, len(lines)),
        "page": page,
        "query": query_without(request, "page"),
        "findings": findings_table(groups, with_use_case=True),
        "answer": _overview_answer(lines, sum(counts.values())),
    }
    return render(request, "pages/oversight.html", context)


def _overview_answer(lines: list[Glance], findings: int) -> str:
    if not lines:
        return _("No use case that you can see is running.")
    number = words.chart_words().number
    read = [line.content for line in lines if line.content is not None]
    against = sum("contradicted" in content["pillars"].values() for content in read)
    shown = sum(set(content["pillars"].values()) == {"demonstrated"} for content in read)
    first = ngettext("%(n)s use case runs.", "%(n)s use cases run.", len(lines)) % {"n": number(len(lines))}
    if against:
        second = ngettext(
            "In %(n)s of them the evidence speaks against oversight.",
            "In %(n)s of them the evidence speaks against oversight.",
            against,
        ) % {"n": number(against)}
    else:
        second = _("In none of them does the evidence speak against oversight.")
    if shown:
        third = _("It is demonstrated on all four pillars in %(n)s.") % {"n": number(shown)}
    else:
        third = _("In none is it demonstrated on all four pillars yet.")
    fourth = ngettext("%(n)s finding is open.", "%(n)s findings are open.", findings) % {"n": number(findings)}
    return f"{first} {second} {third} {fourth}"


def _overview_table(lines: list[Glance], counts: dict[str, int], total: int) -> Table:
    columns = [
        Column(label=_("Use case")),
        Column(label=_("Causal power")),
        Column(label=_("Epistemic access")),
        Column(label=_("Self-control")),
        Column(label=_("Fitting intentions")),
        Column(label=_("May be claimed"), number=True),
        Column(label=_("Decisions"), number=True),
        Column(label=_("Open findings"), number=True),
    ]
    number = words.chart_words().number
    rows = [_overview_row(line, counts, number) for line in lines]
    count = ngettext("%(n)s use case", "%(n)s use cases", total) % {"n": number(total)}
    about = _("The last twelve months. A pillar is as strong as its weakest measure; there is no score.")
    return Table(
        id="running", caption=_("Does it work here, and how sure are we?"), columns=columns, rows=rows, stack=True,
        count=count, about=about,
    )  # fmt: skip


def _overview_row(line: Glance, counts: dict[str, int], number: Callable[[int], str]) -> Row:
    case, content = line.use_case, line.content
    under = words.word_of(case.mode, words.MODES).text
    if line.stale and line.day is not None:
        under = _("%(mode)s; newer events are not counted yet") % {"mode": under}
    cells = [
        Cell(text=case.name, href=reverse("oversight-case", args=[case.ref]), under=under, simulated=case.simulated)
    ]
    if content is None:
        waiting = words.Word(_("not read yet") if line.stale else _("no decision yet"), "dash", "not_available")
        cells += [Cell(word=waiting), Cell(), Cell(), Cell(), Cell(), Cell(text=number(0), kind="number")]
    else:
        for pillar, verdict in sorted(content["pillars"].items()):
            cells.append(
                Cell(
                    word=words.word_of(PILLAR_STATES[verdict], words.STATES),
                    under=_weakest(content["weakest"][pillar]),
                )
            )
        claims = content["claims"]
        cells.append(Cell(text=_("%(n)s of %(all)s") % {"n": claims["stand"], "all": claims["all"]}, kind="number"))
        cells.append(Cell(text=number(content["decisions"]), kind="number"))
    return Row(cells=[*cells, Cell(text=number(counts.get(case.ref, 0)), kind="number")])


def _weakest(name: str | None) -> str:
    """The measure that decides a pillar, by its title; nothing where every one supports it."""
    if name is None:
        return ""
    return _(FACTS[name].title if name in FACTS else NOT_YET.get(name, name))


def findings_table(groups: list[FindingGroup], *, with_use_case: bool = False) -> Table:
    """Findings by kind, the grave first, each leading to the decisions it is about."""
    number = words.chart_words().number
    rows = []
    for group in sorted(groups, key=lambda group: (group.severity != "hard", -group.n)):
        target = reverse("oversight-case", args=[group.use_case]) + f"?finding={group.code}#decisions"
        cells = [
            Cell(text=words.finding_words(group.code), href=target, under=group.code, simulated=bool(group.simulated)),
            Cell(word=words.word_of(group.severity, words.STATES)),
            Cell(word=words.word_of(group.state, words.STATES)),
            Cell(text=number(group.n), kind="number"),
            Cell(text=group.first, kind="day"),
            Cell(text=group.last, kind="day"),
        ]
        if with_use_case:
            cells.insert(1, Cell(text=group.use_case, kind="tight"))
        rows.append(Row(cells=cells))
    columns = [
        Column(label=_("What was found")),
        Column(label=_("Severity")),
        Column(label=_("State")),
        Column(label=_("Findings"), number=True),
        Column(label=_("First")),
        Column(label=_("Latest")),
    ]
    if with_use_case:
        columns.insert(1, Column(label=_("Use case")))
    total = sum(group.n for group in groups)
    count = ngettext("%(n)s finding", "%(n)s findings", total) % {"n": number(total)}
    return Table(id="findings", caption=_("Findings by kind"), columns=columns, rows=rows, stack=True, count=count)


@signed_in
def case(request: HttpRequest, ref: str) -> HttpResponse:
    """Oversight of one use case: what the figures say, what was found, which decisions."""
    use_case = visible_use_case(request, ref)
    groups = by_kind(UseCase.objects.filter(pk=use_case.pk), states=("open", "waived"))
    codes = sorted({group.code for group in groups})
    form = DecisionFilterForm(request.GET or None, codes=codes)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    sort = request.GET.get("sort", "-time")
    wanted = DecisionFilter(**given, sort=sort if sort.removeprefix("-") in SORTS else "-time")
    page = paged(decision_list(use_case, wanted), request)
    span = decision_span(use_case)
    policy = use_case.policies_in_force.select_related("policy").filter(in_force_until__isnull=True).first()
    window = last_twelve_months()
    figures = oversight_figures(use_case, window, reader(request))
    window = figures.window or window
    context = {
        "case": use_case,
        "span": span,
        "policy": policy,
        "figures": figures,
        "window": window,
        "lead": may_read_reviewers(reader(request), use_case),
        "findings": findings_table(groups) if groups else None,
        "form": form,
        "filtered": any(given.values()),
        "page": page,
        "table": _decision_table(
            use_case, page.object_list, wanted.sort, query_without(request, "sort", "page"), page.paginator.count
        ),
        "query": query_without(request, "page"),
        "answer": _case_answer(span, groups, policy is not None),
        "crumbs": [(_("Oversight"), reverse("oversight")), (use_case.ref, "")],
    }
    return render(request, "pages/oversight_case.html", context)


def _case_answer(span: dict[str, Any], groups: list[FindingGroup], policy: bool) -> str:
    number = words.chart_words().number
    if not span["n"]:
        return _("No decision has been recorded yet, so nothing can be said about oversight in practice.")
    grave = sum(group.n for group in groups if group.severity == "hard" and group.state == "open")
    told = _("Of %(n)s recorded decisions, %(reviewed)s were reviewed by a person.") % {
        "n": number(span["n"]),
        "reviewed": number(span["reviewed"]),
    }
    if not policy:
        return told + " " + _("No oversight policy is in force, so they cannot be checked against one.")
    if grave:
        return (
            told
            + " "
            + ngettext("%(n)s departure from the policy is open.", "%(n)s departures from the policy are open.", grave)
            % {"n": number(grave)}
        )
    return told + " " + _("No hard departure from the policy in force is open.")


def _decision_table(use_case: UseCase, decisions: Any, sort: str, query: str, total: int) -> Table:
    shown: list[Decision] = list(decisions)
    found = of_decisions(use_case, [decision.decision_id for decision in shown])
    rows = []
    for decision in shown:
        open_codes = [finding.code for finding in found.get(decision.decision_id, []) if finding.state == "open"]
        review = "overridden" if decision.overridden else "reviewed" if decision.reviewed else "not_reviewed"
        rows.append(
            Row(
                cells=[
                    Cell(
                        text=decision.decision_id,
                        href=reverse("decision", args=[use_case.ref, decision.decision_id]),
                        kind="tight",
                    ),
                    Cell(text=decision.proposed_at, kind="time"),
                    Cell(text=decision.proposal_value or _("unknown")),
                    Cell(text=decision.final_value or _("unknown")),
                    Cell(text=_confidence(decision), kind="number"),
                    Cell(word=words.word_of(review, words.STATES), simulated=decision.simulated),
                    Cell(text=", ".join(open_codes), kind="tight"),
                ]
            )
        )
    columns = [
        Column(label=_("Decision"), sort="decision"),
        Column(label=_("Proposed"), sort="time"),
        Column(label=_("Proposal")),
        Column(label=_("Final")),
        Column(label=_("Confidence"), number=True, sort="confidence"),
        Column(label=_("Review")),
        Column(label=_("Open findings")),
    ]
    count = ngettext("%(n)s decision", "%(n)s decisions", total) % {"n": words.chart_words().number(total)}
    return Table(
        id="decision-list", caption=_("Decisions"), columns=columns, rows=rows, stack=True, count=count,
        sorted_by=sort, query=query,
    )  # fmt: skip


def _confidence(decision: Decision) -> str:
    return "" if decision.confidence is None else words.chart_words().number(float(decision.confidence), 2)
