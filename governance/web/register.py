"""The register: the list of use cases and the page of one."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from governance.access import may, may_on, reads_all
from governance.models import SavedView, Unit, UseCase
from governance.register import responsible_on
from governance.register.read import SORTS, RegisterFilter, UseCasePage, register_list, use_case_page
from governance.web import words
from governance.web.duty_table import duties_table
from governance.web.pages import PER_PAGE, FirstPages, paged, reader, signed_in
from governance.web.tables import Cell, Column, Row, Table, query_without

ANY = ("", gettext_lazy("any"))


class RegisterFilterForm(forms.Form):
    """Filters of the list; they live in the URL, so that a filtered list can be sent to somebody."""

    q = forms.CharField(label=gettext_lazy("Search name, reference, purpose"), required=False, max_length=200)
    tier = forms.ChoiceField(label=gettext_lazy("Tier"), required=False)
    mode = forms.ChoiceField(label=gettext_lazy("Oversight mode"), required=False)
    lifecycle = forms.ChoiceField(
        label=gettext_lazy("Lifecycle"), required=False, choices=[ANY, *UseCase.Lifecycle.choices]
    )
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tiers = [(code or "none", word.text) for code, word in words.TIERS.items()]
        modes = [(code or "none", word.text) for code, word in words.MODES.items()]
        units = Unit.objects.order_by("name").values_list("name", flat=True)
        self.fields["tier"].choices = [ANY, *tiers]  # type: ignore[attr-defined]
        self.fields["mode"].choices = [ANY, *modes]  # type: ignore[attr-defined]
        self.fields["unit"].choices = [ANY, *[(name, name) for name in units]]  # type: ignore[attr-defined]


@signed_in
def list_page(request: HttpRequest) -> HttpResponse:
    """The register: search, filters in the URL, sort, count."""
    form = RegisterFilterForm(request.GET or None)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    sort = request.GET.get("sort", "ref")
    wanted = RegisterFilter(**given, sort=sort if sort.removeprefix("-") in SORTS else "ref")
    rows = register_list(reader(request), wanted)
    page = FirstPages(rows, PER_PAGE).get_page(request.GET.get("page")) if wanted.q else paged(rows, request)
    table = _register_table(list(page.object_list), wanted.sort, query_without(request, "sort", "page"))
    table.count = _found(page.paginator)
    context = {
        "form": form,
        "page": page,
        "table": table,
        "filtered": any(given.values()),
        "may_register": may(reader(request), "register"),
        "views": list(SavedView.objects.filter(user=reader(request), place="register").order_by("name")),
        "filters": query_without(request, "page"),
        "query": query_without(request, "page"),
        "crumbs": [],
    }
    return render(request, "pages/register.html", context)


def _found(pages: "Paginator[Any]") -> str:
    found = pages.count
    if getattr(pages, "more", False):
        said = _("More than %(n)s use cases; the first %(n)s in this order are listed, another word narrows the search")
        return said % {"n": words.chart_words().number(found)}
    return ngettext("%(n)s use case", "%(n)s use cases", found) % {"n": found}


def _register_table(use_cases: list[Any], sort: str, query: str) -> Table:
    columns = [
        Column(label=_("Use case"), sort="name"),
        Column(label=_("Reference"), sort="ref"),
        Column(label=_("Tier"), sort="tier"),
        Column(label=_("Oversight"), sort="mode"),
        Column(label=_("Lifecycle"), sort="lifecycle"),
        Column(label=_("Owner"), sort="unit"),
    ]
    rows = [
        Row(
            cells=[
                Cell(text=case.name, href=reverse("use-case", args=[case.ref])),
                Cell(text=case.ref, kind="code"),
                Cell(word=words.word_of(case.tier, words.TIERS)),
                Cell(word=words.word_of(case.mode, words.MODES)),
                Cell(word=words.word_of(case.lifecycle, words.STATES)),
                Cell(text=case.owner.name, under=case.unit.name),
            ]
        )
        for case in use_cases
    ]
    return Table(
        id="register", caption=_("Use cases"), columns=columns, rows=rows, stack=True, sorted_by=sort, query=query
    )


@signed_in
def use_case(request: HttpRequest, ref: str) -> HttpResponse:
    """One entry of the register, whole."""
    whole = use_case_page(reader(request), ref)
    if whole is None:
        raise Http404(_("There is no use case %(ref)s that you can see.") % {"ref": ref})
    today = timezone.localdate()
    context = {
        "case": whole.use_case,
        "classification": whole.classification,
        "policy": whole.policy,
        "past_policies": whole.past_policies,
        "sign_offs": whole.sign_offs,
        "changes": whole.changes,
        "systems": whole.use_case.systems.all(),
        "people": responsible_on(whole.use_case, timezone.now()),
        "may_classify": may_on(reader(request), "classify", whole.use_case),
        "may_register": may_on(reader(request), "register", whole.use_case),
        "sees_access": reads_all(reader(request)) or may_on(reader(request), "register", whole.use_case),
        "answer": _answer(whole),
        "duties": duties_table(whole.classification.duties, today) if whole.classification else None,
        "crumbs": [(_("Register"), reverse("register")), (whole.use_case.ref, "")],
    }
    return render(request, "pages/use_case.html", context)


def _answer(whole: UseCasePage) -> str:
    """The page's answer in a sentence: what it is under the law, how people oversee it, what is in force."""
    tier = {
        "prohibited": _("A prohibited practice under the AI Act"),
        "high": _("High-risk under the AI Act"),
        "limited": _("Bound by transparency duties of the AI Act"),
        "minimal": _("Of minimal risk under the AI Act"),
        "out_of_scope": _("Outside the AI Act's scope"),
        "review": _("Waiting for legal review of its tier"),
    }.get(whole.classification.tier if whole.classification else "", _("Not yet classified under the AI Act"))
    mode = {
        "HITL": _("with a human in the loop"),
        "HOTL": _("with a human on the loop"),
        "HIC": _("with a human in command"),
        "HOOTL": _("without a human in the loop"),
    }.get(whole.use_case.mode, _("with no oversight mode set"))
    if whole.use_case.lifecycle == UseCase.Lifecycle.RETIRED:
        rule = _("it is retired")
    elif whole.policy is not None:
        rule = _("oversight policy version %(version)s is in force") % {"version": whole.policy.policy.version}
    else:
        rule = _("no oversight policy is in force")
    return _("%(tier)s, %(mode)s; %(rule)s.") % {"tier": tier, "mode": mode, "rule": rule}
