"""The record of a use case as it stood at the end of a day."""

from datetime import date, datetime, time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from governance.models import AISystem, Person, UseCase
from governance.register import as_it_stood
from governance.register.law_words import in_words
from governance.web import words
from governance.web.pages import signed_in, visible_use_case
from governance.web.register_edit import crumbs
from governance.web.register_forms import PastForm
from policies import eu_ai_act


@signed_in
def past(request: HttpRequest, ref: str) -> HttpResponse:
    """The record as it stood at the end of a day, who was responsible then, and the ledger entry it rests on."""
    case = visible_use_case(request, ref)
    form = PastForm(request.GET if "on" in request.GET else None, initial={"on": timezone.localdate()})
    given = form.cleaned_data["on"] if form.is_bound and form.is_valid() else timezone.localdate()
    record = as_it_stood(case, timezone.make_aware(datetime.combine(given, time.max)))
    context = {
        "case": case,
        "form": form,
        "day": given,
        "record": record,
        "lines": _lines(record.fields) if record.fields else [],
        "crumbs": crumbs(case, _("As it stood")),
    }
    return render(request, "pages/use_case_past.html", context, status=422 if form.is_bound and form.errors else 200)


def _lines(fields: dict[str, Any]) -> list[tuple[str, str]]:
    labels = {
        "name": _("Name"), "purpose": _("Purpose"), "lifecycle": _("Lifecycle"), "mode": _("Oversight mode"),
        "mode_reason": _("Why this mode"), "effect": _("Effect on people"), "reversibility": _("Can it be undone"),
        "decisions_per_day": _("Decisions a day"), "roles": _("Our roles"), "owner": _("Owner"), "unit": _("Unit"),
        "systems": _("AI systems"), "affected_people": _("People affected"), "data_used": _("Data used"),
        "countries": _("Countries"), "languages": _("Languages"), "first_use": _("First use"), "sector": _("Sector"),
    }  # fmt: skip
    said = _names(fields)
    return [(label, said.get(name) or _plain(fields.get(name))) for name, label in labels.items()]


def _names(fields: dict[str, Any]) -> dict[str, str]:
    """Codes and references in the reader's words; a person and a system by the name they have now."""
    people = dict(Person.objects.filter(ref=fields.get("owner")).values_list("ref", "name"))
    systems = dict(AISystem.objects.filter(ref__in=fields.get("systems") or []).values_list("ref", "name"))
    roles = {role.id: in_words(role.title) for role in eu_ai_act.CURRENT_LAW.roles}
    effects: dict[str, Any] = dict(UseCase.Effect.choices)
    undone: dict[str, Any] = dict(UseCase.Reversibility.choices)
    found = {
        "lifecycle": words.word_of(fields.get("lifecycle"), words.STATES).text,
        "mode": words.word_of(fields.get("mode"), words.MODES).text,
        "effect": effects.get(fields.get("effect") or "", ""),
        "reversibility": undone.get(fields.get("reversibility") or "", ""),
        "owner": " ".join(filter(None, (people.get(fields.get("owner") or ""), fields.get("owner")))),
        "systems": ", ".join(f"{systems.get(ref, '')} {ref}".strip() for ref in fields.get("systems") or []),
        "roles": ", ".join(roles.get(code, code) for code in fields.get("roles") or []),
        "languages": ", ".join(words.language_name(code) for code in fields.get("languages") or []),
        "first_use": date_format(date.fromisoformat(fields["first_use"]), "j M Y") if fields.get("first_use") else "",
    }
    return {name: str(text) for name, text in found.items()}


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(part) for part in value) or _("unknown")
    return str(value) if value not in {None, ""} else _("unknown")
