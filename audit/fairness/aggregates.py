"""Live fairness counts, read by window and as of a checkpoint from the totals and deltas the follower keeps up."""

import json
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np
from django.db.models import QuerySet, Sum, TextField
from django.db.models.functions import Cast

from audit.fairness.contribution import row_of
from audit.fairness.counts import Counts, Group, merge
from audit.fairness.declared import NotDeclared, config_of, schema_of
from audit.fairness.release import Day, Released
from audit.fairness.schema import Schema
from audit.fairness.totals import Matrix, unpacked
from audit.models.fairness import FairnessDefinition, FairnessDelta, FairnessTotals
from governance.models import UseCase

Window = tuple[date | datetime | None, date | datetime | None]
"""Days from .. until, the last one exclusive, None open; by the UTC date of the decision."""


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
        parts[day, version] = unpacked(schema, groups, cells)
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
        counts = unpacked(schema, groups, cells)
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
