"""What one decision adds to the counts: its day, version, group, decisions, outcome and score."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from audit.fairness.counts import Row, ternary
from audit.fairness.declared import STRATA
from audit.fairness.encoding import UNKNOWN_TOKENS
from audit.fairness.schema import Schema
from policies.oversight.record import DecisionRecord, ReviewRecord


@dataclass(frozen=True)
class Contribution:
    """One case in one cell. ``day`` is the ordinal of the UTC date of the decision (not of its outcome), 0 unknown."""

    day: int
    version: str
    row: Row
    simulated: bool


def contribution_of(schema: Schema, record: DecisionRecord, groups: Mapping[str, str] | None) -> Contribution | None:
    """Return what a decision contributes; None for drills and withdrawn decisions, which are in no figure."""
    if record.drill or record.withdrawn_at is not None:
        return None
    proposal = None if record.proposal_value is None else record.proposal_value == schema.favourable
    outcome = None
    if schema.positive is not None and record.outcome is not None:
        outcome = record.outcome.value == schema.positive
    score = float(record.confidence) if schema.bins and record.confidence is not None else None
    return Contribution(
        day=record.proposed_at.astimezone(UTC).date().toordinal() if record.proposed_at else 0,
        version=record.model_version or "",
        row=Row(_group(schema, record, groups or {}), (proposal, final_decision(schema, record)), outcome, score),
        simulated=record.simulated,
    )


def _group(schema: Schema, record: DecisionRecord, groups: Mapping[str, str]) -> tuple[str | None, ...]:
    levels: list[str | None] = []
    for name in schema.attributes:
        value = groups.get(name)
        if value is None and name in STRATA:
            value = getattr(record, name)
        levels.append(None if value is None or value.strip().casefold() in UNKNOWN_TOKENS else value.strip())
    return tuple(levels)


def final_decision(schema: Schema, record: DecisionRecord) -> bool | None:
    """Return whether the decision that took effect was favourable; None while a review is open or left it open.

    What was executed counts; else the last submitted review's value; else, where nobody was asked, the proposal.
    A rejected favourable proposal is unfavourable; what replaces a rejected unfavourable one is not known.
    """
    if record.executed_value is not None:
        return record.executed_value == schema.favourable
    submitted = [review for review in record.reviews if review.phase == "submitted" and not review.blind]
    pending = any(review.phase in ("requested", "claimed", "opened") and not review.blind for review in record.reviews)
    proposal = None if record.proposal_value is None else record.proposal_value == schema.favourable
    if submitted:
        return _reviewed(schema, submitted[-1], proposal)
    if pending and record.executed_at is None:
        return None
    return proposal


def _reviewed(schema: Schema, review: ReviewRecord, proposal: bool | None) -> bool | None:
    if review.final_value is not None:
        return review.final_value == schema.favourable
    if review.outcome == "reject":
        return False if proposal else None
    return proposal if review.outcome == "approve" else None


def cell_of(row: Row) -> int:
    """Return the position of a row in the outcome table of its group."""
    index = 0
    for value in (*row.decisions, row.outcome):
        index = index * 3 + ternary(value)
    return index


def row_of(schema: Schema, group: tuple[str | None, ...], cell: int, score: float | None) -> Row:
    """Return the row that stands in a cell."""
    codes = []
    for _ in range(len(schema.stages) + 1):
        cell, code = divmod(cell, 3)
        codes.append(None if code == 2 else bool(code))
    outcome, *decisions = codes
    return Row(group, tuple(reversed(decisions)), outcome, score)
