"""Every event row names a use case and a key that exist; on PostgreSQL this is looked up once a batch."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from audit.models import ApiKey, Event
from tests.audit.events.samples import proposed

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.postgres,
    pytest.mark.urls("audit.api.urls"),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite keeps the foreign keys"),
]
COPIED = (
    "INSERT INTO audit_event SELECT %s, source, gen_random_uuid()::text, type, decision_id, time, recorded_at, "
    "simulated, drill, quarantined, personal, sequence, {key}, {use_case} FROM audit_event WHERE id = %s"
)


def run(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_an_event_of_no_use_case_or_no_key_is_refused_and_one_without_a_key_is_not(send):
    assert send(proposed()).status_code == 201
    known = Event.objects.get()
    run(COPIED.format(key="NULL", use_case="use_case_id"), uuid4(), known.pk)
    for key, use_case in (("gen_random_uuid()", "use_case_id"), ("key_id", "gen_random_uuid()")):
        with pytest.raises(IntegrityError, match="does not exist"):
            run(COPIED.format(key=key, use_case=use_case), uuid4(), known.pk)
    for column in ("key_id", "use_case_id"):
        with pytest.raises(IntegrityError, match="does not exist"):
            run(f"UPDATE audit_event SET {column} = gen_random_uuid()")
    assert Event.objects.count() == 2


@pytest.mark.parametrize("parent", ["audit_api_key", "governance_use_case"])
def test_what_an_event_names_stays(send, parent):
    assert send(proposed()).status_code == 201
    for statement in (f"DELETE FROM {parent}", f"UPDATE {parent} SET id = gen_random_uuid()"):
        with pytest.raises(IntegrityError, match="events name this row"):
            run(statement)


def test_a_key_no_event_names_may_go(key):
    run("DELETE FROM audit_api_key_use_cases")
    run("DELETE FROM audit_api_key")
    assert not ApiKey.objects.exists()
