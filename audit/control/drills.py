"""Rehearsals of the stop: planned with or without notice, fired once, and measured from the log.

Time to stop is the last decision executed in scope less the stop; *in flight* are decisions executed before the
stop took effect, *leaked* those executed after it; reach is instances halted of instances targeted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from audit.control.acts import intervene, resume
from audit.control.authority import NoAuthority, need_authority
from audit.ledger.uuid7 import uuid7
from audit.models import Decision, Drill, Intervention
from governance.access import DomainError, Invalid, record_change
from governance.models import UseCase, User

LASTS: Final = timedelta(minutes=10)


class DrillOver(DomainError):
    """The drill was fired or called off before."""

    code = "drill_over"


@dataclass(frozen=True, slots=True)
class DrillResult:
    """What one drill showed; ``None`` is unknown: no system reported, or no decision was executed after the stop."""

    intervention: Intervention
    acknowledged_after: timedelta | None
    effective_after: timedelta | None
    time_to_stop: timedelta | None
    in_flight: int
    leaked: int | None
    targeted: int | None
    halted: int | None


def plan_drill(*, use_case: UseCase, fires_at: datetime, announced: bool, actor: User, at: datetime) -> Drill:
    """Plan a stop drill; an unannounced one keeps its time to itself, also in the ledger entry."""
    need_authority(actor, use_case)
    if fires_at <= at:
        raise Invalid(_("A drill lies ahead: choose a later time."), field="fires_at")
    with transaction.atomic():
        drill = Drill.objects.create(
            id=uuid7(),
            use_case=use_case,
            fires_at=fires_at,
            announced=announced,
            planned_at=at,
            planned_by=actor.name,
            planned_by_id=actor.pk,
        )
        after = {"drill": str(drill.pk), "announced": announced, "fires_at": fires_at.isoformat() if announced else ""}
        record_change(actor=actor, at=at, action="control.drill.planned", obj=use_case, before=None, after=after)
    return drill


def cancel_drill(*, drill: Drill, reason: str, actor: User, at: datetime) -> Drill:
    """Call a planned drill off; raises :class:`DrillOver` when it has fired."""
    need_authority(actor, drill.use_case)
    if not reason.strip():
        raise Invalid(_("Say why the drill is called off."), field="reason")
    with transaction.atomic():
        row = Drill.objects.select_for_update().get(pk=drill.pk)
        if row.intervention_id or row.cancelled_at:
            raise DrillOver(_("The drill was fired or called off before."))
        row.cancelled_at = at
        row.save(update_fields=["cancelled_at"])
        after = {"drill": str(row.pk), "reason": reason.strip()}
        record_change(actor=actor, at=at, action="control.drill.cancelled", obj=row.use_case, before=None, after=after)
    return row


def run_drills(*, at: datetime) -> int:
    """Fire the drills that are due and lift those that have lasted long enough; return how many were touched.

    Each is its own transaction under a row lock, so that two schedulers fire a drill once.
    """
    touched = 0
    for pk in _due(at):
        touched += _fire(pk, at)
    running = Intervention.objects.filter(drill=True, resumed_at=None, issued_at__lte=at - LASTS)
    fired = Drill.objects.exclude(intervention_id="").filter(fires_at__gt=at - timedelta(days=2))
    for drill in fired.filter(intervention_id__in=running.values("intervention_id")):
        touched += _lift(drill, at)
    return touched


def _due(at: datetime) -> Sequence[UUID]:
    waiting = Drill.objects.filter(fires_at__lte=at, intervention_id="", cancelled_at=None)
    return list(waiting.order_by("fires_at").values_list("pk", flat=True))


def _fire(pk: UUID, at: datetime) -> int:
    with transaction.atomic():
        drill = Drill.objects.select_for_update().select_related("use_case").get(pk=pk)
        if drill.intervention_id or drill.cancelled_at:
            return 0
        planner = User.objects.get(pk=drill.planned_by_id)
        try:
            row = intervene(
                use_case=drill.use_case, kind="stop", reason="Planned stop drill", actor=planner, at=at, drill=True
            )
        except NoAuthority:  # who planned it may not stop the use case any more
            drill.cancelled_at = at
            drill.save(update_fields=["cancelled_at"])
            return 1
        drill.intervention_id = row.intervention_id
        drill.save(update_fields=["intervention_id"])
    return 1


def _lift(drill: Drill, at: datetime) -> int:
    row = Intervention.objects.get(use_case_id=drill.use_case_id, intervention_id=drill.intervention_id)
    if row.resumed_at is not None:
        return 0
    planner = User.objects.get(pk=drill.planned_by_id)
    try:
        resume(intervention=row, reason="The drill is over", actor=planner, at=at)
    except NoAuthority:
        return 0  # the state lets it lapse after an hour
    return 1


def drill_result(stop: Intervention) -> DrillResult:
    """Measure one drill from the decisions executed while it lasted; one query."""
    until = stop.resumed_at or (stop.issued_at + LASTS if stop.issued_at else None)
    executed = Decision.objects.filter(use_case_id=stop.use_case_id, executed_at__gt=stop.issued_at)
    executed = _in_scope(executed.filter(executed_at__lt=until), stop)
    after = Q(executed_at__gt=stop.effective_at) if stop.effective_at else Q(pk__in=[])
    found = executed.aggregate(last=Max("executed_at"), all=Count("pk"), leaked=Count("pk", filter=after))
    reach = stop.instances if isinstance(stop.instances, dict) else {}
    return DrillResult(
        intervention=stop,
        acknowledged_after=_since(stop, stop.acknowledged_at),
        effective_after=_since(stop, stop.effective_at),
        time_to_stop=_since(stop, found["last"]) if stop.effective_at else None,
        in_flight=found["all"] - found["leaked"],
        leaked=found["leaked"] if stop.effective_at else None,
        targeted=reach.get("targeted"),
        halted=reach.get("halted"),
    )


def _in_scope(decisions: QuerySet[Decision], stop: Intervention) -> QuerySet[Decision]:
    """Narrow to the stop's scope; an unknown class or version lies in every scope."""
    if stop.scope.get("classes"):
        decisions = decisions.filter(Q(decision_class__in=stop.scope["classes"]) | Q(decision_class=""))
    if stop.scope.get("versions"):
        decisions = decisions.filter(Q(model_version__in=stop.scope["versions"]) | Q(model_version=""))
    return decisions


def _since(stop: Intervention, moment: datetime | None) -> timedelta | None:
    return moment - stop.issued_at if moment is not None and stop.issued_at is not None else None
