"""Erasure, retention and holds: payloads go, proofs stay, and every gap is explained by an entry."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from audit.ledger import counting, doctor, log, removal
from audit.ledger.models import Payload, Removal, SubjectKey
from tests.audit.ledger.bundles import both, make
from tests.audit.ledger.conftest import ACTOR, draft, record, sequence

Fill = Callable[[int], list[log.Recorded]]
SECOND = UUID("01900000-0000-7000-8000-000000000002")
SUBJECT = UUID("01900000-0000-7000-8000-0000000000aa")


def now() -> datetime:
    return datetime.now(UTC)


def record_long_ago(count: int, *, days: int = 900, stream: str = "events") -> list[log.Recorded]:
    with log.replaying_clock("test"), transaction.atomic():
        receipts = log.append([draft(i, stream=stream) for i in range(count)], at=now() - timedelta(days=days))
    sequence()
    return receipts


def erase(subject: UUID = SUBJECT) -> removal.Removed:
    done = removal.erase_subject(actor=ACTOR, second=SECOND, at=now(), subject=subject, reason="Art 17 GDPR")
    sequence()
    return done


def prune(**fields: object) -> removal.Removed:
    given: dict[str, object] = {"stream": "events", "reason": "retention", **fields}
    done = removal.prune(actor=ACTOR, second=SECOND, at=now(), **given)  # type: ignore[arg-type]
    sequence()
    return done


@pytest.mark.django_db
def test_erasing_a_subject_removes_payload_salt_and_key_and_keeps_every_proof(tmp_path: Path) -> None:
    receipts = record(draft(0), draft(1, subject=SUBJECT), draft(2, subject=SUBJECT), draft(3, subject=uuid4()))
    before = log.inclusion(receipts[1].entry).to_text()
    done = erase()
    assert done.payloads == 2
    assert not Payload.objects.filter(pk__in=[receipts[1].entry, receipts[2].entry]).exists()
    assert not SubjectKey.objects.filter(subject=SUBJECT).exists()
    assert log.payload(receipts[3].entry) is not None
    with pytest.raises(log.PayloadGone):
        log.same_content(receipts[1].entry, b'{"n":1}')
    assert Removal.objects.get(pk=receipts[1].entry).cause_id == done.entries[0]
    [act] = counting.acts()
    assert (act.entry, act.payloads) == (done.entries[0], {"events": 2})
    old_size = int(before.split("\n\n")[1].split("\n")[1])
    assert log.inclusion(receipts[1].entry, old_size).to_text() == before
    outcome = both(make(tmp_path / "b.zip"))
    assert str(outcome.verdict) == "OK-WITH-GAPS", outcome.summary
    assert outcome.figures["payloads"]["removed"] == 2
    assert doctor.examine().exit_code == 0


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["erase", "prune", "lift"])
def test_one_person_alone_cannot_remove_or_lift(verb: str) -> None:
    record(draft(1, subject=SUBJECT))
    with pytest.raises(removal.TwoPersonsNeeded):
        if verb == "erase":
            removal.erase_subject(actor=ACTOR, second=ACTOR, at=now(), subject=SUBJECT, reason="r")
        elif verb == "prune":
            removal.prune(actor=ACTOR, second=ACTOR, at=now(), stream="events", reason="r")
        else:
            hold = removal.place_hold(actor=ACTOR, at=now(), reason="court")
            removal.lift_hold(actor=ACTOR, second=ACTOR, at=now(), hold=hold, reason="r")
    assert Payload.objects.filter(key_id=SUBJECT).count() == 1


@pytest.mark.django_db
def test_pruning_takes_what_is_old_and_leaves_what_is_not(tmp_path: Path) -> None:
    old = record_long_ago(5)
    new = record(draft(9))
    done = prune(keep_months=24)
    assert done.payloads == 5
    assert [log.payload(r.entry) for r in old] == [None] * 5
    assert log.payload(new[0].entry) is not None
    assert both(make(tmp_path / "b.zip")).exit_code == 10


@pytest.mark.django_db
def test_retention_below_six_calendar_months_is_refused() -> None:
    with pytest.raises(removal.RetentionTooShort):
        prune(keep_months=5)


@pytest.mark.parametrize(
    ("at", "before"),
    [
        ("2026-08-31", "2026-02-28"),
        ("2024-08-31", "2024-02-29"),
        ("2026-03-15", "2025-09-15"),
        ("2026-06-30", "2025-12-30"),
    ],
)
def test_six_months_are_calendar_months(at: str, before: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert removal.months_before(moment, 6).date().isoformat() == before


@pytest.mark.django_db
@pytest.mark.parametrize("scope", [{"stream": "events"}, {}])
def test_a_hold_on_a_stream_stops_pruning_and_erasure_until_lifted(scope: dict[str, str]) -> None:
    record_long_ago(3)
    record(draft(1, subject=SUBJECT))
    hold = removal.place_hold(actor=ACTOR, at=now(), reason="court order", **scope)  # type: ignore[arg-type]
    with pytest.raises(removal.OnHold):
        prune()
    with pytest.raises(removal.OnHold):
        erase()
    removal.lift_hold(actor=ACTOR, second=SECOND, at=now(), hold=hold, reason="closed")
    assert prune().payloads == 3
    assert erase().payloads == 1


@pytest.mark.django_db
def test_a_hold_on_a_subject_keeps_theirs_while_the_rest_is_pruned(tmp_path: Path) -> None:
    record_long_ago(3)
    with log.replaying_clock("test"), transaction.atomic():
        [kept] = log.append([draft(7, subject=SUBJECT)], at=now() - timedelta(days=900))
    sequence()
    removal.place_hold(actor=ACTOR, at=now(), reason="claim", subject=SUBJECT)
    assert prune().payloads == 3
    assert log.payload(kept.entry) == b'{"n":7}'
    with pytest.raises(removal.OnHold):
        erase()
    assert both(make(tmp_path / "b.zip")).exit_code == 10


@pytest.mark.django_db
def test_the_ledgers_own_entries_cannot_be_removed() -> None:
    record(draft(1, subject=SUBJECT))
    done = erase()
    with pytest.raises(removal.NotRemovable):
        removal.erase_entries(actor=ACTOR, second=SECOND, at=now(), entries=done.entries, reason="hide")
    with pytest.raises(removal.NotRemovable):
        prune(stream="ledger")


@pytest.mark.django_db
def test_what_must_be_sealed_first_is_told_inside_the_transaction() -> None:
    record(draft(0), draft(1, subject=SUBJECT))
    heard: list[object] = []

    def seal(sender: object, *, kind: str, ranges: object, at: datetime, **_: object) -> None:
        heard.append((kind, ranges, Payload.objects.filter(key_id=SUBJECT).count()))

    removal.removing.connect(seal)
    try:
        erase()
    finally:
        removal.removing.disconnect(seal)
    assert heard == [("subject.erased", [[1, 2]], 1)]


@pytest.mark.django_db
def test_an_erasure_that_fails_half_way_erases_nothing() -> None:
    record(draft(1, subject=SUBJECT))

    def fail(**_: object) -> None:
        raise RuntimeError("summary could not be sealed")

    removal.removing.connect(fail)
    try:
        with pytest.raises(RuntimeError, match="sealed"):
            erase()
    finally:
        removal.removing.disconnect(fail)
    assert Payload.objects.filter(key_id=SUBJECT).count() == 1
