"""Compute indicators of general-purpose AI models; the line of systemic risk is in the golden cases G090-G093."""

from policies.eu_ai_act.gpai import indicates_general_purpose, modifier_becomes_provider


def test_the_indicator_needs_compute_and_content() -> None:
    assert indicates_general_purpose("2e23", generates_content=True)
    assert not indicates_general_purpose("2e23", generates_content=False)
    assert not indicates_general_purpose("1e23", generates_content=True)


def test_a_modifier_becomes_provider_above_a_third() -> None:
    assert not modifier_becomes_provider("1e24", "3e24")
    assert modifier_becomes_provider("1.0001e24", "3e24")
