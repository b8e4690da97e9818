"""A use case with a small, known past: 45 decisions of two groups, reviewed, some of them badly."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.ledger import log
from audit.tasks import follow, follow_time
from governance.models import UseCase
from governance.register import classify_use_case, declare_fairness
from policies.eu_ai_act import next_question
from tests.audit.events.samples import event, executed, proposed, reviewed
from tests.cast import Cast, a_live_use_case

DAY = datetime(2026, 11, 2, 8, tzinfo=UTC)
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)  # a whole month: figures about people are given by no less


@dataclass
class Past:
    """What was sent, kept as plain rows for recounting: (id, group, proposal, final, reviewed, executed early)."""

    use_case: UseCase
    rows: list[dict[str, Any]] = field(default_factory=list)
    send: Callable[..., Any] | None = None
    cast: Cast | None = None


def given_out(rows: list[dict[str, Any]], group: str, k: int = 10) -> list[dict[str, Any]]:
    """The rows of a group that may be given out: parcels of at least ``k``, closed at the end of a day.

    What is held back of all groups together is nobody or at least ``k``, if need be by the smallest last parcel more.
    """
    parcels = {name: _parcels(rows, name, k) for name in sorted({row["group"] for row in rows})}
    held = len(rows) - sum(len(parcel) for found in parcels.values() for parcel in found)
    if 0 < held < k:
        min((found for found in parcels.values() if found), key=lambda found: len(found[-1])).pop()
    return [row for parcel in parcels[group] for row in parcel]


def _parcels(rows: list[dict[str, Any]], group: str, k: int) -> list[list[dict[str, Any]]]:
    waiting: list[dict[str, Any]] = []
    out = []
    for day in sorted({row["day"] for row in rows}):
        waiting += [row for row in rows if row["day"] == day and row["group"] == group]
        if len(waiting) >= k:
            out.append(waiting)
            waiting = []
    return out


def catch_up() -> None:
    """Sequence, fold, check and count everything that was recorded."""
    while log.integrate(at=timezone.now()):
        pass
    while follow(at=timezone.now()):
        pass
    while follow_time(at=timezone.now() + timedelta(days=2)):  # the grace after execution is over
        pass


@pytest.fixture
def live_use_case(cast: Cast) -> UseCase:
    """Olga's use case, signed off in October, classified, with sex declared for fairness."""
    then = datetime(2026, 10, 1, 9, tzinfo=UTC)
    with log.replaying_clock("tests"):
        use_case = a_live_use_case(cast, at=then)
        declaration = {"favourable": "grant", "attributes": {"sex": "male"}, "threshold": "0.8"}
        use_case = declare_fairness(actor=cast.anna, at=then, use_case=use_case, declaration=declaration)
    answers = {"role": "deployer"}
    today = timezone.now()
    while (asked := next_question(answers, on_date=today.date())) is not None:
        answers[asked.question.id] = "no"
    classify_use_case(
        actor=cast.anna, at=today, use_case=use_case, answers=answers, on_date=today.date(), reason="Answered by Anna."
    )
    return use_case


def decide(number: int, rng: random.Random) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return one decision as a row and as events."""
    at = DAY + timedelta(hours=6 * number)
    group = "female" if number % 3 == 0 else "male"
    proposal = "grant" if rng.random() < (0.35 if group == "female" else 0.75) else "ask"
    seen, changed = rng.random() < 0.9, rng.random() < 0.1
    final = ("ask" if proposal == "grant" else "grant") if seen and changed else proposal
    key = f"LN-{number:04d}"
    stamp = lambda minutes: (at + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")  # noqa: E731
    events = [
        proposed(key, value=proposal, time=stamp(0), occurred_at=stamp(0)),
        event("group", event_id=f"g-{key}", time=stamp(0), data={"decision_id": key, "attributes": {"sex": group}}),
        executed(key, time=stamp(40), occurred_at=stamp(40), executed={"value": final}),
    ]
    if seen:
        outcome = "override" if final != proposal else "approve"
        more: dict[str, Any] = {"actor": {"ref": f"rev-{number % 3}", "authn": "oidc", "roles": ["underwriter-l2"]}}
        more |= {"final": {"value": final}, "reason_code": "evidence"} if final != proposal else {}
        events.insert(2, {**reviewed(key, outcome, time=stamp(20), **more), "simulated": True})
    return {"id": key, "group": group, "proposal": proposal, "final": final, "reviewed": seen, "day": at.date()}, events


@pytest.fixture
def past(cast: Cast, live_use_case: UseCase, send: Callable[..., Any]) -> Past:
    """The decisions, sent through the API, sequenced, folded and checked."""
    rng = random.Random(7)
    past = Past(use_case=live_use_case, send=send, cast=cast)
    events: list[dict[str, Any]] = []
    for number in range(45):
        row, sent = decide(number, rng)
        past.rows.append(row)
        events += sent
    answer = send(events)
    assert answer.status_code == 201, answer.content[:600]
    catch_up()
    return past
