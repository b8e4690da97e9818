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


def control_of(use_case: UseCase, *, at: datetime) -> ControlState:
    """Return what systems of ``use_case`` may do at ``at``; three small queries."""
    grounds = [_of_lifecycle(use_case)]
    in_force = policy_at(use_case, at)
    if in_force is None:
        grounds.append(Ground("no_policy", "stopped", "No oversight policy is in force"))
    else:
        grounds += _of_mandate(in_force, at)
    lasting = Q(drill=False) | Q(issued_at__gt=at - LONGEST_DRILL)
    opened = Intervention.objects.filter(lasting, use_case=use_case, decision_id="", resumed_at=None)
    limits: dict[str, Any] = {}
    for each in opened.filter(kind__in=list(_KINDS)).order_by("issued_at", "intervention_id"):
        since, code = each.effective_at or each.issued_at, "drill" if each.drill else "intervention"
        grounds.append(Ground(code, _KINDS[each.kind], f"{each.kind} {each.intervention_id}", since, each.scope))
        limits |= each.limits if isinstance(each.limits, dict) else {}
    return ControlState(_strictest([each for each in grounds if not each.scope]).state, tuple(grounds), limits)


def _strictest(grounds: Iterable[Ground]) -> Ground:
    return max(grounds, key=lambda ground: ORDER.index(ground.state))


def policy_at(use_case: UseCase, at: datetime) -> PolicyInForce | None:
    """Return the policy version that binds ``use_case`` at ``at``."""
    binding = Q(in_force_until=None) | Q(in_force_until__gt=at)
    rows = PolicyInForce.objects.filter(binding, use_case=use_case, in_force_from__lte=at).select_related("policy")
    return rows.order_by("-in_force_from").first()


def _of_lifecycle(use_case: UseCase) -> Ground:
    return Ground("lifecycle", _LIFECYCLE[use_case.lifecycle], f"The register says: {use_case.lifecycle}")


def _of_mandate(in_force: PolicyInForce, at: datetime) -> list[Ground]:
    expires = (in_force.policy.document.get("mandate") or {}).get("expires")
    if not expires or at.astimezone(UTC).date() <= date.fromisoformat(str(expires)):
        return []
    return [Ground("no_mandate", "stopped", f"The mandate of {in_force.policy.ref} ended on {expires}")]
