"""Changing a point of an agenda: the form shows it as somebody would have typed it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.models import AgendaItem
from governance.web.finding_forms import a_text
from governance.web.meeting_forms import EFFECT_FIELDS, EFFECTS, ItemForm


class EditItemForm(ItemForm):
    """A point as it stands, to be changed; which fields there are follows from its kind."""

    prompts = forms.CharField(
        label=_("Asked before the vote"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One question a line; nobody votes before answering."),
    )  # fmt: skip
    reason = a_text(_("Why it changes"), _("Stands in the ledger beside the change."))

    def __init__(self, *args: Any, item: AgendaItem, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": _typed(item)})
        self.item = item
        shown = {*EFFECT_FIELDS.get(item.kind, ()), "title", "question", "options", "conditions", "prompts", "reason"}
        for name in set(self.fields) - shown:
            del self.fields[name]
        self.fields["question"].required = bool(item.question)

    def clean_options(self) -> list[dict[str, Any]]:
        """Options keep their key as long as they keep their text."""
        keys = {each["text"]: each["key"] for each in self.item.options}
        return [{**each, "key": keys.get(each["text"], each["key"])} for each in super().clean_options()]

    def changed(self) -> dict[str, Any]:
        """What the point shall be, by field."""
        given = self.cleaned_data
        kept = {name: value for name, value in self.item.effect.items() if name not in EFFECTS.values()}
        prompts = [line.strip() for line in given["prompts"].splitlines() if line.strip()]
        plain = {name: given[name] for name in ("title", "question", "options", "conditions")}
        return {**plain, "prompts": prompts, "effect": {**kept, **self.effect()}}


def _typed(item: AgendaItem) -> dict[str, Any]:
    """A point as somebody would have typed it."""
    options = [
        " | ".join([each["text"], "; ".join(each.get("pros", ())), "; ".join(each.get("cons", ()))])
        for each in item.options
    ]
    conditions = [" | ".join([each["text"], each["owner"], each["due"]]) for each in item.conditions]
    effect = {field: item.effect.get(name, "") for field, name in EFFECTS.items()}
    return {
        "title": item.title,
        "question": item.question,
        "options": "\n".join(options),
        "conditions": "\n".join(conditions),
        "prompts": "\n".join(item.prompts),
        **effect,
        "until": str(effect["until"])[:10],
    }
