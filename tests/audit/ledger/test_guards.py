"""The database refuses to change evidence, also by ways that walk around ordinary triggers."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from audit.ledger import checks, guards, log
from tests.audit.ledger.conftest import draft, record

Fill = Callable[[int], list[log.Recorded]]


def refused(statement: str, parameters: list[object] | None = None) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@pytest.mark.parametrize("table", guards.APPEND_ONLY)
def test_evidence_can_be_neither_updated_nor_deleted(fill: Fill, table: str) -> None:
    fill(3)
    from datetime import UTC, datetime
    from uuid import uuid4

    from audit.ledger.models import Anchor, Removal

    Anchor.objects.create(size=3, kind="test", source="s", blob=b"", at=datetime.now(UTC))
    Removal.objects.create(entry_id=uuid4(), cause_id=uuid4())
    key = guards.KEYS[table]
    refused(f"UPDATE {table} SET {key} = {key}")
    refused(f"DELETE FROM {table}")


def test_a_payload_is_not_changed_and_not_deleted_without_leave(fill: Fill) -> None:
    fill(1)
    refused("UPDATE ledger_payload SET media_type = 'text/plain'")
    refused("DELETE FROM ledger_payload")


def test_a_payload_can_be_deleted_once_an_entry_gave_leave(fill: Fill) -> None:
    from audit.ledger.models import Payload, Removal

    [receipt] = fill(1)
    [cause] = record(draft(stream="ledger", type="subject.erased"))
    Removal.objects.create(entry_id=receipt.entry, cause_id=cause.entry)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_payload WHERE entry_id IN (SELECT entry_id FROM ledger_removal)")
        assert cursor.rowcount == 1
    assert not Payload.objects.filter(pk=receipt.entry).exists()


def test_a_tile_only_grows(fill: Fill) -> None:
    fill(3)
    refused("UPDATE ledger_tile SET width = 2")
    refused("UPDATE ledger_tile SET width = 4, hashes = %s", [b"x" * 128])
    refused("DELETE FROM ledger_tile")


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a trap of SQLite")
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE"])
def test_replace_does_not_walk_through_the_guards(fill: Fill, recursive: str, verb: str) -> None:
    fill(2)
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA recursive_triggers={recursive}")
        for table in guards.GUARDED:
            cursor.execute(f"SELECT count(*) FROM {table}")
            if cursor.fetchone()[0] and table != "ledger_anchor":
                refused(f"{verb} INTO {table} SELECT * FROM {table} LIMIT 1")
        cursor.execute("PRAGMA recursive_triggers=ON")


@pytest.mark.postgres
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs PostgreSQL")
@pytest.mark.parametrize("table", [*guards.APPEND_ONLY, "ledger_payload", "ledger_tile"])
def test_truncate_is_refused(fill: Fill, table: str) -> None:
    fill(1)
    refused(f"TRUNCATE {table}")


@pytest.mark.django_db
def test_guards_are_in_place_after_migrate_and_their_absence_is_an_error() -> None:
    assert checks.missing_guards(connection) == []
    with guards.lifted(connection):
        found = checks.database_guards(databases=["default"])
        assert {message.id for message in found} >= {"ledger.E001"}
        assert checks.state(connection)["guards"] == "off"
    assert checks.missing_guards(connection) == []
