"""Structured papers of a use case: which are asked for, a form for each, versions, signature, data for others."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from governance.access import DomainError, may, may_on
from governance.models import Assessment, UseCase
from governance.register.assessments import (
    latest_assessment,
    needed_forms,
    note_notified,
    out_of_date,
    proposed,
    save_assessment,
    sign_assessment,
)
from governance.register.law_words import in_words
from governance.register.paper_data import paper_data
from governance.web.pages import reader, signed_in, visible_use_case
from governance.web.register_edit import crumbs
from governance.web.tables import Cell, Column, Row, Table
from governance.web.words import Word
from policies.eu_ai_act.forms import Form, FormItem, form, forms

BLANK_ROWS = 2
MOST = 20_000  # signs of one answer


@signed_in
def papers(request: HttpRequest, ref: str) -> HttpResponse:
    """Every form, whether the classification asks for it, and the version on file."""
    case = visible_use_case(request, ref)
    needed = needed_forms(case)
    newest: dict[str, Assessment] = {}
    for row in case.assessments.select_related("use_case").order_by("version"):
        newest[row.kind] = row
    rows = [
        Row(
            cells=[
                Cell(text=in_words(each.title), href=reverse("paper", args=[case.ref, each.id])),
                Cell(text=each.article, kind="tight"),
                Cell(word=_need(needed.get(each.id))),
                _state_cell(newest.get(each.id), each),
            ]
        )
        for each in sorted(forms(), key=lambda each: {True: 0, None: 1, False: 2}[needed.get(each.id)])
    ]
    columns = [
        Column(label=_("Paper")),
        Column(label=_("Article")),
        Column(label=_("Asked for")),
        Column(label=_("State")),
    ]
    table = Table(id="papers", caption=_("Papers"), columns=columns, rows=rows, stack=True)
    asked = sum(value is True for value in needed.values())
    context = {
        "case": case,
        "table": table,
        "answer": _("The classification asks for %(n)s of these papers.") % {"n": asked},
        "crumbs": crumbs(case, _("Papers")),
    }
    return render(request, "pages/papers.html", context)


def _need(needed: bool | None) -> Word:
    return {
        True: Word(_("asked for"), "attention", "due"),
        None: Word(_("depends on open facts"), "question", "due"),
        False: Word(_("not asked for"), "dash", "closed"),
    }[needed]


def _state_cell(row: Assessment | None, wanted: Form) -> Cell:
    if row is None:
        return Cell(word=Word(_("nothing on file"), "open", "insufficient_data"))
    under = _("%(ref)s, version %(version)s") % {"ref": row.ref, "version": row.version}
    if row.signed_at is None:
        left = len(wanted.missing(row.answers))
        return Cell(word=Word(_("draft, %(n)s items open") % {"n": left}, "due", "due"), under=under)
    if out_of_date(row):
        return Cell(word=Word(_("signed, the use changed since"), "attention", "attention"), under=under)
    return Cell(word=Word(_("signed"), "closed", "done"), under=under)


@signed_in
@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """One form: its items with their provisions; saved as a draft, signed by somebody who may."""
    case = visible_use_case(request, ref)
    wanted = form(kind)
    if wanted is None:
        raise Http404(_("There is no such paper."))
    writes = may_on(reader(request), "register", case)
    wrong: dict[str, str] = {}
    if request.method == "POST":
        if not writes:
            raise PermissionDenied
        wrong = _save(request, case, wanted)
        if not wrong:
            messages.success(request, _("Saved as a draft."))
            return redirect("paper", ref=case.ref, kind=kind)
    row = latest_assessment(case, kind)
    context = {
        "case": case,
        "form": wanted,
        "row": row,
        "stale": row is not None and out_of_date(row),
        "items": _items(request, case, wanted, row, wrong),
        "missing": len(wanted.missing(row.answers)) if row else len(wanted.missing({})),
        "writes": writes,
        "signs": row is not None and row.signed_at is None and may(reader(request), "sign"),
        "notifies": may(reader(request), "sign"),
        "versions": list(case.assessments.filter(kind=kind).select_related("signed_by").order_by("-version")),
        "crumbs": [
            *crumbs(case, "")[:2],
            (_("Papers"), reverse("papers", args=[case.ref])),
            (in_words(wanted.title), ""),
        ],
    }
    return render(request, "pages/paper.html", context, status=422 if wrong else 200)


def _save(request: HttpRequest, case: UseCase, wanted: Form) -> dict[str, str]:
    """Save what was sent; return what is wrong by item."""
    answers = _sent(request, wanted)
    too_long = {
        item.id: _("At most %(n)s characters.") % {"n": MOST}
        for item in wanted.items
        if not item.columns and len(str(answers.get(item.id, ""))) > MOST
    }
    if too_long:
        return too_long
    try:
        save_assessment(actor=reader(request), at=timezone.now(), use_case=case, kind=wanted.id, answers=answers)
    except DomainError as error:
        return {str(error.data.get("field", "")): error.message}
    return {}


def _sent(request: HttpRequest, wanted: Form) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for item in wanted.items:
        if not item.columns:
            answers[item.id] = request.POST.get(f"item-{item.id}", "")
            continue
        lists = {name: request.POST.getlist(f"item-{item.id}-{name}")[:200] for name, _label in item.columns}
        count = max((len(values) for values in lists.values()), default=0)
        answers[item.id] = [
            {name: (values[place][:2000] if place < len(values) else "") for name, values in lists.items()}
            for place in range(count)
        ]
    return answers


def _items(
    request: HttpRequest, case: UseCase, wanted: Form, row: Assessment | None, wrong: dict[str, str]
) -> list[dict[str, Any]]:
    kept = _sent(request, wanted) if request.method == "POST" else (row.answers if row else {})
    offers = proposed(case, wanted.id)
    return [
        {
            "item": item,
            "name": f"item-{item.id}",
            "value": kept.get(item.id, "" if row else offers.get(item.id, "")),
            "proposed": "" if kept.get(item.id) else offers.get(item.id, ""),
            "rows": _rows(item, kept.get(item.id)),
            "wrong": wrong.get(item.id, ""),
        }
        for item in wanted.items
    ]


def _rows(item: FormItem, value: Any) -> list[list[tuple[str, str, str]]]:
    if not item.columns:
        return []
    given = value if isinstance(value, list) else []
    blank: list[dict[str, str]] = [{} for _place in range(BLANK_ROWS)]
    return [
        [(f"item-{item.id}-{name}", in_words(label), str(row.get(name, ""))) for name, label in item.columns]
        for row in [*given, *blank]
    ]


@signed_in
@require_POST
def act(request: HttpRequest, ref: str, kind: str, what: str) -> HttpResponse:
    """Sign the draft, or note that the authority was told."""
    case = visible_use_case(request, ref)
    row = latest_assessment(case, kind, signed=what == "notify")
    if row is None or what not in {"sign", "notify"}:
        raise Http404
    if not may(reader(request), "sign"):
        raise PermissionDenied
    try:
        if what == "sign":
            sign_assessment(actor=reader(request), at=timezone.now(), assessment=row)
        else:
            note_notified(actor=reader(request), at=timezone.now(), assessment=row)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("paper", ref=case.ref, kind=kind)


@signed_in
def data(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """The paper as JSON: registration data of Annex VIII, the declaration of Annex V, and every other form."""
    case = visible_use_case(request, ref)
    found = paper_data(case, kind)
    if found is None:
        raise Http404(_("There is no such paper."))
    answer = JsonResponse(found, json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="{case.ref}-{kind}.json"'
    return answer
