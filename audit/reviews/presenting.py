"""What a reviewer is shown of a case, and what is kept back until they said what they would decide themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from audit.models import Decision, ReviewTask
from audit.reviews.acts import evidence_of
from policies.oversight.record import DecisionRecord

# Fields of a decision that carry the system's advice, or have a place of their own beside the fields of the case.
ADVICE: Final = frozenset({"options", "rationale", "rationale_ref", "uncertainty", "limits", "prompts"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The system's advice: what it would do, how sure it is (as it says), why, and what else it considered."""

    value: str | None
    digest: str | None
    confidence: float | None
    rationale: str | None
    options: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """``proposal`` is ``None`` while ``withheld``: the policy asks for the reviewer's own judgement first."""

    withheld: bool
    proposal: Proposal | None
    judgement: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    evidence: Sequence[str] = ()
    prompts: Sequence[str] = ()
    reason_codes: Sequence[str] = ()


def withheld(task: ReviewTask) -> bool:
    """Whether the advice is kept back from whoever holds ``task`` or will: their own judgement comes first."""
    return task.own_first and not task.initial_judgement and task.state in ("open", "claimed")


def shown(task: ReviewTask) -> Shown:
    """Return what whoever holds ``task`` may be shown now; one query."""
    row = Decision.objects.filter(use_case=task.use_case_id, decision_id=task.decision_id).first()
    record = msgspec.convert(row.state, type=DecisionRecord) if row is not None else None
    pieces = evidence_of(task)
    given = record.fields if record is not None else {}
    hidden = withheld(task)
    return Shown(
        withheld=hidden,
        proposal=None if hidden else _proposal(task, record),
        judgement=task.initial_judgement,
        fields={name: value for name, value in sorted(given.items()) if name not in ADVICE | {"evidence", *pieces}},
        evidence=list(pieces),
        prompts=task.terms.get("prompts") or [],
        reason_codes=task.terms.get("reason_codes") or [],
    )


def _proposal(task: ReviewTask, record: DecisionRecord | None) -> Proposal:
    given = record.fields if record is not None else {}
    options, reason = given.get("options"), given.get("rationale") or given.get("rationale_ref")
    sure = record.confidence if record is not None else None
    return Proposal(
        value=task.action_value,
        digest=task.action_digest or None,
        confidence=None if sure is None else float(sure),
        rationale=None if reason is None else str(reason),
        options=[str(each) for each in options] if isinstance(options, list) else (),
    )
