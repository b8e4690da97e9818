"""Signs of life and interventions: small projections beside the decisions."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from audit.events import arrivals
from audit.events.arrivals import Placed
from audit.events.merge import Arrival, plain
from audit.models import Heartbeat, Intervention

HEARTBEAT: Final = "ai.oversight.heartbeat.v1"
INTERVENTION: Final = "ai.oversight.intervention.v1"


def save(placed: Sequence[Placed]) -> None:
    """Store the heartbeats and interventions of a batch."""
    _save_heartbeats([each for each in placed if each.arrival.event.type == HEARTBEAT and not each.arrival.conflict])
    _save_interventions(
        [each for each in placed if each.arrival.event.type == INTERVENTION and not each.arrival.conflict]
    )


def _save_heartbeats(placed: Sequence[Placed]) -> None:
    Heartbeat.objects.bulk_create(
        [
            Heartbeat(
                id=each.entry,
                source=each.arrival.event.source,
                use_case_id=each.use_case_id,
                time=each.arrival.event.time,
                recorded_at=each.arrival.recorded_at,
                index=each.arrival.index,
                **{name: (each.arrival.event.data or {}).get(name) for name in _COUNTERS},
            )
            for each in placed
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


_COUNTERS = ("sequence_high", "declared_count", "open_reviews")


def intervention_key(use_case: UUID, name: str) -> UUID:
    """Return the primary key of an intervention: the same when it is acted here and when its events are folded."""
    return uuid5(use_case, f"intervention {name}")


def _save_interventions(placed: Sequence[Placed]) -> None:
    if not placed:
        return
    new: dict[UUID, list[Placed]] = {}
    for each in placed:
        name = (each.arrival.event.data or {})["intervention_id"]
        new.setdefault(intervention_key(each.use_case_id, name), []).append(each)
    known = {row.pk: row for row in Intervention.objects.filter(pk__in=list(new))}
    before = arrivals.history([entry for row in known.values() for entry in row.entries])
    rows = []
    for key, several in new.items():
        entries = [*(known[key].entries if key in known else []), *(str(each.entry) for each in several)]
        merged = before | {str(each.entry): each.arrival for each in several}
        rows.append(
            Intervention(
                id=key,
                use_case_id=several[0].use_case_id,
                entries=entries,
                index=several[-1].arrival.index,
                **merge_intervention([merged[entry] for entry in entries if entry in merged]),
            )
        )
    Intervention.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=list(_MERGED), batch_size=500
    )


_PHASES = ("issued", "acknowledged", "effective", "verified", "resumed")
_MERGED = ("intervention_id", "decision_id", "kind", "actor", "reason_code", "limits", "scope", "instances", "drill",
           "entries", "index", *(f"{phase}_at" for phase in _PHASES))  # fmt: skip


def merge_intervention(events: Sequence[Arrival]) -> dict[str, Any]:
    """Return the fields of one intervention from its events in any order; each phase keeps its first time."""
    fields: dict[str, Any] = {
        "kind": "",
        "actor": "",
        "reason_code": "",
        "decision_id": "",
        "limits": {},
        "scope": {},
        "instances": {},
        "drill": False,
    }
    fields |= {f"{phase}_at": None for phase in _PHASES}
    for each in sorted(events, key=lambda each: each.place):
        data = each.event.data or {}
        fields["intervention_id"] = data["intervention_id"]
        fields["drill"] = fields["drill"] or each.event.drill
        for name in ("kind", "reason_code", "decision_id"):
            fields[name] = data.get(name, fields[name])
        for name in ("limits", "scope", "instances"):
            fields[name] = plain(data[name]) if name in data else fields[name]
        if data["phase"] == "issued" and "actor" in data:
            fields["actor"] = data["actor"]["ref"]
        at = f"{data['phase']}_at"
        fields[at] = fields[at] or each.happened_at or each.recorded_at
    return fields
