"""Were the drawn cases reviewed, and no others picked by hand?"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from policies.oversight.case import Case
from policies.oversight.modes import Mode
from policies.oversight.sampling import selected
from policies.oversight.verdict import Verdict

DEFAULT_TIME = timedelta(days=7)


def sampled(case: Case) -> Iterator[Verdict]:
    """SAMPLE_SHORTFALL and SAMPLE_CHERRY for the sample; blind pairs and own judgement first where drawn."""
    need = case.need
    if need.sample is None and need.blind_double is None and need.own_judgement_first is None:
        return
    if case.at is None or case.policy is None:
        return
    period = case.coverage.period_at(case.at)
    key = period.key if period else None
    if need.sample is not None:
        yield from _sample(case, key, need.sample)
    if need.blind_double is not None and _drawn(case, key, need.blind_double, "blind_double"):
        blind = {review.actor for review in case.submitted if review.blind}
        if len(blind) < 2:
            yield _shortfall(case, "blind_double", need.blind_double, hard=False)
    if need.own_judgement_first is not None and _drawn(case, key, need.own_judgement_first, "own_judgement_first"):
        first = [review for review in case.submitted if review.initial_judgement is not None]
        if case.submitted and not first:
            yield _shortfall(case, "own_judgement_first", need.own_judgement_first, hard=False)


def _drawn(case: Case, key: bytes | None, rate: Decimal, kind: str) -> bool:
    return key is not None and selected(key, case.decision.decision_id, rate, kind)


def _sample(case: Case, key: bytes | None, rate: Decimal) -> Iterator[Verdict]:
    seen = bool(case.prior or case.late or case.clock)
    if key is None:
        if not seen and rate > 0 and case.executed:
            data = {"draw": "sample", "rate": str(rate), "subject": "sample", "why": "no key of the sampling period"}
            yield case.give("SAMPLE_SHORTFALL", "unknown", data, case.executed_at, hard=_hard(case))
        return
    drawn = selected(key, case.decision.decision_id, rate)
    if drawn and not seen and case.decision.withdrawn_at is None:
        yield _shortfall(case, "sample", rate, hard=_hard(case))
    if seen and not drawn and not _triggered(case):
        data = {"rate": str(rate)}
        yield case.give("SAMPLE_CHERRY", "breach", data, case.executed_at or case.at, hard=_cherry_hard(case))


def _shortfall(case: Case, kind: str, rate: Decimal, *, hard: bool) -> Verdict:
    start = case.executed_at or case.at
    due = start + (case.terms.max_turnaround or DEFAULT_TIME) if start else None
    state = "open" if due is None or case.as_of <= due else "breach"
    return case.give("SAMPLE_SHORTFALL", state, {"draw": kind, "rate": str(rate), "subject": kind}, start, hard=hard)


def _hard(case: Case) -> bool:
    """Hard where sampling is the oversight that was promised; soft in the lighter tiers."""
    assert case.document is not None  # noqa: S101  (a requirement comes from a document)
    tier = case.document.tier
    return case.document.mode is Mode.HITL if tier is None else tier in ("full_approval", "sampling")


def _cherry_hard(case: Case) -> bool:
    assert case.document is not None  # noqa: S101
    return case.document.tier in ("full_approval", "sampling")


def _triggered(case: Case) -> bool:
    """Something else called for this review: an escalation, an appeal, a blind pair, a referral."""
    decision = case.decision
    return bool(
        decision.escalations
        or decision.appeals
        or any(review.blind or review.pair_id or review.outcome == "refer" for review in decision.reviews)
    )
