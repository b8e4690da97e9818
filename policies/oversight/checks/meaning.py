"""Was the review more than a click? Bulk, too fast, without evidence, without a reason."""

from collections.abc import Iterator

from policies.oversight.case import SAID_NO, SUBSTANTIVE, Case
from policies.oversight.modes import Mode
from policies.oversight.record import ReviewRecord
from policies.oversight.verdict import Verdict

WORDS_PER_MINUTE = 600  # nobody reads faster; our choice, editable nowhere yet
MEDIAN_SHARE = 10  # a tenth of the class's median (normative threshold, Wise)


def meaningful(case: Case) -> Iterator[Verdict]:
    """The conditions of a meaningful review, for each submitted review; soft, counted on a line of their own."""
    for review in case.submitted:
        if review.outcome in SUBSTANTIVE:
            yield from _bulk(case, review)
            yield from _too_fast(case, review)
            yield from _evidence(case, review)
        if case.terms.reasons:
            yield from _reason(case, review)


def needed_ms(case: Case, review: ReviewRecord) -> int:
    """Return the least active time: the policy's floor, the reading time, a tenth of the class's median."""
    needed = case.terms.min_active_s * 1000
    if review.words_shown:
        needed = max(needed, review.words_shown * 60_000 // WORDS_PER_MINUTE)
    medians = case.coverage.median_active_ms
    if medians:
        needed = max(needed, medians.get(case.decision.decision_class or "", 0) // MEDIAN_SHARE)
    return needed


def _bulk(case: Case, review: ReviewRecord) -> Iterator[Verdict]:
    if review.batch_id is None or case.document is None:
        return
    permitted = case.terms.bulk or ("forbidden" if case.document.mode is Mode.HITL else "homogeneous")
    if permitted == "forbidden":
        yield _soft(case, review, "BULK", "not_meaningful", batch=review.batch_id)


def _too_fast(case: Case, review: ReviewRecord) -> Iterator[Verdict]:
    needed = needed_ms(case, review)
    if review.active_ms is None:
        if case.terms.min_active_s:
            yield _soft(case, review, "TOO_FAST", "unknown", active_s="unknown", needed_s=needed / 1000)
    elif review.active_ms < needed:
        active = review.active_ms / 1000
        yield _soft(case, review, "TOO_FAST", "not_meaningful", active_s=active, needed_s=needed / 1000)


def _evidence(case: Case, review: ReviewRecord) -> Iterator[Verdict]:
    required = case.terms.evidence
    if review.evidence_required:
        required = tuple(dict.fromkeys((*required, *review.evidence_required)))
    missing: list[str] = []
    state = "not_meaningful"
    if required and review.evidence_opened is None:
        missing, state = list(required), "unknown"
    elif required:
        missing = [each for each in required if each not in (review.evidence_opened or ())]
    if case.terms.guideline == "required" and review.guideline_version is None:
        state = state if missing else "unknown"
        missing = [*missing, "the guideline"]
    if missing:
        yield _soft(case, review, "NO_EVIDENCE", state, missing=", ".join(missing))


def _reason(case: Case, review: ReviewRecord) -> Iterator[Verdict]:
    asked = review.outcome in case.terms.reasons or (
        "two_person_disagree" in case.terms.reasons and _disagrees(case, review)
    )
    if asked and review.reason_code is None and not review.reason_text_present:
        state = "unknown" if review.reason_text_present is None else "not_meaningful"
        yield _soft(case, review, "NO_REASON", state, outcome=review.outcome)


def _disagrees(case: Case, review: ReviewRecord) -> bool:
    """A later review that says otherwise than an earlier one of somebody else."""
    no = review.outcome in SAID_NO
    for other in case.submitted:
        if other is review:
            return False
        if other.outcome in SUBSTANTIVE and other.actor != review.actor and (other.outcome in SAID_NO) != no:
            return True
    return False


def _soft(case: Case, review: ReviewRecord, code: str, state: str, **data: object) -> Verdict:
    return case.give(
        code, state, {"review": review.review_id, "subject": review.review_id, **data}, review.submitted_at
    )
