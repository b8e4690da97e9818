"""Findings: the list with its filters, and one finding with what was done and what can be done."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from audit.assurance.naming import naming_for
from audit.findings.acts import acts_of
from audit.findings.bulk import assign_all, assignable
from audit.findings.list import (
    FindingCounts,
    FindingFilter,
    finding_counts,
    finding_list,
    next_in_inbox,
    one_finding,
)
from audit.findings.permissions import may_handle, may_waive
from audit.findings.standing import standing
from audit.models import Finding
from governance.access import DomainError, use_cases_visible_to
from governance.models import User
from governance.web import words
from governance.web.finding_effect import effect_of
from governance.web.finding_forms import ACTS, acts_for, do
from governance.web.finding_inbox import AssignAllForm, FindingFilterForm, elsewhere, filtered
from governance.web.finding_parts import book_words, history_table, playbook_words, sentence
from governance.web.pages import paged, reader, signed_in
from governance.web.tables import Cell, Column, Row, Table, query_without

KEYS = {"judge": "d", "assign": "a", "close": "c"}  # what a single key opens on a finding's page


@signed_in
def list_page(request: HttpRequest) -> HttpResponse:
    """Every finding one may see, the open ones first asked for; posted: one owner for all that the URL finds."""
    user = reader(request)
    if request.method != "POST":
        return _list(request, user)
    if not assignable(Finding.objects.all(), user).exists():
        raise Http404
    form = AssignAllForm(request.POST)
    if form.is_valid():
        _form, wanted = filtered(request, use_cases_visible_to(user))
        found = finding_list(use_cases_visible_to(user), wanted)
        try:
            n = assign_all(findings=found, actor=user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error("owner", error.message)
        else:
            said = ngettext("%(n)s finding has a new owner.", "%(n)s findings have a new owner.", n)
            messages.success(request, said % {"n": words.chart_words().number(n)})
            return redirect(request.get_full_path())
    return _list(request, user, form)


@signed_in
def following(request: HttpRequest) -> HttpResponse:
    """Go to the finding that is to be judged next, or to the inbox when there is none."""
    visible = use_cases_visible_to(reader(request))
    after = one_finding(visible, request.GET.get("after", "").replace("\x00", ""))
    found = next_in_inbox(visible, after)
    return redirect("finding", ref=found.ref) if found else redirect(f"{reverse('findings')}?state=open&judged=no")


def _list(request: HttpRequest, user: User, assigning: AssignAllForm | None = None) -> HttpResponse:
    visible = use_cases_visible_to(user)
    form, wanted = filtered(request, visible)
    found = finding_list(visible, wanted)
    page = paged(found, request)
    counts = finding_counts(visible, wanted)
    mine = assignable(found, user).count()
    query = query_without(request, "sort", "page")
    context = {
        "form": form,
        "page": page,
        "counts": counts,
        "table": _table(page.object_list, wanted.sort, query, page.paginator.count),
        "query": query_without(request, "page"),
        "answer": _answer(counts),
        "views": _views(request, wanted, counts),
        "filtered": any(getattr(wanted, name) for name in FindingFilterForm.base_fields if name != "state"),
        "elsewhere": elsewhere(user),
        "playbook": book_words(wanted.code) if wanted.code else None,
        "assignable": mine,
        "assigning": assigning or AssignAllForm(),
    }
    return render(request, "pages/findings.html", context, status=200 if assigning is None else 422)


def _answer(counts: FindingCounts) -> str:
    number = words.chart_words().number
    total = counts.open + counts.waived + counts.closed
    if not total:
        return _("Nothing has been found.")
    first = ngettext("%(n)s finding is open.", "%(n)s findings are open.", counts.open) % {"n": number(counts.open)}
    if not counts.open:
        return first
    return first + " " + ngettext(
        "%(n)s has no owner.", "%(n)s have no owner.", counts.unowned
    ) % {"n": number(counts.unowned)}  # fmt: skip


def _views(request: HttpRequest, wanted: FindingFilter, counts: FindingCounts) -> list[dict[str, Any]]:
    """Links to the usual views, with how much is in each: the inbox is what nobody judged yet."""
    rest = query_without(request, "state", "judged", "page")
    listed = [
        (_("Inbox"), "state=open&judged=no", counts.unjudged, wanted.state == "open" and wanted.judged == "no"),
        (_("Open"), "state=open", counts.open, wanted.state == "open" and not wanted.judged),
        (_("Waived"), "state=waived", counts.waived, wanted.state == "waived"),
        (_("Closed"), "state=closed", counts.closed, wanted.state == "closed"),
    ]
    return [
        {"label": label, "href": f"?{rest}&{query}" if rest else f"?{query}", "n": n, "here": here}
        for label, query, n, here in listed
    ]


def _table(findings: Any, sort: str, query: str, total: int) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=finding.ref, href=reverse("finding", args=[finding.ref]), kind="tight"),
                Cell(text=words.finding_words(finding.code), under=_about(finding), simulated=finding.simulated),
                Cell(text=finding.use_case.ref, under=finding.use_case.name, kind="tight"),
                Cell(word=words.word_of(finding.severity, words.STATES)),
                Cell(word=words.word_of(finding.state, words.STATES)),
                Cell(text=finding.owner.name if finding.owner else _("nobody yet")),
                Cell(word=words.word_of(finding.disposition, words.STATES))
                if finding.disposition
                else Cell(text=_("not yet")),
                Cell(text=finding.opened_at, kind="day"),
            ]
        )
        for finding in findings
    ]
    columns = [
        Column(label=_("Finding")),
        Column(label=_("What was found"), sort="code"),
        Column(label=_("Use case"), sort="case"),
        Column(label=_("Severity"), sort="severity"),
        Column(label=_("State")),
        Column(label=_("Owner")),
        Column(label=_("Judged")),
        Column(label=_("Opened"), sort="opened"),
    ]
    count = ngettext("%(n)s finding", "%(n)s findings", total) % {"n": words.chart_words().number(total)}
    return Table(
        id="finding-list", caption=_("Findings"), columns=columns, rows=rows, stack=True, count=count, sorted_by=sort,
        query=query,
    )  # fmt: skip


def _about(finding: Finding) -> str:
    """The decision, the subject, or how many decisions a finding stands for."""
    if finding.decision_id:
        return finding.decision_id
    if finding.subject:
        return finding.subject
    n = words.chart_words().number(finding.count)
    return ngettext("%(n)s decision", "%(n)s decisions", finding.count) % {"n": n}


@signed_in
def finding(request: HttpRequest, ref: str) -> HttpResponse:
    """The page of one finding."""
    return _page(request, _found(request, ref))


@signed_in
@require_POST
def act(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """Do one thing about a finding; what does not fit comes back on the page with what would be right."""
    found = _found(request, ref)
    chosen = next((each for each in ACTS if each.kind == kind), None)
    if chosen is None or not may_handle(reader(request), found):
        raise Http404
    form = chosen.form(request.POST, prefix=kind)
    if form.is_valid():
        try:
            do(chosen, found, form, reader(request))
            return redirect("finding", ref=found.ref)
        except DomainError as error:
            field = error.data.get("field")
            form.add_error(field if field in form.fields else None, error.message)
    return _page(request, _found(request, ref), kind, form)


def _found(request: HttpRequest, ref: str) -> Finding:
    """The finding, for whoever sees its use case or owns it; 404 alike for what is not there."""
    user = reader(request)
    found = one_finding(use_cases_visible_to(user), ref)
    if found is None:
        raise Http404(_("There is no finding %(ref)s that you can see.") % {"ref": ref})
    return found


def _page(request: HttpRequest, found: Finding, tried: str = "", form: forms.Form | None = None) -> HttpResponse:
    user = reader(request)
    history = acts_of(found)
    stands = standing(history)
    context: dict[str, Any] = {
        "finding": found,
        "case": found.use_case,
        "standing": stands,
        "effect": effect_of(found, stands, user),
        "about": _about(found),
        "sentence": sentence(found, naming_for(user, found.use_case)),
        "playbook": playbook_words(found, history),
        "history": history_table(history),
        "acts": _acts(user, found, tried, form),
        "next": f"{reverse('findings-next')}?after={found.ref}" if may_handle(user, found) else "",
        "crumbs": [(_("Findings"), reverse("findings")), (found.ref, "")],
    }
    return render(request, "pages/finding.html", context, status=422 if form is not None else 200)


def _acts(user: User, found: Finding, tried: str, form: forms.Form | None) -> list[dict[str, Any]]:
    if not may_handle(user, found):
        return []
    return [
        {
            "kind": each.kind,
            "label": each.label,
            "button": each.button,
            "form": form if each.kind == tried and form is not None else each.form(prefix=each.kind),
            "open": each.kind == tried,
            "key": KEYS.get(each.kind, ""),
        }
        for each in acts_for(found, waive=may_waive(user, found))
    ]
