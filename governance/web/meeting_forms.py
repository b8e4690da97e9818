"""The forms of committees and meetings."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.models import AgendaItem, AuthorityGrant, Membership, Person, UseCase
from governance.web.finding_forms import DAY, PersonField, a_text
from policies.models import OversightPolicy

MOMENT = "%Y-%m-%dT%H:%M"


def a_moment(label: Any, help_text: Any = "", *, required: bool = True) -> forms.DateTimeField:
    """A day and time of the clock on the wall."""
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        required=required,
        input_formats=[MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )


def people() -> PersonField:
    """Somebody of the register."""
    return PersonField(
        label=_("Owner"),
        queryset=Person.objects.select_related("unit").order_by("name", "ref"),
        to_field_name="ref",
        empty_label=_("choose somebody"),
    )


# The fields of a point's effect and their names in it; which kind of point has which.
EFFECTS: Final = {
    "mode": "mode", "suspend": "kind", "finding": "finding", "until": "until", "lifecycle": "lifecycle",
}  # fmt: skip
EFFECT_FIELDS: Final = {
    "mode": ("mode",), "suspend": ("suspend",), "waive": ("finding", "until"), "risk": ("until",),
    "policy": ("lifecycle",), "approve": ("lifecycle",), "expand": ("lifecycle",),
}  # fmt: skip


class ConveneForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200, help_text=_("For example: Oversight, fourth quarter."))
    starts_at = a_moment(_("Starts"), _("Members are told at once, and reminded a day before."))
    place = forms.CharField(label=_("Place"), max_length=200, required=False, help_text=_("A room, or a link."))
    deadline = a_moment(
        _("Deadline, for a written procedure"),
        _("Leave it empty for a meeting. With a deadline members vote in writing until then."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        soon = timezone.localtime() + timedelta(days=7)
        self.fields["starts_at"].initial = soon.replace(hour=10, minute=0, second=0, microsecond=0)


class ItemForm(forms.Form):
    # An amendment of a charter is proposed on the charter's own page.
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[each for each in AgendaItem.Kind.choices if each[0] != "charter"]
    )
    title = forms.CharField(label=_("Title"), max_length=200)
    question = a_text(_("What is to be decided"), _("As it will stand in the minutes."))
    use_case = forms.ModelChoiceField(
        label=_("Use case"), queryset=UseCase.objects.order_by("ref"), to_field_name="ref", required=False,
        empty_label=_("none"),
    )  # fmt: skip
    policy = forms.ModelChoiceField(
        label=_("Policy version"), queryset=OversightPolicy.objects.order_by("-created_at"), to_field_name="ref",
        required=False, empty_label=_("none"), help_text=_("For “Bring a policy into force”."),
    )  # fmt: skip
    mode = forms.ChoiceField(
        label=_("New mode"), choices=[("", _("none")), *UseCase.Mode.choices], required=False,
        help_text=_("For “Change the oversight mode”."),
    )  # fmt: skip
    suspend = forms.ChoiceField(
        label=_("Suspend by"), choices=[("", _("none")), ("pause", _("a pause")), ("stop", _("a stop"))], required=False
    )
    finding = forms.CharField(
        label=_("Finding"), max_length=20, required=False, help_text=_("For a waiver, for example F-0001.")
    )
    until = forms.DateField(
        label=_("Until"), widget=DAY, required=False, help_text=_("When a waiver or an accepted risk ends.")
    )
    lifecycle = forms.ChoiceField(
        label=_("And move it to"),
        choices=[("", _("nothing")), ("pilot", _("pilot")), ("live", _("live"))],
        required=False,
    )
    options = forms.CharField(
        label=_("Options"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line: option | what speaks for it | what speaks against it. Several points with “;”."),
    )  # fmt: skip
    conditions = forms.CharField(
        label=_("Conditions"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: what | reference of the owner, such as P-0003 | day, such as 2027-03-31."),
    )  # fmt: skip

    def clean_options(self) -> list[dict[str, Any]]:
        found = []
        for place, parts in enumerate(_lines(self.cleaned_data["options"], 3), 1):
            text, pros, cons = parts
            found.append({"key": f"o{place}", "text": text, "pros": _points(pros), "cons": _points(cons)})
        return found

    def clean_conditions(self) -> list[dict[str, str]]:
        found = []
        for text, owner, due in _lines(self.cleaned_data["conditions"], 3):
            if not owner or not due:
                raise forms.ValidationError(_("A condition has a text, an owner and a day, parted by “|”."))
            found.append({"text": text, "owner": owner, "due": due})
        return found

    def effect(self) -> dict[str, Any]:
        """What adopting does, from the fields that were filled."""
        given = self.cleaned_data
        named = {name: given.get(field) for field, name in EFFECTS.items()}
        return {name: value.isoformat() if name == "until" else value for name, value in named.items() if value}


class ReasonForm(forms.Form):
    reason = a_text(_("Reason"))


class NoteForm(forms.Form):
    note = a_text(_("What was said"), _("It stands in the minutes as written here."))


class OpenVoteForm(forms.Form):
    motion = forms.ChoiceField(
        label=_("Motion"), choices=[("adopt", _("Adopt")), ("send_back", _("Send back"))], widget=forms.RadioSelect,
        initial="adopt",
    )  # fmt: skip
    option = forms.ChoiceField(label=_("Option put to the vote"), required=False)

    def __init__(self, *args: Any, item: AgendaItem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if item.options:
            self.fields["option"].choices = [(each["key"], each["text"]) for each in item.options]  # type: ignore[attr-defined]
        else:
            del self.fields["option"]


class VoteForm(forms.Form):
    """One vote; the questions of the charter come first. ``seats``: the chair notes a vote for one of these."""

    choice = forms.ChoiceField(
        label=_("Your vote"),
        choices=[("yes", _("Yes")), ("no", _("No")), ("abstain", _("Abstain")), ("recuse", _("Recuse myself"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the four.")},
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed for a no or a recusal. It is printed with your name."),
    )  # fmt: skip
    digest = forms.CharField(widget=forms.HiddenInput, max_length=71)

    def __init__(
        self, *args: Any, prompts: Sequence[str] = (), seats: Sequence[Membership] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.prompts = list(prompts)
        for place, prompt in enumerate(self.prompts):
            self.fields[f"prompt_{place}"] = forms.CharField(
                label=prompt, required=False, widget=forms.Textarea(attrs={"rows": 2})
            )
        names = [f"prompt_{place}" for place in range(len(self.prompts))]
        if seats:
            choices = [(str(seat.pk), f"{seat.person.name}, {seat.function}") for seat in seats]
            self.fields["seat"] = forms.ChoiceField(label=_("Member"), choices=choices)
            self.fields["choice"].label = _("Vote")
        self.order_fields(["seat", *names, "choice", "reason", "digest"])

    def reflections(self) -> list[dict[str, str]]:
        """The questions with their answers."""
        given = self.cleaned_data
        return [
            {"prompt": prompt, "answer": given.get(f"prompt_{place}", "")} for place, prompt in enumerate(self.prompts)
        ]


class CloseVoteForm(forms.Form):
    text = forms.CharField(
        label=_("Resolution"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("As it will stand in the minutes. Empty: the question itself."),
    )  # fmt: skip


class ActionForm(forms.Form):
    text = a_text(_("What is to be done"))
    owner = people()
    due = forms.DateField(label=_("Due"), widget=DAY)


class DoneForm(forms.Form):
    note = a_text(_("How it was done"), _("And where that can be seen."))


class DelegateForm(forms.Form):
    to = people()
    reason = a_text(_("Reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].label = _("Hand it to")


class AuthorityForm(forms.Form):
    """The question: who could do what to which system, when."""

    use_case = forms.ModelChoiceField(label=_("Use case"), queryset=UseCase.objects.none(), to_field_name="ref")
    act = forms.ChoiceField(label=_("Could"), choices=AuthorityGrant.Act.choices)
    at = a_moment(_("On"))


class GrantForm(forms.Form):
    person = people()
    act = forms.ChoiceField(label=_("May"), choices=AuthorityGrant.Act.choices, initial="stop")
    use_case = forms.ModelChoiceField(
        label=_("Use case"), queryset=UseCase.objects.order_by("ref"), to_field_name="ref", required=False,
        empty_label=_("every use case"),
    )  # fmt: skip
    valid_until = forms.DateField(label=_("Until"), widget=DAY, required=False, help_text=_("Empty means no end."))
    reason = a_text(_("Reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].label = _("Person")


def _lines(text: str, parts: int) -> list[list[str]]:
    """The lines of ``text``, each parted at ``|`` into ``parts`` texts."""
    rows = [line.split("|") for line in text.splitlines() if line.strip()]
    return [[*(part.strip() for part in row), *[""] * parts][:parts] for row in rows]


def _points(text: str) -> list[str]:
    return [point.strip() for point in text.split(";") if point.strip()]
