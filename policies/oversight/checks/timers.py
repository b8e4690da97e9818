"""Did things happen in time? Reviews and escalations."""

from collections.abc import Iterator
from datetime import datetime

from policies.oversight.case import SUBSTANTIVE, Case, text
from policies.oversight.record import EscalationRecord, ReviewRecord
from policies.oversight.verdict import Verdict

CLOSED = frozenset({"submitted", "expired"})


def in_time(case: Case) -> Iterator[Verdict]:
    """SLA for each review that was late or is overdue."""
    decision = case.decision
    done = False
    for review in decision.reviews:
        due = due_at(case, review)
        submitted = review.submitted_at if review.phase == "submitted" else None
        done = done or (submitted is not None and review.outcome in SUBSTANTIVE)
        if due is not None and submitted is not None and submitted > due:
            yield _sla(case, review.review_id, due, f"submitted at {text(submitted)}", submitted)
    if done or case.executed or decision.withdrawn_at is not None:
        return
    if not decision.reviews and case.need.reviews == 0:
        return
    open_reviews = [review for review in decision.reviews if review.phase not in CLOSED]
    for review in open_reviews or [None]:  # type: ignore[list-item]
        due = due_at(case, review)
        # A log that arrives after the fact is not overdue before its reviews had time to arrive too.
        known = decision.recorded_at + case.terms.grace if decision.recorded_at else None
        if due is not None and case.as_of > max(due, known or due):
            yield _sla(case, review.review_id if review else "", due, "still open", due)


def due_at(case: Case, review: ReviewRecord | None) -> datetime | None:
    """When a review must be done: its own time, else the policy's turnaround from the request or the proposal."""
    if review is not None and review.due_at is not None:
        return review.due_at
    since = (review.requested_at if review else None) or case.decision.proposed_at
    if case.terms.max_turnaround is None or since is None:
        return None
    return since + case.terms.max_turnaround


def _sla(case: Case, subject: str, due: datetime, state: str, at: datetime) -> Verdict:
    return case.give("SLA", "breach", {"due": text(due), "state": state, "subject": subject}, at)


def escalated(case: Case) -> Iterator[Verdict]:
    """ESC_LATE and ESC_EXPIRED for each hop of each escalation."""
    terms = case.document.escalation if case.document else None
    chain = terms.chain if terms else ()
    for hop in case.decision.escalations:
        due = _hop_due(hop, chain[hop.hop].ack if hop.hop < len(chain) else None)
        subject = f"{hop.escalation_id}:{hop.hop}"
        data = {"escalation": hop.escalation_id, "hop": hop.hop, "subject": subject, "due": text(due)}
        last = hop.hop >= len(chain) - 1
        answered = hop.acknowledged_at or hop.resolved_at
        if last and answered is None and (hop.expired_at is not None or _overdue(due, case.as_of)):
            default = hop.default_applied or "not applied"
            at = hop.expired_at or due
            hard = hop.default_applied is None
            yield case.give("ESC_EXPIRED", "breach", {**data, "default": default}, at, hard=hard)
        elif _overdue(due, answered or hop.expired_at or case.as_of):
            yield case.give("ESC_LATE", "breach", data, due)


def _hop_due(hop: EscalationRecord, ack: object) -> datetime | None:
    if hop.due_at is not None:
        return hop.due_at
    since = hop.notified_at or hop.raised_at
    return since + ack if since is not None and ack is not None else None  # type: ignore[operator]


def _overdue(due: datetime | None, at: datetime) -> bool:
    return due is not None and at > due
