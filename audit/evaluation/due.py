"""When a decision must be looked at again though nothing happens: a grace ends, a review or a hop falls due."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from policies.oversight.checks.timers import CLOSED
from policies.oversight.context import PolicyInForce
from policies.oversight.record import DecisionRecord, ReviewRecord
from policies.oversight.terms import ReviewTerms

_AFTER = timedelta(microseconds=1)  # overdue is strictly after due


def next_look(record: DecisionRecord, policy: PolicyInForce | None, *, after: datetime) -> datetime | None:
    """Return the first moment after ``after`` at which time alone can change the verdicts on ``record``."""
    if policy is None or record.drill:
        return None
    return min((moment for moment in _moments(record, policy) if moment > after), default=None)


def _moments(record: DecisionRecord, policy: PolicyInForce) -> Iterator[datetime]:
    terms = policy.document.review or ReviewTerms()
    executed = record.execution_recorded_at or record.executed_at
    if executed is not None:
        yield executed + terms.grace
    elif record.withdrawn_at is None:
        waiting: list[ReviewRecord | None] = [review for review in record.reviews if review.phase not in CLOSED]
        for review in waiting or [None]:
            since = (review.requested_at if review else None) or record.proposed_at
            due = review.due_at if review is not None else None
            if due is None and since is not None and terms.max_turnaround is not None:
                due = since + terms.max_turnaround
            if due is not None:
                known = record.recorded_at + terms.grace if record.recorded_at else due
                yield max(due, known) + _AFTER
    chain = policy.document.escalation.chain if policy.document.escalation else ()
    for hop in record.escalations:
        since = hop.notified_at or hop.raised_at
        if hop.due_at is not None:
            yield hop.due_at + _AFTER
        elif since is not None and hop.hop < len(chain):
            yield since + chain[hop.hop].ack + _AFTER
