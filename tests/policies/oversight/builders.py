"""Small decisions, reviews and policies to check, on one fixed day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from policies.oversight.checker import check
from policies.oversight.context import Controls, Coverage, People, PolicyInForce, Qualification
from policies.oversight.document import parse
from policies.oversight.record import DecisionRecord, ReviewRecord
from policies.oversight.verdict import Verdict

NINE = datetime(2026, 10, 1, 9, tzinfo=UTC)
LATER = NINE + timedelta(days=20)
SOME = {"id": "R1", "when": "true", "require": {"reviews": 1}}


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def policy(*rules: dict[str, Any], mode: str = "HITL", **terms: Any) -> PolicyInForce:
    content = {"usecase": "consumer-credit", "mode": mode, "version": 1, "rules": list(rules or (SOME,)), **terms}
    return PolicyInForce(parse(content), 1, "POL-0001", NINE - timedelta(days=30))


def needing(mode: str = "HITL", terms: dict[str, Any] | None = None, **require: Any) -> PolicyInForce:
    """A policy of one rule that always fires."""
    return policy({"id": "R1", "when": "true", "require": require}, mode=mode, **(terms or {}))


def review(review_id: str = "RV-1", actor: str | None = "rev-1", minutes: float = 9, **changes: Any) -> ReviewRecord:
    base = ReviewRecord(
        review_id=review_id,
        actor=actor,
        phase="submitted",
        outcome="approve",
        reviewed_digest="sha256:aa",
        submitted_at=at(minutes),
        recorded_at=at(minutes),
        active_ms=120_000,
        evidence_opened=("income", "bureau"),
        guideline_version="2026-10",
        reason_code="OK",
    )
    return replace(base, **changes)


def decision(*reviews: ReviewRecord, **changes: Any) -> DecisionRecord:
    """Proposed at 09:00 and executed as proposed at 09:10."""
    base = DecisionRecord(
        use_case="consumer-credit",
        decision_id="LN-1",
        decision_class="approve",
        proposed_at=NINE,
        executed_at=at(10),
        recorded_at=NINE,
        execution_recorded_at=at(10),
        proposal_value="approve",
        proposal_digest="sha256:aa",
        executed_value="approve",
        executed_digest="sha256:aa",
        confidence=Decimal("0.9"),
        amount=Decimal(100),
        flags=(),
        language="en",
        reviews=reviews,
    )
    return replace(base, **changes)


def waiting(*reviews: ReviewRecord, **changes: Any) -> DecisionRecord:
    """Proposed and not executed."""
    unexecuted = {
        "executed_at": None,
        "executed_value": None,
        "executed_digest": None,
        "execution_recorded_at": None,
    }
    return decision(*reviews, **{**unexecuted, **changes})


def verdicts(
    record: DecisionRecord,
    in_force: PolicyInForce | None,
    *,
    people: People | None = None,
    controls: Controls | None = None,
    coverage: Coverage | None = None,
    as_of: datetime = LATER,
) -> tuple[Verdict, ...]:
    return check(
        record,
        policies=[in_force] if in_force else [],
        people=people or People(),
        controls=controls or Controls(),
        coverage=coverage or Coverage(),
        as_of=as_of,
    )


def codes(*args: Any, **kwargs: Any) -> list[tuple[str, str]]:
    return [(each.code, each.state) for each in verdicts(*args, **kwargs)]


def people(*held: tuple[str, str]) -> People:
    return People(Qualification(person, code, NINE - timedelta(days=99)) for person, code in held)
