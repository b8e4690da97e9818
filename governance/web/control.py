"""Stop control of one use case: what it may do now and why, one step to limit, pause or stop it, drills, sampling."""

from contextlib import suppress
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from audit.control.acts import authority_behind, intervene, resume
from audit.control.authority import RANK, authority_of
from audit.control.drills import cancel_drill, plan_drill
from audit.control.state import ControlState, control_of
from audit.models import Drill, Intervention
from governance.access import DomainError
from governance.models import UseCase, User
from governance.web import words
from governance.web.control_tables import drill_results, history, sampling_keys
from governance.web.pages import reader, signed_in, visible_use_case

SHOWN = 50
NOW = {
    "running": gettext_lazy("It may run."),
    "limited": gettext_lazy("It may run within limits."),
    "paused": gettext_lazy("It is paused: nothing may be executed."),
    "stopped": gettext_lazy("It is stopped: nothing may be executed."),
}
WORDS = {
    "running": words.Word(gettext_lazy("running"), "pass", "pass"),
    "limited": words.Word(gettext_lazy("limited"), "attention", "attention"),
    "paused": words.Word(gettext_lazy("paused"), "dash", "attention"),
    "stopped": words.Word(gettext_lazy("stopped"), "cross", "breach"),
}
GROUNDS = {
    "lifecycle": gettext_lazy("Lifecycle"),
    "no_policy": gettext_lazy("Policy"),
    "no_mandate": gettext_lazy("Mandate"),
    "intervention": gettext_lazy("Intervention"),
    "drill": gettext_lazy("Stop drill"),
}


class InterventionForm(forms.Form):
    """What to do and why; a limit also names a field and its highest value."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What to do"),
        choices=[
            ("stop", gettext_lazy("Stop: nothing may be executed until it is lifted")),
            ("pause", gettext_lazy("Pause: hold while somebody looks")),
            ("limit", gettext_lazy("Limit: go on below a highest value")),
        ],
        widget=forms.RadioSelect,
        initial="stop",
    )
    reason = forms.CharField(
        label=gettext_lazy("What was seen"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Say what was seen: whoever lifts it must know what to look at.")},
    )
    versions = forms.CharField(
        label=gettext_lazy("Only these versions"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Separated by commas; empty stops all of them."),
    )
    limit_field = forms.CharField(
        label=gettext_lazy("Limited field"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("For a limit only: a field of the decision, such as amount."),
    )
    limit_value = forms.CharField(label=gettext_lazy("Highest value"), required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("kind") == "limit":
            try:
                Decimal(given.get("limit_value") or "")
            except InvalidOperation:
                self.add_error("limit_value", _("A highest value is a number."))
            if not given.get("limit_field"):
                self.add_error("limit_field", _("A limit names the field and its highest value."))
        return given


class ResumeForm(forms.Form):
    """Why it may go on."""

    reason = forms.CharField(
        label=gettext_lazy("What was found and why it may go on"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Say what was found and why it may go on.")},
    )


class DrillForm(forms.Form):
    """When the stop is rehearsed, and whether people are told beforehand."""

    fires_at = forms.DateTimeField(
        label=gettext_lazy("When (UTC)"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    announced = forms.BooleanField(label=gettext_lazy("Tell people beforehand"), required=False)


@signed_in
def control(request: HttpRequest, ref: str) -> HttpResponse:
    """The page."""
    return _page(request, visible_use_case(request, ref))


def _page(request: HttpRequest, case: UseCase, *, status: int = 200, **forms_given: forms.Form) -> HttpResponse:
    user, now = reader(request), timezone.now()
    state = control_of(case, at=now)
    held = authority_of(user, case)
    rows = list(Intervention.objects.filter(use_case=case, decision_id="").order_by("-issued_at", "-pk")[:SHOWN])
    context = {
        "case": case,
        "state": state,
        "now": NOW[state.state],
        "word": WORDS[state.state],
        "grounds": [(GROUNDS[each.code], WORDS[each.state], each) for each in state.grounds],
        "open": [_lifting(row, held) for row in rows if row.resumed_at is None and not row.drill],
        "history": history(rows) if rows else None,
        "drills": _drills(case, user, now),
        "results": drill_results([row for row in rows if row.drill]),
        "keys": sampling_keys(case),
        "may_intervene": bool(held),
        "form": forms_given.get("form", InterventionForm()),
        "drill_form": forms_given.get("drill_form", DrillForm()),
        "resume_form": forms_given.get("resume_form", ResumeForm()),
        "scoped": _scoped(state),
        "crumbs": [(_("Oversight"), reverse("oversight")), (case.ref, "")],
    }
    return render(request, "pages/control.html", context, status=status)


def _scoped(state: ControlState) -> bool:
    return any(each.scope for each in state.grounds)


def _lifting(row: Intervention, held: str) -> dict[str, Any]:
    behind = authority_behind(row)
    return {"row": row, "may": RANK[held] >= RANK[behind], "behind": words.word_of(behind, words.STATES)}


@require_POST
@signed_in
def act(request: HttpRequest, ref: str) -> HttpResponse:
    """Limit, pause or stop."""
    case = _for_act(request, ref)
    form = InterventionForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        versions = [each.strip() for each in given["versions"].split(",") if each.strip()]
        limits = {given["limit_field"]: given["limit_value"]} if given["kind"] == "limit" else {}
        try:
            intervene(
                use_case=case,
                kind=given["kind"],
                reason=given["reason"],
                scope={"versions": versions},
                limits=limits,
                actor=reader(request),
                at=timezone.now(),
            )
        except DomainError as error:
            form.add_error("reason", error.message)
        else:
            return redirect("control", ref)
    return _page(request, case, status=422, form=form)


@require_POST
@signed_in
def lift(request: HttpRequest, ref: str, name: str) -> HttpResponse:
    """Lift an intervention."""
    case = _for_act(request, ref)
    row = Intervention.objects.filter(use_case=case, intervention_id=name).first()
    if row is None:
        raise Http404
    form = ResumeForm(request.POST)
    if form.is_valid():
        try:
            resume(intervention=row, reason=form.cleaned_data["reason"], actor=reader(request), at=timezone.now())
        except DomainError as error:
            form.add_error("reason", error.message)
        else:
            return redirect("control", ref)
    return _page(request, case, status=422, resume_form=form)


@require_POST
@signed_in
def drill(request: HttpRequest, ref: str) -> HttpResponse:
    """Plan a stop drill."""
    case = _for_act(request, ref)
    form = DrillForm(request.POST)
    if form.is_valid():
        try:
            plan_drill(use_case=case, actor=reader(request), at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error("fires_at", error.message)
        else:
            return redirect("control", ref)
    return _page(request, case, status=422, drill_form=form)


@require_POST
@signed_in
def call_off(request: HttpRequest, ref: str, drill: UUID) -> HttpResponse:
    """Call a drill off."""
    case = _for_act(request, ref)
    row = Drill.objects.filter(use_case=case, pk=drill).first()
    if row is None:
        raise Http404
    with suppress(DomainError):  # it fired or was called off a moment ago: the page shows which
        cancel_drill(drill=row, reason=_("Called off on its page."), actor=reader(request), at=timezone.now())
    return redirect("control", ref)


def _for_act(request: HttpRequest, ref: str) -> UseCase:
    case = visible_use_case(request, ref)
    if not authority_of(reader(request), case):
        raise PermissionDenied
    return case


def _drills(case: UseCase, user: User, now: datetime) -> list[Drill]:
    """The drills ahead; an unannounced one is shown to who planned it and to nobody else."""
    ahead = Drill.objects.filter(use_case=case, fires_at__gt=now, cancelled_at=None, intervention_id="")
    return [each for each in ahead.order_by("fires_at")[:SHOWN] if each.announced or each.planned_by_id == user.pk]
