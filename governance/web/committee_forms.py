"""The forms of committees: seats, interests, training and experts; the charter has its own."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from governance.models import Membership, Person, Qualification, Supplier, TrainingModule, Unit, UseCase
from governance.web.finding_forms import DAY, PersonField, a_text


def somebody(label: Any, help_text: Any = "", *, required: bool = True, empty: Any = None) -> PersonField:
    """A person of the register who is still here."""
    return PersonField(
        label=label,
        help_text=help_text,
        required=required,
        queryset=Person.objects.filter(left_at=None).select_related("unit").order_by("name", "ref"),
        to_field_name="ref",
        empty_label=empty or _("choose somebody"),
    )


def a_day(label: Any, help_text: Any = "", *, required: bool = True) -> forms.DateField:
    """A day of the clock on the wall."""
    return forms.DateField(label=label, help_text=help_text, required=required, widget=DAY)


class CommitteeForm(forms.Form):
    """A new committee; the other terms of its charter are voted on later."""

    name = forms.CharField(label=_("Name"), max_length=200)
    charter = a_text(_("Charter"), _("What it decides, for whom, and to whom it answers."))
    quorum = forms.IntegerField(
        label=_("Quorum"), min_value=1, max_value=200, initial=3, help_text=_("Members needed for a vote.")
    )
    chair = somebody(_("Chair"))
    function = forms.CharField(
        label=_("Speaks for"), max_length=60, help_text=_("HR, legal, IT, data protection, the business.")
    )


class SeatForm(forms.Form):
    """A form about one seat that is held now."""

    seat = forms.ChoiceField(label=_("Member"))

    def __init__(self, *args: Any, seats: Sequence[Membership] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(seat.pk), f"{seat.person.name}, {seat.function}") for seat in seats]
        self.fields["seat"].choices = [("", _("choose a member")), *choices]  # type: ignore[attr-defined]
        self.seats = {str(seat.pk): seat for seat in seats}

    def membership(self) -> Membership:
        """The chosen seat."""
        return self.seats[self.cleaned_data["seat"]]


class MemberForm(forms.Form):
    person = somebody(_("Person"))
    function = forms.CharField(
        label=_("Speaks for"), max_length=60, help_text=_("HR, legal, IT, data protection, the business.")
    )
    chair = forms.BooleanField(label=_("Takes the chair"), required=False)
    until = a_day(_("Until"), _("Empty means no end."), required=False)
    deputy = somebody(_("Deputy"), required=False, empty=_("nobody"))


class DeputyForm(SeatForm):
    deputy = somebody(_("Deputy"), _("Stands in when the member is away or has a conflict."), required=False,
                      empty=_("nobody"))  # fmt: skip


class TermForm(SeatForm):
    until = a_day(_("Until"), _("Empty means no end."), required=False)


class EndSeatForm(SeatForm):
    reason = a_text(_("Reason"))


class InterestForm(forms.Form):
    """A conflict of interest; ``people``: the reader may declare for these, otherwise for themselves."""

    person = somebody(_("Person"))
    use_case = forms.ModelChoiceField(
        label=_("Use case"), queryset=UseCase.objects.none(), to_field_name="ref", required=False, empty_label=_("none")
    )
    supplier = forms.ModelChoiceField(
        label=_("Or a supplier"), queryset=Supplier.objects.none(), required=False, empty_label=_("none"),
        help_text=_("Then it holds for every use case with a system of this supplier."),
    )  # fmt: skip
    reason = a_text(_("What the interest is"), _("Shares, a former employer, a relative, work on the system."))

    def __init__(
        self, *args: Any, use_cases: QuerySet[UseCase], suppliers: QuerySet[Supplier],
        people: QuerySet[Person] | None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["use_case"].queryset = use_cases.order_by("ref")  # type: ignore[attr-defined]
        self.fields["use_case"].label_from_instance = lambda case: f"{case.ref} {case.name}"  # type: ignore[attr-defined]
        self.fields["supplier"].queryset = suppliers.order_by("name")  # type: ignore[attr-defined]
        if people is None:
            del self.fields["person"]
        else:
            self.fields["person"].queryset = people  # type: ignore[attr-defined]


class OfferForm(forms.Form):
    code = forms.SlugField(label=_("Code"), max_length=80, help_text=_("As policies name it, for example bias-2026."))
    name = forms.CharField(label=_("Name"), max_length=200)
    topic = forms.ChoiceField(label=_("Topic"), choices=TrainingModule.Topic.choices)
    valid_days = forms.IntegerField(
        label=_("Valid for, in days"), min_value=1, max_value=36_500, required=False, help_text=_("Empty means no end.")
    )


class CompletionForm(forms.Form):
    person = somebody(_("Person"))
    module = forms.ModelChoiceField(
        label=_("Training"), queryset=TrainingModule.objects.order_by("name"), to_field_name="code",
        empty_label=_("choose one"),
    )  # fmt: skip
    completed_on = a_day(_("Completed on"))
    evidence = a_text(_("Evidence"), _("A certificate, a course record, a test: what shows it, and where it is kept."))


class QualificationField(forms.ModelChoiceField):
    """A qualification by who holds it."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.person.name}: {obj.code}"


class WithdrawForm(forms.Form):
    qualification = QualificationField(
        label=_("Qualification"), queryset=Qualification.objects.none(), empty_label=_("choose one")
    )
    reason = a_text(_("Reason"))

    def __init__(self, *args: Any, held: QuerySet[Qualification], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["qualification"].queryset = held  # type: ignore[attr-defined]


class EngageForm(forms.Form):
    """An expert from outside: somebody of the register, or a new name."""

    person = somebody(_("Expert"), required=False, empty=_("somebody new"))
    name = forms.CharField(
        label=_("Name, if they are new"), max_length=200, required=False,
        help_text=_("They are entered in the register as a person."),
    )  # fmt: skip
    employer = forms.CharField(label=_("Works for"), max_length=200)
    purpose = a_text(_("What for"), _("The question they are asked, or the system they look at."))
    sponsor = somebody(_("Answers for them in the organisation"))
    since = a_day(_("From"))
    until = a_day(_("Until"), _("The last day; then what they hold and may do ends, and so does their sign-in."))
    unit = forms.ModelChoiceField(
        label=_("Unit they work with"), queryset=Unit.objects.order_by("name"), required=False, empty_label=_("none")
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if bool(given.get("person")) == bool(given.get("name", "").strip()):
            self.add_error("name", _("Choose a person, or give the name of a new one."))
        return given
