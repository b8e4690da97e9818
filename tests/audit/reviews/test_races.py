"""Two people at once: what happens is defined, on every database."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from audit.models import Event, ReviewTask
from audit.reviews import timers
from audit.reviews.acts import claim
from audit.reviews.problems import Excluded, Taken
from audit.reviews.submitting import Opinion, submit
from tests.audit.reviews.house import POLICY, House, build
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
TWO = {**POLICY, "rules": [{"id": "R1", "when": "true", "require": {"reviews": 2, "distinct": True}}]}


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    connections.close_all()


def ready(policy: dict[str, Any] = POLICY) -> tuple[House, list[ReviewTask]]:
    house = build(policy)
    house.reviewer("ruth")
    house.propose()
    house.fold()
    return house, house.tasks()


def test_of_two_who_claim_at_once_one_has_it() -> None:
    house, [task] = ready()
    rita, ruth, now = house.reviewers["rita"], house.reviewers["ruth"], timezone.now()
    results = at_once(lambda: claim(task=task, actor=rita, at=now), lambda: claim(task=task, actor=ruth, at=now))
    assert sorted(type(each) for each in results if isinstance(each, Exception)) == [Taken]
    [won] = [each for each in results if isinstance(each, ReviewTask)]
    assert house.task().claimed_by_id == won.claimed_by_id


def test_the_same_person_never_gets_both_of_two() -> None:
    house, [first, second] = ready(TWO)
    rita, now = house.reviewers["rita"], timezone.now()
    results = at_once(lambda: claim(task=first, actor=rita, at=now), lambda: claim(task=second, actor=rita, at=now))
    assert [type(each) for each in results if isinstance(each, Exception)] == [Excluded]
    assert ReviewTask.objects.filter(claimed_by__user=rita).count() == 1


def test_a_double_click_submits_once() -> None:
    house, [task] = ready()
    rita, now = house.reviewers["rita"], timezone.now()
    claim(task=task, actor=rita, at=now)
    opinion = Opinion(outcome="approve", digest=task.action_digest)
    results = at_once(*[lambda: submit(task=task, opinion=opinion, actor=rita, at=now)] * 2)
    assert sum(isinstance(each, Exception) for each in results) == 1
    assert Event.objects.filter(source__startswith="urn:custodes:").count() == 1


def test_timeout_and_approval_at_once_come_to_the_same_end_whoever_wins() -> None:
    house, [task] = ready()
    rita, now = house.reviewers["rita"], timezone.now()
    claim(task=task, actor=rita, at=now)
    ReviewTask.objects.update(due_at=now + timedelta(milliseconds=5))
    at = now + timedelta(milliseconds=5)
    opinion = Opinion(outcome="approve", digest=task.action_digest)
    results = at_once(lambda: submit(task=task, opinion=opinion, actor=rita, at=at), lambda: timers.sweep(at=at))
    assert results[0].late
    task.refresh_from_db()
    assert (task.state, task.outcome, task.default_applied) == ("expired", "approve", "deny")
    assert Event.objects.filter(source__startswith="urn:custodes:").count() == 2  # one timeout, one late approval


def test_many_sweeps_at_once_tell_each_hop_once() -> None:
    chain = {"criteria": ["sla_breach"], "chain": [{"to": "lead", "ack": "PT30M"}, {"to": "head", "ack": "PT30M"}]}
    house, _ = ready({**POLICY, "escalation": chain})
    now = timezone.now()
    house.person("lead", "lea", at=now)
    ReviewTask.objects.update(due_at=now)
    results = at_once(*[lambda: timers.sweep(at=now)] * 4)
    assert not any(isinstance(each, Exception) for each in results)
    assert Event.objects.filter(source__startswith="urn:custodes:").count() == 2  # raised, notified
