"""Acts in the queue as events: the ledger, the fold and the checker see them like any other."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from audit.events.own import record_own
from audit.events.rows import Receipt
from audit.models import ReviewEscalation, ReviewTask


def record_review(task: ReviewTask, phase: str, data: Mapping[str, Any], *, at: datetime) -> Receipt:
    """Record one phase of the review of ``task``; the same phase is recorded once."""
    body = {
        "decision_id": task.decision_id,
        "review_id": task.review_id,
        "phase": phase,
        "requested_at": stamp(task.opened_at),
        "occurred_at": stamp(at),
        "tool": {"name": "custodes"},
        **({"due_at": stamp(task.due_at)} if task.due_at else {}),
        **({"blind": True} if task.blind else {}),
        **data,
    }
    return _record(task, "review", f"{task.pk}:{phase}", body, at)


def record_escalation(escalation: ReviewEscalation, phase: str, data: Mapping[str, Any], *, at: datetime) -> Receipt:
    """Record one phase of the escalation's present hop; the same phase of a hop is recorded once."""
    body = {
        "decision_id": escalation.task.decision_id,
        "escalation_id": str(escalation.pk),
        "criteria_id": escalation.criteria,
        "hop": escalation.hop,
        "phase": phase,
        "occurred_at": stamp(at),
        **data,
    }
    return _record(escalation.task, "escalation", f"{escalation.pk}:{escalation.hop}:{phase}", body, at)


def _record(task: ReviewTask, event_type: str, event_id: str, body: Mapping[str, Any], at: datetime) -> Receipt:
    return record_own(
        use_case=task.use_case,
        event_type=event_type,
        data=body,
        at=at,
        event_id=event_id,
        drill=task.drill,
        simulated=task.simulated,
    )


def stamp(at: datetime) -> str:
    """Return a moment as events write it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
