"""Monitoring opens a finding with its bound, once; after a fix it watches anew. Group data goes when its term ends."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from audit.fairness import retention
from audit.fairness.aggregates import exact_counts_for, paired_counts_for
from audit.fairness.alarms import raise_alarms, watch_all_cases
from audit.findings import acts
from audit.ledger import log
from audit.ledger.removal import place_hold
from audit.management.commands.follow import catch_up
from audit.models import Event, FairnessSummary, Finding, GroupAttributes
from governance.access import Invalid, NotAllowed
from governance.models import Notice
from tests.audit.events.samples import event, proposed
from tests.audit.fairness.test_aggregates import START, decision, feed
from tests.cast import a_use_case
from tests.scale import SEED

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]


@pytest.fixture
def use_case(cast):
    case = a_use_case(cast)
    case.fairness = {"favourable": "grant", "attributes": {"sex": "male"}, "threshold": "0.8"}
    case.save()
    return case


def days(use_case, rates, *, first=0, n=600):
    """``n`` decisions, one each hour, women and men at the given rates."""
    dice = random.Random(SEED + first)
    steps = []
    for number in range(first, first + n):
        sex = dice.choice(["male", "female"])
        value = "grant" if dice.random() < rates[sex] else "deny"
        steps.append((number, decision(number, proposal_value=value), {"sex": sex}))
    feed(use_case, steps, batch=450)


def test_a_difference_opens_one_finding_and_tells_who_answers(use_case, cast):
    days(use_case, {"male": 0.6, "female": 0.3})
    at = timezone.now()
    [finding] = raise_alarms(use_case, at=at)
    assert (finding.code, finding.subject, finding.origin) == ("DISPARITY", "sex: female / male", "monitoring")
    said = finding.explanation
    assert START.date().isoformat() < said["alarm"]
    assert (said["alpha"], said["method"]) == (0.05, "e_process")
    assert not {"rate", "selected", "n"} & set(said)
    assert raise_alarms(use_case, at=at) == []
    told = set(Notice.objects.filter(kind="finding").values_list("person__name", flat=True))
    assert {"Olga", "Carl"} <= told


def test_equal_rates_open_nothing_however_often_one_looks(use_case):
    days(use_case, {"male": 0.5, "female": 0.5})
    assert watch_all_cases(at=timezone.now()) == {"watched": 1, "raised": 0}
    for day in (2, 9, 17, 25):
        assert raise_alarms(use_case, at=START + timedelta(days=day)) == []
    assert not Finding.objects.exists()


def test_one_terrible_day_of_a_small_group_is_no_alarm(use_case):
    steps = [(n, decision(n), {"sex": "male"}) for n in range(24)]
    steps += [(n, decision(n, proposed_at=START, proposal_value="deny"), {"sex": "female"}) for n in range(24, 29)]
    feed(use_case, steps)  # five of five women refused, every man granted: far below four fifths
    assert raise_alarms(use_case, at=timezone.now()) == []


@pytest.mark.slow
def test_after_the_system_fix_the_watch_begins_anew(use_case, cast):
    days(use_case, {"male": 0.6, "female": 0.3})
    now = timezone.now()
    [finding] = raise_alarms(use_case, at=now)
    given = {"finding": finding, "actor": cast.anna, "at": now}
    acts.name_cause(cause="A proxy.", **given)
    acts.link_fix(kind="case_fix", text="Reviewed.", reference="C-1", **given)
    fixed = START + timedelta(days=40)
    acts.link_fix(kind="system_fix", text="Dropped.", reference="S-1", effective=fixed, **given)
    acts.close(reason="Done.", **given)
    assert raise_alarms(use_case, at=timezone.now()) == []
    days(use_case, {"male": 0.6, "female": 0.6}, first=24 * 42)
    assert raise_alarms(use_case, at=timezone.now()) == []
    days(use_case, {"male": 0.6, "female": 0.3}, first=24 * 90)
    [again] = raise_alarms(use_case, at=timezone.now())
    assert again.ref == finding.ref
    assert again.explanation["since"] == (fixed.date() + timedelta(days=1)).isoformat()


def test_a_term_is_set_by_two_people(use_case, cast):
    at = timezone.now()
    for actor in (cast.otto, cast.eve, cast.rita):
        with pytest.raises(NotAllowed):
            retention.ask_term(use_case=use_case, keep_days=30, necessity="x", actor=actor, at=at)
    for bad in ({"keep_days": 0, "necessity": "x"}, {"keep_days": 30, "necessity": " "}):
        with pytest.raises(Invalid):
            retention.ask_term(use_case=use_case, actor=cast.anna, at=at, **bad)
    term = retention.ask_term(use_case=use_case, keep_days=30, necessity="To find bias.", actor=cast.anna, at=at)
    assert retention.term_of(use_case) is None
    with pytest.raises(NotAllowed):
        retention.agree_term(term=term, actor=cast.anna, at=at)
    retention.agree_term(term=term, actor=cast.carl, at=at)
    assert retention.term_of(use_case) == term


@pytest.fixture
def counted(live_use_case, send, cast):
    """Forty decisions of known group; the term is agreed, and thirty of the group events are past it."""
    live_use_case.fairness = {"favourable": "grant", "attributes": {"sex": "m"}, "threshold": "0.8"}
    live_use_case.save()
    events = []
    for number in range(40):
        name = f"D-{number}"
        moment = datetime(2026, 9 + number % 2, 1 + number % 25, 10, tzinfo=UTC).isoformat()
        events.append(proposed(name, time=moment, value="grant" if number % 3 else "deny"))
        data = {"decision_id": name, "attributes": {"sex": "f" if number % 2 else "m"}}
        events.append(event("group", event_id=f"g-{name}", data=data))
    assert send(events).status_code == 201
    catch_up()
    at = timezone.now()
    term = retention.ask_term(use_case=live_use_case, keep_days=30, necessity="Bias.", actor=cast.anna, at=at)
    retention.agree_term(term=term, actor=cast.carl, at=at)
    old = [f"g-D-{number}" for number in range(30)]
    Event.objects.filter(event_id__in=old).update(recorded_at=at - timedelta(days=31))
    return live_use_case


def test_what_is_past_its_term_goes_and_every_figure_follows_to_the_case(counted):
    before = exact_counts_for(counted, window=None)
    assert retention.overdue(counted, at=timezone.now()) == 30
    assert retention.enforce_terms(at=timezone.now()) == {"deleted": 30, "held": 0, "sealed": 2}
    after = exact_counts_for(counted, window=None)
    sizes = {group: int(v[:9].sum()) for group, v in after.stage("final").marginal(("sex",)).items()}
    assert sizes == {("m",): 5, ("f",): 5, (None,): 30}
    assert after.n == before.n
    assert GroupAttributes.objects.count() == 10
    assert retention.enforce_terms(at=timezone.now()) == {"deleted": 0, "held": 0, "sealed": 0}
    assert paired_counts_for(counted, window=None).n == 40
    sealed = FairnessSummary.objects.order_by("month")
    assert [each.month.month for each in sealed] == [9, 10]
    groups = {g["group"]: g["n"] for g in sealed[0].content["final"]["groups"]}
    assert groups["m"] == 20
    payload = log.payload(sealed[0].entry)
    assert payload is not None
    assert sealed[0].sha256 in payload.decode()


@pytest.mark.slow
def test_a_legal_hold_keeps_group_data_and_says_so(counted, cast):
    place_hold(actor=cast.anna.pk, at=timezone.now(), reason="A court asked.", stream="events")
    assert retention.enforce_terms(at=timezone.now()) == {"deleted": 0, "held": 30, "sealed": 0}
    assert not FairnessSummary.objects.exists()
    assert GroupAttributes.objects.count() == 40
