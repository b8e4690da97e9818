"""Is a stored decision what its ledger entries say? Told from the entries alone, each held against its leaf hash."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from audit.events import evidence
from audit.events.arrivals import arrival_of
from audit.events.folding import COLUMNS, Folding
from audit.ledger.log import LedgerEntry
from audit.ledger.models import Leaf
from audit.models import Decision
from governance.models import PolicyInForce, UseCase
from policies.oversight.document import PolicyInvalid, parse

Standing = Literal["intact", "altered", "erased"]
BATCH, CHUNK = 200, 900  # decisions at once, and entries a query names


def standings(use_case: UseCase, decision_ids: Sequence[str]) -> dict[str, Standing]:
    """Return for each decision whether its row follows from its entries; ``erased``: a payload is gone, nobody can say.

    A decision that has no row is ``altered``: something was counted that is not there.
    """
    found: dict[str, Standing] = dict.fromkeys(decision_ids, "altered")
    for start in range(0, len(decision_ids), BATCH):
        names = decision_ids[start : start + BATCH]
        rows = list(Decision.objects.filter(use_case=use_case, decision_id__in=names))
        kept = Kept.of({UUID(entry) for row in rows for entry in row.entries})
        found |= {row.decision_id: _standing(row, use_case, kept) for row in rows}
    return found


@dataclass(frozen=True, slots=True)
class Kept:
    """What the ledger holds of a batch of entries: the entries, and whether envelope and payload are what they were.

    ``sound``: per entry whether its envelope hashes to its leaf and its payload to its commitment; None: erased.
    """

    entries: Mapping[UUID, LedgerEntry]
    sound: Mapping[UUID, bool | None]

    @classmethod
    def of(cls, wanted: Collection[UUID]) -> "Kept":
        """Read a batch: a constant number of queries for each 5,000 entries."""
        read = {entry.entry: entry for entry in evidence.read(sorted(wanted))}
        leaves: dict[UUID, Any] = {}
        for start in range(0, len(read), CHUNK):
            part = list(read)[start : start + CHUNK]
            leaves |= dict(Leaf.objects.filter(entry_id__in=part).values_list("entry_id", "leaf_hash"))
        pairs = [(key, entry.payload) for key, entry in read.items() if entry.payload is not None]
        same: dict[UUID, bool | None] = {}
        for start in range(0, len(pairs), CHUNK):
            part_ = pairs[start : start + CHUNK]
            same |= dict(zip((key for key, _ in part_), evidence.same_contents(part_), strict=True))
        sound: dict[UUID, bool | None] = {}
        for key, entry in read.items():
            hashed = hashlib.sha256(b"\x00" + entry.envelope).digest() == bytes(leaves[key])
            sound[key] = None if entry.payload is None else hashed and bool(same[key])
        return cls(read, sound)


def _standing(row: Decision, use_case: UseCase, kept: Kept) -> Standing:
    entries = [UUID(entry) for entry in row.entries]
    if not entries or any(entry not in kept.entries for entry in entries):
        return "altered"
    if any(kept.sound[entry] is None for entry in entries):
        return "erased"
    if not all(kept.sound[entry] for entry in entries):
        return "altered"
    folding = Folding((row.use_case_id, row.decision_id), use_case.key)
    for entry in entries:
        arrival = arrival_of(kept.entries[entry])
        if arrival is not None:
            folding.add(arrival, entry)
    return "intact" if folding.record is not None and _same(folding.row(folding.record), row) else "altered"


def _same(made: Decision, stored: Decision) -> bool:
    return all(_plain(getattr(made, name)) == _plain(getattr(stored, name)) for name in COLUMNS)


def _plain(value: object) -> object:
    """Return ``value`` as it comes back from storage."""
    return _listed(value) if isinstance(value, dict | list | tuple) else value


def _listed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _listed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(each) for each in value]
    return value


def altered_policies(policies: Iterable[PolicyInForce]) -> Iterator[PolicyInForce]:
    """Yield the policies in force whose document is not the one that its digest, and the vote on it, named."""
    for row in policies:
        try:
            digest = parse(row.policy.document).digest
        except PolicyInvalid:
            digest = ""
        if not digest == row.policy.digest == row.sign_off.digest:
            yield row
