"""What one decision adds to the counts of oversight: cells named by tuples of words, each with a whole number.

The unit of M1 and of the outcome measures is the decision and its last effective human word; reviews, hops and
appeals are units of their own. Drills and withdrawn decisions add nothing. Blind reviews count in pairs only.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from audit.oversight.bins import bin_of
from audit.oversight.truth import Truth
from policies.oversight.record import DecisionRecord, ReviewRecord
from policies.oversight.requirements import ResolvedRequirement
from policies.oversight.terms import PolicyDocument
from policies.oversight.verdict import Verdict

Cell = tuple[str, ...]
MICRO = 1_000_000
TEXT_BUCKETS = 4096
"""Fingerprints of reason texts fall into so many cells: bounded, however many texts there are."""
KINDS = {"approve": "confirm", "modify": "modify", "override": "override", "reject": "override", "refer": "refer"}
DECIDED = ("confirm", "modify", "override")
CHANGED = ("modify", "override")
DIMENSIONS = ("class", "band", "version", "language")
HARD_STEP = frozenset(
    "UNREVIEWED LATE_REVIEW STALE OVERRULED_IGNORED UNQUALIFIED SAME_PERSON SELF_REVIEW CONFLICT".split()  # noqa: SIM905
)


def cells_of(
    record: DecisionRecord,
    requirement: ResolvedRequirement,
    document: PolicyDocument | None,
    verdicts: Sequence[Verdict],
    truth: Truth,
) -> Counter[Cell]:
    """Return the cells of one decision, each with what it adds."""
    cells: Counter[Cell] = Counter()
    if record.drill or record.withdrawn_at is not None:
        return cells
    cells["decisions",] += 1
    cells["simulated",] += record.simulated
    cells["executed",] += record.executed_at is not None
    cells.update(("soft_code", each.code) for each in verdicts if each.state == "not_meaningful")
    submitted = [review for review in record.reviews if review.phase == "submitted" and not review.blind]
    last = _last_word(submitted)
    cells.update(_coverage(record, requirement, verdicts))
    if last is not None:
        cells.update(_override(record, last))
        # Who follows another person's visible review shows no skill of their own, however fast.
        speed = None if len(submitted) > 1 else "wrong_fast" if _fast(last, verdicts) else "wrong_slow"
        cells.update(_outcome(record, last, truth, speed))
    for review in submitted:
        cells["work", review.actor or "unknown"] += 1
        cells.update(_review(record, review, document, verdicts))
    cells.update(_timeliness(record, requirement, document, verdicts))
    cells.update(_pairs(record))
    cells.update(_escalations(record, verdicts))
    cells.update(_appeals(record))
    return Counter({_clean(cell): count for cell, count in cells.items() if count})


def _clean(cell: Cell) -> Cell:
    # U+001F joins the words of a cell in storage; a value that holds it would fall into other cells.
    if any("\x1f" in word for word in cell):
        return tuple(word.replace("\x1f", " ") for word in cell)
    return cell


def _last_word(submitted: list[ReviewRecord]) -> ReviewRecord | None:
    words = [review for review in submitted if review.outcome in KINDS and not _timed_out(review)]
    return words[-1] if words else None


def _timed_out(review: ReviewRecord) -> bool:
    return None not in (review.expired_at, review.submitted_at) and review.submitted_at >= review.expired_at  # type: ignore[operator]


def band_of(confidence: Decimal | None) -> str:
    """Return the tenth a confidence falls in, ``0.7`` for 0.70 up to 0.80; ``unknown`` without one."""
    if confidence is None or not 0 <= confidence <= 1:
        return "unknown"
    return f"0.{min(int(confidence * 10), 9)}"


def slice_of(record: DecisionRecord) -> tuple[str, str, str, str]:
    """Return a decision's class, confidence band, model version and language: what figures can be filtered by."""
    return (
        (record.decision_class or "unknown")[:200],
        band_of(record.confidence),
        (record.model_version or "unknown")[:200],
        (record.language or "unknown")[:200],
    )


def _override(record: DecisionRecord, last: ReviewRecord) -> Iterator[Cell]:
    kind = KINDS[last.outcome or ""]
    yield ("m1", kind)
    reviewer = last.actor or "unknown"
    for dimension, value in zip(DIMENSIONS, slice_of(record), strict=True):
        yield (f"m1_{dimension}", value, kind)
    yield ("by_reviewer", reviewer, record.decision_class or "unknown", band_of(record.confidence), kind)
    if kind in CHANGED and last.reason_code is not None:
        yield ("changed_for", last.reason_code)


def _coverage(record: DecisionRecord, requirement: ResolvedRequirement, verdicts: Sequence[Verdict]) -> Iterator[Cell]:
    if record.executed_at is None:
        return
    if _person_before(record, record.executed_at):
        yield ("person_before",)
    found = {(each.code, each.state) for each in verdicts if each.hard}
    breaches = {code for code, state in found if state == "breach"}
    for code in sorted(breaches):
        yield ("breach_code", code)
    if requirement.reviews == 0:
        return
    yield ("required",)
    if breaches & HARD_STEP:
        yield ("breach",)
    elif any(code in HARD_STEP or code == "PENDING_CLOCK" for code, _ in found) or _held(verdicts):
        yield ("breach_unknown",)
    if "UNREVIEWED" not in breaches and "LATE_REVIEW" not in breaches:
        yield ("reviewed_before",)
    elif "LATE_REVIEW" in breaches:
        yield ("reviewed_after",)
    else:
        yield ("never_reviewed",)


def _person_before(record: DecisionRecord, executed_at: datetime) -> bool:
    """Whether any person had decided on it before it was executed, asked or not."""
    return any(
        review.phase == "submitted"
        and KINDS.get(review.outcome or "") in DECIDED
        and review.submitted_at is not None
        and review.submitted_at <= executed_at
        and not _timed_out(review)
        for review in record.reviews
    )


def _held(verdicts: Sequence[Verdict]) -> bool:
    return any(each.code == "PENDING_CLOCK" or each.state == "integrity" for each in verdicts)


def _review(
    record: DecisionRecord, review: ReviewRecord, document: PolicyDocument | None, verdicts: Sequence[Verdict]
) -> Counter[Cell]:
    cells: Counter[Cell] = Counter()
    # Of several verdicts of one code the certain one counts.
    found = [each for each in verdicts if each.data.get("review") == review.review_id]
    about = {each.code: each for each in sorted(found, key=lambda each: each.state != "unknown")}
    cells["submitted",] += 1
    cells["grade", "A" if review.authenticated else "B"] += 1
    cells["batched",] += review.batch_id is not None
    if review.active_ms is not None:
        cells["timed",] += 1
        cells["active_ms",] += review.active_ms
        cells["handling", str(bin_of(review.active_ms / 1000))] += 1
        fast = about.get("TOO_FAST")
        cells["too_fast",] += fast is not None and fast.state == "not_meaningful"
    cells.update(_qualification(document, about))
    cells.update(_access(review, document))
    cells.update(_reason(review))
    return cells


def _qualification(document: PolicyDocument | None, about: dict[str, Verdict]) -> Iterator[Cell]:
    if document is None:
        return
    found = about.get("UNQUALIFIED")
    state = "yes" if found is None else "unknown" if found.state == "unknown" else "no"
    yield ("qualified", state)


def _access(review: ReviewRecord, document: PolicyDocument | None) -> Iterator[Cell]:
    terms = document.review if document else None
    required = {*(terms.evidence if terms else ()), *(review.evidence_required or ())}
    known = [review.rationale_shown]
    if required:
        opened = review.evidence_opened
        known.append(None if opened is None else required <= set(opened))
    if terms is not None and terms.guideline == "required":
        known.append(True if review.guideline_version else None)
    if False in known:
        yield ("access", "no")
    else:
        yield ("access", "unknown" if None in known else "yes")


def _reason(review: ReviewRecord) -> Iterator[Cell]:
    if review.outcome not in ("override", "reject", "modify"):
        return
    given = review.reason_code is not None or review.reason_text_present
    unknown = review.reason_code is None and review.reason_text_present is None
    yield ("reasoned", "unknown" if unknown else "yes" if given else "no")
    if review.reason_code is not None:
        yield ("reason", review.reason_code)
    if review.reason_text_hash is not None:
        yield ("reason_text", _bucket(review.reason_text_hash))


def _bucket(fingerprint: str) -> str:
    digest = hashlib.sha256(fingerprint.encode()).digest()
    return str(int.from_bytes(digest[:2], "big") % TEXT_BUCKETS)


def _timeliness(
    record: DecisionRecord,
    requirement: ResolvedRequirement,
    document: PolicyDocument | None,
    verdicts: Sequence[Verdict],
) -> Iterator[Cell]:
    terms = document.review if document else None
    for review in record.reviews:
        since = review.requested_at or record.proposed_at
        yield from _span("wait", since, review.opened_at)
        if review.phase == "submitted":
            yield from _span("turnaround", since, review.submitted_at)
        if review.due_at is not None or (terms is not None and terms.max_turnaround is not None):
            late = any(each.code == "SLA" and each.data.get("subject") == review.review_id for each in verdicts)
            open_still = review.phase not in ("submitted", "expired")
            # An open review in time is not decided yet; an overdue one has failed.
            if late or not open_still:
                yield ("sla", "late" if late or review.phase == "expired" else "in_time")
            else:
                yield ("sla", "open")
    if requirement.reviews and not record.reviews and any(each.code == "SLA" for each in verdicts):
        yield ("sla", "late")


def _span(name: str, since: datetime | None, until: datetime | None) -> Iterator[Cell]:
    if since is not None and until is not None:
        yield (name, str(bin_of((until - since).total_seconds())))


def _fast(review: ReviewRecord, verdicts: Sequence[Verdict]) -> bool:
    return any(
        each.code == "TOO_FAST" and each.state == "not_meaningful" and each.data.get("review") == review.review_id
        for each in verdicts
    )


def _outcome(record: DecisionRecord, last: ReviewRecord, truth: Truth, speed: str | None) -> Counter[Cell]:
    cells: Counter[Cell] = Counter()
    kind = KINDS[last.outcome or ""]
    if kind not in DECIDED:
        return cells
    if record.outcome is None:
        cells["truth_missing",] += 1
        return cells
    final = decided_value(record, last, truth)
    ai = truth.judges(record.proposal_value, record.outcome.value)
    human = truth.judges(final, record.outcome.value)
    if ai is None or human is None:
        cells["truth_missing",] += 1
        return cells
    place = (_bit(ai), _bit(human), _bit(kind != "confirm"))
    cells[("truth", *place)] += 1
    if not ai and speed is not None:
        cells[speed, _bit(kind != "confirm")] += 1
    probability = record.outcome.sampling_prob
    cells["truth_source", record.outcome.source] += 1
    cells["truth_unweighted",] += probability is None
    weight = 1 / probability if probability else Decimal(1)
    cells[("weight", *place)] += int(weight * MICRO)
    cells["weight_squared",] += int(weight * weight * MICRO)
    if last.initial_judgement is not None:
        first = truth.judges(last.initial_judgement, record.outcome.value)
        cells["reliance", _bit(bool(first)), _bit(ai), _bit(human)] += 1
    return cells


def decided_value(record: DecisionRecord, last: ReviewRecord, truth: Truth) -> str | None:
    """Return what the person decided; a rejected binary proposal is its opposite, else unknown."""
    if last.final_value is not None:
        return last.final_value
    if last.outcome == "approve":
        return record.proposal_value
    binary = truth.favourable is not None and truth.positive is not None
    if last.outcome == "reject" and binary and record.proposal_value is not None:
        return f"not {truth.favourable}" if record.proposal_value == truth.favourable else truth.favourable
    return None


def _bit(value: bool) -> str:
    return "1" if value else "0"


def _pairs(record: DecisionRecord) -> Iterator[Cell]:
    """Blind double reviews: the labels of two different people, in the order of their ids (no rater is first)."""
    pairs: dict[str, list[ReviewRecord]] = {}
    for review in record.reviews:
        if review.blind and review.phase == "submitted" and review.actor is not None:
            pairs.setdefault(review.pair_id or "", []).append(review)
    for reviews in pairs.values():
        first = sorted({review.actor or "": review for review in reviews}.items())[:2]
        labels = [review.final_value or review.outcome or "" for _, review in first]
        if len(labels) == 2:
            yield ("pair", *labels)


def _escalations(record: DecisionRecord, verdicts: Sequence[Verdict]) -> Iterator[Cell]:
    about = {str(each.data.get("subject")): each for each in verdicts if each.code in ("ESC_LATE", "ESC_EXPIRED")}
    for hop in record.escalations:
        found = about.get(f"{hop.escalation_id}:{hop.hop}")
        since = hop.notified_at or hop.raised_at
        yield from _span("ack", since, hop.acknowledged_at)
        if found is not None:
            yield ("hop", "expired" if found.code == "ESC_EXPIRED" else "late")
            if found.code == "ESC_EXPIRED" and found.hard:
                yield ("hop_without_default",)
        elif hop.acknowledged_at is not None or hop.resolved_at is not None:
            yield ("hop", "in_time")


def _appeals(record: DecisionRecord) -> Iterator[Cell]:
    for appeal in record.appeals:
        yield ("appeal", "filed")
        yield from _span("appeal_answer", appeal.filed_at, appeal.decided_at)
        if appeal.decision is not None:
            yield ("appeal_decision", appeal.decision)
            original = appeal.original_reviewer or _reviewer(record.reviews)
            if appeal.actor is None or original is None:
                yield ("appeal_independent", "unknown")
            else:
                yield ("appeal_independent", "no" if appeal.actor == original else "yes")


def _reviewer(reviews: Iterable[ReviewRecord]) -> str | None:
    return next((review.actor for review in reversed(list(reviews)) if review.phase == "submitted"), None)
