"""An invented log of reviews by many people, as events systems would send; knows nothing of how figures are made."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

SOURCE = "/benefits/classifier"


def events(
    number: int,
    *,
    reviewer: str,
    at: datetime,
    decision_class: str = "grant",
    version: str = "1",
    changed: bool = False,
    seconds: float = 90,
    wrong: bool = False,
    confidence: str = "0.70",
    prefix: str = "d",
    reason: str = "CONTEXT",
) -> list[dict[str, Any]]:
    """One decision proposed, reviewed, executed and judged; ``number`` makes its id."""
    name = f"{prefix}-{number:05d}"
    final = "refuse" if changed else "grant"
    right = "refuse" if wrong else "grant"
    review = {
        "decision_id": name,
        "review_id": f"r-{name}",
        "phase": "submitted",
        "actor": {"ref": reviewer, "authn": "oidc", "roles": ["caseworker"]},
        "outcome": "override" if changed else "approve",
        "submitted_at": (at + timedelta(minutes=9)).isoformat(),
        "active_ms": int(seconds * 1000),
        "evidence_required": ["payroll"],
        "evidence_opened": ["payroll"],
        "rationale_shown": True,
        "final": {"value": final},
        **({"reason_code": reason} if changed else {}),
    }
    proposed = {
        "decision_id": name,
        "decision_class": decision_class,
        "phase": "proposed",
        "proposal": {"value": "grant"},
        "confidence": {"value": confidence, "kind": "raw"},
        "model": {"name": "m", "version": version},
        "language": "en",
    }
    done = {
        "decision_id": name,
        "decision_class": decision_class,
        "phase": "executed",
        "proposal": {"value": final},
        "executed_at": (at + timedelta(hours=1)).isoformat(),
    }
    truth = {"decision_id": name, "truth": {"value": right}, "truth_source": "blind_panel", "sampling_prob": "1"}
    return [
        event(name, "decision", at, proposed),
        event(name, "review", at + timedelta(minutes=9), review),
        event(name, "decision", at + timedelta(hours=1), done, suffix="executed"),
        event(name, "outcome", at + timedelta(hours=2), truth),
    ]


def event(name: str, kind: str, at: datetime, data: dict[str, Any], *, suffix: str = "") -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{name}-{kind}-{suffix}",
        "source": SOURCE,
        "type": f"ai.oversight.{kind}.v1",
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }


def team(
    *,
    first: datetime,
    months: int,
    per_month: int,
    reviewers: tuple[str, ...] = ("rev-1", "rev-2", "rev-3", "rev-4"),
    seed: int = 1,
    prefix: str = "d",
) -> list[dict[str, Any]]:
    """A team's work: ``per_month`` decisions in each of some months, shared evenly; one in ten is changed."""
    chance = random.Random(seed)
    made: list[dict[str, Any]] = []
    for month in range(months):
        for i in range(per_month):
            number = month * per_month + i
            at = _in_month(first, month) + timedelta(days=i % 27, hours=8, minutes=(7 * i) % 480)
            wrong = chance.random() < 0.2
            made += events(
                number,
                reviewer=reviewers[i % len(reviewers)],
                at=at,
                decision_class=chance.choice(["income", "housing"]),
                version=str(1 + month // 2),
                changed=wrong if chance.random() < 0.8 else chance.random() < 0.05,
                wrong=wrong,
                seconds=chance.uniform(40, 200),
                confidence=f"0.{chance.randint(50, 99)}",
                prefix=prefix,
                reason=chance.choice(["CONTEXT", "DATA_OUTDATED"]),
            )
    return made


def _in_month(first: datetime, offset: int) -> datetime:
    month = first.year * 12 + first.month - 1 + offset
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
