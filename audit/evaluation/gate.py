"""The gate: may a system that must wait for people execute a decision? Bound to the proposed action's digest.

The question is put to the checker itself: would executing this action now break the policy? So gate and report
cannot disagree.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from audit.control.state import Bound, ControlState, state_of
from audit.evaluation.context import Context
from audit.events.folding import decision_key
from audit.models import Decision, Event, ReviewTask
from audit.reviews.needs import CHANGED, action_of, spoken_of
from governance.models import UseCase
from policies.oversight.codes import CODES
from policies.oversight.context import PolicyInForce
from policies.oversight.record import DecisionRecord, ReviewRecord

DECIDING: Final = frozenset({"execution", "people", "mandate"})  # groups of codes that hold an execution up


@dataclass(frozen=True, slots=True)
class Gate:
    """``state`` is one of not_required, pending, approved, modified, rejected, expired, stopped.

    ``digest`` is of the action the answer is about: for ``modified`` of the one people put in its place.
    """

    state: str
    reason: str
    digest: str | None = None
    policy_ref: str | None = None


def gate_of(use_case: UseCase, decision_id: str, *, at: datetime) -> Gate | None:
    """Return the gate's answer at ``at``; ``None`` when nothing was ever recorded of the decision."""
    found = Decision.objects.filter(pk=decision_key(use_case.pk, decision_id)).values_list("state", flat=True)
    if not (states := list(found)):
        if not Event.objects.filter(use_case=use_case, decision_id=decision_id).exists():
            return None
        return Gate("pending", "The decision was recorded and is not checked yet")
    record = msgspec.convert(states[0], type=DecisionRecord)
    # A gate is asked at every decision: only who has a part in this one is looked up, and nothing is read twice.
    part = {each.actor for each in record.reviews if each.actor} | ({record.maker} if record.maker else set())
    context = Context([use_case.pk], people=part)
    strictest = _control(context, use_case, at).strictest(record.decision_class, record.system_version)
    if strictest.state in ("paused", "stopped"):
        return Gate("stopped", strictest.detail, record.proposal_digest)
    return judged(context, use_case, record, at=at)


def _control(context: Context, use_case: UseCase, at: datetime) -> ControlState:
    """What the use case's systems may do, from what the context has read."""
    policy = context.policy_at(use_case.pk, at)
    bound = None
    if policy is not None:
        mandate = policy.document.mandate
        bound = Bound(policy.ref, mandate.expires if mandate else None)
    return state_of(use_case.lifecycle, bound, context.interventions, at=at)


def judged(context: Context, use_case: UseCase, record: DecisionRecord, *, at: datetime) -> Gate:
    """Return what people and policy say to executing ``record`` at ``at``, whatever control says."""
    policy = context.policy_for(use_case.pk, record)
    if policy is None:
        return Gate("stopped", "No policy was in force when it was proposed", record.proposal_digest)
    digest, ref = record.proposal_digest, policy.ref
    if record.withdrawn_at is not None:
        return Gate("rejected", "The proposal was withdrawn", digest, ref)
    if _pair_waits(use_case, record):
        return Gate("pending", "Two people judge it independently, and one of them has not yet", digest, ref)
    spoken = spoken_of(record)
    last = spoken[-1] if spoken else None
    if last is not None and last.outcome == "reject":
        return Gate("rejected", f"Review {last.review_id} rejected it", digest, ref)
    action = action_of(record, spoken)
    if action is None:
        return Gate("rejected", "A person decided otherwise and named no action to execute instead", digest, ref)
    imagined = replace(
        record, executed_at=at, execution_recorded_at=at, executed_digest=action.digest, executed_value=action.value
    )
    found = context.check(use_case.pk, imagined, as_of=at)
    # The token is fetched here: the gate cannot wait for it.
    verdicts = [each for each in found if CODES[each.code].group in DECIDING and each.code != "NO_TOKEN"]
    against = [each for each in verdicts if each.hard or each.state in ("open", "unknown")]
    if against:
        state = "expired" if _ran_out(record, policy, last, at) else "pending"
        return Gate(state, against[0].sentence, action.digest, ref)
    if last is None:
        return Gate("not_required", "No review is required", action.digest, ref)
    if last.outcome in CHANGED or action.digest != record.proposal_digest:
        return Gate("modified", "A person changed it", action.digest, ref)
    return Gate("approved", "The required reviews are there", action.digest, ref)


def _pair_waits(use_case: UseCase, record: DecisionRecord) -> bool:
    """A pair's first word is not its verdict: the second, or whoever settles a dispute, may decide otherwise."""
    blind = any(each.blind for each in record.reviews if each.phase == "submitted")
    waiting = ReviewTask.objects.filter(
        use_case=use_case, decision_id=record.decision_id, state__in=["open", "claimed"]
    )
    return blind and waiting.exists()


def _ran_out(record: DecisionRecord, policy: PolicyInForce, last: ReviewRecord | None, at: datetime) -> bool:
    """Whether it is time that stands against it: an approval that is too old, or a review nobody gave in time."""
    if any(each.expired_at is not None for each in record.reviews):
        return True
    if last is None:
        return False
    valid = policy.document.review.approval_valid if policy.document.review else None
    return valid is not None and last.submitted_at is not None and at - last.submitted_at > valid
