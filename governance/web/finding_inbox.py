"""The inbox around the list of findings: filters, one owner for many, and the alerts that have pages of their own."""

from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.control.state import LONGEST_DRILL
from audit.findings.list import NOBODY, SORTS, FindingFilter, codes_of, owners_of
from audit.models import Finding, Intervention
from governance.access import use_cases_visible_to
from governance.incidents.read import incidents_visible_to
from governance.models import Person, User
from governance.web import words
from governance.web.finding_forms import PersonField
from governance.web.tables import Cell, Column, Row, Table

ANY = ("", gettext_lazy("any"))
SHOWN = 10
SOURCE_WORDS = (
    ("decisions", gettext_lazy("decisions against their policy")),
    ("stop", gettext_lazy("decisions after a stop")),
    ("log", gettext_lazy("the log: gaps, silence, contradictions")),
    ("fairness", gettext_lazy("differences between groups")),
    ("measures", gettext_lazy("measures of oversight")),
)


class FindingFilterForm(forms.Form):
    """Filters of the list; they live in the URL."""

    q = forms.CharField(label=gettext_lazy("Finding or decision"), required=False, max_length=200)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False, choices=[ANY, *Finding.State.choices])
    use_case = forms.ChoiceField(label=gettext_lazy("Use case"), required=False)
    source = forms.ChoiceField(label=gettext_lazy("Comes from"), required=False, choices=[ANY, *SOURCE_WORDS])
    code = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    severity = forms.ChoiceField(
        label=gettext_lazy("Severity"),
        required=False,
        choices=[ANY, ("hard", gettext_lazy("hard")), ("soft", gettext_lazy("soft"))],
    )
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)
    judged = forms.ChoiceField(
        label=gettext_lazy("Judged"),
        required=False,
        choices=[ANY, ("no", gettext_lazy("not yet")), ("yes", gettext_lazy("yes"))],
    )

    def __init__(self, *args: Any, visible: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cases = visible.order_by("ref").values_list("ref", "name")
        codes = [(code, f"{code}: {words.finding_words(code)}") for code in codes_of(visible)]
        owners = [(person.ref, person.name) for person in owners_of(visible)]
        choices: dict[str, list[tuple[str, Any]]] = {
            "use_case": [ANY, *((ref, f"{ref} {name}") for ref, name in cases)],
            "code": [ANY, *codes],
            "owner": [ANY, (NOBODY, _("nobody")), *owners],
        }
        for name, listed in choices.items():
            self.fields[name].choices = listed  # type: ignore[attr-defined]


class AssignAllForm(forms.Form):
    """One owner for every finding the filter finds; ``expected`` is how many the reader was shown."""

    owner = PersonField(
        label=gettext_lazy("Owner"),
        queryset=Person.objects.none(),
        to_field_name="ref",
        empty_label=gettext_lazy("choose somebody"),
    )
    expected = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    prefix = "all"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Person.objects.select_related("unit").filter(left_at=None).order_by("name", "ref")
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]


def filtered(request: HttpRequest, visible: Any) -> tuple[FindingFilterForm, FindingFilter]:
    """Return the filter form of the URL and what it says; the open ones where it says nothing that can be read."""
    given: QueryDict = request.GET.copy()
    if not set(given) & set(FindingFilterForm.base_fields):
        given["state"] = "open"
    form = FindingFilterForm(given, visible=visible)
    sort = request.GET.get("sort", "-opened")
    cleaned = form.cleaned_data if form.is_valid() else {"state": "open"}
    return form, FindingFilter(**cleaned, sort=sort if sort.removeprefix("-") in SORTS else "-opened")


def elsewhere(user: User) -> Table | None:
    """Stops in force and open incidents: alerts that are answered on pages of their own; ``None`` when there are none.

    Two queries, however many there are.
    """
    now = timezone.now()
    lasting = Q(drill=False) | Q(issued_at__gt=now - LONGEST_DRILL)
    stops = (
        Intervention.objects.filter(
            lasting,
            use_case__in=use_cases_visible_to(user),
            decision_id="",
            resumed_at=None,
            kind__in=["stop", "pause", "limit", "rollback"],
        )
        .select_related("use_case")
        .order_by("-issued_at", "intervention_id")
    )
    rows = [
        Row(
            cells=[
                Cell(text=each.intervention_id, href=reverse("control", args=[each.use_case.ref]), kind="tight"),
                Cell(word=words.word_of(each.kind, words.STATES), under=each.reason_code),
                Cell(text=each.use_case.ref, under=each.use_case.name, kind="tight"),
                Cell(text=each.effective_at or each.issued_at, kind="day"),
            ]
        )
        for each in stops[:SHOWN]
    ]
    rows += [
        Row(
            cells=[
                Cell(text=each.ref, href=reverse("incident", args=[each.ref]), kind="tight"),
                Cell(text=_("Incident"), under=each.title),
                Cell(text=each.use_case.ref, under=each.use_case.name, kind="tight"),
                Cell(text=each.opened_at, kind="day"),
            ]
        )
        for each in incidents_visible_to(user).filter(closed_at=None)[:SHOWN]
    ]
    columns = [
        Column(label=_("Alert")),
        Column(label=_("What it is")),
        Column(label=_("Use case")),
        Column(label=_("Since")),
    ]
    if not rows:
        return None
    caption = _("Stops in force and open incidents")
    return Table(id="elsewhere", caption=caption, columns=columns, rows=rows, stack=True)
