"""What a use case's systems may do now: the strictest of lifecycle, policy, mandate and open interventions.

One function for gate, control API and pages, so that they never disagree. A drill counts: a rehearsal that stops
nothing would measure nothing. It ends by itself, and no figure of operation or breach counts it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from audit.models import Intervention
from governance.models import PolicyInForce, UseCase

LONGEST_DRILL: Final = timedelta(hours=1)  # a drill nobody lifted ends then, so that a rehearsal never stays a stop
ORDER: Final = ("running", "limited", "paused", "stopped")
_LIFECYCLE: Final = {
    "planned": "stopped",
    "pilot": "running",
    "live": "running",
    "paused": "paused",
    "retired": "stopped",
}
_KINDS: Final = {"limit": "limited", "pause": "paused", "stop": "stopped", "rollback": "stopped"}


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason for a state; ``code`` is lifecycle, no_policy, no_mandate, intervention or drill.

    An empty ``scope`` is the whole use case; else it names ``classes`` and ``versions`` of decisions.
    """

    code: str
    state: str
    detail: str
    since: datetime | None = None
    scope: Mapping[str, list[str]] = field(default_factory=dict)

    def concerns(self, decision_class: str | None, version: str | None) -> bool:
        """Whether a decision lies in the scope; an unknown class or version lies in every scope."""
        classes, versions = self.scope.get("classes"), self.scope.get("versions")
        return (not classes or decision_class is None or decision_class in classes) and (
            not versions or version is None or version in versions
        )


@dataclass(frozen=True, slots=True)
class ControlState:
    """``state`` is the strictest of the ``grounds`` that hold for the whole use case; ``limits`` are of open limits."""

    state: str
    grounds: tuple[Ground, ...]
    limits: dict[str, Any]

    def strictest(self, decision_class: str | None, version: str | None) -> Ground:
        """Return the ground that weighs most for one decision."""
        return _strictest([each for each in self.grounds if each.concerns(decision_class, version)])


@dataclass(frozen=True, slots=True)
class Bound:
    """What of the policy in force bears on control; ``mandate_until`` is the mandate's last day, if it ends."""

    ref: str
    mandate_until: date | None


def control_of(use_case: UseCase, *, at: datetime) -> ControlState:
    """Return what systems of ``use_case`` may do at ``at``; two small queries."""
    in_force = policy_at(use_case, at)
    bound = None
    if in_force is not None:
        expires = (in_force.policy.document.get("mandate") or {}).get("expires")
        bound = Bound(in_force.policy.ref, date.fromisoformat(str(expires)) if expires else None)
    opened = Intervention.objects.filter(use_case=use_case, decision_id="", resumed_at=None, kind__in=list(_KINDS))
    return state_of(use_case.lifecycle, bound, opened, at=at)


def state_of(
    lifecycle: str, bound: Bound | None, interventions: Iterable[Intervention], *, at: datetime
) -> ControlState:
    """The same from what was read already: ``bound`` is the policy in force; of the interventions the open ones count.

    For the gate, which asks at every decision and reads policies and interventions anyway.
    """
    grounds = [Ground("lifecycle", _LIFECYCLE[lifecycle], f"The register says: {lifecycle}")]
    if bound is None:
        grounds.append(Ground("no_policy", "stopped", "No oversight policy is in force"))
    elif bound.mandate_until is not None and at.astimezone(UTC).date() > bound.mandate_until:
        detail = f"The mandate of {bound.ref} ended on {bound.mandate_until}"
        grounds.append(Ground("no_mandate", "stopped", detail))
    limits: dict[str, Any] = {}
    for each in sorted(filter(lambda row: _holds(row, at), interventions), key=_place):
        since, code = each.effective_at or each.issued_at, "drill" if each.drill else "intervention"
        grounds.append(Ground(code, _KINDS[each.kind], f"{each.kind} {each.intervention_id}", since, each.scope))
        limits |= each.limits if isinstance(each.limits, dict) else {}
    return ControlState(_strictest([each for each in grounds if not each.scope]).state, tuple(grounds), limits)


def _holds(row: Intervention, at: datetime) -> bool:
    if row.kind not in _KINDS or row.decision_id or row.resumed_at is not None:
        return False
    return not row.drill or (row.issued_at is not None and row.issued_at > at - LONGEST_DRILL)


def _place(row: Intervention) -> tuple[float, str]:
    return row.issued_at.timestamp() if row.issued_at else 0.0, row.intervention_id


def _strictest(grounds: Iterable[Ground]) -> Ground:
    return max(grounds, key=lambda ground: ORDER.index(ground.state))


def policy_at(use_case: UseCase, at: datetime) -> PolicyInForce | None:
    """Return the policy version that binds ``use_case`` at ``at``."""
    binding = Q(in_force_until=None) | Q(in_force_until__gt=at)
    rows = PolicyInForce.objects.filter(binding, use_case=use_case, in_force_from__lte=at).select_related("policy")
    return rows.order_by("-in_force_from").first()
