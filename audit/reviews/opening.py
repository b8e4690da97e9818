"""Tasks follow the evidence: opened where a review is needed, ended where it is not any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from audit.models import ReviewTask
from audit.reviews import announcing
from audit.reviews.escalating import raise_escalation, resolve
from audit.reviews.needs import Need, Plan, plan
from governance.models import UseCase
from policies.oversight.context import PolicyInForce
from policies.oversight.durations import format_duration
from policies.oversight.terms import PolicyDocument, ReviewTerms

REMIND_AT: Final = 0.75  # of the time between opening and due
FLAGS: Final = frozenset({"novel", "disputed", "sensitive"})
SOON: Final = timedelta(hours=1)  # what can be undone only so long comes first


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One decision for the queue: what it needs, under which policy, as of ledger ``index``."""

    use_case: UseCase
    need: Need
    policy: PolicyInForce
    index: int

    @property
    def key(self) -> tuple[UUID, str]:
        return (self.use_case.pk, self.need.record.decision_id)


def settle(cases: Sequence[Case], *, at: datetime) -> int:
    """Make the tasks of these decisions be what their evidence asks for; return how many were opened.

    Times count from ``at``, when people can see a task, by our own clock: a source's clock may be off.

    Needs the caller's transaction. Running it again changes nothing.
    """
    tasks = _load(cases)
    opened: list[ReviewTask] = []
    for case in cases:
        known = tasks.get(case.key, [])
        planned = plan(case.need, known)
        for task, why in planned.ending.items():
            _end(task, why, case, at)
        opened += _open(case, planned, known, at)
        if planned.disagreement and case.need.adjudicates:
            _escalate_disagreement(known, at)
    ReviewTask.objects.bulk_create(opened, ignore_conflicts=True, batch_size=500)
    announcing.opened(opened)
    return len(opened)


def _load(cases: Sequence[Case]) -> dict[tuple[UUID, str], list[ReviewTask]]:
    by_use_case: dict[UUID, list[str]] = {}
    for case in cases:
        by_use_case.setdefault(case.use_case.pk, []).append(case.need.record.decision_id)
    found: dict[tuple[UUID, str], list[ReviewTask]] = {}
    for use_case, names in by_use_case.items():
        rows = ReviewTask.objects.filter(use_case=use_case, decision_id__in=names).select_related("use_case")
        # Locked, in one order: a person may be submitting one of them this moment.
        for task in rows.select_for_update(of=("self",)).order_by("pk"):
            found.setdefault((use_case, task.decision_id), []).append(task)
    return found


def _end(task: ReviewTask, why: str, case: Case, at: datetime) -> None:
    task.state, task.ended_at, task.ended_index, task.ended_why = "closed", at, case.index, why
    task.save(update_fields=["state", "ended_at", "ended_index", "ended_why"])
    resolve(task, at=at)
    announcing.ended(task, at=at)


def _open(case: Case, planned: Plan, known: Sequence[ReviewTask], at: datetime) -> list[ReviewTask]:
    first = max((task.number for task in known), default=0) + 1
    roles = _roles_left(case, known)
    standing = [task for task in known if task.state in ("open", "claimed", "submitted")]
    return [
        _task(case, planned, first + offset, _wanted(case, len(standing) + offset, roles[offset : offset + 1]), at)
        for offset in range(planned.missing)
    ]


def _task(case: Case, planned: Plan, number: int, wanted: list[str], at: datetime) -> ReviewTask:
    record, document = case.need.record, case.policy.document
    terms = document.review or ReviewTerms()
    due = at + terms.max_turnaround if terms.max_turnaround is not None else None
    requirement = case.need.requirement
    actors = {each.actor for each in record.reviews if each.phase == "submitted" and each.actor}
    adjudication = planned.disagreement
    return ReviewTask(
        id=uuid5(case.use_case.pk, f"review {record.decision_id} {number}"),
        use_case=case.use_case,
        decision_id=record.decision_id,
        number=number,
        policy_ref=case.policy.ref,
        decision_class=record.decision_class or "",
        language=record.language or "",
        action_value=planned.action.value,
        action_digest=planned.action.digest or "",
        wanted=wanted,
        desk=planned.desk or (_first_hop(document) if adjudication else ""),
        excluded=sorted(planned.makers | actors),
        excluded_roles=list(requirement.exclude),
        terms=terms_of(document),
        why={
            "rules": list(requirement.rules),
            "gaps": list(requirement.gaps),
            "silent": requirement.silent,
            "drawn": sorted(case.need.draws),
        },
        priority=_priority(case, planned),
        own_first="own_judgement_first" in case.need.draws,
        blind=case.need.blind and not adjudication,
        opened_at=at,
        due_at=due,
        remind_at=at + (due - at) * REMIND_AT if due is not None else None,
        simulated=record.simulated,
        drill=record.drill,
    )


def terms_of(document: PolicyDocument) -> dict[str, Any]:
    """Return what a task keeps of its policy: a policy that changes while somebody reads changes nothing here."""
    terms, escalation = document.review or ReviewTerms(), document.escalation
    return {
        "min_active_s": terms.min_active_s,
        "reasons": list(terms.reasons),
        "reason_codes": list(terms.reason_codes),
        "evidence": list(terms.evidence),
        "guideline": terms.guideline,
        "guideline_version": terms.guideline_version,
        "prompts": list(terms.prompts),
        "approval_valid": format_duration(terms.approval_valid) if terms.approval_valid else None,
        "timeout_default": document.timeout_default,
        "criteria": list(escalation.criteria) if escalation else [],
        "chain": [{"to": hop.to, "ack_s": int(hop.ack.total_seconds())} for hop in escalation.chain]
        if escalation
        else [],
        "last_hop": escalation.last_hop if escalation else "hold",
    }


def _wanted(case: Case, position: int, role: Sequence[str]) -> list[str]:
    """What the reviewer in this position must hold: level, role, training, language of the case."""
    wanted = [level for level, how_many in case.need.requirement.levels if position < how_many]
    wanted += role
    reviewer = case.policy.document.reviewer
    if reviewer is not None:
        wanted += [reviewer.training] if reviewer.training else []
        for language in reviewer.languages:
            spoken = case.need.record.language if language == "subject" else language
            wanted += [f"language:{spoken}"] if spoken else []
    return sorted(set(wanted))


def _roles_left(case: Case, known: Sequence[ReviewTask]) -> list[str]:
    """The roles of a sign-off that no standing task asks for yet."""
    taken = [code for task in known if task.state in ("open", "claimed", "submitted") for code in task.wanted]
    return [role for role in case.need.requirement.roles if role not in taken]


def _priority(case: Case, planned: Plan) -> int:
    """Disputed, novel and sensitive cases first, then what cannot be undone for long, then what was referred."""
    record = case.need.record
    priority = 10 * len(FLAGS & set(record.flags or ()))
    seconds = record.reversibility_seconds
    if seconds is not None and timedelta(seconds=min(seconds, 10**6)) < SOON:
        priority += 30
    return priority + (20 if planned.desk or planned.disagreement else 0)


def _first_hop(document: PolicyDocument) -> str:
    return document.escalation.chain[0].to if document.escalation and document.escalation.chain else ""


def _escalate_disagreement(known: Sequence[ReviewTask], at: datetime) -> None:
    pair = [task for task in known if task.blind and task.state == "submitted"]
    if pair:
        raise_escalation(task=pair[-1], criteria="two_person_disagree", at=at)
