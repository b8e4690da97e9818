"""The suggested oversight mode and the factor table beside it."""

import itertools

import pytest

from policies.eu_ai_act.suggest import (
    EFFECTS,
    MODES,
    REVERSIBILITY,
    UnknownMeasure,
    factor_table,
    suggest_mode,
    thresholds,
)
from policies.eu_ai_act.tiers import TIERS


def test_the_factor_table_has_nine_factors_and_all_27_cells_differ() -> None:
    cells = [getattr(row, mode) for row in factor_table() for mode in MODES]

    assert [row.factor for row in factor_table()] == [
        "Human role", "Involvement", "Level of automation", "Decision authority", "Response speed", "Risk mitigation",
        "Scalability", "Best suited for", "Examples",
    ]  # fmt: skip
    assert len(set(cells)) == 27


@pytest.mark.parametrize(
    ("tier", "effect", "reversibility", "per_day", "seconds", "mode", "code"),
    [
        ("high", "significant", "costly", 200, None, "HITL", "EFFECT_SIGNIFICANT"),
        ("high", "minor", "reversible", 200, None, "HITL", "HIGH_RISK"),
        ("high", "none", "irreversible", 10, None, "HITL", "HIGH_RISK"),
        ("high", "none", "reversible", 100_000, None, "HOTL", "HIGH_RISK_WATCHED"),
        ("high", "none", "reversible", 100, None, "HOTL", "HIGH_RISK_WATCHED"),
        ("minimal", "none", "reversible", 100_000, None, "HOTL", "HIGH_VOLUME"),
        ("review", "none", "reversible", 10, None, "HITL", "TIER_OPEN"),
        ("minimal", "unknown", "reversible", 10, None, "HITL", "EFFECT_UNKNOWN"),
        ("minimal", "none", "unknown", 10, None, "HITL", "REVERSIBILITY_UNKNOWN"),
        ("limited", "minor", "reversible", 100, 60, "HITL", "NO_TIME_TO_STEP_IN"),
        ("limited", "minor", "reversible", 100, 3600, "HITL", "REVIEWABLE"),
        ("limited", "minor", "reversible", 100_000, None, "HOTL", "WATCHED"),
        ("limited", "minor", "reversible", None, None, "HOTL", "WATCHED"),
        ("minimal", "none", "reversible", 100, None, "HIC", "COMMANDED"),
        ("minimal", "none", "reversible", None, None, "HOTL", "HIGH_VOLUME"),
        ("out_of_scope", "significant", "reversible", 5, None, "HITL", "EFFECT_SIGNIFICANT"),
    ],
)
def test_the_mode_follows_effect_reversibility_volume_and_tier(
    tier: str, effect: str, reversibility: str, per_day: int | None, seconds: int | None, mode: str, code: str
) -> None:
    found = suggest_mode(
        tier=tier,
        effect_on_persons=effect,
        reversibility=reversibility,
        decisions_per_day=per_day,
        seconds_to_irreversible=seconds,
    )

    assert found.mode == mode
    assert code in {reason.code for reason in found.reasons}


def test_a_prohibited_practice_gets_no_mode() -> None:
    found = suggest_mode(tier="prohibited", effect_on_persons="none", reversibility="reversible", decisions_per_day=1)

    assert found.mode is None
    assert found.reasons[0].article == "Art 5"


def test_remote_identification_needs_two_people() -> None:
    found = suggest_mode(
        tier="high",
        effect_on_persons="significant",
        reversibility="costly",
        decisions_per_day=5,
        legal_basis=("Annex III 1(a)", "Art 6(2)"),
    )

    assert (found.mode, found.two_persons) == ("HITL", True)
    assert found.reasons[0].article == "Art 14(5)"


def test_more_decisions_than_people_can_review_is_a_caution_not_a_lighter_mode() -> None:
    found = suggest_mode(
        tier="high",
        effect_on_persons="significant",
        reversibility="costly",
        decisions_per_day=thresholds()["reviewable_per_day"] + 1,
    )

    assert found.mode == "HITL"
    assert [caution.code for caution in found.cautions] == ["VOLUME_STRAINS_REVIEW"]


def test_every_combination_gets_a_mode_with_a_reason_and_unknown_is_never_lighter() -> None:
    order = {None: 0, "HIC": 1, "HOTL": 2, "HITL": 3}
    for tier, effect, back, volume in itertools.product(TIERS, EFFECTS, REVERSIBILITY, (None, 10, 1_000, 10_000)):
        found = suggest_mode(tier=tier, effect_on_persons=effect, reversibility=back, decisions_per_day=volume)
        unknown = suggest_mode(tier=tier, effect_on_persons="unknown", reversibility=back, decisions_per_day=volume)

        assert found.reasons
        assert (found.mode is None) == (tier == "prohibited")
        assert order[unknown.mode] >= order[found.mode]


@pytest.mark.parametrize("wrong", [{"tier": "low"}, {"effect_on_persons": "big"}, {"reversibility": "maybe"}])
def test_an_unknown_measure_is_named(wrong: dict[str, str]) -> None:
    measures = {"tier": "high", "effect_on_persons": "none", "reversibility": "reversible", **wrong}

    with pytest.raises(UnknownMeasure, match=next(iter(wrong))):
        suggest_mode(decisions_per_day=1, **measures)
