"""Sector templates give the tier, mode and reviewers they promise."""

from datetime import date

import pytest

from policies.eu_ai_act import classify
from policies.eu_ai_act.suggest import suggest_mode
from policies.eu_ai_act.templates import UseCaseTemplate, templates
from tests.policies.eu_ai_act import vectors

TODAY = date(2026, 11, 21)
ROLES = (
    "HR business partner", "L&D lead", "line manager", "IT officer", "fraud analyst", "underwriter", "ophthalmologist",
    "radiologist", "lawyer", "quality inspector", "maintenance engineer", "medical expert", "coach", "psychologist",
)  # fmt: skip


def _id(template: UseCaseTemplate) -> str:
    return template.id


@pytest.mark.parametrize("template", templates(), ids=_id)
def test_a_template_gives_its_tier(template: UseCaseTemplate) -> None:
    result = classify(template.wizard_answers(), on_date=template.tier_from or TODAY)

    assert result.tier == template.tier
    assert result.complete
    assert not result.needs_legal_review
    assert not result.not_considered or template.tier == "prohibited"


@pytest.mark.parametrize("template", templates(), ids=_id)
def test_a_template_presets_the_suggested_mode_or_says_why_not(template: UseCaseTemplate) -> None:
    result = classify(template.wizard_answers(), on_date=template.tier_from or TODAY)
    suggestion = suggest_mode(
        tier=template.tier,
        effect_on_persons=template.effect,
        reversibility=template.reversibility,
        decisions_per_day=template.decisions_per_day,
        legal_basis=result.legal_basis,
    )

    assert (template.mode == (suggestion.mode or "")) != bool(template.mode_reason)
    assert template.two_persons == suggestion.two_persons
    assert bool(template.reviewers) == bool(template.mode)
    assert len(set(template.reviewers)) >= (2 if template.two_persons else 0)


def test_a_ban_that_starts_later_is_limited_before_its_day() -> None:
    (undress,) = [template for template in templates() if template.tier_from]

    assert classify(undress.wizard_answers(), on_date=TODAY).tier == "limited"
    assert undress.tier_from == date(2026, 12, 2)


def test_the_fifteen_examples_and_the_named_roles_are_covered() -> None:
    listed = templates()

    assert {template.example for template in listed if template.example} == {f"E{n:02}" for n in range(1, 16)}
    assert set(ROLES) <= {role for template in listed for role in template.reviewers}
    assert len({template.id for template in listed}) == len(listed)


@pytest.mark.parametrize("template", [t for t in templates() if t.example], ids=_id)
def test_a_template_of_an_example_has_the_outcome_of_the_golden_case(template: UseCaseTemplate) -> None:
    day = date(2026, 12, 2)
    (golden,) = [c for c in vectors.cases("examples") if c.id == template.example and c.on_date == day]

    assert set(classify(template.wizard_answers(), on_date=day).outcomes) == set(golden.outcomes)
