"""Registering a use case: what is stored, what is refused, what the ledger keeps."""

import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.ledger import log
from governance.access import Invalid
from governance.models import Change, UseCase
from governance.register import change_lifecycle, choose_mode, declare_fairness
from governance.register.lifecycle import PolicyMissing, StepNotPossible
from tests.cast import Cast, a_live_use_case, a_use_case

pytestmark = pytest.mark.django_db


def test_a_use_case_gets_a_reference_and_a_ledger_entry(cast: Cast) -> None:
    use_case = a_use_case(cast)
    assert use_case.ref == "UC-0001"
    change = Change.objects.get(action="register.use_case.submitted")
    payload = json.loads(log.payload(change.entry) or b"")
    assert payload["after"]["purpose"] == use_case.purpose
    assert payload["actor"]["name"] == "Anna"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"key": "No Spaces"}, "key"),
        ({"name": "  "}, "name"),
        ({"purpose": ""}, "purpose"),
        ({"roles": ["user"]}, "roles"),
        ({"roles": []}, "roles"),
    ],
)
def test_bad_input_names_the_field_and_stores_nothing(cast: Cast, fields: dict[str, object], named: str) -> None:
    with pytest.raises(Invalid) as refused:
        a_use_case(cast, **fields)  # type: ignore[arg-type]
    assert refused.value.data["field"] == named
    assert not UseCase.objects.exists()


def test_a_taken_key_is_refused(cast: Cast) -> None:
    a_use_case(cast)
    with pytest.raises(Invalid, match="taken"):
        a_use_case(cast)


def test_nothing_is_stored_when_the_ledger_cannot_take_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("ledger away")

    monkeypatch.setattr(log, "append", refuse)
    with pytest.raises(RuntimeError, match="ledger away"):
        a_use_case(cast)
    assert not UseCase.objects.exists()


def test_going_live_needs_a_signed_policy(cast: Cast) -> None:
    use_case = a_use_case(cast)
    with pytest.raises(PolicyMissing):
        change_lifecycle(actor=cast.anna, at=timezone.now(), use_case=use_case, to="live", reason="now")
    assert UseCase.objects.get().lifecycle == "planned"


def test_a_retired_use_case_stays_retired(cast: Cast) -> None:
    use_case = a_live_use_case(cast)
    change_lifecycle(actor=cast.anna, at=timezone.now(), use_case=use_case, to="retired", reason="replaced")
    with pytest.raises(StepNotPossible):
        change_lifecycle(actor=cast.anna, at=timezone.now(), use_case=use_case, to="live", reason="back")


def test_a_change_keeps_before_and_after(cast: Cast) -> None:
    use_case = a_use_case(cast)
    choose_mode(actor=cast.anna, at=timezone.now(), use_case=use_case, mode="HOTL", reason="Low stakes after all.")
    change = Change.objects.filter(action="register.use_case.mode").order_by("at").last()
    assert change is not None
    assert (change.before or {})["mode"] == "HITL"
    assert (change.after or {})["mode"] == "HOTL"


def test_a_fairness_declaration_names_the_favourable_value(cast: Cast) -> None:
    use_case = a_use_case(cast)
    with pytest.raises(Invalid, match="favourable"):
        declare_fairness(actor=cast.anna, at=timezone.now(), use_case=use_case, declaration={"attributes": {}})
    with pytest.raises(Invalid, match="cross"):
        declare_fairness(
            actor=cast.anna,
            at=timezone.now(),
            use_case=use_case,
            declaration={"favourable": "grant", "attributes": {"sex": "male"}, "crosses": [["sex", "race"]]},
        )


def test_the_database_refuses_an_unknown_lifecycle(cast: Cast) -> None:
    use_case = a_use_case(cast)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor():
        UseCase.objects.filter(pk=use_case.pk).update(lifecycle="forgotten")
