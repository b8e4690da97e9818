"""What the fold tells those who check and count: one change per event, in ledger order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from policies.oversight.record import DecisionRecord


@dataclass(frozen=True, slots=True)
class DecisionState:
    """A decision as known after an entry; ``groups`` are for aggregates only, ``None`` when nobody said.

    ``last_index``: the entry that was folded into it last; it is no part of what the decision is.
    """

    record: DecisionRecord
    use_case_id: UUID
    groups: Mapping[str, str] | None = None
    last_index: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """The entry ``index``, recorded ``at``, turned ``before`` (``None``: the decision was new) into ``after``."""

    index: int
    at: datetime
    before: DecisionState | None
    after: DecisionState
