"""How fast the gate answers, and how fast a required review is in the queue: milliseconds in one process."""

import json
import statistics
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit import tasks
from audit.events.keys import issue_key
from audit.ledger import log
from audit.models import ReviewTask
from governance.models import Person, Qualification
from tests.audit.reviews.house import SOURCE, House, build
from tests.scale import count

pytestmark = [pytest.mark.django_db, pytest.mark.benchmark, pytest.mark.slow, pytest.mark.urls("audit.api.urls")]
PEOPLE, DECISIONS, ASKED = 300, count(500, at_least=50), count(400, at_least=100)


@pytest.fixture
def house() -> House:
    """A department: hundreds of people with qualifications, decisions that wait."""
    house = build()
    now = timezone.now() - timedelta(days=1)
    people = [Person(ref=f"X-{n}", name=f"Person {n}", pseudonym=f"x-{n}") for n in range(PEOPLE)]
    Person.objects.bulk_create(people)
    Qualification.objects.bulk_create(
        Qualification(person=person, code=code, valid_from=now)
        for person in people
        for code in ("caseworker", "oversight-2026", "language:en")
    )
    return house


def test_the_gate_answers_in_milliseconds(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(DECISIONS):
        house.propose(f"G-{number}")
    began = time.perf_counter()
    house.fold()
    folded = time.perf_counter() - began
    _, secret = issue_key(
        use_cases=[house.use_case], sources=[SOURCE], scopes=["control:read"], label="t",
        actor=house.cast.anna, at=timezone.now(),
    )  # fmt: skip
    client, headers = Client(), {"Authorization": f"Bearer {secret}"}
    taken, worked = [], []
    for number in range(ASKED):
        path = f"/api/v1/use-cases/{house.use_case.ref}/decisions/G-{number % DECISIONS}/gate"
        start, cpu = time.perf_counter(), time.process_time()
        answer = client.get(path, headers=headers)
        taken.append((time.perf_counter() - start) * 1000)
        worked.append((time.process_time() - cpu) * 1000)
        assert json.loads(answer.content)["state"] == "pending"
    taken.sort()
    worked.sort()
    with capsys.disabled():
        print(
            f"\n  gate, {PEOPLE} people, {DECISIONS} decisions: median {statistics.median(taken):.1f} ms, "
            f"p95 {taken[int(len(taken) * 0.95)]:.1f} ms; of the processor median {statistics.median(worked):.1f} ms, "
            f"p95 {worked[int(len(worked) * 0.95)]:.1f} ms; {DECISIONS} reviews opened in {folded:.2f} s "
            f"({DECISIONS / folded:.0f}/s)"
        )
    assert ReviewTask.objects.count() == DECISIONS


def test_a_step_of_the_follower_with_the_queue_costs_little_more(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same events with and without our queue, one after the other in one process."""
    times = {}
    for queue, policy in (("external", "E"), ("custodes", "C")):
        _switch(house, queue)
        for number in range(DECISIONS):
            house.propose(f"{policy}-{number}")
        log.integrate(at=timezone.now())
        began = time.perf_counter()
        while tasks.follow(at=timezone.now()):
            pass
        times[queue] = time.perf_counter() - began
    with capsys.disabled():
        ratio = times["custodes"] / times["external"]
        print(f"\n  follower, {DECISIONS} decisions: {times['external']:.2f} s, with the queue {ratio:.2f} times that")


def _switch(house: House, queue: str) -> None:
    from audit.evaluation import context
    from policies.models import OversightPolicy

    for row in OversightPolicy.objects.all():
        row.document["review"]["queue"] = queue
        OversightPolicy.objects.filter(pk=row.pk).update(document=row.document)
    context._known.clear()
