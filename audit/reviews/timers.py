"""What time does to the queue: reminders, escalation, and the safe default when nobody decided.

Timers are rows; :func:`sweep` may run anywhere and as often as it likes. Each step is one transaction that locks the
task first, so two sweeps, or a sweep and a person who submits, come one after the other and to the same end: at the
very instant a review runs out, the timeout wins.
"""

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from audit.models import ReviewEscalation, ReviewTask
from audit.reviews import announcing
from audit.reviews.escalating import climb, raise_escalation
from audit.reviews.events import record_review, stamp

logger = logging.getLogger(__name__)
WAITING = ("open", "claimed")
AT_MOST = 200


def sweep(*, at: datetime, limit: int = AT_MOST) -> int:
    """Do what fell due by ``at``; return how many tasks were looked at."""
    pks = _due(at, limit)
    for pk in pks:
        with transaction.atomic():
            task = locked(pk)
            if task is not None:
                settle_time(task, at=at)
    return len(pks)


def locked(pk: UUID) -> ReviewTask | None:
    """Return the task, its row locked until commit."""
    rows = ReviewTask.objects.select_for_update(of=("self",)).select_related("use_case__owner", "claimed_by")
    return rows.filter(pk=pk).first()


def settle_time(task: ReviewTask, *, at: datetime) -> None:
    """Apply to a locked task what time asks for by ``at``."""
    if task.state in WAITING and task.remind_at is not None and task.remind_at <= at:
        task.remind_at = None
        task.save(update_fields=["remind_at"])
        if task.due_at is None or at < task.due_at:
            announcing.remind(task, at=at)
    if task.state in WAITING and task.due_at is not None and task.due_at <= at:
        _overdue(task, at)
    running = task.escalations.filter(due_at__lte=at, state__in=["running", "acknowledged"])
    for escalation in running.select_related("task__use_case__owner").order_by("raised_at", "pk"):
        if not climb(escalation, at=at) and escalation.criteria == "sla_breach" and task.state in WAITING:
            _expire(task, escalation.last_hop, at, expired_at=at)


def _overdue(task: ReviewTask, at: datetime) -> None:
    """Escalate what the policy escalates; where it names no chain for it, the time is over."""
    if task.escalations.filter(criteria="sla_breach").exists():
        return
    if raise_escalation(task=task, criteria="sla_breach", at=at) is None and task.due_at is not None:
        _expire(task, task.terms.get("timeout_default") or "deny", at, expired_at=task.due_at)


def _expire(task: ReviewTask, default: str, at: datetime, *, expired_at: datetime) -> None:
    task.state, task.ended_at, task.ended_why, task.default_applied = "expired", expired_at, "out_of_time", default
    task.save(update_fields=["state", "ended_at", "ended_why", "default_applied"])
    record_review(task, "expired", {"expired_at": stamp(expired_at), "default_applied": default}, at=at)
    announcing.expired(task, at=at)
    announcing.ended(task, at=at)
    logger.info("review %s of %s ran out of time; default %s", task.review_id, task.decision_id, default)


def _due(at: datetime, limit: int) -> list[UUID]:
    tasks = ReviewTask.objects.filter(
        Q(due_at__lte=at, escalations=None) | Q(remind_at__lte=at), state__in=WAITING
    ).order_by("due_at", "pk")
    climbing = ReviewEscalation.objects.filter(due_at__lte=at, state__in=["running", "acknowledged"])
    found = list(tasks.values_list("pk", flat=True)[:limit])
    found += list(climbing.order_by("due_at", "pk").values_list("task", flat=True)[:limit])
    return list(dict.fromkeys(found))
