"""Searching the register: every word somewhere in name, reference, key or purpose, in any case; signs are signs."""

import pytest

from governance.models import UseCase
from governance.register import edit_use_case
from governance.register.read import RegisterFilter, register_list
from tests.cast import Cast, a_use_case

pytestmark = pytest.mark.django_db


def found(cast: Cast, q: str) -> list[str]:
    return [case.key for case in register_list(cast.otto, RegisterFilter(q=q))]


def test_every_word_is_looked_for_everywhere(cast: Cast) -> None:
    case = a_use_case(cast, name="Ranking of Applications", purpose="Orders 50% of_them by Über\\sicht.")
    a_use_case(cast, key="other", name="Chatbot", purpose="Answers questions.")
    for q in (
        "ranking",
        "RANK",
        "applications orders",
        case.ref.lower(),
        "benefit rank",
        "50%",
        "of_them",
        "Über",
        "\\sicht",
    ):
        assert found(cast, q) == ["benefit"], q
    for q in ("ranking chatbot", "5%%", "ofxthem", "50_", "rankingof"):
        assert found(cast, q) == [], q
    assert len(found(cast, "s")) == 2


def test_what_is_found_follows_an_edit(cast: Cast) -> None:
    case = a_use_case(cast)
    edit_use_case(actor=cast.anna, at=case.registered_at, use_case=case, changes={"name": "Gate keeper"})
    assert found(cast, "gate keeper") == ["benefit"]
    UseCase.objects.filter(pk=case.pk).update(purpose="Another")
    assert found(cast, "another") == ["benefit"]
    assert found(cast, "papers") == []


def test_sorting_by_tier_goes_from_strict_to_loose_and_back(cast: Cast) -> None:
    keys = {"a1": "minimal", "b1": "prohibited", "c1": "", "d1": "high", "e1": "out_of_scope"}
    for key, tier in keys.items():
        UseCase.objects.filter(pk=a_use_case(cast, key=f"case-{key}").pk).update(tier=tier)
    rows = [case.tier for case in register_list(cast.otto, RegisterFilter(sort="tier"))]
    assert rows == ["prohibited", "high", "minimal", "out_of_scope", ""]
    assert [case.tier for case in register_list(cast.otto, RegisterFilter(sort="-tier"))] == rows[::-1]
