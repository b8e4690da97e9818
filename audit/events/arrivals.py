"""Ledger entries to arrivals: what was recorded, at which place, for which use case."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from audit.events import evidence, schema
from audit.events.merge import Arrival
from audit.ledger.log import LedgerEntry

STREAM: Final = "events"
INTEGRITY_STREAM: Final = "integrity"
CONFLICT_TYPE: Final = "integrity.event.conflict"


@dataclass(frozen=True, slots=True)
class Placed:
    """An arrival with its ledger entry and the use case it was recorded for."""

    arrival: Arrival
    entry: UUID
    use_case_id: UUID


def arrival_of(entry: LedgerEntry) -> Arrival | None:
    """Read an entry's event; ``None`` when its payload was erased.

    A conflict stands for the event that was recorded first under the same source and id.
    """
    raw = entry.payload
    conflict = entry.parsed["type"] == CONFLICT_TYPE
    if conflict and raw is not None:
        first = UUID(msgspec.json.decode(raw)["first_entry"])
        raw = evidence.payloads([first]).get(first)
    event = schema.parse(raw) if raw is not None else None
    if not isinstance(event, schema.Event):
        return None
    recorded_at = datetime.fromisoformat(entry.parsed["recorded_at"])
    return Arrival(index=entry.index, event=event, recorded_at=recorded_at, conflict=conflict)


def place(entries: Iterable[LedgerEntry], use_cases: Mapping[str, UUID]) -> list[Placed]:
    """Return the arrivals of entries in their order; ``use_cases`` maps references to keys."""
    return [
        Placed(arrival, entry.entry, use_cases[entry.parsed["refs"][0]])
        for entry in entries
        if (arrival := arrival_of(entry)) is not None
    ]


def history(entries: Sequence[str]) -> dict[str, Arrival]:
    """Return arrivals that were folded before, by entry; what was erased meanwhile is missing."""
    return {
        str(entry.entry): arrival
        for entry in evidence.read([UUID(each) for each in entries])
        if (arrival := arrival_of(entry)) is not None
    }
