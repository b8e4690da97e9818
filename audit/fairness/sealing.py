"""Fairness counts of decisions whose payloads are removed: sums that name no decision, in place of their deltas."""

from collections import Counter
from typing import Any

from audit.events.folding import decision_key
from audit.events.sealing import Sealing
from audit.fairness import totals
from audit.fairness.contribution import row_of
from audit.fairness.counts import Row
from audit.fairness.schema import Schema
from audit.models.fairness import FairnessDefinition, FairnessDelta
from governance.models import UseCase

ROOM = "fairness"
CHUNK = 500
FIELDS = ("index", "day", "version", "group", "cell", "score", "simulated")


def seal(*, sealed: Sealing, **_: Any) -> None:
    """Receiver: replace the deltas of the decisions that go by their sums; totals stay as they are."""
    totals.record(sealed.changes)
    content = []
    for definition in FairnessDefinition.objects.filter(use_case__in={key[0] for key in sealed.keys}).order_by("pk"):
        names = {decision_key(*key) for key in sealed.keys if key[0] == definition.use_case_id}
        deltas = _deltas(definition, sealed, names)
        sums: Counter[tuple[Any, ...]] = Counter()
        for delta in deltas:
            index = sealed.coarse(definition.use_case_id, delta.index)
            place = (index, delta.day, delta.version, tuple(delta.group), delta.cell, delta.score, delta.simulated)
            sums[place] += delta.sign
        for start in range(0, len(deltas), CHUNK):
            FairnessDelta.objects.filter(pk__in=[delta.pk for delta in deltas[start : start + CHUNK]]).delete()
        rows = [[*place[:3], list(place[3]), *place[4:], n] for place, n in sorted(sums.items(), key=str) if n]
        _insert(definition, rows)
        if rows:
            content.append(_content(definition, rows))
    sealed.figures[ROOM] = content


def _deltas(definition: FairnessDefinition, sealed: Sealing, names: set[Any]) -> list[FairnessDelta]:
    """The deltas of these decisions, by way of the indexes they can have."""
    own = [row for row in sealed.decisions if row.use_case_id == definition.use_case_id]
    low = min((row.first_index for row in own), default=0)
    rows = FairnessDelta.objects.filter(definition=definition, index__gte=low, decision__isnull=False)
    return [delta for delta in rows.order_by("pk").iterator(chunk_size=2000) if delta.decision in names]


def _content(definition: FairnessDefinition, rows: list[list[Any]]) -> dict[str, Any]:
    return {
        "use_case": str(definition.use_case_id),
        "digest": definition.digest,
        "schema": definition.schema,
        "first_index": definition.first_index,
        "fields": [*FIELDS, "n"],
        "rows": rows,
    }


def _insert(definition: FairnessDefinition, rows: list[list[Any]]) -> None:
    FairnessDelta.objects.bulk_create(
        [
            FairnessDelta(definition=definition, decision=None, sign=row[-1], **dict(zip(FIELDS, row, strict=False)))
            for row in rows
        ],
        batch_size=CHUNK,
    )


def restore(*, figures: dict[str, Any], **_: Any) -> None:
    """Receiver: put sealed sums back into an emptied projection."""
    for each in figures.get(ROOM, ()):
        definition, _made = FairnessDefinition.objects.get_or_create(
            use_case=UseCase.objects.get(pk=each["use_case"]),
            digest=each["digest"],
            defaults={"schema": each["schema"], "first_index": each["first_index"]},
        )
        schema = Schema.from_json(each["schema"])
        _insert(definition, each["rows"])
        places: dict[tuple[int, str], list[tuple[Row, int, bool]]] = {}
        for _index, day, version, group, cell, score, simulated, n in each["rows"]:
            row = row_of(schema, tuple(group), cell, score)
            places.setdefault((day, version), []).append((row, n, simulated))
        for (day, version), rows in sorted(places.items()):
            totals.add_sealed(schema, (definition.pk, day, version), rows)
