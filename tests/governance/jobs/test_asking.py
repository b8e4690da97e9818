"""Asking: in the caller's transaction, once per key, and never slower or worse for a broker that is down."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import transaction

from governance.jobs import KeyInUse, NotFailed, OutsideTransaction, asking, enqueue, try_again, wake
from governance.models import Job

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    calls: list[object] = []
    monkeypatch.setattr(asking, "wake", calls.append)
    return calls


@pytest.fixture
def dead_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A real connection attempt to a port where nothing listens."""
    from celery import current_app

    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(wake, "_silent_until", 0.0)
    yield
    wake._silent_until = 0.0


def ask(key: str = "report:1", **changes: object) -> Job:
    fields = {"kind": "report", "key": key, "arguments": {"n": 1}, "actor": None, "at": AT} | changes
    with transaction.atomic():
        return enqueue(**fields)  # type: ignore[arg-type]


def test_asking_outside_a_transaction_is_refused() -> None:
    with pytest.raises(OutsideTransaction):
        enqueue(kind="report", key="k", arguments={}, actor=None, at=AT)
    assert not Job.objects.exists()


def test_the_message_goes_out_after_the_commit_and_not_before(woken: list[object]) -> None:
    with transaction.atomic():
        job = enqueue(kind="report", key="k", arguments={}, actor=None, at=AT)
        assert woken == []
    assert woken == [job.pk]


def test_a_rolled_back_change_leaves_no_job_and_no_message(woken: list[object]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue(kind="report", key="k", arguments={}, actor=None, at=AT)
        raise ZeroDivisionError
    assert not Job.objects.exists()
    assert woken == []


def test_the_same_key_asks_once(woken: list[object]) -> None:
    assert ask().pk == ask().pk
    assert Job.objects.count() == 1
    assert len(woken) == 1


@pytest.mark.parametrize("change", [{"kind": "export"}, {"arguments": {"n": 2}}])
def test_a_key_cannot_be_used_for_other_work(change: dict[str, object], woken: list[object]) -> None:
    first = ask()
    with pytest.raises(KeyInUse) as refused:
        ask(**change)
    assert refused.value.job_id == first.pk


def test_a_broker_that_is_down_does_not_fail_the_request_and_is_left_to_the_sweep(dead_broker: None) -> None:
    first, second = ask("a"), ask("b")
    for job in (first, second):
        job.refresh_from_db()
        assert job.state == Job.State.WAITING
        assert job.woken_at is None  # the mark the sweep goes by
    assert wake._silent_until > 0  # the second request did not try the dead broker again


def test_only_a_failed_job_can_be_tried_again(woken: list[object]) -> None:
    job = ask()
    with pytest.raises(NotFailed), transaction.atomic():
        try_again(job=job, at=AT)
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, finished_at=AT, error={"code": "x", "detail": "y"})
    with transaction.atomic():
        again = try_again(job=job, at=AT)
    assert again.state == Job.State.WAITING
    assert again.finished_at is None
    assert woken == [job.pk, job.pk]
