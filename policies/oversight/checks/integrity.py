"""Can the log be believed? Conflicting copies, clocks that are off, missing events, silence."""

from collections.abc import Iterator
from datetime import datetime

from policies.oversight.case import Case, text
from policies.oversight.context import Gap, Silence
from policies.oversight.verdict import Verdict


def sound(case: Case) -> Iterator[Verdict]:
    """DUP_CONFLICT and SKEW, whatever the mode; GAP and SILENCE where something of this decision is missing."""
    decision, coverage = case.decision, case.coverage
    if decision.duplicate_conflict:
        yield case.give("DUP_CONFLICT", "integrity", {}, decision.recorded_at)
    skewed = [review.review_id for review in decision.reviews if review.skewed]
    if decision.skewed or skewed:
        what = ", ".join([*(["the decision"] if decision.skewed else []), *skewed])
        yield case.give("SKEW", "integrity", {"what": what}, decision.recorded_at)
    if (coverage.gaps or coverage.silences) and _incomplete(case):
        since, until = case.at, case.executed_at or case.as_of
        if since is not None:
            yield from _missing(case, since, until)


def _incomplete(case: Case) -> bool:
    """Something the lost events may have held is missing from this decision."""
    if case.decision.proposed_at is None:
        return True
    return len(case.prior) < case.need.reviews


def _missing(case: Case, since: datetime, until: datetime) -> Iterator[Verdict]:
    holes: tuple[Gap | Silence, ...] = (*case.coverage.gaps, *case.coverage.silences)
    for hole in holes:
        if hole.since <= until and since <= hole.until:
            yield hole_verdict(case, hole)


def hole_verdict(case: Case, hole: Gap | Silence) -> Verdict:
    """Return the verdict that a decision lies in a hole of the log."""
    data = {
        "source": hole.source,
        "since": text(hole.since),
        "until": text(hole.until),
        "subject": f"{hole.source}:{text(hole.since)}",
    }
    if isinstance(hole, Gap):
        return case.give("GAP", "integrity", {**data, "missing": hole.missing}, case.at)
    return case.give("SILENCE", "integrity", data, case.at)
