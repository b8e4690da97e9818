"""Live fairness counts: kept up by the follower, read by window and as of a checkpoint.

Every change of a figure is a delta row carrying its ledger index; totals per day and model version run along, so
that a long history is read without its decisions. Late outcomes, corrections and erasure move a case from one cell
to another. Both tables are projections: ``custodes rebuild`` throws them away and folds again.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

import numpy as np
from django.db.models import QuerySet, Sum, TextField
from django.db.models.functions import Cast
from numpy.typing import NDArray

from audit.events.changes import Change, DecisionState
from audit.events.folding import decision_key
from audit.fairness.contribution import Contribution, cell_of, contribution_of, row_of
from audit.fairness.counts import Counts, Group, Row, merge
from audit.fairness.declared import NotDeclared, config_of, schema_of
from audit.fairness.release import Day, Released
from audit.fairness.schema import Schema
from audit.models.fairness import FairnessDefinition, FairnessDelta, FairnessTotals
from governance.models import UseCase

Window = tuple[date | datetime | None, date | datetime | None]
"""Days from .. until, the last one exclusive, None open; by the UTC date of the decision."""

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
        total = total + _unpacked(schema, stored.groups, stored.cells)
    stored.groups, stored.cells = _packed(total)
    stored.simulated += simulated
    stored.save()


def _packed(counts: Counts) -> tuple[list[list[str | None]], bytes]:
    order = sorted(counts.cells, key=lambda group: [(level is None, level or "") for level in group])
    matrix = np.array([counts.cells[group] for group in order], dtype="<i8").reshape(len(order), counts.schema.width)
    return [list(group) for group in order], zlib.compress(matrix.tobytes(), 1)


def _unpacked(schema: Schema, groups: list[list[str | None]], cells: bytes | memoryview) -> Counts:
    matrix = np.frombuffer(zlib.decompress(bytes(cells)), dtype="<i8").reshape(len(groups), schema.width)
    return Counts(schema, {tuple(group): matrix[i].astype(np.int64) for i, group in enumerate(groups)})


@dataclass(frozen=True)
class Stretch:
    """Counts of one day under one model version; ``day`` None when the time of the decisions is unknown."""

    day: date | None
    version: str
    counts: Counts


def days_of(window: Window | None) -> dict[str, int]:
    """Return the filter on ``day`` for a window."""
    if window is None:
        return {}
    first, last = window
    bounds = {}
    if first is not None:
        bounds["day__gte"] = _ordinal(first)
    if last is not None:
        # A day that the window ends within belongs to it.
        partly = isinstance(last, datetime) and last.time() != time(0)
        bounds["day__lt"] = _ordinal(last) + partly
        bounds.setdefault("day__gte", 1)
    return bounds


def _ordinal(moment: date | datetime) -> int:
    return (moment.date() if isinstance(moment, datetime) else moment).toordinal()


def definition_of(use_case: UseCase) -> tuple[FairnessDefinition | None, Schema]:
    """Return the stored definition of what the use case declares now (None before its first decision).

    Raises ``NotDeclared``.
    """
    schema = schema_of(use_case.fairness)
    if schema is None:
        raise NotDeclared(use_case.ref)
    return FairnessDefinition.objects.filter(use_case=use_case, digest=schema.digest).first(), schema


def history(use_case: UseCase, *, window: Window | None = None, as_of: int | None = None) -> list[Stretch]:
    """Return the counts per day and model version, both stages in one, oldest first."""
    definition, schema = definition_of(use_case)
    if definition is None:
        return []
    parts: dict[tuple[int, str], Counts] = {}
    for day, version, groups, cells in _stored(definition, window).values_list("day", "version", "groups", "cells"):
        parts[day, version] = _unpacked(schema, groups, cells)
    if as_of is not None:
        for (day, version), later in _since(schema, definition, window, as_of).items():
            parts[day, version] = parts[day, version] - later
    return [
        Stretch(date.fromordinal(day) if day else None, version, counts)
        for (day, version), counts in sorted(parts.items())
        if counts.cells
    ]


def _stored(definition: FairnessDefinition, window: Window | None) -> QuerySet[FairnessTotals]:
    return FairnessTotals.objects.filter(definition=definition, **days_of(window))


def _summed(schema: Schema, definition: FairnessDefinition, window: Window | None) -> Counts:
    """Return the totals of a window in one: days with the same groups are added as matrices."""
    matrices: dict[str, Matrix] = {}
    listed = _stored(definition, window).annotate(listed=Cast("groups", TextField()))
    for groups, cells in listed.values_list("listed", "cells"):
        matrix = np.frombuffer(zlib.decompress(cells), dtype="<i8")
        mine = matrices.get(groups)
        matrices[groups] = matrix.astype(np.int64) if mine is None else mine + matrix
    parts = []
    for groups, matrix in matrices.items():
        keys = [tuple(group) for group in json.loads(groups)]
        parts.append(Counts(schema, dict(zip(keys, matrix.reshape(len(keys), schema.width), strict=True))))
    return merge([Counts(schema), *parts])


def _since(
    schema: Schema, definition: FairnessDefinition, window: Window | None, index: int
) -> dict[tuple[int, str], Counts]:
    """Return what the entries from ``index`` on have added, per day and version."""
    deltas = (
        FairnessDelta.objects.filter(definition=definition, index__gte=index, **days_of(window))
        .values("day", "version", "group", "cell", "score")
        .annotate(total=Sum("sign"))
        .order_by()
    )
    found: dict[tuple[int, str], list[Counts]] = {}
    for delta in deltas:
        row = row_of(schema, tuple(delta["group"]), delta["cell"], delta["score"])
        counts = Counts.from_rows(schema, [row], delta["total"])
        found.setdefault((delta["day"], delta["version"]), []).append(counts)
    return {place: merge(counts) for place, counts in found.items()}


def exact_counts_for(use_case: UseCase, *, window: Window | None, as_of: int | None = None) -> Counts:
    """Return every case of a window, proposal and final decision together: for what gives out no counts.

    ``as_of`` N: as known at checkpoint N, that is from the entries 0 .. N - 1. Raises ``NotDeclared``. Declared
    reference levels are listed even when no case has them.
    """
    definition, schema = definition_of(use_case)
    counts = Counts(schema, levels=_declared_levels(use_case, schema))
    if definition is None:
        return counts
    counts = counts + _summed(schema, definition, window)
    if as_of is not None:
        for later in _since(schema, definition, window, as_of).values():
            counts = counts - later
    return counts


def holds_all_days(use_case: UseCase, window: Window) -> bool:
    """Whether no day with cases lies outside ``window``. Raises ``NotDeclared``."""
    definition, _ = definition_of(use_case)
    if definition is None:
        return True
    everything = FairnessTotals.objects.filter(definition=definition)
    return not everything.exclude(pk__in=_stored(definition, window).values("pk")).exists()


def paired_counts_for(use_case: UseCase, *, window: Window | None, as_of: int | None = None) -> Counts:
    """Return what may be given out of a window, in parcels of at least k cases (see ``release``).

    k is the floor below which the declared check shows no rate; a check that shows every group (Local Law 144) gets
    every case. Otherwise as ``exact_counts_for``.
    """
    definition, schema = definition_of(use_case)
    config = config_of(use_case.fairness)
    if definition is None or config.floor.shown <= 1:
        return exact_counts_for(use_case, window=window, as_of=as_of)
    strata = [name for name in schema.attributes if name not in config.groups]
    bounds = days_of(window)
    until = bounds.get("day__lt")
    return Released.of(
        schema,
        _day_counts(schema, definition, until, as_of),
        [*config.groupings, *((name, stratum) for stratum in strata for name in config.groups)],
        k=config.floor.shown,
        window=(bounds.get("day__gte", 0), until),
        levels=_declared_levels(use_case, schema),
    )


def _declared_levels(use_case: UseCase, schema: Schema) -> dict[str, list[str]]:
    declared = use_case.fairness["attributes"]
    return {name: [declared[name]] for name in schema.attributes if declared.get(name)}


def _day_counts(schema: Schema, definition: FairnessDefinition, until: int | None, as_of: int | None) -> list[Day]:
    """Return the counts of every day before ``until``, oldest first, all model versions together."""
    stored = FairnessTotals.objects.filter(definition=definition, **({} if until is None else {"day__lt": until}))
    if as_of is not None:
        window = (None, None if until is None else date.fromordinal(until)) if until else None
        return _days_as_of(schema, stored, _since(schema, definition, window, as_of))
    read: dict[str, list[Group]] = {}
    days = []
    listed = stored.annotate(listed=Cast("groups", TextField())).order_by("day", "version")
    for day, text, cells in listed.values_list("day", "listed", "cells"):
        if text not in read:
            read[text] = [tuple(group) for group in json.loads(text)]
        matrix = np.frombuffer(zlib.decompress(cells), dtype="<i8").reshape(len(read[text]), schema.width)
        days.append(Day(day, read[text], matrix))
    return days


def _days_as_of(schema: Schema, stored: QuerySet[FairnessTotals], later: dict[tuple[int, str], Counts]) -> list[Day]:
    days = []
    for day, version, groups, cells in stored.order_by("day", "version").values_list(
        "day", "version", "groups", "cells"
    ):
        counts = _unpacked(schema, groups, cells)
        if (day, version) in later:
            counts = counts - later[day, version]
        if counts.cells:
            days.append(Day(day, list(counts.cells), np.array(list(counts.cells.values()), dtype=np.int64)))
    return days


def simulated_in(use_case: UseCase, *, window: Window | None, as_of: int | None = None) -> int:
    """Return how many of the counted cases were invented for an example."""
    definition, _ = definition_of(use_case)
    if definition is None:
        return 0
    if as_of is None:
        totals = _stored(definition, window)
        return int(totals.aggregate(total=Sum("simulated"))["total"] or 0)
    deltas = FairnessDelta.objects.filter(definition=definition, index__lt=as_of, simulated=True, **days_of(window))
    return int(deltas.aggregate(total=Sum("sign"))["total"] or 0)
