"""What is done in Custodes itself is recorded as an event like any other, under a source nobody else may name."""

import pytest
from django.utils import timezone

from audit.events.keys import issue_key
from audit.events.own import AlreadyRecorded, own_source, record_own
from audit.models import Event
from governance.access import Invalid
from tests.cast import a_use_case, assemble

pytestmark = pytest.mark.django_db

STOP = {"intervention_id": "IV-1", "phase": "issued", "kind": "stop", "actor": "olga"}


def test_an_own_act_is_an_event_with_a_receipt() -> None:
    use_case = a_use_case(assemble())
    receipt = record_own(use_case=use_case, event_type="intervention", data=STOP, at=timezone.now(), event_id="a-1")
    assert Event.objects.get(pk=receipt.entry).source == own_source()


def test_the_same_act_is_recorded_once_and_another_under_its_id_never() -> None:
    use_case, at = a_use_case(assemble()), timezone.now()
    first = record_own(use_case=use_case, event_type="intervention", data=STOP, at=at, event_id="a-1")
    again = record_own(use_case=use_case, event_type="intervention", data=STOP, at=at, event_id="a-1")
    assert (again.entry, again.duplicate) == (first.entry, True)
    with pytest.raises(AlreadyRecorded):
        record_own(use_case=use_case, event_type="intervention", data={**STOP, "kind": "pause"}, at=at, event_id="a-1")


def test_a_wrong_field_is_named() -> None:
    use_case = a_use_case(assemble())
    with pytest.raises(Invalid) as refused:
        record_own(
            use_case=use_case, event_type="intervention", data={**STOP, "kind": "halt"}, at=timezone.now(), event_id="x"
        )
    assert refused.value.data["field"] == "kind"


@pytest.mark.parametrize("source", ["urn:custodes:here", "urn:custodes:*", "urn:*", "u*"])
def test_no_key_speaks_for_our_own_source(source: str) -> None:
    cast = assemble()
    with pytest.raises(Invalid, match="belong to Custodes itself"):
        issue_key(
            use_cases=[a_use_case(cast)],
            sources=[source],
            scopes=["events:write"],
            label="x",
            actor=cast.adam,
            at=timezone.now(),
        )
