"""A suggested oversight mode with its reasons; a person decides, and gives a reason when deciding otherwise.

HITL, HOTL and HIC are designations of the EU expert group (2019). The mode never lowers the tier (only Art 6(3) does).
"""

from collections.abc import Collection
from dataclasses import dataclass

from policies.eu_ai_act.law import Row
from policies.eu_ai_act.loading import CURRENT_VERSION, read_rows
from policies.eu_ai_act.tiers import TIERS

MODES = ("HITL", "HOTL", "HIC")
EFFECTS = ("none", "minor", "significant", "unknown")
REVERSIBILITY = ("reversible", "costly", "irreversible", "unknown")

_EFFECT = "Decisions with legal or similar effect on people need a person who can change each of them."
_UNDO = "What cannot be undone is decided before it acts, not after."
REASONS = {
    "PROHIBITED": "No oversight makes a prohibited practice acceptable; stop.",
    "TWO_PERSONS": "Two people verify and confirm each identification before acting.",
    "EFFECT_SIGNIFICANT": _EFFECT,
    "EFFECT_UNKNOWN": _EFFECT,
    "TIER_OPEN": "The tier is open; the more demanding mode holds until it is settled.",
    "HIGH_RISK": "High-risk with an effect on people, or hard to undo.",
    "REVERSIBILITY_IRREVERSIBLE": _UNDO,
    "REVERSIBILITY_UNKNOWN": _UNDO,
    "NO_TIME_TO_STEP_IN": "Harm is irreversible within {seconds} s; stepping in afterwards comes too late.",
    "VOLUME_UNKNOWN": "The number of decisions a day is not known; check that reviewers suffice.",
    "VOLUME_STRAINS_REVIEW": "{per_day} decisions a day need enough reviewers; hurried approval is not oversight.",
    "REVIEWABLE": "Some effect on people and few enough decisions to see each of them.",
    "WATCHED": "Effects on people are minor and can be undone; watch, alerts and samples.",
    "HIGH_RISK_WATCHED": (
        "High-risk systems are overseen by people while in use; nothing here needs each decision reviewed."
    ),
    "COMMANDED": "No effect on people and reversible: a mandate with limits suffices.",
    "HIGH_VOLUME": "No effect on people, but high or unknown volume: watch it while it runs.",
}


class Factor(Row, frozen=True, kw_only=True):
    """One factor of the comparison table with its value for each mode."""

    id: str
    factor: str
    HITL: str
    HOTL: str
    HIC: str


class Threshold(Row, frozen=True, kw_only=True):
    """A limit of the suggestion."""

    id: str
    value: int
    text: str


@dataclass(frozen=True, slots=True)
class ModeReason:
    """Why: a stable code, the sentence, and the provision it rests on (empty: our own judgement)."""

    code: str
    text: str
    article: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeSuggestion:
    """``mode`` None: no mode makes this use acceptable. ``two_persons``: Art 14(5) asks for two."""

    mode: str | None
    two_persons: bool
    reasons: tuple[ModeReason, ...]
    cautions: tuple[ModeReason, ...]


class UnknownMeasure(ValueError):
    """A tier, effect or reversibility the suggestion does not know."""

    code = "unknown_measure"

    def __init__(self, name: str, value: str, allowed: Collection[str]) -> None:
        self.name, self.value = name, value
        super().__init__(f"{name} {value!r} is not known; use {', '.join(allowed)}")


def factor_table(version: str = CURRENT_VERSION) -> tuple[Factor, ...]:
    """The nine factors by mode, for display beside the suggestion."""
    return read_rows("oversight_factors", Factor, version)


def thresholds(version: str = CURRENT_VERSION) -> dict[str, int]:
    """Limits the suggestion uses, by id."""
    return {row.id: row.value for row in read_rows("oversight_thresholds", Threshold, version)}


def suggest_mode(
    *,
    tier: str,
    effect_on_persons: str,
    reversibility: str,
    decisions_per_day: int | None,
    seconds_to_irreversible: int | None = None,
    legal_basis: Collection[str] = (),
) -> ModeSuggestion:
    """Suggest HITL, HOTL or HIC. Unknown inputs are taken as the more demanding ones. Raises UnknownMeasure.

    ``effect_on_persons``: none, minor, significant (legal or similar) or unknown; ``reversibility``: reversible,
    costly, irreversible or unknown; ``legal_basis``: of the classification, for Art 14(5).
    """
    for name, value, allowed in (
        ("tier", tier, TIERS),
        ("effect_on_persons", effect_on_persons, EFFECTS),
        ("reversibility", reversibility, REVERSIBILITY),
    ):
        if value not in allowed:
            raise UnknownMeasure(name, value, allowed)
    if tier == "prohibited":
        return ModeSuggestion(mode=None, two_persons=False, reasons=(_reason("PROHIBITED", "Art 5"),), cautions=())
    limits = thresholds()
    if "Annex III 1(a)" in legal_basis:
        two = _reason("TWO_PERSONS", "Art 14(5)")
        return ModeSuggestion(mode="HITL", two_persons=True, reasons=(two,), cautions=())
    demanding = _demanding(tier, effect_on_persons, reversibility, seconds_to_irreversible, limits)
    if demanding:
        cautions = _volume_cautions(decisions_per_day, limits)
        return ModeSuggestion(mode="HITL", two_persons=False, reasons=demanding, cautions=cautions)
    return _lighter(tier, effect_on_persons, decisions_per_day, limits)


def _reason(code: str, article: str = "", **values: int) -> ModeReason:
    return ModeReason(code, REASONS[code].format(**values), article)


def _demanding(
    tier: str, effect: str, reversibility: str, seconds: int | None, limits: dict[str, int]
) -> tuple[ModeReason, ...]:
    reasons = []
    if effect in ("significant", "unknown"):
        reasons.append(_reason(f"EFFECT_{effect.upper()}", "GDPR Art 22"))
    if tier == "review":
        reasons.append(_reason("TIER_OPEN"))
    if tier == "high" and (effect != "none" or reversibility != "reversible"):
        reasons.append(_reason("HIGH_RISK", "Art 14"))
    if reversibility in ("irreversible", "unknown"):
        reasons.append(_reason(f"REVERSIBILITY_{reversibility.upper()}", "Art 14(4)(d)"))
    if seconds is not None and seconds < limits["reaction_seconds"] and effect != "none":
        reasons.append(_reason("NO_TIME_TO_STEP_IN", "Art 14(4)(e)", seconds=seconds))
    return tuple(reasons)


def _volume_cautions(per_day: int | None, limits: dict[str, int]) -> tuple[ModeReason, ...]:
    if per_day is None:
        return (_reason("VOLUME_UNKNOWN"),)
    if per_day > limits["reviewable_per_day"]:
        return (_reason("VOLUME_STRAINS_REVIEW", "Art 14(4)(b)", per_day=per_day),)
    return ()


def _lighter(tier: str, effect: str, per_day: int | None, limits: dict[str, int]) -> ModeSuggestion:
    if per_day is not None and per_day <= limits["reviewable_per_day"] and effect == "minor":
        mode, reason = "HITL", _reason("REVIEWABLE")
    elif effect == "minor":
        mode, reason = "HOTL", _reason("WATCHED")
    elif tier == "high":
        mode, reason = "HOTL", _reason("HIGH_RISK_WATCHED", "Art 14(1)")
    elif per_day is not None and per_day < limits["high_volume_per_day"]:
        mode, reason = "HIC", _reason("COMMANDED")
    else:
        mode, reason = "HOTL", _reason("HIGH_VOLUME")
    return ModeSuggestion(mode=mode, two_persons=False, reasons=(reason,), cautions=())
