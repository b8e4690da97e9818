"""An invented log of decisions and reviews with planted truth, as the events systems would send.

It knows the event vocabulary and nothing else of the platform: no import from audit, policies or governance. Every
figure a persona is made of is in :class:`Persona`, so a test knows what should be found.
"""

import hashlib
import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 9, 7, 8, tzinfo=UTC)
SOURCE = "/lending/prod"
OTHER = {"approve": "decline", "decline": "approve"}


@dataclass(frozen=True)
class Persona:
    """``hit`` = P(changes | proposal wrong), ``alarm`` = P(changes | proposal right); seconds are log-normal."""

    name: str
    hit: float = 0.85
    alarm: float = 0.05
    median_s: float = 150.0
    spread: float = 0.35
    hit_at_end: float | None = None  # after 90 minutes of work, falling evenly
    batch: int = 0  # approves so many at once
    favours: str | None = None  # raises proposals to approve for this group only
    copied_by: str | None = None  # a second reviewer who gives the same answer seconds later
    late: float = 0.0  # share of executions before their review
    skipped: float = 0.0  # share of executions without review
    ignored: float = 0.0  # share of overrides that are not obeyed
    lost: float = 0.0  # share of review events that never arrive, their sequence numbers with them
    clock_ahead: timedelta = timedelta(0)  # of the executing system


PERSONAS = {
    each.name: each
    for each in (
        Persona("diligent"),
        Persona("stamper", hit=0.05, alarm=0.004, median_s=2, spread=0.3),
        Persona("contrarian", hit=0.90, alarm=0.75),
        Persona("tired", hit=0.90, hit_at_end=0.50),
        Persona("biased", favours="X"),
        Persona("fast_expert", hit=0.90, alarm=0.03, median_s=20, spread=0.25),
        Persona("careful_slow", median_s=900),
        Persona("batch_clicker", hit=0.30, alarm=0.02, median_s=40, spread=0.2, batch=10),
        Persona("collusive_pair", copied_by="rev-2"),
        Persona("bypassing_system", late=0.15, skipped=0.10),
        Persona("ignoring_system", ignored=0.60),
        Persona("silent_system", lost=0.08),
        Persona("skewed_system", clock_ahead=timedelta(minutes=12)),
    )
}


@dataclass(frozen=True)
class Planted:
    """What is true of one decision, by its id."""

    wrong: bool
    changed: bool
    group: str
    skipped: bool = False
    late: bool = False
    ignored: bool = False
    lost: bool = False
    minutes_on_task: float = 0.0


@dataclass
class Log:
    """``events``: (event, when our ledger recorded it), in order of arrival. ``truth``: decision id to what is true."""

    events: list[tuple[dict[str, Any], datetime]] = field(default_factory=list)
    truth: dict[str, Planted] = field(default_factory=dict)
    sequence: int = 0


def generate(persona: Persona, *, n: int, seed: int, error: float = 0.30) -> Log:
    """Return a log of ``n`` decisions, a share ``error`` of them proposed wrongly, all sent to one reviewer."""
    chance = random.Random(f"{persona.name}:{seed}")
    log = Log()
    for i in range(n):
        at = START + timedelta(days=i // 40, minutes=9 * (i % 40))
        for event, recorded_at in _decision(persona, chance, log, f"{persona.name}-{seed}-{i}", i, at, error):
            log.events.append((event, recorded_at))
    return log


def _decision(
    persona: Persona, chance: random.Random, log: Log, name: str, i: int, at: datetime, error: float
) -> Iterator[tuple[dict[str, Any], datetime]]:
    right = chance.choice(("approve", "decline"))
    wrong = chance.random() < error
    proposal = OTHER[right] if wrong else right
    group = chance.choice("XY")
    minutes = 9.0 * (i % 10)
    changed = chance.random() < _change_rate(persona, wrong, minutes)
    if persona.favours is not None and proposal == "decline" and not wrong:
        changed = group == persona.favours and chance.random() < 0.6
    final = OTHER[proposal] if changed else proposal
    seconds = persona.median_s * math.exp(chance.gauss(0, persona.spread))
    skipped, late = chance.random() < persona.skipped, chance.random() < persona.late
    ignored, lost = changed and chance.random() < persona.ignored, chance.random() < persona.lost
    log.truth[name] = Planted(wrong, changed, group, skipped, late and not skipped, ignored, lost, minutes)
    yield _send(log, name, "decision", "proposed", at, _proposal(proposal))
    groups = {"decision_id": name, "attributes": {"group": group}}
    yield _send(log, name, "group", "", at, groups)
    submitted = at + timedelta(seconds=30 + seconds)
    if not skipped:
        review = _review(persona, name, "rev-1", proposal, final, seconds, i)
        arrived = _send(log, name, "review", "submitted", submitted, review)
        if not lost:
            yield arrived
        if persona.copied_by is not None:
            copy = _review(persona, name, persona.copied_by, proposal, final, 3.0, i)
            submitted += timedelta(seconds=4)
            yield _send(log, name, "review", "submitted", submitted, copy)
    executed = at + timedelta(seconds=15) if late or skipped else submitted + timedelta(seconds=20)
    done = proposal if ignored or late or skipped else final
    yield _send(log, name, "decision", "executed", executed, _execution(done), ahead=persona.clock_ahead)
    outcome = {"truth": {"value": right}, "truth_source": "blind_panel", "sampling_prob": "1"}
    yield _send(log, name, "outcome", "adjudicated", executed + timedelta(days=2), outcome)


def _change_rate(persona: Persona, wrong: bool, minutes: float) -> float:
    if not wrong:
        return persona.alarm
    if persona.hit_at_end is None:
        return persona.hit
    return persona.hit + (persona.hit_at_end - persona.hit) * min(minutes / 90, 1)


def digest(value: str) -> str:
    body = json.dumps({"value": value}, sort_keys=True, separators=(",", ":")).encode()
    return "sha256:" + hashlib.sha256(body).hexdigest()


def _proposal(value: str) -> dict[str, Any]:
    return {
        "decision_class": "credit",
        "proposal": {"value": value, "digest": digest(value)},
        "confidence": {"value": 0.7, "kind": "calibrated"},
        "language": "en",
    }


def _execution(value: str) -> dict[str, Any]:
    return {
        "decision_class": "credit",
        "proposal": {"value": value, "digest": digest(value)},
        "executed_value": value,
        "executed_digest": digest(value),
    }


def _review(
    persona: Persona, name: str, actor: str, proposal: str, final: str, seconds: float, i: int
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "review_id": f"RV-{name}-{actor}",
        "actor": {"ref": actor, "authn": "oidc", "roles": ["underwriter"]},
        "outcome": "override" if final != proposal else "approve",
        "reviewed_digest": digest(proposal),
        "active_ms": int(seconds * 1000),
        "evidence_opened": ["income"],
        "rationale_shown": True,
        "final": {"value": final, "digest": digest(final)},
    }
    if final != proposal:
        data["reason_code"] = "CONTEXT"
    if persona.batch and i % (2 * persona.batch) < persona.batch:
        data["batch_id"] = f"B-{i // persona.batch}"
    return data


def _send(
    log: Log,
    name: str,
    kind: str,
    phase: str,
    at: datetime,
    data: dict[str, Any],
    ahead: timedelta = timedelta(0),
) -> tuple[dict[str, Any], datetime]:
    log.sequence += 1
    told = at + ahead
    body = {"decision_id": name, **({"phase": phase} if phase else {}), **data}
    if phase in ("submitted", "executed"):
        body[f"{phase}_at"] = told.isoformat()
    event = {
        "specversion": "1.0",
        "id": f"{name}:{kind}:{phase}:{log.sequence}",
        "source": SOURCE,
        "type": f"ai.oversight.{kind}.v1",
        "time": told.isoformat(),
        "subject": name,
        "usecase": "consumer-credit",
        "sequence": str(log.sequence),
        "data": body,
    }
    return event, at + timedelta(seconds=1)
