"""Alert rules keep what they state: few false alarms over long watches, alarms where something is wrong, no noise."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from audit.assurance.alerts import raise_alerts
from audit.findings.acts import close
from audit.models import Finding
from audit.oversight import OversightCounts
from audit.oversight.alerting import ALPHA, RULES, Rule, alarm
from audit.statistics import crossing
from governance.models import UseCase
from tests.audit.assurance.log import team
from tests.cast import Cast
from tests.scale import SEED, count

DAYS = 250
RUNS = count(2000, at_least=100)
FIRST = date(2026, 1, 1)


def day_of(rule: Rule, chance: random.Random, rate: float, n: int) -> OversightCounts:
    """One day of ``n`` units, each counted with ``rate``, in the cells the rule reads."""
    k = sum(chance.random() < rate for _ in range(n))
    cells = {
        "M3": {("too_fast",): k, ("timed",): n},
        "M5": {("truth", "0", "1", "1"): k, ("truth", "0", "0", "0"): n - k},
        "M2": {("sla", "in_time"): k, ("sla", "late"): n - k},
        "M16": {("access", "yes"): k, ("access", "no"): n - k},
        "M1": {("m1", "override"): k, ("m1", "confirm"): n - k},
    }[rule.measure]
    return OversightCounts(cells)


def watch(rule: Rule, seed: str, rate: float, later: float | None = None) -> bool:
    chance = random.Random(seed)
    days = []
    for number in range(DAYS):
        now = rate if later is None or number < 60 else later
        days.append((FIRST + timedelta(days=number), day_of(rule, chance, now, chance.randint(0, 12))))
    return alarm(rule, days) is not None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_stated_false_alarm_rate_holds_at_the_bound_itself(rule: Rule) -> None:
    """Two hundred and fifty looks each; three standard errors of room for the simulation, never more."""
    rate = 0.10 if rule.bound is None else rule.bound
    false = sum(watch(rule, f"{rule.code}:{SEED}:{run}", rate) for run in range(RUNS))
    assert false / RUNS <= ALPHA + 3 * (ALPHA * (1 - ALPHA) / RUNS) ** 0.5


@pytest.mark.parametrize(
    ("code", "rate", "later"),
    [
        ("REVIEWS_TOO_FAST", 0.5, None),
        ("ERRORS_NOT_CAUGHT", 0.55, None),
        ("REVIEWS_LATE", 0.7, None),
        ("EVIDENCE_UNSEEN", 0.6, None),
        ("OVERRIDES_FELL", 0.25, 0.03),
    ],
)
def test_what_is_wrong_is_found(code: str, rate: float, later: float | None) -> None:
    rule = next(each for each in RULES if each.code == code)
    runs = max(20, RUNS // 20)
    found = sum(watch(rule, f"{code}:{SEED}:{run}", rate, later) for run in range(runs))
    assert found >= 0.95 * runs


def test_fast_reviewers_who_catch_errors_raise_no_alarm() -> None:
    rule = next(each for each in RULES if each.code == "REVIEWS_TOO_FAST")
    fast = OversightCounts({("too_fast",): 9, ("timed",): 10, ("wrong_fast", "1"): 3})
    days = [(FIRST + timedelta(days=n), fast) for n in range(60)]
    assert alarm(rule, days) is None
    assert alarm(rule, days[:3]) is None  # too few outcomes to tell haste from skill: it waits
    stamped = OversightCounts({("too_fast",): 9, ("timed",): 10, ("wrong_fast", "0"): 3})
    assert alarm(rule, [(day, stamped) for day, _ in days]) is not None


def test_a_rate_on_the_good_side_never_accumulates_evidence() -> None:
    assert crossing([(0, 10)] * 500, bound=0.25, side="above") is None
    assert crossing([(10, 10)] * 500, bound=0.8, side="below") is None
    found = crossing([(8, 10)] * 50, bound=0.25, side="above")
    assert found is not None
    assert found.block < 4


@pytest.mark.django_db
def test_an_alarm_opens_one_finding_and_after_closing_the_watch_begins_anew(
    governed: UseCase, feed: object, cast: Cast
) -> None:
    made = team(first=datetime(2026, 3, 1, tzinfo=UTC), months=2, per_month=60)
    for event in made:
        if event["type"].endswith("review.v1"):
            event["data"]["active_ms"] = 2000
            event["data"]["outcome"], event["data"]["final"] = "approve", {"value": "grant"}
    feed([event for event in made if not event["type"].endswith("outcome.v1")])  # type: ignore[operator]
    now = datetime.now(UTC)
    assert raise_alerts(at=now) >= 1
    found = Finding.objects.get(code="REVIEWS_TOO_FAST")
    assert found.explanation["false_alarm_rate"] == ALPHA
    assert "at most 1 %" in found.explanation["sentence"]
    assert raise_alerts(at=now + timedelta(days=1)) == 0
    close(finding=found, reason="Talked it over; the desk is fixed.", actor=cast.carl, at=now)
    assert raise_alerts(at=now + timedelta(days=2)) == 0
