"""One holder at a time; what a worker does after it lost the lease is not stored."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, transaction

from governance.jobs import JobRun, LeaseLost, TransientError, enqueue, lease, registry, run_due, run_job
from governance.jobs import run as running
from governance.jobs.registry import KindTaken, job_kind
from governance.models import Job
from tests.races import at_once

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def silent_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.jobs.asking.wake", lambda job_id: True)


@pytest.fixture
def kind() -> Iterator[Callable[..., None]]:
    """Register a handler for the length of one test."""
    names = []

    def register(handler: Callable[[JobRun], object], name: str = "work", **options: object) -> None:
        job_kind(name, **options)(handler)  # type: ignore[arg-type]
        names.append(name)

    yield register
    for name in names:
        del registry._kinds[name]


def ask(key: str = "k", kind: str = "work", **arguments: object) -> Job:
    with transaction.atomic():
        return enqueue(kind=kind, key=key, arguments=arguments, actor=None, at=AT)


def do(job: Job, at: datetime = AT) -> Job:
    assert run_job(job.pk, clock=lambda: at)
    job.refresh_from_db()
    return job


def test_a_job_is_claimed_once() -> None:
    job = ask()
    assert lease.claim(job.pk, AT) is not None
    assert lease.claim(job.pk, AT) is None


def test_of_many_workers_that_claim_at_once_one_gets_the_job() -> None:
    job = ask()
    won = [one for one in at_once(*[lambda: lease.claim(job.pk, AT)] * 8) if one is not None]
    assert len(won) == 1
    job.refresh_from_db()
    assert job.attempts == 1


def test_a_job_that_is_not_due_waits() -> None:
    job = ask()
    assert lease.claim(job.pk, AT - timedelta(minutes=1)) is None


def test_the_answer_of_an_attempt_that_lost_its_lease_is_refused() -> None:
    job = ask()
    first = lease.claim(job.pk, AT)
    assert first is not None
    lease.release(job.pk, first.attempts, AT)
    second = lease.claim(job.pk, AT)
    assert second is not None
    assert second.attempts == 2
    for late in (
        lambda: lease.finish(job.pk, 1, {"by": "first"}, AT),
        lambda: lease.fail(job.pk, 1, {"code": "x", "detail": ""}, AT),
        lambda: lease.renew(job.pk, 1, AT),
        lambda: lease.report_progress(job.pk, 1, 0.5, ""),
        lambda: lease.hold(job.pk, 1),
    ):
        with pytest.raises(LeaseLost):
            late()
    lease.finish(job.pk, 2, {"by": "second"}, AT)
    job.refresh_from_db()
    assert job.result == {"by": "second"}


def test_a_handler_gets_its_job_and_its_answer_is_stored(kind: Callable[..., None]) -> None:
    def work(run: JobRun) -> dict[str, object]:
        run.progress(0.5, "half")
        run.check_lease()
        assert Job.objects.get(pk=run.job_id).progress_text == "half"
        return {"sum": run.arguments["a"] + run.arguments["b"], "attempt": run.attempt, "key": run.key}

    kind(work)
    job = do(ask(a=2, b=3))
    assert job.state == Job.State.DONE
    assert job.result == {"sum": 5, "attempt": 1, "key": "k"}
    assert (job.progress, job.finished_at, job.lease_until) == (1.0, AT, None)


def test_a_fault_that_may_pass_is_tried_again_after_growing_pauses_and_then_given_up(kind: Callable[..., None]) -> None:
    def work(run: JobRun) -> None:
        raise TransientError("the mail server is away")

    kind(work, max_attempts=3)
    job, at, pauses = ask(), AT, []
    for _ in range(2):
        job = do(job, at)
        assert job.state == Job.State.WAITING
        pauses.append((job.due_at - at).total_seconds())
        at = job.due_at
    job = do(job, at)
    assert pauses == [2, 4]
    assert job.state == Job.State.FAILED
    assert job.error == {"code": "transient", "detail": "the mail server is away"}


def test_a_database_that_was_away_counts_as_passing(kind: Callable[..., None]) -> None:
    def work(run: JobRun) -> None:
        raise OperationalError("server closed the connection")

    kind(work)
    assert do(ask()).state == Job.State.WAITING


def test_a_defect_fails_the_job_at_once_and_tells_people_no_internals(kind: Callable[..., None]) -> None:
    def work(run: JobRun) -> None:
        raise KeyError("password=hunter2")

    kind(work)
    job = do(ask())
    assert job.state == Job.State.FAILED
    assert job.error == {"code": "internal_error", "detail": "KeyError"}


def test_a_kind_nobody_knows_waits_for_a_worker_that_does() -> None:
    job = do(ask(kind="from_the_future"))
    assert job.state == Job.State.WAITING
    assert job.error is not None
    assert job.error["code"] == "unknown_kind"


def test_the_heartbeat_keeps_the_lease_of_a_long_job(kind: Callable[..., None], settings: object) -> None:
    settings.JOB_LEASE_SECONDS = 0.3  # type: ignore[attr-defined]
    began = time.monotonic()

    def clock() -> datetime:
        return AT + timedelta(seconds=time.monotonic() - began)

    def work(run: JobRun) -> None:
        first = Job.objects.get(pk=run.job_id).lease_until
        time.sleep(0.5)  # longer than the lease
        last = Job.objects.get(pk=run.job_id).lease_until
        assert first is not None
        assert last is not None
        assert last > first
        assert last > clock()

    kind(work)
    job = ask()
    assert run_job(job.pk, clock=clock)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error


def test_a_handler_that_hangs_loses_its_lease(kind: Callable[..., None], settings: object) -> None:
    settings.JOB_LEASE_SECONDS = 0.1  # type: ignore[attr-defined]
    began = time.monotonic()

    def work(run: JobRun) -> None:
        time.sleep(0.5)
        run.check_lease()

    kind(work, time_limit=timedelta(seconds=0.2))
    job = ask()
    assert run_job(job.pk, clock=lambda: AT + timedelta(seconds=time.monotonic() - began))
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING  # nobody renews it any more: the sweep takes it


def test_a_stopping_worker_gives_its_job_back_at_once(kind: Callable[..., None]) -> None:
    def work(run: JobRun) -> None:
        running.stopping.set()
        run.progress(0.1)
        pytest.fail("the handler went on")

    kind(work)
    job = ask()
    try:
        do(job)
        assert not run_job(job.pk, clock=lambda: AT)  # and takes no other
    finally:
        running.stopping.clear()
    assert job.state == Job.State.WAITING
    assert job.due_at == AT
    assert job.error is None


def test_due_jobs_can_be_done_without_a_queue(kind: Callable[..., None]) -> None:
    kind(lambda run: {"key": run.key})
    jobs = [ask("a"), ask("b")]
    assert run_due(clock=lambda: AT) == 2
    assert {Job.objects.get(pk=job.pk).state for job in jobs} == {Job.State.DONE}
    assert run_due(clock=lambda: AT) == 0


def test_two_handlers_cannot_share_a_name(kind: Callable[..., None]) -> None:
    kind(lambda run: None)

    def other(run: JobRun) -> None: ...

    with pytest.raises(KindTaken):
        job_kind("work")(other)
