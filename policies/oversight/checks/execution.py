"""Was it executed as people decided? Overruled, unreviewed, late, self-approved, doubled, stale."""

from collections.abc import Callable, Iterator
from typing import Any

from policies.oversight.case import SAID_NO, Case, seconds
from policies.oversight.checks.timers import CLOSED, due_at
from policies.oversight.record import ReviewRecord
from policies.oversight.verdict import Verdict

Opinion = Callable[[ReviewRecord], bool | None]


def overruled(case: Case) -> Iterator[Verdict]:
    """A person said no before execution, and the proposed value was executed."""
    if not case.executed:
        return
    for reviews, certain in ((case.prior, True), (case.clock, False)):
        no = _standing_no(case, reviews)
        if no is None:
            continue
        ignored = _proposal_executed(case, no)
        data = {
            "outcome": no.outcome,
            "executed": case.decision.executed_value or "unknown",
            "review": no.review_id,
            "actor": no.actor,
        }
        if ignored is False:
            continue
        if not certain:
            yield case.give(
                "PENDING_CLOCK",
                "open",
                {"would_be": "OVERRULED_IGNORED", "subject": f"no:{no.review_id}"},
                case.executed_at,
            )
        else:
            yield case.give("OVERRULED_IGNORED", "breach" if ignored else "unknown", data, case.executed_at)


def _standing_no(case: Case, reviews: list[ReviewRecord]) -> ReviewRecord | None:
    """The last word, if it was a no; where policy escalates disagreement, any no that nobody resolved."""
    if not reviews:
        return None
    last = reviews[-1]
    if last.outcome != "approve":
        return last
    terms = case.document.escalation if case.document else None
    if len(reviews) == 1 or terms is None or "two_person_disagree" not in terms.criteria:
        return None
    if any(each.criteria_id == "two_person_disagree" and each.resolved_at for each in case.decision.escalations):
        return None
    withdrawn = {each.actor for each in reviews if each.outcome == "approve"}
    return next((each for each in reviews if each.outcome in SAID_NO and each.actor not in withdrawn), None)


def _proposal_executed(case: Case, no: ReviewRecord) -> bool | None:
    """Whether the system's value took effect against ``no``; ``None`` when the log cannot tell."""
    decision = case.decision
    if decision.executed_digest is not None:
        if no.final_digest is not None and no.final_digest == decision.executed_digest:
            return False
        if decision.proposal_digest is not None:
            return decision.executed_digest == decision.proposal_digest
    if decision.executed_value is None or decision.proposal_value is None:
        return None
    if decision.executed_value != decision.proposal_value:
        return False
    # The same word may stand for another action: a modified amount keeps its value. Only a digest can tell.
    return True if no.outcome in SAID_NO and no.final_value != decision.executed_value else None


def reviewed(case: Case) -> Iterator[Verdict]:
    """Were the required reviews there before execution? The first filter that leaves too few names the code."""
    need = case.need.reviews
    if need == 0:
        return
    if not case.executed:
        yield from _pending(case)
        return
    if len(case.prior) < need:
        yield from _missing(case)
        return
    left = list(case.prior)
    makers = _makers(case)
    for code, opinion in (
        ("SELF_REVIEW", lambda review: _not_maker(review, makers)),
        ("CONFLICT", lambda review: _no_conflict(case, review)),
    ):
        left, result = _filtered(case, left, code, opinion)
        if result is not None:
            yield result
            return
    if case.need.distinct:
        different = len({review.actor for review in left if review.actor is not None})
        if different < need:
            state = "unknown" if any(review.actor is None for review in left) else "breach"
            yield case.give("SAME_PERSON", state, {"found": different, "required": need}, case.executed_at)
            return
    yield from _stale(case, left)


def _pending(case: Case) -> Iterator[Verdict]:
    decision = case.decision
    if decision.withdrawn_at is not None or (case.prior and case.prior[-1].outcome == "reject"):
        return
    overdue = any((due := due_at(case, review)) is not None and case.as_of > due for review in _open(case))
    if len(case.prior) < case.need.reviews and not overdue:
        data = {"found": len(case.prior), "required": case.need.reviews}
        yield case.give("PENDING", "open", data, case.at)


def _open(case: Case) -> list[ReviewRecord | None]:
    waiting: list[ReviewRecord | None] = [each for each in case.decision.reviews if each.phase not in CLOSED]
    return waiting or [None]


def _missing(case: Case) -> Iterator[Verdict]:
    """Too few reviews before execution: late, in doubt, or not there at all."""
    need, found = case.need.reviews, len(case.prior)
    if found + len(case.clock) >= need:
        doubtful = case.clock[-1]
        doubt = {"would_be": "LATE_REVIEW", "subject": doubtful.review_id}
        yield case.give("PENDING_CLOCK", "open", doubt, case.executed_at)
        return
    if found + len(case.clock) + len(case.late) >= need:
        late = case.late[need - found - len(case.clock) - 1]
        yield case.give("LATE_REVIEW", "breach", _lateness(case, late), case.executed_at)
        return
    why = ", ".join(case.need.rules) or "no rule matched"
    data: dict[str, Any] = {"found": found, "required": need, "rules": why, "late": len(case.late)}
    if case.need.silent:
        data["silent"] = True
    if case.need.gaps:
        data["gaps"] = list(case.need.gaps)
    yield case.give("UNREVIEWED", "breach" if case.final else "open", data, case.executed_at)


def _lateness(case: Case, late: ReviewRecord) -> dict[str, Any]:
    by = seconds(late.submitted_at - case.executed_at) if late.submitted_at and case.executed_at else "unknown"
    return {"review": late.review_id, "late_s": by}


def _filtered(
    case: Case, reviews: list[ReviewRecord], code: str, opinion: Opinion
) -> tuple[list[ReviewRecord], Verdict | None]:
    opinions = [(review, opinion(review)) for review in reviews]
    left = [review for review, holds in opinions if holds is not False]
    need = case.need.reviews
    if sum(holds is True for _, holds in opinions) >= need:
        return left, None
    enough = len(left) >= need
    blamed = next(review for review, holds in opinions if holds is (None if enough else False))
    why = "declared a conflict" if blamed.conflict_of_interest else f"excluded are {', '.join(case.need.exclude)}"
    data = {"actor": blamed.actor or "somebody unnamed", "review": blamed.review_id, "why": why}
    return left, case.give(code, "unknown" if enough else "breach", data, case.executed_at)


def _makers(case: Case) -> frozenset[str | None]:
    """Whoever made what was executed: under a two-person rule, a person who changed it is its maker."""
    makers: set[str | None] = set()
    if case.need.reviews >= 2 or "maker" in case.need.exclude:
        makers.add(case.decision.maker)
    if case.need.reviews >= 2:
        changed = [review for review in case.prior if review.outcome in ("modify", "override")]
        exact = [review for review in changed if review.final_digest == case.decision.executed_digest is not None]
        makers |= {review.actor for review in exact or changed[-1:]}
    return frozenset(makers - {None})


def _not_maker(review: ReviewRecord, makers: frozenset[str | None]) -> bool | None:
    if not makers:
        return True
    return None if review.actor is None else review.actor not in makers


def _no_conflict(case: Case, review: ReviewRecord) -> bool | None:
    if review.conflict_of_interest:
        return False
    answer: bool | None = True
    for role in case.need.exclude:
        if role == "maker":
            continue
        holds = _holds_role(case, review, role)
        if holds:
            return False
        if holds is None:
            answer = None
    return answer


def _holds_role(case: Case, review: ReviewRecord, role: str) -> bool | None:
    if role in review.roles:
        return True
    if review.actor is None or review.submitted_at is None:
        return None
    return case.people.holds(review.actor, role, review.submitted_at)


def _stale(case: Case, reviews: list[ReviewRecord]) -> Iterator[Verdict]:
    """Too few of the reviews hold for what was executed: another digest, or run out."""
    need = case.need.reviews
    opinions = [_fresh(case, review) for review in reviews]
    fresh = sum(why is None for why in opinions)
    if fresh >= need:
        return
    definite = sum(why is not None and why.startswith("!") for why in opinions)
    state = "unknown" if len(reviews) - definite >= need else "breach"
    wanted = "!" if state == "breach" else "?"
    why = next(each for each in opinions if each is not None and each.startswith(wanted))
    yield case.give("STALE", state, {"found": fresh, "required": need, "why": why[1:]}, case.executed_at)


def _fresh(case: Case, review: ReviewRecord) -> str | None:
    """``None`` when the review holds for what was executed, else why not: ``!`` certain, ``?`` unknown."""
    decision = case.decision
    valid = case.terms.approval_valid
    if valid is not None and review.submitted_at is not None and case.executed_at is not None:
        age = case.executed_at - review.submitted_at
        if age > valid:
            return f"!approved {seconds(age)} s before execution, valid for {seconds(valid)} s"
    if review.outcome == "reject":
        return None
    approved = review.reviewed_digest if review.outcome == "approve" else review.final_digest
    value = decision.proposal_value if review.outcome == "approve" else review.final_value
    if approved is not None and decision.executed_digest is not None:
        return None if approved == decision.executed_digest else "!another action was approved"
    known = review.outcome != "approve" and value is not None and decision.executed_value is not None
    if known and value != decision.executed_value:
        return "!another value was decided"
    return "?no digest of what was approved" if approved is None else "?no digest of what was executed"
