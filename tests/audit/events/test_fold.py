"""From the ledger to decisions: any order, any batch size, and again from nothing."""

import json
import random

import pytest
from django.core.management import call_command
from django.utils import timezone

from audit import tasks
from audit.events import fold
from audit.ledger import log
from audit.management.commands.follow import catch_up
from audit.models import Decision, Finding, GroupAttributes, Heartbeat, Intervention
from tests import scale
from tests.audit.events.samples import event, executed, proposed, reviewed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]
PROJECTIONS = (Decision, Finding, GroupAttributes, Heartbeat, Intervention)


def everything() -> str:
    """Every projected row as text, in a fixed order."""
    rows = {model.__name__: list(model.objects.order_by("pk").values()) for model in PROJECTIONS}
    return json.dumps(rows, default=str, sort_keys=True, indent=1)


def a_busy_log(seed: int, decisions: int = 12) -> list[dict]:
    """Decisions with reviews, outcomes, groups, corrections, conflicts, a stop and heartbeats, shuffled."""
    dice = random.Random(seed)
    events: list[dict] = []
    for number in range(decisions):
        name = f"D-{number}"
        minute = f"2026-11-20T{8 + number % 10:02d}:%02d:00Z"
        events.append(
            proposed(name, time=minute % 0, subject_ref=f"s-{number % 4}", value=dice.choice(["grant", "deny"]))
        )
        if dice.random() < 0.7:
            outcome = dice.choice(["approve", "approve", "reject", "override"])
            events.append(reviewed(name, outcome, time=minute % dice.choice([10, 40])))
        if dice.random() < 0.8:
            events.append(executed(name, time=minute % 30, executed_value="grant"))
        if dice.random() < 0.4:
            events.append(event("outcome", event_id=f"o-{name}", data={"decision_id": name, "truth": "yes"}))
        if dice.random() < 0.3:
            events.append(reviewed(name, event_id=f"c-{name}", time=minute % 50, corrects=f"r-{name}-1"))
        if dice.random() < 0.3:
            events.append(event("group", event_id=f"g-{name}", data={"decision_id": name, "attributes": {"sex": "F"}}))
    for subject in range(4):
        data = {"subject_ref": f"s-{subject}", "attributes": {"age": str(subject)}}
        events.append(event("group", event_id=f"gs-{subject}", data=data))
    stop = {"intervention_id": "I-1", "kind": "stop", "actor": "head", "phase": "effective"}
    events.append(event("intervention", event_id="i-1", time="2026-11-20T12:00:00Z", data=stop))
    resumed = {"intervention_id": "I-1", "phase": "resumed"}
    events.append(event("intervention", event_id="i-2", time="2026-11-20T15:00:00Z", data=resumed))
    events.append(event("heartbeat", event_id="h-1", data={"sequence_high": 7}))
    dice.shuffle(events)
    return events


def test_a_decision_appears_with_its_reviews_and_the_lag_goes_to_zero(send, live_use_case):
    send([proposed(), reviewed(reviewed_digest="x"), executed()])
    assert fold.lag() >= 3
    catch_up()
    assert fold.lag() == 0
    row = Decision.objects.get()
    assert (row.decision_id, row.reviewed, row.overridden, row.use_case) == ("LN-1", True, False, live_use_case)


@pytest.mark.parametrize("seed", range(scale.count(60)))
def test_batch_size_and_rebuild_make_no_difference_to_the_byte(send, seed):
    events = a_busy_log(seed)
    for start in range(0, len(events), 5):
        assert send(events[start : start + 5]).status_code in (201, 207)
        now = timezone.now()
        log.integrate(at=now)
        while tasks.follow(at=now, limit=1 + seed % 7):
            pass
    catch_up()
    live = everything()
    assert Decision.objects.count() == 12
    tasks.rebuild(at=timezone.now())
    assert everything() == live


def test_the_order_of_arrival_makes_no_difference_to_the_decisions(send, cast, client):
    """Two systems report the same story in opposite order under different names."""
    story = [proposed("A"), reviewed("A", "override", final="deny"), executed("A", executed_value="deny")]
    for each in story:
        send(each)
        catch_up()
    for each in reversed(story):
        copy = json.loads(json.dumps(each).replace('"A"', '"B"').replace("-A", "-B"))
        assert send(copy).status_code == 201
        catch_up()
    states = [row.state for row in Decision.objects.order_by("decision_id")]
    for state in states:
        for name in ("recorded_at", "execution_recorded_at", "decision_id"):
            del state[name]
        for review in state["reviews"]:
            del review["recorded_at"], review["review_id"]
    assert states[0] == states[1]


def test_a_conflict_marks_the_decision(send):
    send(proposed())
    send(proposed(value="deny"))
    catch_up()
    assert Decision.objects.get().state["duplicate_conflict"]
    assert Finding.objects.filter(code="DUP_CONFLICT").exists()


def test_groups_are_kept_apart_from_decisions(send):
    send([proposed(subject_ref="s-1"), event("group", data={"subject_ref": "s-1", "attributes": {"sex": "F"}})])
    catch_up()
    assert GroupAttributes.objects.count() == 1
    assert "sex" not in json.dumps(Decision.objects.get().state)


def test_the_command_rebuilds_and_says_so(send, capsys):
    send([proposed(), executed()])
    call_command("follow", "--once")
    before = everything()
    call_command("rebuild", "--json")
    assert json.loads(capsys.readouterr().out)["decisions"] == 1
    assert everything() == before
