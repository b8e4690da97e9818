"""Classifying a use case: the result, the answers and the law of the day are kept; a new answer is a new row."""

from datetime import date

import pytest
from django.utils import timezone

from governance.models import Change, Classification
from governance.register import classify_use_case
from policies.eu_ai_act import InvalidAnswers
from tests.cast import Cast, a_use_case

pytestmark = pytest.mark.django_db
BENEFIT = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer", "Q20a": "yes", "Q26": "yes"}


def test_a_benefit_check_is_high_risk_with_its_legal_basis(cast: Cast) -> None:
    use_case = a_use_case(cast)
    result = classify_use_case(
        actor=cast.anna,
        at=timezone.now(),
        use_case=use_case,
        answers=BENEFIT,
        on_date=date(2026, 11, 21),
        reason="New.",
    )
    assert result.tier == "high"
    assert result.outcomes == ["HIGH_RISK_ANNEX_III"]
    assert "Annex III 5(a)" in result.legal_basis
    assert all(duty["operative_from"] for duty in result.duties if duty["article"].startswith("Art 26"))
    assert Change.objects.filter(action="register.use_case.classified", object_ref=use_case.ref).count() == 1


def test_a_second_classification_keeps_the_first(cast: Cast) -> None:
    use_case = a_use_case(cast)
    for answer in ("yes", "unsure"):
        classify_use_case(
            actor=cast.anna,
            at=timezone.now(),
            use_case=use_case,
            answers={**BENEFIT, "Q20a": answer},
            on_date=date(2026, 11, 21),
        )
    first, second = Classification.objects.order_by("made_at")
    assert (first.tier, second.tier) == ("high", "review")
    change = Change.objects.filter(action="register.use_case.classified").order_by("at").last()
    assert change is not None
    assert (change.before or {})["tier"] == "high"


def test_an_unknown_question_stores_nothing(cast: Cast) -> None:
    use_case = a_use_case(cast)
    with pytest.raises(InvalidAnswers):
        classify_use_case(
            actor=cast.anna, at=timezone.now(), use_case=use_case, answers={"Q999": "yes"}, on_date=date(2026, 11, 21)
        )
    assert not Classification.objects.exists()
