"""Keeping and removing: periods in force, holds that stand, requests that wait for a second person."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from audit import retention
from audit.ledger import counting
from audit.ledger.errors import LedgerError
from audit.ledger.models import Hold
from audit.models import RemovalRequest
from audit.retention.periods import STREAMS
from governance.access import DomainError, reads_all, use_cases_visible_to
from governance.models import UseCase, User
from governance.web.pages import paged, reader, signed_in
from governance.web.tables import Cell, Column, Row, Table
from governance.web.tags import day

REASON = gettext_lazy("It stays in the ledger for ever: give the ground, never a person's name.")
STREAM_CHOICES = [(name, label) for name, (_rule, label) in STREAMS.items()]


class _Asking(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, help_text=REASON)


class EraseForm(_Asking):
    """What is recorded about one person or one decision."""

    use_case = forms.ModelChoiceField(label=gettext_lazy("Use case"), queryset=UseCase.objects.none())
    subject_ref = forms.CharField(
        label=gettext_lazy("Person's reference"), required=False, max_length=255,
        help_text=gettext_lazy("As the system sends it. Leave empty to erase one decision."),
    )  # fmt: skip
    decision_id = forms.CharField(label=gettext_lazy("Decision"), required=False, max_length=200)
    field_order = ("use_case", "subject_ref", "decision_id", "reason")


class PruneForm(_Asking):
    """What is older than its period."""

    stream = forms.ChoiceField(label=gettext_lazy("Records"), choices=STREAM_CHOICES)
    field_order = ("stream", "reason")


class PeriodForm(_Asking):
    """Another period for a stream."""

    stream = forms.ChoiceField(label=gettext_lazy("Records"), choices=STREAM_CHOICES)
    months = forms.IntegerField(label=gettext_lazy("Calendar months"), min_value=6, max_value=1200)
    field_order = ("stream", "months", "reason")


class HoldForm(_Asking):
    """A legal hold."""

    stream = forms.ChoiceField(
        label=gettext_lazy("Records"), required=False, choices=[("", gettext_lazy("everything")), *STREAM_CHOICES]
    )
    field_order = ("stream", "reason")


class LiftForm(_Asking):
    """The end of a hold."""

    hold = forms.ModelChoiceField(label=gettext_lazy("Hold"), queryset=Hold.objects.none())
    field_order = ("hold", "reason")


FORMS: dict[str, tuple[type[_Asking], Callable[..., Any], Any]] = {
    "erase": (EraseForm, retention.ask_erasure, gettext_lazy("Erase a person or a decision")),
    "prune": (PruneForm, retention.ask_prune, gettext_lazy("Remove what is past its period")),
    "keep": (PeriodForm, retention.ask_period, gettext_lazy("Change a period")),
    "hold": (HoldForm, retention.place_hold, gettext_lazy("Place a legal hold")),
    "lift": (LiftForm, retention.ask_lift, gettext_lazy("Lift a hold")),
}


def _reader(request: HttpRequest) -> User:
    """Who may see this page: who may remove, and who reads all; for others there is none."""
    user = reader(request)
    if not (retention.may_remove(user) or reads_all(user)):
        raise Http404
    return user


def _form(kind: str, user: User, data: Any = None) -> _Asking:
    form = FORMS[kind][0](data, prefix=kind)
    if "use_case" in form.fields:
        cases = UseCase.objects.all() if user.is_administrator else use_cases_visible_to(user)
        form.fields["use_case"].queryset = cases.order_by("ref")  # type: ignore[attr-defined]
    if "hold" in form.fields:
        form.fields["hold"].queryset = Hold.objects.filter(lifted_at=None).order_by("placed_at")  # type: ignore[attr-defined]
        form.fields["hold"].label_from_instance = lambda hold: hold.reason  # type: ignore[attr-defined]
    return form


@signed_in
def keeping(request: HttpRequest) -> HttpResponse:
    """Periods, holds, requests, and the forms to ask."""
    return _page(request, _reader(request), {})


@require_POST
@signed_in
def ask(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask for one thing; who asks cannot agree."""
    user = _reader(request)
    if kind not in FORMS or not retention.may_remove(user):
        raise Http404
    form = _form(kind, user, request.POST)
    if form.is_valid():
        try:
            FORMS[kind][1](actor=user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            field = error.data.get("field")
            form.add_error(field if field in form.fields else None, str(error))
        else:
            messages.success(
                request, _("The hold stands.") if kind == "hold" else _("Asked. Another person must agree.")
            )
            return redirect("keeping")
    return _page(request, user, {kind: form}, status=422)


@require_POST
@signed_in
def answer(request: HttpRequest, ref: str) -> HttpResponse:
    """Agree to a request, or refuse it."""
    user = _reader(request)
    found = RemovalRequest.objects.filter(ref=ref).first()
    if found is None or not retention.may_remove(user):
        raise Http404
    try:
        if request.POST.get("answer") == "agree":
            done = retention.agree(request=found, actor=user, at=timezone.now())
            messages.success(request, _("%(ref)s is done and recorded.") % {"ref": done.ref})
        else:
            reason = request.POST.get("reason", "")
            retention.refuse(request=found, actor=user, at=timezone.now(), reason=reason)
            messages.success(request, _("%(ref)s was refused.") % {"ref": ref})
    except (DomainError, LedgerError) as error:
        messages.error(request, str(error))
    return redirect("keeping")


def _page(request: HttpRequest, user: User, given: dict[str, _Asking], status: int = 200) -> HttpResponse:
    waiting = RemovalRequest.objects.filter(state=RemovalRequest.State.OPEN).order_by("asked_at")
    page = paged(RemovalRequest.objects.exclude(state=RemovalRequest.State.OPEN).order_by("-answered_at"), request)
    acting = retention.may_remove(user)
    forms_ = [(kind, FORMS[kind][2], given.get(kind) or _form(kind, user), kind in given) for kind in FORMS]
    context = {
        "waiting": [(each, each.asked_by_id != user.pk, _about(each)) for each in waiting],
        "holds": [
            (hold, STREAMS[hold.stream][1] if hold.stream in STREAMS else hold.stream)
            for hold in Hold.objects.filter(lifted_at=None).order_by("placed_at")
        ],
        "periods": _periods(),
        "answered": _answered(list(page.object_list)),
        "removed": _removed(),
        "page": page,
        "query": "",
        "forms": forms_ if acting else [],
        "acting": acting,
        "crumbs": [(_("Ledger"), reverse("ledger")), (_("Keeping and removing"), "")],
    }
    return render(request, "pages/keeping.html", context, status=status)


def _about(request: RemovalRequest) -> str:
    """What a request means, for the person who must agree."""
    given = request.arguments
    if request.kind == RemovalRequest.Kind.ERASE:
        if given["decision_id"]:
            return _("decision %(id)s of %(ref)s") % {"id": given["decision_id"], "ref": given["ref"]}
        return _("person %(id)s in %(ref)s") % {"id": given["subject_ref"], "ref": given["ref"]}
    if request.kind == RemovalRequest.Kind.RETENTION:
        words = {"stream": STREAMS[given["stream"]][1], "months": given["months"]}
        return _("%(stream)s: %(months)s calendar months") % words
    if request.kind == RemovalRequest.Kind.PRUNE:
        period = retention.in_force(given["stream"])
        return _("%(stream)s older than %(months)s calendar months") % {"stream": period.label, "months": period.months}
    hold = Hold.objects.filter(pk=given["hold"]).first()
    return hold.reason if hold else ""


def _periods() -> Table:
    columns = [
        Column(label=_("Records")),
        Column(label=_("Kept for"), number=True),
        Column(label=_("At least"), number=True),
        Column(label=_("Because of")),
        Column(label=_("Chosen by")),
    ]
    rows = [
        Row(
            cells=[
                Cell(text=each.label, under=each.stream),
                Cell(text=_months(each.months)),
                Cell(text=_months(each.floor)),
                Cell(text=f"AI Act, {each.rule.article}"),
                Cell(text=f"{each.set_by}, {each.agreed_by}" if each.since else _("nobody yet: the default"),
                     under=day(each.since) if each.since else ""),
            ]
        )
        for each in retention.periods()
    ]  # fmt: skip
    return Table(id="periods", caption=_("Retention periods in force"), columns=columns, rows=rows, stack=True)


def _months(n: int) -> str:
    return ngettext("%(n)s month", "%(n)s months", n) % {"n": n}


def _answered(rows: list[RemovalRequest]) -> Table:
    columns = [
        Column(label=_("Request")),
        Column(label=_("What")),
        Column(label=_("Asked by")),
        Column(label=_("Answered by")),
        Column(label=_("Outcome")),
        Column(label=_("Payloads removed"), number=True),
    ]
    cells = [
        [
            Cell(text=row.ref, kind="code", under=row.reason),
            Cell(text=row.get_kind_display()),
            Cell(text=row.asked_by_name, under=day(row.asked_at)),
            Cell(text=row.answered_by_name, under=day(row.answered_at)),
            Cell(
                text=row.get_state_display(), under=row.answer,
                href=reverse("ledger-entry", args=[row.entry]) if row.entry else "",
            ),
            Cell(text=row.payloads, kind="number") if row.payloads is not None else Cell(text="–"),
        ]
        for row in rows
    ]  # fmt: skip
    return Table(
        id="answered",
        caption=_("Answered requests"),
        columns=columns,
        rows=[Row(cells=row) for row in cells],
        stack=True,
    )


def _removed() -> Table:
    kinds = {"subject.erased": _("erased"), "retention.pruned": _("past its period")}
    rows = [
        Row(
            cells=[
                Cell(text=STREAMS[each.stream][1] if each.stream in STREAMS else each.stream),
                Cell(text=kinds.get(each.kind, each.kind)),
                Cell(text=each.payloads, kind="number"),
                Cell(text=each.acts, kind="number"),
            ]
        )
        for each in counting.counts()
    ]
    columns = [
        Column(label=_("Records")),
        Column(label=_("Why")),
        Column(label=_("Payloads removed"), number=True),
        Column(label=_("Acts"), number=True),
    ]
    return Table(id="removed", caption=_("Removed so far"), columns=columns, rows=rows, fit=True)
