"""The form of an amendment: the charter as it stands, to be changed where it should change."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from governance.committees.terms import TIERS, kind
from governance.committees.wording import EVIDENCE, SETTLED
from governance.models import AgendaItem, Meeting, Unit, UseCase
from governance.web.finding_forms import a_text

RULED: Final = ("default", *(code for code in AgendaItem.Kind.values if code != "discuss"))
RULES: Final = [(code, SETTLED[code]) for code in ("majority", "two_thirds", "unanimity")]


def _lines(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, help_text=help_text, widget=forms.Textarea(attrs={"rows": 3}), strip=True
    )


class AmendmentForm(forms.Form):
    """``content``: the charter in force. What the form leaves as it is, is no part of the amendment."""

    meeting = forms.ModelChoiceField(
        label=_("Put it on the agenda of"), queryset=Meeting.objects.none(), to_field_name="ref", empty_label=None
    )
    reason = a_text(_("Why it should change"), _("Stands in the minutes and beside the new wording."))
    charter = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 6}))
    quorum = forms.IntegerField(
        label=_("Quorum"), min_value=1, max_value=200, help_text=_("Members needed for a vote.")
    )
    quorum_functions = _lines(_("Functions that must take part"), _("One a line, for example: legal."))
    units = forms.ModelMultipleChoiceField(
        label=_("Units it decides for"), queryset=Unit.objects.order_by("name"), to_field_name="name", required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    tiers = forms.MultipleChoiceField(
        label=_("Tiers it decides on"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=list(TIERS.items()),
        help_text=_("Without any unit, tier and use case it decides on everything."),
    )  # fmt: skip
    use_cases = forms.ModelMultipleChoiceField(
        label=_("Use cases it decides on"), queryset=UseCase.objects.none(), to_field_name="ref", required=False
    )
    checkpoints = _lines(_("Discussed in every meeting"), _("One question a line; no meeting closes without them."))
    prompts = _lines(_("Asked before each vote"), _("One question a line; nobody votes before answering."))
    approval_days = forms.IntegerField(
        label=_("Approvals end after so many days"), min_value=1, max_value=36_500, required=False,
        help_text=_("Empty means no end."),
    )  # fmt: skip

    def __init__(self, *args: Any, content: Mapping[str, Any], meetings: Any, use_cases: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": _initial(content)})
        self.content = content
        self.fields["meeting"].queryset = meetings  # type: ignore[attr-defined]
        self.fields["meeting"].label_from_instance = lambda row: f"{row.ref} {row.title}"  # type: ignore[attr-defined]
        self.fields["use_cases"].queryset = use_cases  # type: ignore[attr-defined]
        self.fields["use_cases"].label_from_instance = lambda case: f"{case.ref} {case.name}"  # type: ignore[attr-defined]
        for code in RULED:
            rule = content["rules"].get(code, {})
            same = [] if code == "default" else [("", _("as otherwise"))]
            self.fields[f"rule_{code}"] = forms.ChoiceField(
                label=kind(code), choices=[*same, *RULES], required=False,
                initial=rule.get("rule", "majority") if rule or code == "default" else "",
            )  # fmt: skip
            self.fields[f"veto_{code}"] = forms.CharField(
                label=_("Veto of"), required=False, max_length=200, initial=", ".join(rule.get("veto", ()))
            )
        asked = {each["kind"]: each for each in content["evidence"]}
        for code, label in EVIDENCE.items():
            self.fields[f"asks_{code}"] = forms.BooleanField(label=str(label), required=False, initial=code in asked)
            self.fields[f"age_{code}"] = forms.IntegerField(
                label=_("at most so many days old"), required=False, min_value=1, max_value=36_500,
                initial=asked.get(code, {}).get("max_age_days"),
            )  # fmt: skip

    def plain(self) -> list[forms.BoundField]:
        """The fields that stand one below the other."""
        return [self[name] for name in self.base_fields]

    def rules(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """For each kind of decision its rule and its veto."""
        return [(self[f"rule_{code}"], self[f"veto_{code}"]) for code in RULED]

    def evidence(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """For each piece of evidence whether it is asked for, and its age."""
        return [(self[f"asks_{code}"], self[f"age_{code}"]) for code in EVIDENCE]

    def changes(self) -> dict[str, Any]:
        """The whole charter as the form has it, by field; the verb keeps what differs."""
        given = self.cleaned_data
        codes = {each["text"]: each["code"] for each in self.content["checkpoints"]}
        return {
            "charter": given["charter"].replace("\r\n", "\n"),
            "quorum": given["quorum"],
            "quorum_functions": _split(given["quorum_functions"]),
            "units": sorted(unit.name for unit in given["units"]),
            "use_cases": sorted(case.ref for case in given["use_cases"]),
            "tiers": [code for code in self.content["tiers"] if code in given["tiers"]]
            + [code for code in given["tiers"] if code not in self.content["tiers"]],
            "rules": self._rules(),
            "checkpoints": [
                {"code": codes.get(text) or slugify(text)[:60] or f"point-{place}", "text": text}
                for place, text in enumerate(_split(given["checkpoints"]), 1)
            ],
            "prompts": _split(given["prompts"]),
            "evidence": self._evidence(),
            "approval_days": given["approval_days"],
        }

    def _rules(self) -> dict[str, Any]:
        """Rules by kind; a kind keeps its old entry when it says the same."""
        found: dict[str, Any] = {}
        for code in RULED:
            rule, veto = self.cleaned_data[f"rule_{code}"], _names(self.cleaned_data[f"veto_{code}"])
            said = {"rule": rule or "majority", **({"veto": veto} if veto else {})}
            before = self.content["rules"].get(code)
            plain = said == {"rule": "majority"} if code == "default" else not rule and not veto
            if before is not None and {"rule": "majority", **before} == said and (rule or veto):
                found[code] = before
            elif not plain:
                found[code] = said
        return _in_order_of(self.content["rules"], found)

    def _evidence(self) -> list[dict[str, Any]]:
        given = self.cleaned_data
        found = {
            code: {"kind": code, **({"max_age_days": given[f"age_{code}"]} if given[f"age_{code}"] else {})}
            for code in EVIDENCE
            if given[f"asks_{code}"]
        }
        return list(_in_order_of([each["kind"] for each in self.content["evidence"]], found).values())


def _initial(content: Mapping[str, Any]) -> dict[str, Any]:
    joined = {name: "\n".join(content[name]) for name in ("quorum_functions", "prompts")}
    checkpoints = "\n".join(str(each["text"]) for each in content["checkpoints"])
    return {**content, **joined, "checkpoints": checkpoints}


def _in_order_of(known: Iterable[str], found: dict[str, Any]) -> dict[str, Any]:
    """``found`` with what was there before first, in the order it had."""
    return {code: found[code] for code in [*(code for code in known if code in found), *found]}


def _split(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
