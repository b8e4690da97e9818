"""The label beside a decision: who decided, a machine or a person; computed, and therefore revocable."""

from dataclasses import dataclass

from policies.oversight.case import effective
from policies.oversight.record import DecisionRecord

TEXTS = {
    "ai_human_changed": "AI-generated, changed by a person",
    "ai_human_reviewed": "AI-generated, human-reviewed",
    "ai_human_rejected": "AI-generated, rejected by a person",
    "ai_not_reviewed": "AI-generated, not reviewed by a person",
    "ai_withdrawn": "AI-generated, withdrawn",
    "ai_reviewed_late": "AI-generated, reviewed by a person after it took effect",
    "unknown": "Unknown: no proposal of an AI system was recorded",
}


@dataclass(frozen=True, slots=True)
class Label:
    """``code`` names one of :data:`TEXTS`; ``revoked``: an appeal overturned what it stands for."""

    code: str
    text: str
    revoked: bool
    simulated: bool


def label_of(record: DecisionRecord) -> Label:
    """Return the label of a decision as far as its record goes."""
    code = _code(record)
    revoked = any(appeal.decision == "overturned" for appeal in record.appeals)
    return Label(code, TEXTS[code], revoked, record.simulated)


def _code(record: DecisionRecord) -> str:
    if record.withdrawn_at is not None:
        return "ai_withdrawn"
    if record.proposed_at is None and record.proposal_value is None:
        return "unknown"
    spoken = [
        each
        for each in record.reviews
        if each.phase == "submitted" and each.outcome in ("approve", "modify", "override", "reject")
    ]
    in_time = [
        each
        for each in spoken
        if effective(each)
        and (record.executed_at is None or (each.submitted_at is not None and each.submitted_at <= record.executed_at))
    ]
    if not in_time:
        return "ai_reviewed_late" if spoken else "ai_not_reviewed"
    outcomes = {"approve": "ai_human_reviewed", "reject": "ai_human_rejected"}
    return outcomes.get(in_time[-1].outcome or "", "ai_human_changed")
