"""What a use case declares for its live checks (``UseCase.fairness``), as a schema and a configuration.

    {"favourable": "grant", "positive": "employed", "attributes": {"sex": "male", "race": ""},
     "crosses": [["sex", "race"]], "threshold": "0.8", "strata": ["decision_class"], "score": "confidence"}

``attributes`` maps each attribute to its reference level, empty when none is declared. ``score`` "confidence" declares
that the confidence is the probability of the positive outcome.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from audit.fairness.config import AssessmentConfig, with_preset
from audit.fairness.errors import FairnessError, InvalidCheck
from audit.fairness.schema import Schema

STAGES: Final = ("proposal", "final")
STRATA: Final = ("decision_class", "model_version", "mode_claimed", "language")
"""Fields of a decision that may be declared as strata."""

SCORE_EDGES: Final = tuple(i / 20 for i in range(21))


class NotDeclared(FairnessError):
    """The use case does not say what is favourable or whose groups are compared, so nothing can be counted."""

    code = "not_declared"

    def __init__(self, use_case: str) -> None:
        super().__init__(f"{use_case} declares no favourable value or no attributes: fairness is not assessed")
        self.use_case = use_case


def schema_of(declared: Mapping[str, Any]) -> Schema | None:
    """Return the definition that the decisions of a use case are counted under, None when it declares none."""
    attributes = tuple(declared.get("attributes") or ())
    favourable = declared.get("favourable")
    if not attributes or not favourable:
        return None
    strata = tuple(name for name in declared.get("strata") or () if name not in attributes)
    for name in strata:
        if name not in STRATA:
            raise InvalidCheck(f"decisions cannot be stratified by {name!r}; possible are {', '.join(STRATA)}")
    positive = declared.get("positive") or None
    scored = declared.get("score") == "confidence"
    return Schema(
        attributes=attributes + strata,
        decision="value",
        favourable=str(favourable),
        outcome="truth" if positive else None,
        positive=str(positive) if positive else None,
        score="confidence" if scored else None,
        edges=SCORE_EDGES if scored else (),
        stages=STAGES,
    )


def config_of(declared: Mapping[str, Any]) -> AssessmentConfig:
    """Return how the counts of a use case are judged; counts of small groups are hidden."""
    attributes: Mapping[str, str] = declared.get("attributes") or {}
    config = AssessmentConfig(
        groups=tuple(attributes),
        crosses=tuple(tuple(cross) for cross in declared.get("crosses") or ()),
        metrics=tuple(declared["metrics"]) if declared.get("metrics") else None,
        reference={name: level for name, level in attributes.items() if level},
        suppress_counts=True,
        outcomes="selected" if declared.get("outcomes") == "selected" else "all",
    )
    if declared.get("preset"):
        config = with_preset(config, str(declared["preset"]))
    if declared.get("threshold"):
        config = replace(config, threshold=float(declared["threshold"]))
    return config
