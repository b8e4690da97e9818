"""The sweep repairs what a dead worker or a lost message left, and only that."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction

from governance.jobs import enqueue, lease, sweep
from governance.jobs.registry import MAX_ATTEMPTS
from governance.jobs.schedule import Entry, _entries, ask_for_due, scheduled
from governance.models import Job

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=settings.JOB_LEASE_SECONDS)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Messages the sweep sends; what ``enqueue`` sends is lost, as on a broker that forgot it."""
    messages: list[UUID] = []

    def send(job_id: UUID) -> bool:
        messages.append(job_id)
        return True

    monkeypatch.setattr("governance.jobs.asking.wake", lambda job_id: True)
    monkeypatch.setattr("governance.jobs.sweeping.wake", send)
    return messages


def ask(key: str = "k") -> Job:
    with transaction.atomic():
        return enqueue(kind="work", key=key, arguments={}, actor=None, at=AT)


def test_a_lost_message_is_sent_again_after_the_lease_and_not_in_every_round(sent: list[UUID]) -> None:
    job = ask()
    assert sweep(AT + LEASE / 2).woken == 0
    assert sweep(AT + LEASE).woken == 1
    assert sweep(AT + LEASE * 1.5).woken == 0
    assert sweep(AT + LEASE * 2).woken == 1
    assert sent == [job.pk, job.pk]


def test_a_message_that_could_not_be_sent_is_sent_in_the_next_round(sent: list[UUID]) -> None:
    job = ask()
    Job.objects.filter(pk=job.pk).update(woken_at=None)
    assert sweep(AT + timedelta(seconds=2)).woken == 1
    assert sent == [job.pk]


def test_a_job_of_a_silent_worker_goes_back_and_one_with_a_heartbeat_stays(sent: list[UUID]) -> None:
    silent, alive = ask("silent"), ask("alive")
    for job in (silent, alive):
        assert lease.claim(job.pk, AT) is not None
    later = AT + LEASE + timedelta(seconds=1)
    lease.renew(alive.pk, 1, later - timedelta(seconds=2))
    swept = sweep(later)
    assert (swept.returned, swept.failed, swept.woken) == (1, 0, 1)
    assert sent == [silent.pk]
    alive.refresh_from_db()
    assert alive.state == Job.State.RUNNING


def test_a_job_whose_workers_keep_dying_is_given_up_with_a_reason() -> None:
    job, at = ask(), AT
    for _ in range(MAX_ATTEMPTS):
        assert lease.claim(job.pk, at) is not None
        at += LEASE + timedelta(seconds=1)
        sweep(at)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert job.error is not None
    assert job.error["code"] == "worker_lost"


def test_finished_and_future_jobs_are_left_alone(sent: list[UUID]) -> None:
    done, future = ask("done"), ask("future")
    assert lease.claim(done.pk, AT) is not None
    lease.finish(done.pk, 1, None, AT)
    Job.objects.filter(pk=future.pk).update(due_at=AT + timedelta(days=1), woken_at=None)
    assert sweep(AT + timedelta(hours=1)).woken == 0
    assert sent == []


def test_a_slot_of_the_schedule_is_asked_for_once() -> None:
    before = dict(_entries)
    _entries.clear()
    try:
        scheduled("work", every=timedelta(hours=6))
        assert ask_for_due(AT) == 1
        assert ask_for_due(AT + timedelta(hours=2)) == 0
        assert ask_for_due(AT + timedelta(hours=3)) == 1
    finally:
        _entries.clear()
        _entries.update(before)
    keys = sorted(Job.objects.values_list("key", flat=True))
    assert keys == ["schedule:work:2026-11-21T06:00:00+00:00", "schedule:work:2026-11-21T12:00:00+00:00"]


def test_slots_begin_at_midnight_utc() -> None:
    assert Entry("work", timedelta(days=1)).slot(AT) == datetime(2026, 11, 21, tzinfo=UTC)
