"""What one decision needs from people now, and which tasks that asks for. Pure: rows in, plan out.

``record`` is what the ledger says so far; tasks may be ahead of it (a submission that is not folded yet) or, in a
rebuild, far ahead. A task the record has not caught up with counts as under way, so nothing is opened twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from audit.models import ReviewTask
from policies.oversight.case import effective
from policies.oversight.record import DecisionRecord, ReviewRecord
from policies.oversight.requirements import ResolvedRequirement

CHANGED: Final = frozenset({"modify", "override"})
SUBSTANTIVE: Final = CHANGED | {"approve", "reject"}
WAITING: Final = frozenset({"open", "claimed"})


@dataclass(frozen=True, slots=True)
class Action:
    """What would be executed: the proposal, or what a person put in its place."""

    value: str | None
    digest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What the policy asks for one decision; ``draws`` are the shares it was drawn into."""

    record: DecisionRecord
    last_index: int
    requirement: ResolvedRequirement
    draws: frozenset[str] = frozenset()
    adjudicates: bool = False  # whether the policy escalates when two people disagree

    @property
    def sampled(self) -> bool:
        """Whether it is looked at because it was drawn, not because a rule asks for it: then nobody waits."""
        return self.requirement.reviews == 0 and "sample" in self.draws

    @property
    def blind(self) -> bool:
        return "blind_double" in self.draws and (self.requirement.reviews > 0 or self.sampled)


@dataclass(frozen=True, slots=True)
class Plan:
    """``missing`` reviews to ask for of ``action``; ``ending`` maps tasks that are no longer needed to the reason."""

    action: Action
    missing: int = 0
    ending: dict[ReviewTask, str] = field(default_factory=dict)
    disagreement: bool = False
    makers: frozenset[str] = frozenset()
    desk: str = ""


def plan(need: Need, tasks: Sequence[ReviewTask]) -> Plan:
    """Return what must change so that the tasks fit what is needed."""
    spoken = spoken_of(need.record)
    action = proposal_of(need.record) if need.blind else action_of(need.record, spoken)
    waiting = [task for task in tasks if task.state in WAITING]
    over = _over(need, spoken, action, tasks)
    if over or action is None:
        return Plan(action or Action(None, None), ending=dict.fromkeys(waiting, over or "overridden"))
    bound = [task for task in waiting if task.action_digest == (action.digest or "")]
    ending = {task: "superseded" for task in waiting if task not in bound}
    disagree = need.blind and len({_side(each) for each in spoken}) > 1
    wanted = _wanted(need, disagree)
    given = _given(need, spoken, action)
    under_way = len(bound) + sum(_ahead(task, need) for task in tasks)
    missing = wanted - given - under_way
    if missing < 0:
        surplus = sorted(bound, key=lambda task: (task.state == "claimed", -task.number))
        ending |= dict.fromkeys(surplus[: min(-missing, len(surplus))], "elsewhere")
    return Plan(
        action,
        missing=max(0, missing),
        ending=ending,
        disagreement=disagree,
        makers=_makers(need, spoken),
        desk=_desk(need.record),
    )


def proposal_of(record: DecisionRecord) -> Action:
    """The action as the system proposed it."""
    return Action(record.proposal_value, record.proposal_digest)


def action_of(record: DecisionRecord, spoken: Sequence[ReviewRecord]) -> Action | None:
    """What would be executed now; ``None`` when a person decided otherwise and named nothing in its place."""
    last = spoken[-1] if spoken else None
    if last is None or last.outcome not in CHANGED:
        changed = [each for each in spoken if each.outcome in CHANGED and each.final_digest is not None]
        if changed:
            return Action(changed[-1].final_value, changed[-1].final_digest)
        return proposal_of(record)
    if last.final_value is None and last.final_digest is None:
        return None
    return Action(last.final_value, last.final_digest)


def spoken_of(record: DecisionRecord) -> list[ReviewRecord]:
    """The reviews that count, in order: substantive, submitted, and before their timeout."""
    return [
        each for each in record.reviews if each.phase == "submitted" and each.outcome in SUBSTANTIVE and effective(each)
    ]


def _over(need: Need, spoken: Sequence[ReviewRecord], action: Action | None, tasks: Sequence[ReviewTask]) -> str:
    record = need.record
    if record.withdrawn_at is not None:
        return "withdrawn"
    if record.executed_at is not None and not need.sampled:
        return "executed"
    if need.requirement.reviews == 0 and not need.sampled:
        return "not_needed"
    if not need.blind and spoken and spoken[-1].outcome == "reject":
        return "rejected"
    digest = (action.digest if action else None) or ""
    if any(task.state == "expired" and task.action_digest == digest and not _ahead(task, need) for task in tasks):
        return "out_of_time"
    return ""


def _wanted(need: Need, disagree: bool) -> int:
    wanted = max(1, need.requirement.reviews)
    if need.blind:
        wanted = max(2, wanted) + (1 if disagree and need.adjudicates else 0)
    return wanted


def _given(need: Need, spoken: Sequence[ReviewRecord], action: Action) -> int:
    """How many different people have given a review that counts for ``action``."""
    if need.blind:
        return len({each.actor for each in spoken})
    makers = _makers(need, spoken)
    approved = [each for each in spoken if _covers(each, action)]
    return len({each.actor for each in approved if each.actor not in makers})


def _covers(review: ReviewRecord, action: Action) -> bool:
    if review.outcome in CHANGED:
        return review.final_digest == action.digest
    return review.reviewed_digest is None or action.digest is None or review.reviewed_digest == action.digest


def _makers(need: Need, spoken: Sequence[ReviewRecord]) -> frozenset[str]:
    """Whoever made what is decided on; under a two-person rule also whoever changed it."""
    makers = {need.record.maker} if need.requirement.reviews >= 2 or "maker" in need.requirement.exclude else set()
    if need.requirement.reviews >= 2:
        makers |= {each.actor for each in spoken if each.outcome in CHANGED}
    return frozenset(name for name in makers if name)


def _side(review: ReviewRecord) -> tuple[str | None, str | None]:
    """What a review comes down to: two who approve agree, two who change agree when they change to the same."""
    return ("approve", None) if review.outcome == "approve" else (review.outcome, review.final_value)


def _ahead(task: ReviewTask, need: Need) -> bool:
    """Whether the task ended by something the record has not caught up with."""
    if task.state in ("submitted", "expired"):
        folded = next((each for each in need.record.reviews if each.review_id == task.review_id), None)
        return folded is None or folded.phase not in ("submitted", "expired")
    return task.state == "closed" and task.ended_index is not None and task.ended_index > need.last_index


def _desk(record: DecisionRecord) -> str:
    """The desk the last word referred it to, as long as nobody there has spoken."""
    done = [each for each in record.reviews if each.phase == "submitted" and effective(each)]
    if not done or done[-1].outcome != "refer":
        return ""
    return str(done[-1].extra.get("referred_to") or "")
