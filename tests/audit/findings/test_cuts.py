"""Findings follow from the log alone: whatever the follower did when, a rebuild finds the same to the byte."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from audit import tasks
from audit.ledger import log
from audit.models import Finding
from tests import scale
from tests.audit.events.test_fold import everything
from tests.audit.reviews.house import POLICY, House, build

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LATE = 50  # seconds from an event's recording to its commit, at most
QUEUE = {"queue": "external", "max_turnaround": "PT10M", "grace": "PT3M"}
CHAIN = {
    "criteria": ["sla_breach"],
    "chain": [{"to": "lead", "ack": "PT4M"}, {"to": "head", "ack": "PT4M"}],
    "last_hop": "hold",
}
PROPOSED = {"phase": "proposed", "proposal": {"value": "grant"}, "decision_class": "grant"}
Happening = tuple[float, str, dict[str, object]]


def house_of() -> House:
    return build({**POLICY, "escalation": CHAIN}, at=START - timedelta(days=2), **QUEUE)


def moment(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def a_story(dice: random.Random, name: str) -> list[Happening]:
    """One decision whose review, execution, escalation and repetition come about when time runs out, or not."""
    begun = dice.uniform(0, 600)
    told: list[Happening] = [(begun, "decision", PROPOSED)]
    review = {
        "review_id": "R",
        "phase": "submitted",
        "outcome": dice.choice(["approve", "reject"]),
        "actor": {"ref": "rev-rita", "authn": "oidc", "roles": ["caseworker"]},
    }
    due = begun + 600
    for likely, kind, data in (
        (0.7, "review", review),
        (0.6, "decision", {"phase": "executed", "executed_value": "grant"}),
        (0.4, "escalation", {"escalation_id": "E", "hop": 0, "phase": "notified", "criteria": "sla_breach"}),
        (0.3, "escalation", {"escalation_id": "E", "hop": 0, "phase": "acknowledged"}),
        (0.5, "decision", PROPOSED),  # said twice, changes nothing
    ):
        if dice.random() < likely:
            told.append((due + dice.uniform(-240, 420), kind, data))
    return [(at, kind, {"decision_id": name, **data}) for at, kind, data in told]


def a_stop(dice: random.Random) -> list[Happening]:
    issued = dice.uniform(300, 1200)
    told = dice.uniform(0, 600)  # a stop somebody reports long after it took effect
    stop = {"intervention_id": "I", "kind": "stop", "actor": "head", "phase": "effective"}
    stop["effective_at"] = moment(issued).isoformat()
    return [(issued + told, "intervention", stop)]


def live(house: House, dice: random.Random) -> None:
    """Commit the events in order of their commit, each recorded up to ``LATE`` before; follow now and then."""
    happenings = [each for n in range(6) for each in a_story(dice, f"D-{n}")] + a_stop(dice)
    steps: list[tuple[float, int, Happening | None]] = [
        (happening[0] + dice.uniform(0, LATE), n, happening) for n, happening in enumerate(happenings)
    ]
    steps += [(dice.uniform(0, 2400), len(steps) + n, None) for n in range(12)]
    for now, _, happening in sorted(steps):
        if happening is not None:
            house.send(happening[1], happening[2], at=moment(happening[0]))
            continue
        log.integrate(at=moment(now))
        while tasks.follow(at=moment(now), limit=dice.randint(1, 6)) and dice.random() < 0.7:
            pass
        if dice.random() < 0.7:
            tasks.follow_time(at=moment(now), limit=dice.randint(1, 3))


@pytest.mark.parametrize("seed", range(scale.count(40)))
def test_no_cut_of_the_log_and_no_lag_of_the_follower_changes_a_finding(seed: int) -> None:
    dice = random.Random(f"{scale.SEED}:{seed}")
    with log.replaying_clock("tests"):
        house = house_of()
        live(house, dice)
        end = moment(7200)
        log.integrate(at=end)
        while tasks.follow(at=end, limit=dice.randint(1, 9)) or tasks.follow_time(at=end):
            pass
        kept = everything()
        assert Finding.objects.exists()
        tasks.rebuild(at=end)
    assert everything() == kept
