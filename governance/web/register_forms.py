"""Forms of the register: a use case, its life, the people who answer for it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.models import AISystem, Assignment, Person, Unit, UseCase
from governance.register.law_words import in_words
from governance.register.submit import CODE, ROLES_UNDER_THE_ACT
from policies.eu_ai_act import CURRENT_LAW
from policies.eu_ai_act.templates import templates

TODAY = forms.DateInput(attrs={"type": "date"})
NEEDED = ("name", "purpose", "owner", "new_owner", "unit", "new_unit")


class CodesField(forms.CharField):
    """Codes of two letters with commas between, for countries or languages; a list in data."""

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        parts = [part.strip() for part in str(text or "").replace(";", ",").split(",") if part.strip()]
        wrong = [part for part in parts if not CODE.match(part)]
        if wrong:
            raise forms.ValidationError(
                _("“%(code)s” is not a code. Write two letters each with commas between, for example DE, FR.")
                % {"code": wrong[0]}
            )
        return list(dict.fromkeys(parts))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class PersonField(forms.ModelChoiceField):
    """People who are still here, by name and function."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Person.objects.filter(left_at__isnull=True).order_by("name"),
            to_field_name="ref",
            empty_label=gettext_lazy("choose one"),
            error_messages={
                "required": gettext_lazy("Choose a person."),
                "invalid_choice": gettext_lazy("Choose one of the people in the list."),
            },
            **kwargs,
        )

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}, {obj.function}" if obj.function else obj.name


class UnitField(forms.ModelChoiceField):
    """The unit it belongs to."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Unit.objects.order_by("name"),
            empty_label=gettext_lazy("choose one"),
            error_messages={"required": gettext_lazy("Choose the unit that uses it.")},
            **kwargs,
        )


class UseCaseForm(forms.Form):
    """What the register says about a use case; empty is unknown."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        help_text=gettext_lazy("As people will call it, for example “Ranking of job applications”."),
        error_messages={"required": gettext_lazy("A use case needs a name.")},
    )
    purpose = forms.CharField(
        label=gettext_lazy("Intended purpose"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=8000,
        help_text=gettext_lazy("What it is meant to do, for whom, with what effect. One or two sentences."),
        error_messages={"required": gettext_lazy("Say what the system is meant to do, for whom and with what effect.")},
    )
    unit = UnitField(label=gettext_lazy("Unit"))
    sector = forms.CharField(label=gettext_lazy("Sector"), max_length=60, required=False)
    affected_people = forms.CharField(
        label=gettext_lazy("People affected"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("For example: job applicants; about 3,000 a year."),
    )
    data_used = forms.CharField(
        label=gettext_lazy("Data used"), widget=forms.Textarea(attrs={"rows": 2}), max_length=4000, required=False
    )
    countries = CodesField(
        label=gettext_lazy("Countries"), required=False, help_text=gettext_lazy("Two letters each, for example DE, FR.")
    )
    languages = CodesField(
        label=gettext_lazy("Languages"), required=False, help_text=gettext_lazy("Two letters each, for example en, de.")
    )
    first_use = forms.DateField(label=gettext_lazy("First use"), required=False, widget=TODAY)
    systems = forms.ModelMultipleChoiceField(
        label=gettext_lazy("AI systems"),
        queryset=AISystem.objects.order_by("name"),
        to_field_name="ref",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, systems: Iterable[AISystem] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["systems"]
        if systems is not None:
            field.queryset = systems
        field.label_from_instance = lambda system: f"{system.name} {system.version}".strip() + f" ({system.ref})"
        if not field.queryset.exists():
            del self.fields["systems"]


class NewUseCaseForm(UseCaseForm):
    """A new entry: the owner, our roles, and a system that is not on the list yet."""

    owner = PersonField(label=gettext_lazy("Owner"), help_text=gettext_lazy("The person who answers for it."))
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Our roles under the AI Act"),
        help_text=gettext_lazy(
            "Usually deployer: you use a system that somebody else provides. The wizard asks again."
        ),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one role; deployer is the usual one.")},
    )
    system_name = forms.CharField(label=gettext_lazy("A system that is not listed"), max_length=200, required=False)
    supplier = forms.CharField(label=gettext_lazy("Its supplier"), max_length=200, required=False)
    template = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    field_order = (
        "name", "purpose", "owner", "unit", "roles", "systems", "system_name", "supplier", "sector", "affected_people",
        "data_used", "countries", "languages", "first_use", "template",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles: Any = self.fields["roles"]
        roles.choices = [
            (role.id, in_words(role.title)) for role in CURRENT_LAW.roles if role.id in ROLES_UNDER_THE_ACT
        ]
        self.fields["new_unit"] = forms.CharField(label=_("A unit that is not listed"), max_length=200, required=False)
        self.fields["new_owner"] = forms.CharField(
            label=_("An owner who is not listed"), max_length=200, required=False
        )
        self.fields["owner"].required = self.fields["unit"].required = False
        for listed, anew, label in (("owner", "new_owner", _("Owner")), ("unit", "new_unit", _("Unit"))):
            if not self.fields[listed].queryset.exists():  # type: ignore[attr-defined]
                del self.fields[listed]
                self.fields[anew].label = label
        if not self.is_bound:
            self.fields["name"].widget.attrs["autofocus"] = True
        self.order_fields([
            "name", "purpose", "owner", "new_owner", "unit", "new_unit", "roles", "systems", "system_name", "supplier",
        ])  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """An owner and a unit are named, from the list or anew."""
        given = super().clean() or {}
        if not given.get("owner") and not given.get("new_owner"):
            listed = "owner" in self.fields
            wrong = _("Choose the person who answers for it, or write a name below.") if listed else _("Write a name.")
            self.add_error("owner" if listed else "new_owner", wrong)
        if not given.get("unit") and not given.get("new_unit"):
            listed = "unit" in self.fields
            wrong = _("Choose the unit that uses it, or write its name below.") if listed else _("Write a name.")
            self.add_error("unit" if listed else "new_unit", wrong)
        return given

    @property
    def needed(self) -> list[forms.BoundField]:
        """What an entry cannot do without."""
        return [field for field in self.visible_fields() if field.name in NEEDED]

    @property
    def later(self) -> list[forms.BoundField]:
        """The rest, which may follow."""
        return [field for field in self.visible_fields() if field.name not in NEEDED]


class LifecycleForm(forms.Form):
    """The next state of a use case's life, with a reason."""

    to = forms.ChoiceField(label=gettext_lazy("Next state"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=4000,
        error_messages={"required": gettext_lazy("Say why; the change stays on record.")},
    )

    def __init__(self, *args: Any, steps: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(UseCase.Lifecycle.choices)
        self.fields["to"].choices = [(step, labels[step]) for step in labels if step in steps]  # type: ignore[attr-defined]


class AssignmentForm(forms.Form):
    """Who takes on which duty."""

    person = PersonField(label=gettext_lazy("Person"))
    duty = forms.ChoiceField(label=gettext_lazy("Duty"), choices=Assignment.Duty.choices)


class PastForm(forms.Form):
    """A past day."""

    on = forms.DateField(label=gettext_lazy("As it stood at the end of"), widget=TODAY)

    def clean_on(self) -> date:
        """A day the register can know of; a calendar's first years do not fit every time zone."""
        given: date = self.cleaned_data["on"]
        if not date(1900, 1, 1) <= given <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day up to today."))
        return given


def template_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Templates grouped by sector, for a select."""
    sectors: dict[str, list[tuple[str, str]]] = {}
    for template in templates():
        sectors.setdefault(in_words(template.sector), []).append((template.id, in_words(template.title)))
    return list(sectors.items())
