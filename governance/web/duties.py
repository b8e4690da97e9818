"""The living checklist of a use case: who, duty, evidence, due date, what can be computed, and the crosswalk."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from governance.access import DomainError, may_on
from governance.duties import Point, note_duty, points_of
from governance.models import DutyRecord
from governance.register.law_words import in_words
from governance.web.pages import reader, signed_in, use_case_to, visible_use_case
from governance.web.register_edit import crumbs
from governance.web.register_forms import TODAY, PersonField
from governance.web.tables import Cell, Column, Row, Table
from governance.web.words import Word

STATES = {
    "shown": Word(gettext_lazy("evidence named"), "closed", "supports"),
    "missing": Word(gettext_lazy("evidence missing"), "attention", "attention"),
    "open": Word(gettext_lazy("a person shows it"), "open", "insufficient_data"),
    "not_applicable": Word(gettext_lazy("does not apply"), "dash", "closed"),
}
CHECKS = {
    "computed": gettext_lazy("computed"),
    "partly": gettext_lazy("partly computed"),
    "human": gettext_lazy("by a person"),
}
ANY = ("", gettext_lazy("any"))


class DutyFilterForm(forms.Form):
    """Filters of the checklist; they live in the URL."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[ANY, *[(code, word.text) for code, word in STATES.items()]],
    )
    check = forms.ChoiceField(label=gettext_lazy("Shown by"), required=False, choices=[ANY, *CHECKS.items()])


class DutyForm(forms.Form):
    """What a person says about one point."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        choices=[
            ("open", gettext_lazy("open")),
            ("shown", gettext_lazy("evidence is named below")),
            ("not_applicable", gettext_lazy("does not apply, for the reason below")),
        ],
    )
    evidence = forms.CharField(
        label=gettext_lazy("Evidence, or why it does not apply"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
        help_text=gettext_lazy("A document with its place, a link, a page of this site."),
    )
    responsible = PersonField(label=gettext_lazy("Whose it is"), required=False)
    due_on = forms.DateField(
        label=gettext_lazy("By"),
        required=False,
        widget=TODAY,
        help_text=gettext_lazy("Empty: the day the duty operates from."),
    )


@signed_in
def checklist(request: HttpRequest, ref: str) -> HttpResponse:
    """Every point the classification brings, with what shows it."""
    case = visible_use_case(request, ref)
    points = points_of(case, now=timezone.now())
    form = DutyFilterForm(request.GET or None)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    shown = [
        point
        for point in points
        if given.get("state") in {None, "", point.state} and given.get("check") in {None, "", point.item.check}
    ]
    writes = may_on(reader(request), "register", case)
    context = {
        "case": case,
        "answer": _answer(points),
        "form": form,
        "filtered": any(given.values()),
        "table": _table(case.ref, shown, writes=writes) if shown else None,
        "classified": bool(case.tier),
        "crumbs": crumbs(case, _("Duties")),
    }
    return render(request, "pages/duties.html", context)


def _answer(points: list[Point]) -> str:
    missing = sum(point.state == "missing" for point in points)
    shown = sum(point.state == "shown" for point in points)
    first = ngettext("%(n)s point to look at", "%(n)s points to look at", len(points)) % {"n": len(points)}
    return _("%(first)s: evidence is named for %(shown)s and missing for %(missing)s. A reader judges it.") % {
        "first": first, "shown": shown, "missing": missing,
    }  # fmt: skip


def _table(ref: str, points: list[Point], *, writes: bool) -> Table:
    rows = []
    order = list(dict.fromkeys((point.item.duty, point.item.role) for point in points))
    for point in sorted(points, key=lambda point: order.index((point.item.duty, point.item.role))):
        item, record = point.item, point.record
        href = reverse("duty", args=[ref, item.id, item.role]) if writes else ""
        computed = (
            point.computed.text if point.computed else _("Shown by: %(what)s") % {"what": in_words(item.evidence)}
        )
        check = CHECKS[item.check] if point.computed else ""
        said = record.evidence if record and record.evidence else ""
        person = record.responsible.name if record and record.responsible else ""
        rows.append(
            Row(
                group=f"{item.duty.replace('art-', 'Art ')} · {in_words(item.role)}",
                cells=[
                    Cell(text=in_words(item.text), href=href, under=_only_if(item.condition)),
                    Cell(text=item.article, kind="tight"),
                    Cell(text=said or computed, under=computed if said else check),
                    Cell(word=STATES[point.state], under=person),
                    _due(point),
                    Cell(text=", ".join(point.iso_42001), under=", ".join(point.nist_ai_rmf)),
                ],
            )
        )  # fmt: skip
    columns = [
        Column(label=_("Duty")),
        Column(label=_("Article")),
        Column(label=_("Evidence")),
        Column(label=_("State")),
        Column(label=_("From")),
        Column(label=_("ISO/IEC 42001, NIST AI RMF")),
    ]
    count = ngettext("%(n)s point", "%(n)s points", len(rows)) % {"n": len(rows)}
    return Table(
        id="checklist", caption=_("Checklist"), columns=columns, rows=rows, stack=True, count=count,
        about=_("Figures are evidence, never a verdict. The crosswalk is a best effort, no presumption of conformity."),
    )  # fmt: skip


def _due(point: Point) -> Cell:
    if point.due:
        return Cell(text=point.due, kind="day")
    return Cell(text=in_words(point.item.starts_when) or _("unknown"))


def _only_if(condition: str) -> str:
    return _("Only if: %(what)s") % {"what": in_words(condition)} if condition else ""


@signed_in
@require_http_methods(["GET", "POST"])
def duty(request: HttpRequest, ref: str, point: str, role: str) -> HttpResponse:
    """What is said about one point, and by whom it is kept."""
    case = use_case_to(request, ref, "register")
    found = next((p for p in points_of(case, now=timezone.now()) if p.item.id == point and p.item.role == role), None)
    if found is None:
        raise Http404(_("The checklist of this use case has no such point."))
    form = DutyForm(request.POST or None, initial=_initial(found.record))
    if request.method == "POST" and form.is_valid():
        try:
            note_duty(
                actor=reader(request), at=timezone.now(), use_case=case, point=point, role=role, **form.cleaned_data
            )
            return redirect("duties", ref=case.ref)
        except DomainError as error:
            form.add_error(str(error.data.get("field", "state")), error.message)
    context = {
        "case": case,
        "heading": found.item.article,
        "answer": in_words(found.item.text),
        "notes": [found.computed.text] if found.computed else [],
        "form": form,
        "button": _("Keep it"),
        "back": reverse("duties", args=[case.ref]),
        "crumbs": crumbs(case, found.item.article),
    }
    return render(request, "pages/plain_form.html", context, status=422 if form.errors else 200)


def _initial(record: DutyRecord | None) -> dict[str, Any]:
    if record is None:
        return {}
    return {
        "state": record.state,
        "evidence": record.evidence,
        "responsible": record.responsible.ref if record.responsible else None,
        "due_on": record.due_on,
    }
