"""The forms of a finding's page: one for each act, the same fields the API takes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit.findings import acts
from audit.models import Finding
from governance.models import Person

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

DAY = forms.DateInput(attrs={"type": "date"})


def a_text(label: "str | _StrPromise", help_text: "str | _StrPromise" = "") -> forms.CharField:
    """A text that must say something; its length is checked by the verb."""
    return forms.CharField(label=label, help_text=help_text, widget=forms.Textarea(attrs={"rows": 3}))


class PersonField(forms.ModelChoiceField):
    """A person of the register, named with function and unit."""

    def label_from_instance(self, obj: Any) -> str:
        more = ", ".join(part for part in (obj.function, str(obj.unit) if obj.unit else "") if part)
        return f"{obj.name} ({more})" if more else str(obj.name)


class AssignForm(forms.Form):
    owner = PersonField(
        label=_("Owner"),
        queryset=Person.objects.none(),
        to_field_name="ref",
        empty_label=_("choose somebody"),
        help_text=_("Who answers for what happens next. The person sees the finding on their first page."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Person.objects.select_related("unit").order_by("name", "ref")
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]


class JudgeForm(forms.Form):
    disposition = forms.ChoiceField(
        label=_("Judgement"),
        choices=Finding.Disposition.choices,
        widget=forms.RadioSelect,
        help_text=_("True positive: it is as the finding says. False positive: it is not, and the reason says why."),
    )
    reason = a_text(_("Why"))


class CauseForm(forms.Form):
    cause = a_text(_("Cause"), _("Why it happened, in a sentence somebody else can check."))


class FixForm(forms.Form):
    text = a_text(_("What was done"))
    reference = forms.CharField(
        label=_("Where it can be seen"),
        max_length=500,
        help_text=_("A change, a ticket, a decision, an address: for example CH-2026-118."),
    )
    effective = forms.DateField(
        label=_("In effect since"),
        required=False,
        widget=DAY,
        help_text=_("Empty means now. Figures are compared before and after this day, UTC."),
    )


class WaiveForm(forms.Form):
    reason = a_text(_("Why it is acceptable for a time"), _("Printed in reports. A waiver hides nothing."))
    until = forms.DateField(
        label=_("Until"), widget=DAY, help_text=_("Then it opens again by itself; at most a year ahead.")
    )


class ReasonForm(forms.Form):
    reason = a_text(_("Reason"))


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done: its form, its words, and the verb behind it."""

    kind: str
    label: str | Promise
    form: type[forms.Form]
    do: Callable[..., Finding]
    button: str | Promise


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _fix(kind: str) -> Callable[..., Finding]:
    def do(*, effective: date | None, at: datetime, **given: Any) -> Finding:
        since = None if effective is None or effective == at.astimezone(UTC).date() else _midnight(effective)
        return acts.link_fix(kind=kind, effective=since, at=at, **given)  # type: ignore[arg-type]

    return do


def _waive(*, until: date, **given: Any) -> Finding:
    return acts.waive(until=_midnight(until), **given)


ACTS: tuple[Act, ...] = (
    Act("judge", _("Judge it"), JudgeForm, acts.judge, _("Record the judgement")),
    Act("assign", _("Give it an owner"), AssignForm, acts.assign, _("Assign")),
    Act("cause", _("Name the cause"), CauseForm, acts.name_cause, _("Record the cause")),
    Act("case-fix", _("Link the case fix"), FixForm, _fix("case_fix"), _("Link the case fix")),
    Act("system-fix", _("Link the system fix"), FixForm, _fix("system_fix"), _("Link the system fix")),
    Act("waive", _("Waive it for a time"), WaiveForm, _waive, _("Waive")),
    Act("close", _("Close it"), ReasonForm, acts.close, _("Close the finding")),
    Act("reopen", _("Open it again"), ReasonForm, acts.reopen, _("Open the finding again")),
)


def acts_for(finding: Finding, *, waive: bool) -> list[Act]:
    """Return what can be done where the finding stands; ``waive``: whether the reader may."""
    gone = finding.closed_index is not None
    fitting = {
        "open": {"judge", "assign", "cause", "case-fix", "system-fix", "close"} | ({"waive"} if waive else set()),
        "waived": {"judge", "assign", "cause", "case-fix", "system-fix", "close", "reopen"},
        "closed": {"judge", "cause", "case-fix", "system-fix"} | (set() if gone else {"reopen"}),
    }[finding.state]
    return [act for act in ACTS if act.kind in fitting]


def do(act: Act, finding: Finding, form: forms.Form, actor: Any) -> Finding:
    """Do what a valid form says; raises the verb's own errors."""
    return act.do(finding=finding, actor=actor, at=timezone.now(), **form.cleaned_data)
