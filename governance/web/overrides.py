"""Where people change what the system proposes, what was done about it, and whether that helped."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from audit.assurance.improvements import KINDS, Effect, effect_of, open_improvement, put_into_effect
from audit.assurance.patterns import KIND_OF, Cause, Patterns, patterns
from audit.assurance.speech import said
from audit.charts import Drawing, IntervalRow, dot_interval
from audit.models import Improvement
from governance.access import Invalid, NotAllowed, may_on
from governance.models import Person, UseCase
from governance.web import words
from governance.web.figures import PageFigure, page_figure
from governance.web.measures import month_words
from governance.web.pages import reader, signed_in, visible_use_case
from governance.web.tables import Cell, Column, Row, Table
from governance.web.windows import window_of

SHOWN = 10
EFFECTS = {
    "fell": words.Word(gettext_lazy("fell"), "closed", "supports"),
    "rose": words.Word(gettext_lazy("rose"), "attention", "attention"),
    "not_shown": words.Word(gettext_lazy("no change shown"), "dash", ""),
    "insufficient": words.Word(gettext_lazy("insufficient data"), "insufficient_data", "insufficient_data"),
}


class ImprovementForm(forms.Form):
    """Open an item on one segment or reason."""

    dimension = forms.ChoiceField(
        label=gettext_lazy("About"), choices=[(kind, gettext_lazy(KIND_OF[kind])) for kind in KINDS]
    )
    value = forms.CharField(label=gettext_lazy("Value"), max_length=200)
    cause = forms.CharField(
        label=gettext_lazy("Why people change the proposals there"), widget=forms.Textarea(attrs={"rows": 3})
    )


class EffectForm(forms.Form):
    """Say what was changed, and since when it works."""

    change = forms.CharField(label=gettext_lazy("What was changed"), widget=forms.Textarea(attrs={"rows": 2}))
    on = forms.DateField(label=gettext_lazy("In effect since"), widget=forms.DateInput(attrs={"type": "date"}))


@signed_in
def overrides(request: HttpRequest, ref: str, form: ImprovementForm | None = None) -> HttpResponse:
    """Top causes of changed proposals, with intervals, and improvement items with their effect."""
    use_case = visible_use_case(request, ref)
    window, window_form = window_of(request)
    found = patterns(use_case, window=(window.start.date(), window.end.date()))
    may_handle = may_on(reader(request), "handle", use_case)
    top = found.causes[0] if found.causes else None
    start = {"dimension": top.dimension, "value": top.value} if top and top.sure else None
    context = {
        "case": use_case,
        "found": found,
        "answer": _answer(found),
        "window": window,
        "window_form": window_form,
        "sentences": [said(cause.message) for cause in found.causes if cause.sure][:SHOWN],
        "causes": _cause_figure(found),
        "reasons": _reason_table(found) if found.reasons else None,
        "improvements": _improvements(use_case),
        "may_handle": may_handle,
        "form": form or ImprovementForm(initial=start),
        "effect_form": EffectForm(),
        "crumbs": [
            (_("Oversight"), reverse("oversight")),
            (use_case.ref, reverse("oversight-case", args=[ref])),
            (_("Changed proposals"), ""),
        ],
    }
    return render(request, "pages/overrides.html", context)


def _answer(found: Patterns) -> str:
    figure = found.overridden
    if not figure.n or figure.value is None or figure.low is None or figure.high is None:
        return _("No proposal that a person decided on can be shown for this period.")
    shown = words.chart_words()
    told = _("People changed %(rate)s of %(n)s proposals they decided on (95 %% CI %(limits)s).") % {
        "rate": shown.value(figure.value, "share"),
        "n": shown.number(figure.n),
        "limits": shown.interval(figure.low, figure.high, "share"),
    }
    sure = sum(cause.sure for cause in found.causes)
    if not sure:
        return told + " " + _("Nowhere is it surely more than elsewhere.")
    return told + " " + _("In %(n)s places it is surely more than elsewhere.") % {"n": shown.number(sure)}


def _cause_figure(found: Patterns) -> PageFigure | None:
    listed = [cause for cause in found.causes if cause.rate is not None][:SHOWN]
    if not listed:
        return None
    rows = [
        IntervalRow(
            label=_label(cause),
            n=cause.rate.n,
            value=cause.rate.value,
            low=cause.rate.low,
            high=cause.rate.high,
            state="attention" if cause.sure else "none",
        )
        for cause in listed
        if cause.rate is not None
    ]

    def draw(width: float) -> Drawing:
        return dot_interval(
            rows, title=_("Share of proposals changed, where it is more than elsewhere"), unit="share", width=width,
            reference=found.overridden.value, words=words.chart_words(),
        )  # fmt: skip

    see = _("Where changes gather, those that are surely more than elsewhere first; the thin line is all together.")
    return page_figure(draw, name="causes", see=see, table=_cause_table(listed))


def _label(cause: Cause) -> str:
    return f"{_(KIND_OF[cause.dimension])} {cause.value}"


def _cause_table(listed: list[Cause]) -> Table:
    shown = words.chart_words()
    rows = []
    for cause in listed:
        rate, rest, gap = cause.rate, cause.rest, cause.difference
        if rate is None or rest is None or rate.value is None:
            continue
        limits = rate.low is not None and rate.high is not None
        between = gap is not None and gap.low is not None and gap.high is not None
        rows.append(
            Row(
                cells=[
                    Cell(text=_label(cause)),
                    Cell(
                        text=shown.value(rate.value, "share"),
                        under=shown.interval(rate.low, rate.high, "share") if limits else "",  # type: ignore[arg-type]
                        kind="number",
                    ),
                    Cell(text=shown.value(rest.value or 0.0, "share"), kind="number"),
                    Cell(text=shown.interval(gap.low, gap.high, "points") if between else "", kind="number"),  # type: ignore[union-attr, arg-type]
                    Cell(text=shown.number(rate.n), kind="number"),
                    Cell(text=shown.number(max(cause.excess, 0)), kind="number"),
                    Cell(text=cause.reason),
                ]
            )
        )
    columns = [
        Column(label=_("Where")),
        Column(label=_("Changed"), number=True),
        Column(label=_("Elsewhere"), number=True),
        Column(label=_("Difference, 95 % CI"), number=True),
        Column(label=_("n"), number=True),
        Column(label=_("Changes beyond expectation"), number=True),
        Column(label=_("Reason given most")),
    ]
    about = _("Segments of at least 30 decisions; sure after Holm's correction for all that were looked at.")
    return Table(
        id="cause-table", caption=_("Where changes gather"), columns=columns, rows=rows, about=about, stack=True
    )


def _reason_table(found: Patterns) -> Table:
    shown = words.chart_words()
    rows = [
        Row(
            cells=[
                Cell(text=cause.value, kind="code"),
                Cell(text=shown.number(cause.overrides), kind="number"),
                Cell(
                    text=shown.value(cause.share.value or 0.0, "share"),
                    under=shown.interval(cause.share.low or 0.0, cause.share.high or 0.0, "share"),
                    kind="number",
                ),
            ]
        )
        for cause in found.reasons[:SHOWN]
    ]
    columns = [
        Column(label=_("Reason")),
        Column(label=_("Changes"), number=True),
        Column(label=_("Share of all changes"), number=True),
    ]
    about = _("Reasons given at least ten times.")
    return Table(id="reasons", caption=_("Reasons people give"), columns=columns, rows=rows, about=about, fit=True)


def _improvements(use_case: UseCase) -> list[dict[str, Any]]:
    items = Improvement.objects.filter(use_case=use_case).select_related("owner", "use_case").order_by("-opened_at")
    return [{"item": item, "about": _about(item), **_effect(effect_of(item))} for item in items[:20]]


def _about(item: Improvement) -> str:
    return f"{_(KIND_OF[item.dimension])} {item.value}"


def _effect(effect: Effect | None) -> dict[str, Any]:
    if effect is None:
        return {"effect": None, "text": ""}
    shown, low, high = words.chart_words(), effect.difference.low, effect.difference.high
    before, after = effect.windows
    data = {
        "before": _rate(effect.before),
        "after": _rate(effect.after),
        "a": month_words(before[0]),
        "b": month_words(before[1]),
        "c": month_words(after[0]),
        "d": month_words(after[1]),
    }
    text = _("Changed before: %(before)s (%(a)s to %(b)s); after: %(after)s (%(c)s to %(d)s).") % data
    if low is not None and high is not None:
        text += " " + _("Difference, 95 %% CI: %(limits)s.") % {"limits": shown.interval(low, high, "points")}
    return {"effect": EFFECTS[effect.reading], "text": text}


def _rate(figure: Any) -> str:
    shown = words.chart_words()
    if figure.value is None:
        return _("nothing to show")
    return _("%(rate)s of %(n)s") % {"rate": shown.value(figure.value, "share"), "n": shown.number(figure.n)}


@signed_in
@require_POST
def open_item(request: HttpRequest, ref: str) -> HttpResponse:
    """Open an improvement item."""
    use_case = visible_use_case(request, ref)
    form = ImprovementForm(request.POST)
    if form.is_valid():
        try:
            item = open_improvement(
                use_case=use_case,
                **form.cleaned_data,
                owner=Person.objects.filter(user=reader(request)).first(),
                actor=reader(request),
                at=timezone.now(),
            )
        except (Invalid, NotAllowed) as error:
            form.add_error(getattr(error, "field", None) if isinstance(error, Invalid) else None, str(error))
        else:
            messages.success(request, _("%(ref)s is open.") % {"ref": item.ref})
            return redirect("overrides", ref=ref)
    return overrides(request, ref, form=form)


@signed_in
@require_POST
def effect(request: HttpRequest, ref: str, item: str) -> HttpResponse:
    """Say that an improvement is in effect."""
    use_case = visible_use_case(request, ref)
    found = get_object_or_404(Improvement, use_case=use_case, ref=item)
    form = EffectForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what was changed and since which day, such as 2026-11-01."))
        return redirect("overrides", ref=ref)
    try:
        put_into_effect(improvement=found, **form.cleaned_data, actor=reader(request), at=timezone.now())
    except (Invalid, NotAllowed) as error:
        messages.error(request, str(error))
    return redirect("overrides", ref=ref)
