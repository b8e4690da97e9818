"""The record of a use case as it stood at a past moment, put together from its changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance.models import Assignment, Change, Classification, PolicyInForce, UseCase
from governance.register.classify import latest_classification
from governance.register.responsible import responsible_on


@dataclass(frozen=True, slots=True)
class PastRecord:
    """What the register said at ``at``, and the change that entered it; None before the use case was registered."""

    at: datetime
    fields: dict[str, Any] | None
    change: Change | None
    classification: Classification | None
    policy: PolicyInForce | None
    people: list[Assignment]


def as_it_stood(use_case: UseCase, at: datetime) -> PastRecord:
    """Return the record of ``use_case`` at ``at``: entry, tier, policy in force, who answered for it."""
    if at < use_case.registered_at:
        return PastRecord(at=at, fields=None, change=None, classification=None, policy=None, people=[])
    policies = use_case.policies_in_force.select_related("policy").filter(in_force_from__lte=at)
    policy = policies.order_by("-in_force_from").first()
    if policy is not None and policy.in_force_until is not None and policy.in_force_until <= at:
        policy = None
    change = _entered_by(use_case, at)
    return PastRecord(
        at=at,
        fields=change.after if change else None,
        change=change,
        classification=latest_classification(use_case, before=at),
        policy=policy,
        people=responsible_on(use_case, at),
    )


def _entered_by(use_case: UseCase, at: datetime) -> Change | None:
    """The last whole snapshot at or before ``at``; changes of a part (people, classification) carry no ``key``."""
    changes = Change.objects.filter(object_type="usecase", object_id=use_case.pk, at__lte=at).order_by("-at", "-pk")
    for change in changes.iterator(chunk_size=50):
        if isinstance(change.after, dict) and change.after.get("key") == use_case.key and "purpose" in change.after:
            return change
    return None
