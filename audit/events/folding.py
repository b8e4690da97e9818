"""One decision while a batch of entries is folded, and the row it becomes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Self
from uuid import UUID, uuid5

import msgspec

from audit.events import groups
from audit.events.changes import DecisionState
from audit.events.merge import Arrival, apply, fold
from audit.models import Decision
from policies.oversight.record import DecisionRecord

Key = tuple[UUID, str]  # use case, decision_id
COLUMNS: Final = tuple(
    """decision_class proposed_at executed_at proposal_value final_value confidence model_version subject_ref reviewed
    overridden state entries first_index last_index simulated drill""".split()  # noqa: SIM905
)
_LARGEST_CONFIDENCE: Final = Decimal(10**8)


def decision_key(use_case_id: UUID, decision_id: str) -> UUID:
    """Return the primary key of a decision: the same after every rebuild."""
    return uuid5(use_case_id, decision_id)


@dataclass(slots=True)
class Folding:
    """A decision's arrivals so far, in order of their own clock, and the record they give."""

    key: Key
    use_case_key: str
    arrivals: list[Arrival] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    record: DecisionRecord | None = None
    first_index: int = -1
    last_index: int = -1

    @classmethod
    def stored(cls, row: Decision) -> Self:
        """A stored decision as it stands, to be looked at, not gone on with."""
        record = msgspec.convert(row.state, type=DecisionRecord)
        return cls((row.use_case_id, row.decision_id), record.use_case, record=record, last_index=row.last_index)

    def resume(self, row: Decision, history: Mapping[str, Arrival]) -> None:
        """Go on where a stored row stands."""
        self.arrivals = sorted((history[entry] for entry in row.entries if entry in history), key=_place)
        self.entries = list(row.entries)
        self.record = msgspec.convert(row.state, type=DecisionRecord)
        self.first_index, self.last_index = row.first_index, row.last_index

    def add(self, arrival: Arrival, entry: UUID) -> None:
        """Fold one more event in; the common case, an event later than all others, costs one step."""
        latest = not self.arrivals or arrival.place > self.arrivals[-1].place
        self.arrivals.append(arrival)
        if latest and not any(each.event.data and "corrects" in each.event.data for each in self.arrivals):
            self.record = apply(self.record, arrival, use_case=self.use_case_key)
        else:
            self.arrivals.sort(key=_place)
            self.record = fold(self.use_case_key, self.arrivals)
        self.entries.append(str(entry))
        self.first_index = arrival.index if self.first_index < 0 else self.first_index
        self.last_index = arrival.index

    @property
    def subject(self) -> str:
        """The pseudonym of the person the decision is about, empty when nobody said."""
        given = self.record.fields.get("subject_ref") if self.record else None
        return given if isinstance(given, str) else ""

    def row(self, record: DecisionRecord) -> Decision:
        """Return the decision's row as it should be now."""
        submitted = [review for review in record.reviews if review.phase == "submitted"]
        confidence = record.confidence
        return Decision(
            id=decision_key(*self.key),
            use_case_id=self.key[0],
            decision_id=self.key[1],
            decision_class=record.decision_class or "",
            proposed_at=record.proposed_at,
            executed_at=record.executed_at,
            proposal_value=record.proposal_value,
            final_value=record.final_value,
            confidence=confidence if confidence is None or abs(confidence) < _LARGEST_CONFIDENCE else None,
            model_version=record.model_version or "",
            subject_ref=self.subject,
            reviewed=bool(submitted),
            overridden=any(review.outcome in ("modify", "override", "reject") for review in submitted),
            state=msgspec.to_builtins(record),
            entries=self.entries,
            first_index=self.first_index,
            last_index=self.last_index,
            simulated=record.simulated,
            drill=record.drill,
        )


def _place(arrival: Arrival) -> Any:
    return arrival.place


@dataclass(slots=True)
class Batch:
    """The decisions and group attributes a batch of entries touches."""

    decisions: dict[Key, Folding]
    attributes: dict[groups.Key, dict[str, Any]]

    def state(self, folding: Folding) -> DecisionState | None:
        """Return a decision's state as known now; ``None`` while nothing of it was folded."""
        if folding.record is None:
            return None
        use_case, decision_id = folding.key
        of_subject = self.attributes.get((use_case, "", folding.subject)) if folding.subject else None
        known = groups.values(of_subject, self.attributes.get((use_case, decision_id, "")))
        return DecisionState(folding.record, use_case, known, folding.last_index)

    def about(self, key: groups.Key) -> Iterator[Folding]:
        """Yield the decisions that group attributes under ``key`` are about, in order of their id."""
        use_case, decision_id, subject = key
        if decision_id:
            if (use_case, decision_id) in self.decisions:
                yield self.decisions[use_case, decision_id]
            return
        for each in sorted(self.decisions):
            if each[0] == use_case and self.decisions[each].subject == subject:
                yield self.decisions[each]
