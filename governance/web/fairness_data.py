"""Group data of a use case: how long it is kept and why, who read it, what was sealed before it was deleted."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from audit.fairness import retention
from audit.models import FairnessSummary, GroupAccess, GroupAttributes, GroupTerm
from governance.access import DomainError, NotAllowed, may
from governance.models import UseCase
from governance.web import words
from governance.web.pages import paged, reader, signed_in, visible_use_case
from governance.web.tables import Cell, Column, Row, Table


class TermForm(forms.Form):
    """How long, and why at all."""

    keep_days = forms.IntegerField(
        label=gettext_lazy("Keep group data for (days)"),
        min_value=1,
        max_value=retention.LONGEST,
        help_text=gettext_lazy("Counted from the day it was recorded, for example 365."),
    )
    necessity = forms.CharField(
        label=gettext_lazy("Why it is needed"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "Why differences cannot be found without it, and why other data, made-up data included, would not do "
            "(AI Act, Article 4a(1))."
        ),
    )


@signed_in
def group_data(request: HttpRequest, ref: str) -> HttpResponse:
    """The page, and the form that asks for a term."""
    use_case, user = visible_use_case(request, ref), reader(request)
    form = TermForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            retention.ask_term(use_case=use_case, actor=user, at=timezone.now(), **form.cleaned_data)
            return redirect("fairness-data", ref=use_case.ref)
        except DomainError as error:
            field = error.data.get("field")
            form.add_error(field if field in form.fields else None, error.message)
    term, now = retention.term_of(use_case), timezone.now()
    kept = GroupAttributes.objects.filter(use_case=use_case).count()
    overdue = retention.overdue(use_case, at=now)
    access = paged(GroupAccess.objects.filter(use_case=use_case).order_by("-at", "-pk"), request)
    context: dict[str, Any] = {
        "case": use_case,
        "term": term,
        "kept": kept,
        "overdue": overdue,
        "answer": _answer(term, kept, overdue),
        "waiting": _waiting(use_case, user),
        "access": _access_table(access.object_list, access.paginator.count),
        "page": access,
        "sealed": _sealed_table(use_case),
        "form": form if may(user, "handle") else None,
        "crumbs": [
            (_("Fairness"), reverse("fairness")),
            (use_case.ref, reverse("fairness-case", args=[use_case.ref])),
            (_("Group data"), ""),
        ],
    }
    return render(request, "pages/fairness_data.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def agree(request: HttpRequest, ref: str, term: int) -> HttpResponse:
    """Agree to a term somebody else asked for."""
    use_case = visible_use_case(request, ref)
    found = get_object_or_404(GroupTerm, pk=term, use_case=use_case)
    try:
        retention.agree_term(term=found, actor=reader(request), at=timezone.now())
    except NotAllowed:
        raise Http404 from None
    return redirect("fairness-data", ref=use_case.ref)


def _waiting(use_case: UseCase, user: Any) -> list[dict[str, Any]]:
    """Terms that wait for a second person, and whether the reader can be that person."""
    newest = retention.term_of(use_case)
    rows = GroupTerm.objects.filter(use_case=use_case, agreed_at__isnull=True).order_by("-asked_at")
    if newest is not None:
        rows = rows.filter(asked_at__gt=newest.asked_at)
    return [{"term": row, "mine": row.asked_by_id == user.pk or not may(user, "handle")} for row in rows]


def _answer(term: GroupTerm | None, kept: int, overdue: int) -> str:
    number = words.chart_words().number
    first = ngettext(
        "Group attributes of %(n)s decision or person are kept.",
        "Group attributes of %(n)s decisions or people are kept.",
        kept,
    ) % {"n": number(kept)}
    if term is None:
        return first + " " + _("Nobody has set how long: set a term, and have a second person agree.")
    second = ngettext("They are deleted after %(n)s day.", "They are deleted after %(n)s days.", term.keep_days) % {
        "n": number(term.keep_days)
    }
    if not overdue:
        return f"{first} {second} " + _("Nothing is overdue.")
    return f"{first} {second} " + _(
        "Overdue: %(n)s, deleted with the next nightly run unless a legal hold keeps them."
    ) % {"n": number(overdue)}


def _access_table(rows: Any, total: int) -> Table:
    listed = [
        Row(
            cells=[
                Cell(text=row.at, kind="time"),
                Cell(text=row.actor_name or _("Custodes, by itself")),
                Cell(text=row.purpose),
            ]
        )
        for row in rows
    ]
    columns = [Column(label=_("When")), Column(label=_("Who")), Column(label=_("For what"))]
    count = ngettext("%(n)s reading", "%(n)s readings", total) % {"n": words.chart_words().number(total)}
    return Table(
        id="access", caption=_("Who read group figures"), columns=columns, rows=listed, count=count, stack=True
    )


def _sealed_table(use_case: UseCase) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=f"{row.month:%Y-%m}"),
                Cell(text=row.sealed_at, kind="time"),
                Cell(text=row.sha256[:16], kind="code"),
                Cell(text=_("proof"), href=reverse("ledger-entry", args=[row.entry])),
            ]
        )
        for row in FairnessSummary.objects.filter(use_case=use_case).defer("content").order_by("month")
    ]
    columns = [Column(label=_("Month")), Column(label=_("Sealed")), Column(label=_("Digest")), Column(label=_("Entry"))]
    return Table(id="sealed", caption=_("Months sealed before deletion"), columns=columns, rows=rows, stack=True)
