"""One decision prepared for its checks: which reviews came before execution, which after, which cannot be told."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from policies.oversight.context import Controls, Coverage, People, PolicyInForce
from policies.oversight.record import DecisionRecord, ReviewRecord
from policies.oversight.requirements import ResolvedRequirement
from policies.oversight.terms import PolicyDocument, ReviewTerms
from policies.oversight.verdict import Verdict, verdict

SUBSTANTIVE = frozenset({"approve", "modify", "override", "reject"})
SAID_NO = frozenset({"override", "reject"})
DEFAULT_TERMS = ReviewTerms()
_EPOCH = datetime.min.replace(tzinfo=UTC)


class Case:
    """What the checks read. ``prior`` and ``late`` are effective substantive reviews before and after execution;
    ``clock`` those whose order rests on a clock that is off; ``submitted`` all that were submitted."""

    __slots__ = (
        "as_of",
        "at",
        "clock",
        "controls",
        "coverage",
        "decision",
        "document",
        "executed_at",
        "late",
        "need",
        "people",
        "policy",
        "prior",
        "submitted",
        "terms",
    )

    def __init__(
        self,
        decision: DecisionRecord,
        policy: PolicyInForce | None,
        people: People,
        controls: Controls,
        coverage: Coverage,
        as_of: datetime,
    ) -> None:
        self.decision = decision
        self.policy = policy
        self.document: PolicyDocument | None = policy.document if policy else None
        self.need = policy.compiled.requirement(decision) if policy else ResolvedRequirement()
        self.terms = (self.document.review if self.document else None) or DEFAULT_TERMS
        self.people = people
        self.controls = controls
        self.coverage = coverage
        self.as_of = as_of
        self.at = decision.proposed_at or decision.executed_at or decision.recorded_at
        self.executed_at = corrected(decision.executed_at, decision.decision_id, coverage)
        self.submitted = _submitted(decision)
        self.prior: list[ReviewRecord] = []
        self.late: list[ReviewRecord] = []
        self.clock: list[ReviewRecord] = []
        for review in self.submitted:
            if review.outcome in SUBSTANTIVE and effective(review):
                self._place(review)

    def _place(self, review: ReviewRecord) -> None:
        if self.executed_at is None:
            self.prior.append(review)
            return
        decision, offsets = self.decision, self.coverage.clock_offsets
        submitted_at = corrected(review.submitted_at, review.review_id, self.coverage)
        before = submitted_at is not None and submitted_at <= self.executed_at
        doubtful = (review.skewed and review.review_id not in offsets) or (
            decision.skewed and decision.decision_id not in offsets
        )
        if submitted_at is None or (doubtful and not (before and _recorded_in_order(review, decision))):
            self.clock.append(review)
        elif before:
            self.prior.append(review)
        else:
            self.late.append(review)

    @property
    def executed(self) -> bool:
        return self.executed_at is not None

    @property
    def final(self) -> bool:
        """Whether the network has had its time: a review still on its way would have arrived."""
        executed = self.decision.execution_recorded_at or self.decision.executed_at
        return executed is not None and self.as_of >= executed + self.terms.grace

    def give(
        self, code: str, state: str, data: Mapping[str, Any], at: datetime | None, hard: bool | None = None
    ) -> Verdict:
        """Return a verdict about this decision."""
        ref = self.policy.ref if self.policy else None
        return verdict(code, self.decision.decision_id, state, data, at, policy=ref, hard=hard)


def _submitted(decision: DecisionRecord) -> list[ReviewRecord]:
    found = [review for review in decision.reviews if review.phase == "submitted"]
    if len(found) > 1:
        found.sort(key=_by_time)
    return found


def _by_time(review: ReviewRecord) -> tuple[bool, datetime, str]:
    at = review.submitted_at or review.recorded_at
    return (at is None, at or _EPOCH, review.review_id)


def effective(review: ReviewRecord) -> bool:
    """Whether a review came before its timeout; at the same instant the timeout wins."""
    if review.expired_at is None or review.submitted_at is None:
        return True
    return review.submitted_at < review.expired_at


def corrected(at: datetime | None, subject: str, coverage: Coverage) -> datetime | None:
    """Return ``at`` corrected by the evidence of its clock's offset, where there is any."""
    if at is None or not coverage.clock_offsets:
        return at
    return at + coverage.clock_offsets.get(subject, timedelta(0))


def _recorded_in_order(review: ReviewRecord, decision: DecisionRecord) -> bool:
    """Our own clock saw the review no later than the execution."""
    if review.recorded_at is None or decision.execution_recorded_at is None:
        return False
    return review.recorded_at <= decision.execution_recorded_at


def seconds(span: timedelta) -> int | float:
    """Return a span in seconds, whole where it is whole, else to the millisecond."""
    value = round(span.total_seconds(), 3)
    return int(value) if value == int(value) else value


def text(at: datetime | None) -> str:
    """Return a moment as text."""
    return at.isoformat() if at else "unknown"
