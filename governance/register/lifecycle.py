"""What the organisation decided about a use case: its life, its oversight mode, its declared reference."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import DomainError, Invalid, record_change
from governance.models import PolicyInForce, UseCase, User
from governance.register.pilots import check_gate
from governance.register.snapshot import use_case_snapshot

STEPS: Mapping[str, frozenset[str]] = {
    "planned": frozenset({"pilot", "live", "retired"}),
    "pilot": frozenset({"live", "paused", "retired"}),
    "live": frozenset({"paused", "retired"}),
    "paused": frozenset({"pilot", "live", "retired"}),
    "retired": frozenset(),
}


class StepNotPossible(DomainError):
    """The lifecycle does not allow this step from where the use case is."""

    code = "step_not_possible"


class PolicyMissing(DomainError):
    """A use case goes live only under a signed oversight policy."""

    code = "policy_missing"


def change_lifecycle(*, actor: User, at: datetime, use_case: UseCase, to: str, reason: str) -> UseCase:
    """Move ``use_case`` to another state of its life; pilot and live need a policy in force."""
    with transaction.atomic():
        current = UseCase.objects.select_for_update().get(pk=use_case.pk)
        if to not in STEPS.get(current.lifecycle, frozenset()):
            raise StepNotPossible(
                _("From “%(now)s” a use case can go to: %(next)s.")
                % {"now": current.lifecycle, "next": ", ".join(sorted(STEPS[current.lifecycle])) or "—"},
                now=current.lifecycle,
                to=to,
            )
        if to == "live":
            check_gate(current)
        if to in {"pilot", "live"} and not _policy_binds(current, at):
            raise PolicyMissing(_("Have a committee sign off an oversight policy first; only then can this go live."))
        return _write(actor=actor, at=at, use_case=current, action="lifecycle", fields={"lifecycle": to}, reason=reason)


def choose_mode(
    *,
    actor: User,
    at: datetime,
    use_case: UseCase,
    mode: str,
    reason: str,
    effect: str = "",
    reversibility: str = "",
    decisions_per_day: int | None = None,
) -> UseCase:
    """Declare how people oversee the use case (HITL, HOTL, HIC) and why; the measures given are kept beside it."""
    if mode not in UseCase.Mode.values:
        raise Invalid(_("A mode is one of: %(modes)s.") % {"modes": ", ".join(UseCase.Mode.values)}, field="mode")
    if not reason.strip():
        raise Invalid(_("Say why this mode fits the effect on people."), field="reason")
    with transaction.atomic():
        current = UseCase.objects.select_for_update().get(pk=use_case.pk)
        fields: dict[str, Any] = {"mode": mode, "mode_reason": reason.strip()}
        measures = {"effect": effect, "reversibility": reversibility, "decisions_per_day": decisions_per_day}
        fields |= {name: value for name, value in measures.items() if value not in {"", None}}
        return _write(actor=actor, at=at, use_case=current, action="mode", fields=fields, reason=reason)


_DECLARED = frozenset({"favourable", "positive", "attributes", "crosses", "threshold", "strata", "score", "outcomes"})
_DECLARED |= {"metrics", "preset", "benchmarks", "publication"}


def declare_fairness(*, actor: User, at: datetime, use_case: UseCase, declaration: Mapping[str, Any]) -> UseCase:
    """Declare the favourable value, the references and the threshold; they are never guessed from data.

    ``declaration``: ``{"favourable": str, "positive": str | None, "attributes": {name: reference group},
    "crosses": [[name, name]], "threshold": "0.8"}``, and where wanted ``strata`` (fields of the decision held fixed),
    ``score`` ("confidence": it is the probability of the positive outcome), ``outcomes`` ("selected": known for the
    favourable only), ``metrics``, ``preset``, ``benchmarks`` ({attribute: {group: share}}), and ``publication`` (the
    dates and names Local Law 144 asks for).
    """
    unknown = sorted(set(declaration) - _DECLARED)
    if unknown:
        raise Invalid(_("Unknown field in the declaration."), field="fairness", unknown=unknown)
    if not declaration.get("favourable"):
        raise Invalid(_("Declare which value of a decision is favourable for the person."), field="favourable")
    attributes = declaration.get("attributes", {})
    for first, second in declaration.get("crosses", []):
        if first not in attributes or second not in attributes:
            raise Invalid(_("A cross combines two declared attributes."), field="crosses")
    for attribute, shares in declaration.get("benchmarks", {}).items():
        if attribute not in attributes or abs(sum(float(share) for share in shares.values()) - 1) > 1e-6:
            raise Invalid(
                _("Benchmark shares name a declared attribute and add up to 1, such as female 0.51, male 0.49."),
                field="benchmarks",
            )
    with transaction.atomic():
        current = UseCase.objects.select_for_update().get(pk=use_case.pk)
        return _write(
            actor=actor, at=at, use_case=current, action="fairness", fields={"fairness": dict(declaration)}, reason=""
        )


def _policy_binds(use_case: UseCase, at: datetime) -> bool:
    return PolicyInForce.objects.filter(use_case=use_case, in_force_from__lte=at, in_force_until__isnull=True).exists()


def _write(
    *, actor: User, at: datetime, use_case: UseCase, action: str, fields: Mapping[str, Any], reason: str
) -> UseCase:
    before = use_case_snapshot(use_case)
    for name, value in fields.items():
        setattr(use_case, name, value)
    use_case.save(update_fields=list(fields))
    after = {**use_case_snapshot(use_case), "reason": reason} if reason else use_case_snapshot(use_case)
    record_change(
        actor=actor,
        at=at,
        action=f"register.use_case.{action}",
        obj=use_case,
        before=before,
        after=after,
        simulated=use_case.simulated,
    )
    return use_case
