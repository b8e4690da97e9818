"""Holes in the log reach the checker: gaps, silence, late arrivals that close them, and again from nothing."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from audit import tasks
from audit.evaluation import verdicts_of
from audit.events import schema
from audit.events.keys import operator_bearer
from audit.events.record import record
from audit.ledger import log
from audit.models import Decision, Finding, Intervention, LogHole, SourceState
from governance.models import UseCase
from policies.oversight.record import DecisionRecord
from tests import scale
from tests.audit.events.samples import SOURCE, dump, event, executed, proposed, reviewed
from tests.cast import POLICY, a_live_use_case, assemble

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
WATCHFUL = {**POLICY, "monitor": {"silence_max": "PT2H"}}
PROJECTIONS = (Decision, Finding, Intervention, LogHole, SourceState)


@pytest.fixture
def use_case(db):
    with log.replaying_clock("a test's own time"):
        yield a_live_use_case(assemble(at=START), at=START, policy=WATCHFUL)


def arrive(use_case, minute: float, *events, source: str = SOURCE) -> None:
    """Record events ``minute`` minutes after the start, and let the followers do what they would do then."""
    at = START + timedelta(minutes=minute)
    items = [schema.parse(dump({**each, "source": source})) for each in events]
    results = record(items, key=operator_bearer(use_case, source=source), at=at)
    assert {result.status for result in results} <= {200, 201}
    look(minute)


def look(minute: float) -> None:
    at = START + timedelta(minutes=minute)
    log.integrate(at=at)
    while tasks.follow(at=at):
        pass
    while tasks.follow_time(at=at):
        pass


def at(minute: float) -> str:
    return (START + timedelta(minutes=minute)).isoformat()


def everything() -> list[list[dict]]:
    return [list(model.objects.order_by("pk").values()) for model in PROJECTIONS]


def codes(decision_id: str = "") -> list[str]:
    rows = Finding.objects.filter(decision_id=decision_id, closed_index=None).exclude(code="NO_POLICY")
    return sorted(rows.values_list("code", flat=True))


def unreviewed(name: str, number: int, minute: float) -> list[dict]:
    """A decision executed without a review, with two sequence numbers."""
    return [
        proposed(name, time=at(minute), sequence=str(number)),
        {**executed(name, time=at(minute + 1), executed_value="grant"), "sequence": str(number + 1)},
    ]


def test_missing_numbers_become_a_finding_and_touch_the_decisions_that_lack_something(use_case):
    arrive(use_case, 10, *unreviewed("A", 1, 9))
    arrive(use_case, 20, *unreviewed("B", 7, 19))
    look(59)
    assert codes() == []  # not settled: the sender's batches may overtake each other
    look(62)
    assert codes() == ["GAP"]
    assert "GAP" in codes("B")  # its review may have been among 3 to 6
    found = Finding.objects.get(code="GAP", decision_id="")
    assert "4 events of /lending/prod/scorer are missing" in found.explanation["sentence"]
    assert (found.severity, found.count) == ("hard", 1)


def test_what_comes_late_closes_the_hole_and_the_findings(use_case):
    arrive(use_case, 10, *unreviewed("A", 1, 9))
    arrive(use_case, 20, *unreviewed("B", 4, 19))
    look(90)
    assert codes() == ["GAP"]
    assert "GAP" in codes("B")
    arrive(use_case, 100, {**reviewed("B", time=at(18)), "sequence": "3"})
    look(130)
    assert codes() == []
    assert "GAP" not in codes("B")
    assert list(LogHole.objects.values_list("known_until", flat=True)) == [START + timedelta(hours=2)]


def test_overtaking_batches_raise_no_alarm(use_case):
    for minute, number in ((1, 3), (2, 1), (3, 2), (4, 6), (5, 5), (6, 4)):
        arrive(use_case, minute, proposed(f"D{number}", time=at(minute), sequence=str(number)))
    look(90)
    assert (codes(), LogHole.objects.filter(missing__isnull=False).count()) == ([], 0)


def test_silence_longer_than_the_policy_allows_is_found_and_a_heartbeat_is_a_sign_of_life(use_case):
    arrive(use_case, 1, proposed("A", time=at(0)))
    arrive(use_case, 110, event("heartbeat", event_id="h1"))
    look(185)
    assert codes() == []
    look(245)  # two hours after the heartbeat, on the hour
    assert codes() == ["SILENCE"]
    assert LogHole.objects.get().until is None
    arrive(use_case, 300, event("heartbeat", event_id="h2"))
    look(365)
    [stretch] = LogHole.objects.filter(known_until=None)
    assert (stretch.since, stretch.until) == (START + timedelta(minutes=110), START + timedelta(minutes=300))
    assert codes() == ["SILENCE"]  # what was silent stays silent, also after it spoke again


def test_a_second_use_case_of_the_source_explains_the_missing_numbers(use_case):
    other = a_live_use_case_beside(use_case)
    arrive(use_case, 1, proposed("A", time=at(0), sequence="1"))
    arrive(other, 2, proposed("B", time=at(1), sequence="2", event_id="p-other"))
    arrive(use_case, 3, proposed("C", time=at(2), sequence="3"))
    look(90)
    assert LogHole.objects.filter(missing__isnull=False).count() == 0


def a_live_use_case_beside(use_case):
    return UseCase.objects.create(
        ref="UC-0099", key="other", name="Other", purpose="Another use.", unit=use_case.unit, lifecycle="planned",
        owner=use_case.owner, registered_at=START,
    )  # fmt: skip


def test_a_number_out_of_this_world_is_kept_and_counted(use_case):
    arrive(use_case, 1, proposed("A", time=at(0), sequence="0"))
    arrive(use_case, 2, proposed("B", time=at(1), sequence=str(2**63 - 1)))
    look(90)
    assert LogHole.objects.get(missing__isnull=False).missing == 2**63 - 2


@pytest.mark.parametrize("seed", range(scale.count(30)))
def test_a_rebuild_finds_the_same_to_the_byte(use_case, seed):
    """A day of a lossy sender with pauses: followed as it happens, then folded again from nothing."""
    dice = random.Random(scale.SEED + seed)
    minute, number = 1.0, 1
    for turn in range(14):
        name = f"D{turn}"
        events = [proposed(name, time=at(minute - 1), sequence=str(number))]
        if dice.random() < 0.5:
            events.append({**reviewed(name, time=at(minute)), "sequence": str(number + 1)})
        if dice.random() < 0.7:
            events.append({**executed(name, time=at(minute + 1)), "sequence": str(number + 2)})
        if dice.random() < 0.3:
            dice.shuffle(events)
        arrive(use_case, minute, *events)
        number += 3
        minute += dice.choice([0.5, 3, 7, 40, 130, 400])
    look(minute + 300)
    live = everything()
    assert LogHole.objects.exists()
    tasks.rebuild(at=START + timedelta(minutes=minute + 300))
    assert everything() == live


def test_a_decision_is_told_of_the_hole_when_it_is_asked_about_now(use_case):
    arrive(use_case, 10, *unreviewed("A", 1, 9))
    arrive(use_case, 20, *unreviewed("B", 7, 19))
    look(62)
    asked = DecisionRecord(use_case="benefit", decision_id="Z", proposed_at=START + timedelta(minutes=15))
    found = [each.code for each in verdicts_of(use_case.pk, asked, as_of=timezone.now())]
    assert "GAP" in found
