"""What people are told about a use case, version by version, and what of it the law still asks for."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from governance.access import DomainError, may_on
from governance.models import Disclosure, UseCase
from governance.register.classify import latest_classification
from governance.rights import publish
from governance.rights.read import current_disclosures, told_before, workers_told
from governance.web.pages import reader, signed_in, visible_use_case
from governance.web.register_edit import crumbs
from governance.web.words import language_name

# Duties of the law data that a notice of a kind answers.
ASKED = {
    "art-26-7": Disclosure.Kind.WORKERS,
    "art-26-11": Disclosure.Kind.PEOPLE,
    "art-50-1": Disclosure.Kind.INTERACTION,
    "art-50-3": Disclosure.Kind.INTERACTION,
}
TOLD = {
    "representatives": gettext_lazy("Workers' representatives"),
    "workers": gettext_lazy("The workers concerned"),
}


class DisclosureForm(forms.Form):
    """A notice."""

    kind = forms.ChoiceField(label=gettext_lazy("Who is told"), choices=Disclosure.Kind.choices)
    language = forms.ChoiceField(label=gettext_lazy("Language"))
    text = forms.CharField(
        label=gettext_lazy("What they are told"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=8000,
        help_text=gettext_lazy(
            "In plain words: that a system takes part, what for and in which decisions, who decides in the end, and"
            " where they can ask. Art 50: clear, accessible, at the latest at the first contact."
        ),
    )
    audience = forms.MultipleChoiceField(
        label=gettext_lazy("Told so far, at the workplace"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=list(TOLD.items()),
        help_text=gettext_lazy("For Art 26(7) only. Tick who has been told: the day of this version counts for them."),
    )

    def __init__(self, *args: Any, case: UseCase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [str(code).lower() for code in case.languages]
        codes = dict.fromkeys([*named, "en", "de", "fr", "es", "it", "nl", "pl"])
        self.fields["language"].choices = [(code, language_name(code)) for code in codes]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Who was told at the workplace is asked for that notice alone."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("audience") and given.get("kind") != Disclosure.Kind.WORKERS:
            self.add_error("audience", _("Tick this for the notice to workers and their representatives only."))
        return given


def _missing(case: UseCase, current: list[Disclosure], days: Mapping[str, date | None]) -> Iterator[str]:
    """Notices that the classification asks for and nobody has written, and people at the workplace told late or not."""
    kinds, latest = {row.kind for row in current}, latest_classification(case)
    for duty in latest.duties if latest else ():
        if duty["id"] in ASKED and ASKED[duty["id"]] not in kinds:
            kinds.add(ASKED[duty["id"]])
            yield _("%(article)s asks for a notice, and there is none yet.") % {"article": duty["article"]}
    if Disclosure.Kind.WORKERS not in {row.kind for row in current} or told_before(days, case.first_use):
        return
    for name, day in days.items():
        if day is None:
            yield _("Not told yet: %(who)s.") % {"who": TOLD[name]}
        elif case.first_use and day >= case.first_use:
            yield _("Told on %(day)s, not before the first use on %(first)s: %(who)s.") % {
                "who": TOLD[name],
                "day": date_format(day, "j M Y"),
                "first": date_format(case.first_use, "j M Y"),
            }


@signed_in
@require_http_methods(["GET", "POST"])
def notices(request: HttpRequest, ref: str) -> HttpResponse:
    """What people are told about a use case, in every version, and the address where they ask."""
    case = visible_use_case(request, ref)
    writes = may_on(reader(request), "rights", case)
    form = DisclosureForm(request.POST or None, case=case) if writes else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            try:
                publish(actor=reader(request), at=timezone.now(), use_case=case, **form.cleaned_data)
                return redirect("use-case-notices", ref=case.ref)
            except DomainError as error:
                form.add_error(str(error.data.get("field", "text")), error.message)
    every = list(case.disclosures.order_by("-published_at", "-ref"))
    current, days = current_disclosures(case), workers_told(every)
    context = {
        "case": case,
        "form": form,
        "current": current,
        "all": every[:50],
        "told": [(TOLD[name], when) for name, when in days.items()],
        "missing": list(_missing(case, current, days)),
        "ask": request.build_absolute_uri(reverse("ask") + f"?about={case.key}"),
        "crumbs": crumbs(case, _("Notices")),
    }
    return render(request, "pages/notices_case.html", context, status=422 if form is not None and form.errors else 200)
