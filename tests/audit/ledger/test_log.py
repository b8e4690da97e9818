"""The public API of the ledger, on whichever database the tests run."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.ledger import keys, log, merkle
from audit.ledger.note import open_checkpoint
from audit.ledger.proof import check_proof
from tests.audit.ledger.conftest import ACTOR, draft, record, sequence

Fill = Callable[[int], list[log.Recorded]]


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.django_db
def test_an_entry_is_stored_hashed_and_under_a_signed_checkpoint() -> None:
    [receipt] = record(draft(7, subject=UUID(int=5)))
    [entry] = log.entries(0)
    assert entry.entry == receipt.entry
    assert entry.payload == b'{"n":7}'
    assert merkle.leaf_hash(entry.envelope) == receipt.leaf_hash
    checkpoint = log.latest_checkpoint()
    assert checkpoint is not None
    head, _ = open_checkpoint(checkpoint.note, [log.vkey()])
    assert (head.origin, head.size, head.root) == (log.origin(), 1, receipt.leaf_hash)
    assert len(checkpoint.fingerprint.split()) == 8


@pytest.mark.django_db
def test_the_payload_of_a_subject_is_stored_encrypted() -> None:
    from audit.ledger.models import Payload

    [receipt] = record(draft(subject=UUID(int=9), payload=b"Mr X"))
    assert b"Mr X" not in bytes(Payload.objects.get(pk=receipt.entry).body)
    assert log.payload(receipt.entry) == b"Mr X"


@pytest.mark.django_db(transaction=True)
def test_append_needs_an_open_transaction() -> None:
    with pytest.raises(log.TransactionRequired):
        log.append([draft()], at=now())


@pytest.mark.django_db
def test_a_time_away_from_the_clock_is_refused_unless_replaying_and_then_marked() -> None:
    long_ago = now() - timedelta(days=300)
    with pytest.raises(log.BackDated), transaction.atomic():
        log.append([draft()], at=long_ago)
    with log.replaying_clock("example"), transaction.atomic():
        log.append([draft()], at=long_ago)
    sequence()
    [entry] = log.entries(0)
    assert entry.parsed["simulated"] is True
    assert entry.parsed["recorded_at"][:10] == long_ago.date().isoformat()


@pytest.mark.django_db
def test_a_rolled_back_change_leaves_no_entry_and_the_next_one_fits() -> None:
    record(draft(1))
    with pytest.raises(RuntimeError, match="change failed"), transaction.atomic():
        log.append([draft(2)], at=now())
        raise RuntimeError("change failed")
    record(draft(3))
    assert [json.loads(e.payload or b"")["n"] for e in log.entries()] == [1, 3]
    checkpoint = log.latest_checkpoint()
    assert checkpoint is not None
    assert checkpoint.size == 2


def test_entries_come_in_index_order_and_the_root_is_that_of_their_bytes(fill: Fill) -> None:
    receipts = fill(700)
    found = list(log.entries())
    assert [entry.index for entry in found] == list(range(700))
    assert {entry.entry for entry in found} == {receipt.entry for receipt in receipts}
    checkpoint = log.latest_checkpoint()
    assert checkpoint is not None
    assert checkpoint.root == merkle.root_hash([merkle.leaf_hash(entry.envelope) for entry in found])


def test_entries_can_be_asked_for_by_range_and_stream(fill: Fill) -> None:
    fill(5)
    record(draft(5, stream="register"), draft(6))
    assert [entry.index for entry in log.entries(2, 4)] == [2, 3]
    assert [entry.index for entry in log.entries(streams=["register"])] == [5]
    assert list(log.entries(streams=[])) == []


def test_every_entry_has_an_inclusion_proof_that_holds_as_text(fill: Fill) -> None:
    fill(300)
    for entry in [*log.entries(0, 3), *log.entries(254, 258), *log.entries(299, 300)]:
        index, head = check_proof(log.inclusion(entry.entry).to_text(), entry.envelope, [log.vkey()])
        assert (index, head.size) == (entry.index, 300)
    older = log.checkpoint_covering(0)
    proof = log.inclusion(0, older.size)
    assert check_proof(proof.to_text(), next(log.entries(0, 1)).envelope, [log.vkey()])[1].size == older.size


def test_a_proof_takes_two_queries_wherever_the_entry_stands(fill: Fill) -> None:
    fill(600)
    for index in (0, 255, 256, 599):
        with CaptureQueriesContext(connection) as asked:
            log.inclusion(index)
        assert len(asked) == 2
    with pytest.raises(log.NotFound):
        log.inclusion(-1)
    with pytest.raises(log.NotSequenced):
        log.inclusion(600)


def test_checkpoints_are_consistent_with_each_other(fill: Fill) -> None:
    fill(600)
    newest = log.latest_checkpoint()
    assert newest is not None
    for size in (1, 4, 11, 26, 57, 120):
        older = log.checkpoint_at(size)
        proof = log.consistency(size, newest.size)
        merkle.verify_consistency(size, newest.size, proof.hashes, older.root, newest.root)


@pytest.mark.django_db
def test_same_content_is_told_by_a_salted_commitment() -> None:
    [receipt] = record(draft(payload=b"one"))
    assert log.same_content(receipt.entry, b"one")
    assert not log.same_content(receipt.entry, b"two")


@pytest.mark.django_db
def test_an_entry_without_payload_commits_to_nothing() -> None:
    [receipt] = record(draft(payload=None))
    assert log.entry(receipt.entry).parsed["payload"] is None
    assert log.payload(receipt.entry) is None


@pytest.mark.django_db
def test_unknown_entries_and_sizes_are_not_found() -> None:
    with pytest.raises(log.NotFound):
        log.index_of(ACTOR)
    with pytest.raises(log.NotFound):
        log.checkpoint_at(99)


@pytest.mark.django_db
def test_waiting_ends_with_the_covering_checkpoint_or_none() -> None:
    with transaction.atomic():
        [receipt] = log.append([draft()], at=now())
    if connection.vendor == "postgresql":
        assert log.wait_for_checkpoint(receipt.entry, 0.05) is None
        sequence()
    covering = log.wait_for_checkpoint(receipt.entry, 1)
    assert covering is not None
    assert covering.size == 1


def test_key_and_origin_files_are_private_and_stable() -> None:
    from django.conf import settings

    origin = log.origin()
    keys.forget()
    assert log.origin() == origin
    assert settings.LEDGER_KEY_FILE.stat().st_mode & 0o777 == 0o600
    assert " " not in origin


@pytest.mark.django_db
def test_the_age_of_the_queue_and_what_outsiders_confirmed_are_known() -> None:
    from audit.ledger.models import Anchor

    assert (log.queue_age(at=now()), log.outside_size()) == (timedelta(0), 0)
    with transaction.atomic():
        log.append([draft()], at=now())
    waited = log.queue_age(at=now() + timedelta(seconds=70))
    assert (waited >= timedelta(seconds=69)) == (connection.vendor == "postgresql")
    sequence()
    assert log.queue_age(at=now() + timedelta(seconds=70)) == timedelta(0)
    Anchor.objects.create(size=1, kind="cosignature", source="w", blob=b"", at=now())
    assert log.outside_size() == 1
