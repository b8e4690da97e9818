"""Group attributes: kept apart from decisions, joined in aggregate only, every reading of them logged.

Each attribute remembers the event that set it, so that the order of arrival does not matter.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from audit.events.merge import Arrival
from audit.models import GroupAccess, GroupAttributes
from governance.models import UseCase, User

Key = tuple[UUID, str, str]  # use case, decision_id, subject_ref: one of the two is empty


def key_of(use_case_id: UUID, data: Mapping[str, Any]) -> Key:
    """Return where the attributes of a group event belong: the decision when it names one, else the subject."""
    if "decision_id" in data:
        return (use_case_id, data["decision_id"], "")
    return (use_case_id, "", data["subject_ref"])


def merge(attributes: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
    """Return stored attributes with those of one more event; the later event by its own clock wins."""
    stamp = stamp_of(arrival)
    merged = dict(attributes)
    for name, value in (arrival.event.data or {})["attributes"].items():
        if name not in merged or merged[name]["stamp"] < stamp:
            merged[name] = {"value": value, "stamp": stamp}
    return merged


def stamp_of(arrival: Arrival) -> str:
    """Return what an attribute remembers of the event that set it; sorts as the event's own clock."""
    at, source, event_id, _ = arrival.place
    return f"{at.isoformat()} {source} {event_id}"


def values(*layers: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Return plain values of stored attributes, later layers winning; ``None`` when there are none."""
    plain = {name: each["value"] for layer in layers if layer for name, each in layer.items()}
    return plain or None


def load(keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
    """Return stored attributes of decisions and subjects, one query for each kind and use case."""
    wanted = set(keys)
    found: dict[Key, dict[str, Any]] = {}
    for use_case_id in {key[0] for key in wanted}:
        rows = GroupAttributes.objects.filter(use_case_id=use_case_id)
        decisions = [key[1] for key in wanted if key[0] == use_case_id and key[1]]
        subjects = [key[2] for key in wanted if key[0] == use_case_id and key[2]]
        for row in (*rows.filter(decision_id__in=decisions), *rows.filter(subject_ref__in=subjects, decision_id="")):
            found[use_case_id, row.decision_id, row.subject_ref] = row.attributes
    return found


def save(changed: Mapping[Key, tuple[int, dict[str, Any]]]) -> None:
    """Store attributes with the ledger index that changed them last."""
    GroupAttributes.objects.bulk_create(
        [
            GroupAttributes(
                id=uuid5(key[0], f"groups {key[1]} {key[2]}"),
                use_case_id=key[0],
                decision_id=key[1],
                subject_ref=key[2],
                attributes=attributes,
                index=index,
            )
            for key, (index, attributes) in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["attributes", "index"],
        batch_size=500,
    )


def log_reading(*, use_case: UseCase, actor: User | None, purpose: str, at: datetime) -> None:
    """Write down that group data of ``use_case`` was read, in aggregate, and for what."""
    GroupAccess.objects.create(
        use_case=use_case,
        actor_id=actor.pk if actor else None,
        actor_name=actor.name if actor else "",
        purpose=purpose,
        at=at,
    )
