"""The running counts of fairness, per day and model version: kept up by the follower, the only writer.

Every change of a figure is a delta row carrying its ledger index; totals per day and model version run along, so
that a long history is read without its decisions. Late outcomes, corrections and erasure move a case from one cell
to another. Both tables are projections: ``custodes rebuild`` throws them away and folds again.
"""

import zlib
from collections.abc import Iterable, Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from audit.events.changes import Change, DecisionState
from audit.events.folding import decision_key
from audit.fairness.contribution import Contribution, cell_of, contribution_of
from audit.fairness.counts import Counts, Row, merge
from audit.fairness.declared import schema_of
from audit.fairness.schema import Schema
from audit.models.fairness import FairnessDefinition, FairnessDelta, FairnessTotals
from governance.models import UseCase

Matrix = NDArray[np.int64]
Place = tuple[int, int, str]  # definition, day, version


def record(changes: Sequence[Change]) -> None:
    """Count a batch of folded changes; needs the caller's transaction. The follower is the only writer."""
    definitions = _definitions(changes)
    deltas: list[FairnessDelta] = []
    moved: dict[Place, list[tuple[Row, int]]] = {}
    simulated: dict[Place, int] = {}
    schemas = {d.pk: Schema.from_json(d.schema) for d in definitions.values() if d is not None}
    for change in changes:
        definition = definitions[change.after.use_case_id]
        if definition is None:
            continue
        schema = schemas[definition.pk]
        before, after = _contribution(schema, change.before), _contribution(schema, change.after)
        if before == after:
            continue
        for contribution, sign in ((before, -1), (after, 1)):
            if contribution is None:
                continue
            decision = decision_key(change.after.use_case_id, change.after.record.decision_id)
            deltas.append(_delta(definition, decision, change.index, contribution, sign))
            place = (definition.pk, contribution.day, contribution.version)
            moved.setdefault(place, []).append((contribution.row, sign))
            simulated[place] = simulated.get(place, 0) + sign * contribution.simulated
    FairnessDelta.objects.bulk_create(deltas, batch_size=500)
    for place, rows in moved.items():
        _add_to_totals(schemas[place[0]], place, rows, simulated[place])


def clear() -> None:
    """Drop the projection, for a rebuild."""
    FairnessDelta.objects.all().delete()
    FairnessTotals.objects.all().delete()
    FairnessDefinition.objects.all().delete()


def _definitions(changes: Sequence[Change]) -> dict[UUID, FairnessDefinition | None]:
    first: dict[UUID, int] = {}
    for change in changes:
        first.setdefault(change.after.use_case_id, change.index)
    found: dict[UUID, FairnessDefinition | None] = {}
    for use_case in UseCase.objects.filter(pk__in=first).only("id", "fairness"):
        schema = schema_of(use_case.fairness)
        found[use_case.pk] = None
        if schema is not None:
            found[use_case.pk], _ = FairnessDefinition.objects.get_or_create(
                use_case=use_case,
                digest=schema.digest,
                defaults={"schema": schema.to_json(), "first_index": first[use_case.pk]},
            )
    return found


def _contribution(schema: Schema, state: DecisionState | None) -> Contribution | None:
    return None if state is None else contribution_of(schema, state.record, state.groups)


def _delta(
    definition: FairnessDefinition, decision: UUID, index: int, contribution: Contribution, sign: int
) -> FairnessDelta:
    return FairnessDelta(
        definition=definition,
        decision=decision,
        index=index,
        day=contribution.day,
        version=contribution.version,
        group=list(contribution.row.group),
        cell=cell_of(contribution.row),
        score=contribution.row.score,
        sign=sign,
        simulated=contribution.simulated,
    )


def _add_to_totals(schema: Schema, place: Place, rows: Iterable[tuple[Row, int]], simulated: int) -> None:
    listed = list(rows)
    total = merge(Counts.from_rows(schema, [row for row, way in listed if way == sign], sign) for sign in (1, -1))
    _store(schema, place, total, simulated)


def add_sealed(schema: Schema, place: Place, rows: Iterable[tuple[Row, int, bool]]) -> None:
    """Add cases of one day and version that were sealed, ``(row, how many, simulated)``, for a rebuild."""
    listed = list(rows)
    total = merge(Counts.from_rows(schema, [row], n) for row, n, _ in listed)
    _store(schema, place, total, sum(n for _, n, simulated in listed if simulated))


def _store(schema: Schema, place: Place, total: Counts, simulated: int) -> None:
    """Add ``total`` to the stored counts of one day and version."""
    definition, day, version = place
    stored = FairnessTotals.objects.filter(definition_id=definition, day=day, version=version).first()
    if stored is None:
        stored = FairnessTotals(definition_id=definition, day=day, version=version, simulated=0)
    else:
        total = total + unpacked(schema, stored.groups, stored.cells)
    stored.groups, stored.cells = packed(total)
    stored.simulated += simulated
    stored.save()


def packed(counts: Counts) -> tuple[list[list[str | None]], bytes]:
    """Return the group tuples in order and their count matrix, as ``FairnessTotals`` stores them."""
    order = sorted(counts.cells, key=lambda group: [(level is None, level or "") for level in group])
    matrix = np.array([counts.cells[group] for group in order], dtype="<i8").reshape(len(order), counts.schema.width)
    return [list(group) for group in order], zlib.compress(matrix.tobytes(), 1)


def unpacked(schema: Schema, groups: list[list[str | None]], cells: bytes | memoryview) -> Counts:
    """Return the counts that were packed."""
    matrix = np.frombuffer(zlib.decompress(bytes(cells)), dtype="<i8").reshape(len(groups), schema.width)
    return Counts(schema, {tuple(group): matrix[i].astype(np.int64) for i, group in enumerate(groups)})
