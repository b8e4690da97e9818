"""Is a stored decision what its ledger entries say? Told from the entries alone, each held against its leaf hash."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal
from uuid import UUID

from audit.events import evidence
from audit.events.arrivals import arrival_of
from audit.events.folding import COLUMNS, Folding
from audit.ledger.models import Leaf
from audit.models import Decision
from governance.models import PolicyInForce, UseCase
from policies.oversight.document import PolicyInvalid, parse

Standing = Literal["intact", "altered", "erased"]
BATCH = 200


def standings(use_case: UseCase, decision_ids: Sequence[str]) -> dict[str, Standing]:
    """Return for each decision whether its row follows from its entries; ``erased``: a payload is gone, nobody can say.

    A decision that has no row is ``altered``: something was counted that is not there.
    """
    found: dict[str, Standing] = dict.fromkeys(decision_ids, "altered")
    for start in range(0, len(decision_ids), BATCH):
        rows = Decision.objects.filter(use_case=use_case, decision_id__in=decision_ids[start : start + BATCH])
        for row in rows:
            found[row.decision_id] = _standing(row, use_case)
    return found


def _standing(row: Decision, use_case: UseCase) -> Standing:
    entries = [UUID(entry) for entry in row.entries]
    read = {entry.entry: entry for entry in evidence.read(entries)}
    leaves = dict(Leaf.objects.filter(entry_id__in=entries).values_list("entry_id", "leaf_hash"))
    if len(read) != len(entries) or not entries:
        return "altered"
    contents = [(entry, read[entry].payload) for entry in entries]
    if any(payload is None for _, payload in contents):
        return "erased"
    same = evidence.same_contents([(entry, payload) for entry, payload in contents if payload is not None])
    hashed = all(hashlib.sha256(b"\x00" + read[e].envelope).digest() == bytes(leaves[e]) for e in entries)
    if not hashed or not all(same):
        return "altered"
    folding = Folding((row.use_case_id, row.decision_id), use_case.key)
    for entry in entries:
        arrival = arrival_of(read[entry])
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
