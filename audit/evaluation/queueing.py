"""What evaluation tells the review queue: which decisions need people now, under the policy that binds them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from audit.control.sampling import periods_of
from audit.evaluation.context import Context
from audit.evaluation.gate import judged
from audit.events.changes import Change, DecisionState
from audit.events.folding import decision_key
from audit.reviews.needs import Need
from audit.reviews.opening import Case, settle
from governance.models import UseCase
from governance.notices import publish
from policies.oversight.context import PolicyInForce
from policies.oversight.record import DecisionRecord
from policies.oversight.requirements import ResolvedRequirement
from policies.oversight.sampling import SamplingPeriod, selected

OURS = "custodes"
VERDICTS = frozenset({"approved", "modified", "rejected", "expired"})


def queue_changes(changes: Sequence[Change], *, context: Context, at: datetime) -> int:
    """Open and end review tasks for what changed; needs the caller's transaction; return how many were opened."""
    latest: dict[tuple[UUID, str], Change] = {}
    for change in changes:
        latest[change.after.use_case_id, change.after.record.decision_id] = change
    bound = [
        (change.after, policy)
        for change in latest.values()
        if (policy := context.policy_for(change.after.use_case_id, change.after.record)) is not None and _ours(policy)
    ]
    return settle(list(_cases(bound)), at=at) if bound else 0


def tell_gate(changes: Sequence[Change], *, context: Context, at: datetime) -> int:
    """Tell systems by webhook that the gate has its verdict; return how many messages were written."""
    reviewed = [
        change
        for change in changes
        if change.before is None or change.before.record.reviews != change.after.record.reviews
    ]
    listening = _listening({change.after.use_case_id for change in reviewed if change.after.record.reviews})
    told = 0
    for change in reviewed:
        record, use_case = change.after.record, listening.get(change.after.use_case_id)
        if use_case is None or not record.reviews:
            continue
        found = judged(context, use_case, record, at=at)
        if found.state in VERDICTS:
            key = decision_key(use_case.pk, record.decision_id)
            data = {
                "use_case": use_case.ref,
                "decision_id": record.decision_id,
                "state": found.state,
                "reason": found.reason,
                "digest": found.digest,
                "simulated": record.simulated,
            }
            occasion = f"gate:{key}:{found.state}:{found.digest or ''}"[:150]
            told += publish(use_case=use_case, kind="gate.decided", data=data, at=at, key=occasion)
    return told


def _listening(use_cases: set[UUID]) -> dict[UUID, UseCase]:
    """Those of ``use_cases`` somebody wants the gate's verdicts of."""
    if not use_cases:
        return {}
    rows = UseCase.objects.filter(pk__in=use_cases, webhook_endpoints__disabled_at=None).distinct()
    return {row.pk: row for row in rows.exclude(webhook_endpoints=None)}


def _cases(bound: Sequence[tuple[DecisionState, PolicyInForce]]) -> Iterable[Case]:
    use_cases = {
        row.pk: row
        for row in UseCase.objects.select_related("owner").filter(pk__in={state.use_case_id for state, _ in bound})
    }
    periods = periods_of(use_cases)
    for state, policy in bound:
        yield Case(
            use_case=use_cases[state.use_case_id],
            need=need_of(state.record, policy, periods.get(state.use_case_id, ()), last_index=state.last_index),
            policy=policy,
            index=state.last_index,
        )


def need_of(
    record: DecisionRecord, policy: PolicyInForce, periods: Iterable[SamplingPeriod], *, last_index: int
) -> Need:
    """Return what ``record`` needs from people under ``policy``; draws are those of the sampling period it fell in."""
    requirement = policy.compiled.requirement(record)
    escalation = policy.document.escalation
    return Need(
        record=record,
        last_index=last_index,
        requirement=requirement,
        draws=frozenset(_draws(record, requirement, periods)),
        adjudicates=escalation is not None and "two_person_disagree" in escalation.criteria,
    )


def _draws(
    record: DecisionRecord, requirement: ResolvedRequirement, periods: Iterable[SamplingPeriod]
) -> Iterable[str]:
    at = record.proposed_at or record.recorded_at
    period = next((each for each in periods if at is not None and each.since <= at < each.until), None)
    for kind in ("sample", "blind_double", "own_judgement_first"):
        rate = getattr(requirement, kind)
        # Without a committed key nothing can be drawn; a share of all is no draw.
        if rate is not None and (
            rate >= 1 or (period is not None and period.key and selected(period.key, record.decision_id, rate, kind))
        ):
            yield kind


def _ours(policy: PolicyInForce) -> bool:
    return policy.document.review is not None and policy.document.review.queue == OURS
