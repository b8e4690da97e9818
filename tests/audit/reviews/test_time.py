"""What time does to a review: reminders, escalation, the safe default; and that late is late."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import transaction

from audit.evaluation.gate import gate_of
from audit.events.own import record_own
from audit.ledger import log
from audit.models import Decision, Event, ReviewEscalation, ReviewTask
from audit.reviews import timers
from audit.reviews.acts import claim
from audit.reviews.escalating import acknowledge
from audit.reviews.problems import Ended
from audit.reviews.submitting import Opinion, submit
from audit.tasks import follow, follow_time
from governance.access import NotAllowed
from governance.committees import draft_policy, sign_off_policy
from governance.models import Committee, Notice, User
from policies.oversight.record import DecisionRecord
from tests.audit.reviews.house import POLICY, House, build
from tests.cast import ballots

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DUE = START + timedelta(hours=8)
CHAIN = {
    "criteria": ["sla_breach"],
    "chain": [{"to": "team-lead", "ack": "PT30M"}, {"to": "head", "ack": "PT2H"}],
    "last_hop": "hold",
}


@pytest.fixture(autouse=True)
def _replaying() -> Iterator[None]:
    with log.replaying_clock("tests"):
        yield


def fold(at: datetime) -> None:
    """Sequence, fold and check as of ``at``; the queue's timers stand still."""
    while log.integrate(at=at) is not None or follow(at=at):
        pass
    while follow_time(at=at):
        pass


def house_of(**policy: Any) -> House:
    house = build({**POLICY, **policy}, at=START - timedelta(days=2))
    house.propose(at=START)
    fold(START)
    return house


def sweep(at: datetime) -> int:
    looked = timers.sweep(at=at)
    fold(at)
    return looked


def approve(task: ReviewTask, user: User, at: datetime) -> bool:
    opinion = Opinion(outcome="approve", digest=task.action_digest)
    late = submit(task=task, opinion=opinion, actor=user, at=at).late
    fold(at)
    return late


def gate(house: House, at: datetime) -> str:
    found = gate_of(house.use_case, "B-1", at=at)
    assert found is not None
    return found.state


def record_of() -> DecisionRecord:
    return msgspec.convert(Decision.objects.get().state, type=DecisionRecord)


def own_events(phase: str) -> int:
    return sum(f'"phase":"{phase}"' in text or f'"phase": "{phase}"' in text for text in _payloads())


def _payloads() -> list[str]:
    from audit.events import evidence

    keys = list(Event.objects.filter(source__startswith="urn:custodes:").values_list("pk", flat=True))
    return [content.decode() for content in evidence.payloads(keys).values() if content is not None]


def test_nobody_decides_and_the_safe_default_holds() -> None:
    house = house_of()
    assert sweep(DUE - timedelta(microseconds=1)) == 1  # the reminder, to nobody: nobody holds it
    assert gate(house, DUE - timedelta(microseconds=1)) == "pending"
    sweep(DUE)
    [task] = house.tasks()
    assert (task.state, task.default_applied, task.ended_at) == ("expired", "deny", DUE)
    assert gate(house, DUE) == "expired"
    assert [each.phase for each in record_of().reviews] == ["expired"]
    assert Notice.objects.filter(person=house.use_case.owner).count() == 1
    assert (sweep(DUE), sweep(DUE + timedelta(days=9))) == (0, 0)
    assert own_events("expired") == 1


@pytest.mark.slow
def test_who_holds_it_is_reminded_once_before_it_is_due() -> None:
    house = house_of()
    claim(task=house.task(), actor=house.reviewers["rita"], at=START)
    for minutes in (0, 359, 361, 362, 479):
        sweep(START + timedelta(minutes=minutes))
    assert Notice.objects.filter(person__user=house.reviewers["rita"]).count() == 1


@pytest.mark.parametrize("sweep_first", [True, False])
def test_at_the_very_instant_the_timeout_wins_whoever_comes_first(sweep_first: bool) -> None:
    house = house_of()
    task, rita = house.task(), house.reviewers["rita"]
    claim(task=task, actor=rita, at=START)
    if sweep_first:
        sweep(DUE)
    assert approve(task, rita, DUE)
    sweep(DUE)
    [review] = record_of().reviews
    assert (review.outcome, review.expired_at, review.submitted_at) == ("approve", DUE, DUE)
    assert [each.state for each in house.tasks()] == ["expired"]
    assert gate(house, DUE) == "expired"
    assert own_events("expired") == 1


def test_a_millisecond_earlier_it_counts() -> None:
    house = house_of()
    task, rita, just = house.task(), house.reviewers["rita"], DUE - timedelta(milliseconds=1)
    claim(task=task, actor=rita, at=START)
    assert not approve(task, rita, just)
    sweep(DUE)
    assert (gate(house, DUE), own_events("expired")) == ("approved", 0)


def test_what_comes_late_is_kept_once_and_opens_nothing() -> None:
    house = house_of()
    task, rita = house.task(), house.reviewers["rita"]
    claim(task=task, actor=rita, at=START)
    sweep(DUE)
    assert approve(task, rita, DUE + timedelta(minutes=1))
    assert gate(house, DUE + timedelta(minutes=2)) == "expired"
    with pytest.raises(Ended):
        approve(task, rita, DUE + timedelta(minutes=3))
    house.reviewer("ruth", at=START)
    with pytest.raises(Ended):
        claim(task=task, actor=house.reviewers["ruth"], at=DUE + timedelta(minutes=3))


def test_a_policy_that_changes_while_somebody_reads_changes_nothing_for_them() -> None:
    house = house_of()
    task, rita = house.task(), house.reviewers["rita"]
    claim(task=task, actor=rita, at=START)
    strict = {**POLICY, "rules": [{"id": "R9", "when": "true", "require": {"reviews": 2, "distinct": True}}]}
    changed_at = START + timedelta(minutes=5)
    draft = draft_policy(actor=house.cast.anna, at=changed_at, use_case=house.use_case, content=strict)
    committee = Committee.objects.get()
    sign_off_policy(
        actor=house.cast.carl, at=changed_at, committee=committee, use_case=house.use_case, policy=draft,
        digest=draft.digest, ballots=ballots(committee, "yes", "yes", "yes", "yes"), resolution="Stricter.",
    )  # fmt: skip
    later = changed_at + timedelta(minutes=5)
    approve(task, rita, later)
    assert (gate(house, later), house.tasks()[0].policy_ref != draft.ref) == ("approved", True)
    house.propose("B-2", at=later)
    fold(later)
    assert [each.policy_ref for each in house.tasks("B-2")] == [draft.ref, draft.ref]


@pytest.mark.parametrize("minutes", [-7, 7, *(pytest.param(each, marks=pytest.mark.slow) for each in (-90, 90))])
def test_a_clock_that_is_off_moves_no_deadline(minutes: int) -> None:
    house = build(POLICY, at=START - timedelta(days=2))
    house.propose(at=START, time=(START + timedelta(minutes=minutes)).isoformat())
    fold(START)
    task, rita = house.task(), house.reviewers["rita"]
    assert task.due_at == DUE
    claim(task=task, actor=rita, at=START)
    assert not approve(task, rita, START + timedelta(minutes=1))
    assert gate(house, START + timedelta(minutes=1)) == "approved"
    assert record_of().skewed == (minutes > 5)


def test_an_escalation_climbs_hop_by_hop_and_the_last_applies_the_default() -> None:
    house = house_of(escalation=CHAIN)
    lea, hanna = (house.person(code, name, at=START) for code, name in (("team-lead", "lea"), ("head", "hanna")))
    sweep(DUE)
    [climb] = ReviewEscalation.objects.all()
    assert (climb.hop, climb.due_at) == (0, DUE + timedelta(minutes=30))
    assert gate(house, DUE) == "pending"
    sweep(DUE + timedelta(minutes=29))
    late = DUE + timedelta(minutes=45)  # the sweep was down: the next wait counts from when Hanna was told
    sweep(late)
    climb.refresh_from_db()
    assert (climb.hop, climb.due_at) == (1, late + timedelta(hours=2))
    end = late + timedelta(hours=2)
    sweep(end)
    told = list(Notice.objects.filter(kind="escalation").order_by("at").values_list("person", flat=True))
    assert told == [lea.pk, hanna.pk]
    [task] = house.tasks()
    assert (task.state, task.default_applied) == ("expired", "hold")
    hops = record_of().escalations
    assert [(hop.hop, hop.default_applied) for hop in hops] == [(0, None), (1, "hold")]
    assert all(hop.notified_at for hop in hops)
    assert sweep(end + timedelta(days=1)) == 0


@pytest.mark.slow
def test_who_acknowledges_gets_the_time_once_more_and_a_decision_ends_the_climb() -> None:
    house = house_of(escalation=CHAIN)
    house.person("team-lead", "lea", at=START)
    sweep(DUE)
    [climb] = ReviewEscalation.objects.all()
    with pytest.raises(NotAllowed):
        acknowledge(escalation=climb, actor=house.reviewers["rita"], at=DUE)
    at = DUE + timedelta(minutes=10)
    with transaction.atomic():
        acknowledge(escalation=climb, actor=User.objects.get(name="Lea"), at=at)
    climb.refresh_from_db()
    assert (climb.state, climb.due_at) == ("acknowledged", at + timedelta(minutes=30))
    task, rita = house.task(), house.reviewers["rita"]
    claim(task=task, actor=rita, at=at)
    assert not approve(task, rita, at)
    climb.refresh_from_db()
    assert (climb.state, climb.due_at) == ("resolved", None)
    assert sweep(at + timedelta(days=1)) == 0
    assert gate(house, at) == "approved"


@pytest.mark.slow
def test_a_hop_nobody_holds_is_passed_over_and_a_deputy_is_told() -> None:
    house = house_of(escalation=CHAIN)
    dan = house.person("deputy:head", "dan", at=START)
    sweep(DUE)
    [climb] = ReviewEscalation.objects.all()
    assert (climb.hop, climb.due_at) == (1, DUE + timedelta(hours=2))
    assert list(Notice.objects.filter(kind="escalation").values_list("person", flat=True)) == [dan.pk]


def test_a_worker_killed_between_two_hops_leaves_one_climb(monkeypatch: pytest.MonkeyPatch) -> None:
    """It dies after it told the hop and before it committed; the next one starts where the rows stand."""
    house = house_of(escalation=CHAIN)
    house.person("team-lead", "lea", at=START)
    house.person("head", "hanna", at=START)
    sweep(DUE)
    entries = Event.objects.count()

    class Killed(BaseException):
        pass

    real = record_own

    def dying(**given: Any) -> Any:
        real(**given)
        raise Killed

    monkeypatch.setattr("audit.reviews.events.record_own", dying)
    with pytest.raises(Killed):
        timers.sweep(at=DUE + timedelta(minutes=30))
    monkeypatch.undo()
    [climb] = ReviewEscalation.objects.all()
    assert (climb.hop, Event.objects.count()) == (0, entries)
    for _ in range(3):
        sweep(DUE + timedelta(minutes=31))
    climb.refresh_from_db()
    assert climb.hop == 1
    assert Notice.objects.filter(kind="escalation").count() == 2
    assert [hop.hop for hop in record_of().escalations] == [0, 1]


@pytest.mark.slow
def test_a_sweep_that_slept_for_a_week_does_each_step_once() -> None:
    house = house_of(escalation=CHAIN)
    at = DUE + timedelta(days=7)
    for step in range(4):
        sweep(at + timedelta(hours=3 * step))
    assert [each.state for each in ReviewEscalation.objects.all()] == ["expired"]
    assert own_events("raised") == 1
    assert house.tasks()[0].state == "expired"
