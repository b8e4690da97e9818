"""A charter in words: the same lines for the one in force, for an old wording, for an amendment and in minutes."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.committees.wording import EVIDENCE, ground, quorum_of
from governance.models import AgendaItem

TIERS: Final = {
    "prohibited": gettext_lazy("Prohibited practice"),
    "high": gettext_lazy("High-risk"),
    "limited": gettext_lazy("Transparency duties"),
    "minimal": gettext_lazy("Minimal risk"),
    "review": gettext_lazy("Legal review needed"),
}
LABELS: Final = {
    "charter": gettext_lazy("Text"),
    "quorum": gettext_lazy("Quorum"),
    "quorum_functions": gettext_lazy("Functions that must take part"),
    "units": gettext_lazy("Units"),
    "use_cases": gettext_lazy("Use cases"),
    "tiers": gettext_lazy("Tiers"),
    "rules": gettext_lazy("Rules"),
    "checkpoints": gettext_lazy("Discussed in every meeting"),
    "prompts": gettext_lazy("Asked before each vote"),
    "evidence": gettext_lazy("Evidence before an approval"),
    "approval_days": gettext_lazy("Approvals end after"),
}


def terms(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a charter asks for: label and words; what it leaves open is left out, besides quorum, scope and rule."""
    scope = [*content.get("units", ()), *content.get("use_cases", ()), *_tiers(content.get("tiers", ()))]
    shown = [
        (_("Quorum"), quorum_of(content["quorum"], content.get("quorum_functions", ()))),
        (_("Decides on"), ", ".join(scope) or _("every use case")),
        (str(LABELS["rules"]), said("rules", content.get("rules", {}))),
        *((str(LABELS[name]), _open("", name, content)) for name in ("checkpoints", "prompts", "evidence")),
        (str(LABELS["approval_days"]), _open("", "approval_days", content)),
    ]
    return [(label, text) for label, text in shown if text]


def said(name: str, value: Any) -> str:
    """One term of a charter in words."""
    if name == "rules":
        lines = [
            f"{kind(each)}: {ground(str(rule.get('rule', 'majority')))}{_veto(rule)}" for each, rule in value.items()
        ]
        return "; ".join(lines) or ground("majority")
    if name == "approval_days":
        return _("%(n)s days") % {"n": value} if value else _("no end")
    if not value:
        return _("none")
    if name == "checkpoints":
        return "\n".join(str(each["text"]) for each in value)
    if name == "prompts":
        return "\n".join(value)
    if name == "evidence":
        return "; ".join(_evidence(each) for each in value)
    if name == "tiers":
        return ", ".join(_tiers(value))
    return "; ".join(str(each) for each in value) if isinstance(value, list) else str(value)


def amended(effect: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What an amendment changes, term by term: label, the wording before, the wording proposed."""
    return [
        (str(LABELS[name]), said(name, each["from"]), said(name, each["to"])) for name, each in effect["amend"].items()
    ]


def kind(code: str) -> str:
    """A kind of decision, or *otherwise*."""
    return _("otherwise") if code == "default" else str(AgendaItem.Kind(code).label)


def _open(empty: str, name: str, content: Mapping[str, Any]) -> str:
    return said(name, content[name]) if content.get(name) else empty


def _tiers(codes: Any) -> list[str]:
    return [str(TIERS.get(code, code)) for code in codes]


def _veto(wanted: Mapping[str, Any]) -> str:
    return _(", veto of %(functions)s") % {"functions": ", ".join(wanted["veto"])} if wanted.get("veto") else ""


def _evidence(wanted: Mapping[str, Any]) -> str:
    name = str(EVIDENCE.get(wanted["kind"], wanted["kind"]))
    if not wanted.get("max_age_days"):
        return name
    return _("%(kind)s, at most %(n)s days old") % {"kind": name, "n": wanted["max_age_days"]}
