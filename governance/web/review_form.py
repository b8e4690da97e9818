"""The form a reviewer decides with: six acts of equal weight, and what the policy asks to be said."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import ReviewTask
from audit.reviews.submitting import CHANGING, LONGEST, Opinion

ACTS = (
    ("approve", gettext_lazy("Approve"), gettext_lazy("as proposed"), "a"),
    ("modify", gettext_lazy("Modify"), gettext_lazy("approve it changed"), "m"),
    ("override", gettext_lazy("Override"), gettext_lazy("decide otherwise"), "o"),
    ("reject", gettext_lazy("Reject"), gettext_lazy("nothing happens"), "r"),
    ("abstain", gettext_lazy("Abstain"), gettext_lazy("leave it to somebody else"), "b"),
    ("refer", gettext_lazy("Refer"), gettext_lazy("hand it to a desk"), "f"),
)


class JudgementForm(forms.Form):
    """The reviewer's own judgement, before the proposal is shown."""

    judgement = forms.CharField(
        label=gettext_lazy("What would you decide?"),
        help_text=gettext_lazy("One word or a short phrase. It is kept as you write it and cannot be changed."),
        max_length=1000,
        error_messages={"required": gettext_lazy("Say first what you would decide.")},
    )


class DecisionForm(forms.Form):
    """What a reviewer says. The verb checks it; the form only keeps what was typed."""

    outcome = forms.CharField(required=False)
    digest = forms.CharField(required=False, widget=forms.HiddenInput)
    final_value = forms.CharField(required=False, max_length=1000)
    reason_code = forms.CharField(required=False)
    reason_text = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST}), max_length=LONGEST
    )
    extra_information = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST}), max_length=LONGEST
    )
    refer_to = forms.CharField(required=False, max_length=120)
    conflict = forms.BooleanField(required=False)
    active_ms = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    idle_ms = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    hidden_ms = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    words_shown = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, task: ReviewTask, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.task = task
        for place, prompt in enumerate(task.terms.get("prompts") or []):
            self.fields[f"answer_{place}"] = forms.CharField(
                label=prompt, required=False, widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST})
            )
        for name in ("active_ms", "idle_ms", "hidden_ms"):
            self.fields[name].widget.attrs["data-measure"] = name

    @property
    def acts(self) -> list[dict[str, Any]]:
        """The acts in their order, as radio buttons."""
        chosen = self["outcome"].value()
        return [
            {"code": code, "label": label, "means": means, "key": key, "checked": code == chosen}
            for code, label, means, key in ACTS
        ]

    @property
    def prompts(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("answer_")]

    @property
    def reason_codes(self) -> list[str]:
        return list(self.task.terms.get("reason_codes") or [])

    @property
    def needs_reason(self) -> str:
        """The acts the policy asks a reason for, as one text."""
        asked = [str(label) for code, label, _means, _key in ACTS if code in (self.task.terms.get("reasons") or [])]
        return ", ".join(asked)

    @property
    def desks(self) -> list[str]:
        """Desks the policy names along its chain."""
        return list(dict.fromkeys(hop["to"] for hop in self.task.terms.get("chain") or []))

    def opinion(self, *, rationale_shown: bool | None) -> Opinion:
        """Return what was said, for the verb."""
        given = self.cleaned_data
        changing = given["outcome"] in CHANGING
        return Opinion(
            outcome=given["outcome"],
            digest=given["digest"],
            final={"value": given["final_value"]} if changing else {},
            reason_code=given["reason_code"],
            reason_text=given["reason_text"],
            extra_information=given["extra_information"],
            refer_to=given["refer_to"],
            answers=[given[name] for name in self.fields if name.startswith("answer_")],
            conflict=given["conflict"],
            rationale_shown=rationale_shown,
            words_shown=given["words_shown"],
            active_ms=given["active_ms"],
            idle_ms=given["idle_ms"],
            hidden_ms=given["hidden_ms"],
        )

    def fault(self, field: str, message: str) -> None:
        """Put a problem of the verb beside the field it names."""
        name = "answer_0" if field == "answers" else field
        self.add_error(name if name in self.fields else None, message or _("This needs another look."))
