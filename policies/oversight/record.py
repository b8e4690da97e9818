"""What the checker reads: one decision with all that people and systems did about it.

Folded from the events of ``facts`` vocabulary (CloudEvents types ``ai.oversight.*.v1``). Times are aware
datetimes of the event's own clock; ``recorded_at`` is the ledger's. ``None`` means *unknown*, never *no*.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRecord:
    """One human review of a decision (``ai.oversight.review.v1``), latest state of its phases."""

    review_id: str
    actor: str | None
    phase: str  # requested | claimed | opened | submitted | expired
    outcome: str | None = None  # approve | modify | override | reject | abstain | refer
    roles: tuple[str, ...] = ()
    authenticated: bool = False  # False: the system asserts who reviewed (evidence grade B)
    reviewed_digest: str | None = None
    requested_at: datetime | None = None
    opened_at: datetime | None = None
    submitted_at: datetime | None = None
    expired_at: datetime | None = None  # its timeout fired: an approval at or after that is never effective
    due_at: datetime | None = None
    final_value: str | None = None
    final_digest: str | None = None
    active_ms: int | None = None
    words_shown: int | None = None
    evidence_required: tuple[str, ...] | None = None
    evidence_opened: tuple[str, ...] | None = None
    rationale_shown: bool | None = None
    guideline_version: str | None = None
    initial_judgement: str | None = None
    reason_code: str | None = None
    reason_text_present: bool | None = None
    reason_text_hash: str | None = None
    batch_id: str | None = None
    blind: bool | None = None
    pair_id: str | None = None
    conflict_of_interest: bool | None = None
    language: str | None = None
    recorded_at: datetime | None = None
    skewed: bool = False  # the source's clock was flagged when this arrived
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRecord:
    """One hop of an escalation (``ai.oversight.escalation.v1``)."""

    escalation_id: str
    criteria_id: str | None = None
    hop: int = 0
    raised_at: datetime | None = None
    notified_at: datetime | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    expired_at: datetime | None = None
    due_at: datetime | None = None
    default_applied: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRecord:
    """What turned out to be true (``ai.oversight.outcome.v1``), the latest revision."""

    value: str
    source: str  # real | blind_panel | appeal | canary
    observed_at: datetime | None = None
    sampling_prob: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRecord:
    """A person contested the decision (``ai.oversight.appeal.v1``)."""

    appeal_id: str
    phase: str  # filed | acknowledged | assigned | decided | closed
    filed_at: datetime | None = None
    decided_at: datetime | None = None
    decision: str | None = None  # upheld | overturned | partly
    actor: str | None = None
    original_reviewer: str | None = None
    explanation_given: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """One decision, identified by (use case, ``decision_id``) whoever sent its events."""

    use_case: str
    decision_id: str
    decision_class: str | None = None
    proposed_at: datetime | None = None
    executed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    recorded_at: datetime | None = None  # when the first event was recorded
    execution_recorded_at: datetime | None = None
    proposal_value: str | None = None
    proposal_digest: str | None = None
    digest_derived: bool = False
    executed_value: str | None = None
    executed_digest: str | None = None
    confidence: Decimal | None = None
    confidence_kind: str | None = None  # calibrated | raw | none
    amount: Decimal | None = None
    flags: tuple[str, ...] | None = None
    language: str | None = None
    system_version: str | None = None
    model_version: str | None = None
    mode_claimed: str | None = None
    mandate_id: str | None = None
    reversibility_seconds: int | None = None
    maker: str | None = None  # the person who entered the case, where there is one
    reviews: tuple[ReviewRecord, ...] = ()
    escalations: tuple[EscalationRecord, ...] = ()
    appeals: tuple[AppealRecord, ...] = ()
    outcome: OutcomeRecord | None = None
    skewed: bool = False
    duplicate_conflict: bool = False  # same source+id arrived with other content
    simulated: bool = False
    drill: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)  # further proposal fields a policy may read

    @property
    def final_value(self) -> str | None:
        """The value that took effect: the executed one, else the last human word, else the proposal."""
        if self.executed_value is not None:
            return self.executed_value
        for review in reversed(self.reviews):
            if review.phase == "submitted" and review.final_value is not None:
                return review.final_value
        return self.proposal_value
