"""The forms of pilots and of tests of the planned oversight."""

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from governance.models import Meeting, PilotPhase
from governance.web.committee_forms import a_day, somebody
from governance.web.finding_forms import a_text
from governance.web.meeting_forms import a_moment

RESULTS = [("met", _("met")), ("not_met", _("not met")), ("unknown", _("not known"))]


class PhaseForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("For example: one team, six weeks."))
    cohort = forms.CharField(label=_("Whom it covers"), max_length=300)
    starts_on = a_day(_("From"))
    ends_on = a_day(_("Until"), _("Empty means no end."), required=False)
    criteria = forms.CharField(
        label=_("Exit criteria"), widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line: what must hold before the pilot is extended, so that it can be checked."),
    )  # fmt: skip

    def clean_criteria(self) -> list[dict[str, str]]:
        """A code for each line, of its first words."""
        found: dict[str, str] = {}
        lines = (line.strip() for line in self.cleaned_data["criteria"].splitlines())
        for place, text in enumerate((line for line in lines if line), 1):
            code = slugify(text)[:40].strip("-") or f"criterion-{place}"
            found[code if code not in found else f"{code}-{place}"] = text
        return [{"code": code, "text": text} for code, text in found.items()]


class EvaluationForm(forms.Form):
    """A result and its evidence for each exit criterion of ``phase``."""

    lessons = a_text(_("What was learned"))
    evaluated_by = somebody(_("Evaluated by"))

    def __init__(self, *args: Any, phase: PilotPhase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.phase = phase
        names = []
        for place, each in enumerate(phase.criteria):
            self.fields[f"state_{place}"] = forms.ChoiceField(
                label=each["text"], choices=RESULTS, widget=forms.RadioSelect, initial="unknown"
            )
            self.fields[f"evidence_{place}"] = forms.CharField(
                label=_("Evidence"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_("A figure, a report, a count, and where it can be seen. Not needed where it is not known."),
            )  # fmt: skip
            names += [f"state_{place}", f"evidence_{place}"]
        self.order_fields([*names, "lessons", "evaluated_by"])

    def results(self) -> list[dict[str, str]]:
        """One result for each criterion."""
        given = self.cleaned_data
        return [
            {"code": each["code"], "state": given[f"state_{place}"], "evidence": given[f"evidence_{place}"]}
            for place, each in enumerate(self.phase.criteria)
        ]


class ExtensionForm(forms.Form):
    """The extension of a pilot as a point on an agenda."""

    meeting = forms.ModelChoiceField(
        label=_("Put it on the agenda of"), queryset=Meeting.objects.none(), to_field_name="ref", empty_label=None
    )
    question = a_text(_("What is to be decided"), _("Whom the pilot is extended to, and until when."))
    lifecycle = forms.ChoiceField(
        label=_("And move it to"), choices=[("", _("nothing")), ("live", _("live"))], required=False
    )

    def __init__(self, *args: Any, meetings: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["meeting"].queryset = meetings  # type: ignore[attr-defined]
        self.fields["meeting"].label_from_instance = lambda row: f"{row.ref} {row.title}"  # type: ignore[attr-defined]


class OversightTestForm(forms.Form):
    held_at = a_moment(_("Held"))
    led_by = somebody(_("Led by"))
    scenario = a_text(_("Scenario"), _("What was played: a wrong proposal, a silent source, a stop at night."))
    expected = a_text(_("What people should do"), _("As the policy and the instructions say."))
    observed = a_text(_("What they did"), _("With times, and what got in the way."))
    passed = forms.ChoiceField(
        label=_("Outcome"), choices=[("yes", _("They did what they should")), ("no", _("They did not"))],
        widget=forms.RadioSelect,
    )  # fmt: skip
