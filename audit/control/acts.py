"""A person limits, pauses or stops a use case, and lifts it again: in force with the commit, proven like every event.

The act is an ``intervention`` event of our own. Its row is written with it, so that gate and control obey at once
and not when the follower comes by; folding the event later gives the same row.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from audit.control.authority import RANK, need_authority
from audit.events.own import record_own
from audit.events.signals import intervention_key
from audit.models import Intervention
from governance.access import DomainError, Invalid, record_change
from governance.models import Change, UseCase, User
from governance.models.base import next_reference
from governance.notices import publish

KINDS: Final = ("limit", "pause", "stop")
_SCOPE: Final = frozenset({"classes", "versions"})
ISSUED: Final = "control.intervention.issued"


class AlreadyLifted(DomainError):
    """The intervention was lifted before."""

    code = "already_lifted"


def intervene(
    *,
    use_case: UseCase,
    kind: str,
    reason: str,
    actor: User,
    at: datetime,
    scope: Mapping[str, list[str]] | None = None,
    limits: Mapping[str, Any] | None = None,
    drill: bool = False,
    simulated: bool = False,
) -> Intervention:
    """Limit, pause or stop ``use_case``, or only ``scope`` of it (``classes``, ``versions``); needs authority.

    ``limits``: highest values by field, for kind ``limit`` only. Raises
    :class:`audit.control.authority.NoAuthority` and :class:`governance.access.Invalid`.
    """
    held = need_authority(actor, use_case)
    scope, limits = _checked(kind, reason, scope or {}, limits or {})
    with transaction.atomic():
        name = next_reference("IV")
        data: dict[str, Any] = {"kind": kind, "reason": reason.strip(), "limits": limits, "scope": scope}
        sent = {**_phase(name, "issued", actor), **{key: value for key, value in data.items() if value}}
        record_own(use_case=use_case, event_type="intervention", data=sent, at=at, drill=drill, simulated=simulated)
        row = Intervention.objects.create(
            id=intervention_key(use_case.pk, name),
            use_case=use_case,
            intervention_id=name,
            kind=kind,
            actor=actor_ref(actor),
            limits=limits,
            scope=scope,
            issued_at=at,
            drill=drill,
            index=0,
        )
        after = {**data, "intervention": name, "authority": held, "drill": drill}
        record_change(actor=actor, at=at, action=ISSUED, obj=use_case, before=None, after=after, simulated=simulated)
        _announce(row, "issued", at)
    return row


def resume(
    *, intervention: Intervention, reason: str, actor: User, at: datetime, simulated: bool = False
) -> Intervention:
    """Lift ``intervention``; needs authority at least equal to the one that issued it.

    Raises :class:`AlreadyLifted`, :class:`audit.control.authority.NoAuthority`, :class:`governance.access.Invalid`.
    """
    if not reason.strip():
        raise Invalid(_("Say what was found and why it may go on."), field="reason")
    use_case = intervention.use_case
    need_authority(actor, use_case, at_least=authority_behind(intervention))
    with transaction.atomic():
        row = Intervention.objects.select_for_update().get(pk=intervention.pk)
        if row.resumed_at is not None:
            raise AlreadyLifted(_("It was lifted already."), at=row.resumed_at.isoformat())
        data = {**_phase(row.intervention_id, "resumed", actor), "reason": reason.strip()}
        record_own(use_case=use_case, event_type="intervention", data=data, at=at, drill=row.drill, simulated=simulated)
        # Only this column: an acknowledgement may be folded into the row at the same moment.
        Intervention.objects.filter(pk=row.pk).update(resumed_at=at)
        after = {"intervention": row.intervention_id, "reason": reason.strip()}
        record_change(
            actor=actor,
            at=at,
            action="control.intervention.resumed",
            obj=use_case,
            before=None,
            after=after,
            simulated=simulated,
        )
        _announce(row, "resumed", at)
    row.resumed_at = at
    return row


def authority_behind(intervention: Intervention) -> str:
    """Return the authority that issued it; what a system reported of itself needs the least."""
    changes = Change.objects.filter(object_id=intervention.use_case_id, action=ISSUED)
    issued = changes.filter(after__intervention=intervention.intervention_id).first()
    held = (issued.after or {}).get("authority", "") if issued else ""
    return held if RANK.get(held) else "grant"


def actor_ref(user: User) -> str:
    """Return how events name a person: by pseudonym, else by account."""
    person = getattr(user, "person", None)
    return (person.pseudonym if person is not None else None) or f"user:{user.pk}"


def _announce(row: Intervention, phase: str, at: datetime) -> None:
    """Tell systems that listen; those that do not poll would otherwise learn of a stop too late."""
    data = {
        "use_case": row.use_case.ref,
        "intervention": row.intervention_id,
        "phase": phase,
        "kind": row.kind,
        "scope": row.scope,
        "limits": row.limits,
        "drill": row.drill,
    }
    publish(use_case=row.use_case, kind="control.changed", data=data, at=at, key=f"control:{row.pk}:{phase}")


def _phase(name: str, phase: str, actor: User) -> dict[str, Any]:
    return {"intervention_id": name, "phase": phase, "actor": {"ref": actor_ref(actor), "authn": "custodes"}}


def _checked(
    kind: str, reason: str, scope: Mapping[str, list[str]], limits: Mapping[str, Any]
) -> tuple[dict[str, list[str]], dict[str, Any]]:
    if kind not in KINDS:
        raise Invalid(_("Choose one of: %(kinds)s.") % {"kinds": ", ".join(KINDS)}, field="kind")
    if not reason.strip():
        raise Invalid(_("Say what was seen: whoever lifts it must know what to look at."), field="reason")
    unknown = set(scope) - _SCOPE
    if unknown or any(not isinstance(each, list) for each in scope.values()):
        raise Invalid(_("A scope holds classes and versions, each as a list."), field="scope")
    if kind == "limit" and not limits:
        raise Invalid(_("A limit names the field and its highest value."), field="limits")
    if kind != "limit" and limits:
        raise Invalid(_("Only a limit has highest values; a pause or stop holds for all."), field="limits")
    if any(isinstance(value, bool) or not isinstance(value, int | float | str) for value in limits.values()):
        raise Invalid(_("A highest value is a number."), field="limits")
    return {key: sorted(value) for key, value in scope.items() if value}, dict(limits)
