"""Choosing the oversight mode: a suggestion with its reasons, the factor table beside it, a reason when overruled."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from governance.access import DomainError
from governance.models import UseCase
from governance.register import choose_mode, latest_classification
from governance.register.law_words import in_words
from governance.web import words
from governance.web.pages import reader, signed_in, use_case_to
from governance.web.tables import Cell, Column, Row, Table
from policies.eu_ai_act.suggest import MODES, ModeSuggestion, factor_table, suggest_mode

UNKNOWN = ("", gettext_lazy("not known"))


class MeasuresForm(forms.Form):
    """What the suggestion rests on; unknown is taken as the more demanding."""

    effect = forms.ChoiceField(
        label=gettext_lazy("Effect of a decision on a person"),
        help_text=gettext_lazy("Legal or similarly significant: money, work, health, freedom, access to a service."),
        choices=[UNKNOWN, *UseCase.Effect.choices],
        required=False,
    )
    reversibility = forms.ChoiceField(
        label=gettext_lazy("Can a wrong decision be undone?"),
        choices=[UNKNOWN, *UseCase.Reversibility.choices],
        required=False,
    )
    decisions_per_day = forms.IntegerField(
        label=gettext_lazy("Decisions a day, about"), min_value=0, max_value=2_000_000_000, required=False
    )


class ModeForm(MeasuresForm):
    """The mode a person chooses."""

    mode = forms.ChoiceField(
        label=gettext_lazy("Oversight mode"), choices=UseCase.Mode.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=gettext_lazy("Why this mode"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        error_messages={"required": gettext_lazy("Say why this mode fits the effect on people.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("effect", "reversibility", "decisions_per_day"):
            self.fields[name].widget = forms.HiddenInput()


@signed_in
@require_http_methods(["GET", "POST"])
def mode(request: HttpRequest, ref: str) -> HttpResponse:
    """Measures in the URL, the suggestion they give, and the form that declares a mode."""
    case = use_case_to(request, ref, "register")
    known: dict[str, Any] = {
        "effect": case.effect, "reversibility": case.reversibility, "decisions_per_day": case.decisions_per_day,
    }  # fmt: skip
    asked = MeasuresForm(request.GET) if request.method == "GET" and "effect" in request.GET else None
    if asked is not None and asked.is_valid():
        known = asked.cleaned_data
    form = ModeForm(request.POST or None, initial={**known, "mode": case.mode, "reason": case.mode_reason})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            choose_mode(actor=reader(request), at=timezone.now(), use_case=case, **given)
            return redirect("use-case", ref=case.ref)
        except DomainError as error:
            form.add_error("mode", error.message)
        known = {name: given[name] for name in known}
    classification = latest_classification(case)
    suggestion = suggest_mode(
        tier=case.tier or "review",
        effect_on_persons=known["effect"] or "unknown",
        reversibility=known["reversibility"] or "unknown",
        decisions_per_day=known["decisions_per_day"],
        legal_basis=classification.legal_basis if classification else (),
    )
    if suggestion.mode and not case.mode and request.method == "GET":
        form.initial["mode"] = suggestion.mode
    context = {
        "case": case,
        "form": form,
        "measures": asked or MeasuresForm(initial=known),
        "suggestion": suggestion,
        "answer": _answer(suggestion, case),
        "factors": _factor_table(suggestion.mode),
        "crumbs": [
            (_("Register"), reverse("register")), (case.ref, reverse("use-case", args=[case.ref])),
            (_("Oversight mode"), ""),
        ],
    }  # fmt: skip
    return render(request, "pages/mode.html", context, status=422 if form.errors else 200)


def _answer(suggestion: ModeSuggestion, case: UseCase) -> str:
    if suggestion.mode is None:
        return _("No oversight mode makes a prohibited practice acceptable.")
    named = {"mode": words.MODES[suggestion.mode].text}
    if suggestion.two_persons:
        return _("Suggested: %(mode)s, with two people who confirm separately.") % named
    if not case.tier:
        return _("Suggested: %(mode)s. It is not classified yet, so the more demanding mode is assumed.") % named
    return _("Suggested: %(mode)s. You decide; say why when you choose another.") % named


def _factor_table(suggested: str | None) -> Table:
    rows = [
        Row(cells=[Cell(text=in_words(factor.factor)), *[Cell(text=in_words(getattr(factor, code))) for code in MODES]])
        for factor in factor_table()
    ]
    columns = [
        Column(label=_("Factor")),
        *[
            Column(label=_heading(code, suggested)) for code in MODES
        ],
    ]  # fmt: skip
    return Table(
        id="factors",
        caption=_("The three modes by nine factors"),
        about=_("The modes come from the EU expert group's ethics guidelines of 2019, not from the Act."),
        columns=columns,
        rows=rows,
        stack=True,
    )


def _heading(code: str, suggested: str | None) -> Any:
    name = words.MODES[code].text
    return _("%(mode)s (suggested)") % {"mode": name} if code == suggested else name
