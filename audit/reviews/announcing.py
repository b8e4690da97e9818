"""Who is told what of the queue: systems by webhook, people by notice."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from audit.models import ReviewEscalation, ReviewTask
from governance.models import Person, WebhookEndpoint
from governance.notices import publish, tell


def opened(tasks: Iterable[ReviewTask]) -> None:
    """Tell systems that wait for reviews; people look into their queue and are reminded before it is due."""
    tasks = list(tasks)
    if not tasks or not WebhookEndpoint.objects.filter(disabled_at=None).exists():
        return
    for task in tasks:
        data = {**_named(task), "due_at": task.due_at.isoformat() if task.due_at else None, "why": task.why}
        publish(
            use_case=task.use_case, kind="review.opened", data=data, at=task.opened_at, key=f"review:{task.pk}:opened"
        )


def ended(task: ReviewTask, *, at: datetime) -> None:
    """Tell systems how a review ended."""
    data = {**_named(task), "state": task.state, "outcome": task.outcome or None, "why": task.ended_why or None}
    publish(use_case=task.use_case, kind="review.closed", data=data, at=at, key=f"review:{task.pk}:{task.state}")


def remind(task: ReviewTask, *, at: datetime) -> None:
    """Remind who holds the task before it is due."""
    if task.claimed_by is not None:
        _tell([task.claimed_by], "review", _("A review you hold is due soon: %(id)s"), task, at, f"remind:{task.pk}")


def assigned(task: ReviewTask, person: Person, *, at: datetime) -> None:
    """Tell a person that somebody gave them a review."""
    key = f"assigned:{task.pk}:{person.pk}:{at.isoformat()}"
    _tell([person], "review", _("A review was given to you: %(id)s"), task, at, key)


def taken_away(task: ReviewTask, person: Person, *, at: datetime) -> None:
    """Tell a person that a review they held was given to somebody else."""
    key = f"taken:{task.pk}:{person.pk}:{at.isoformat()}"
    _tell([person], "review", _("A review you held was given to somebody else: %(id)s"), task, at, key)


def escalated(escalation: ReviewEscalation, people: list[Person], *, at: datetime) -> None:
    """Tell the people of the present hop."""
    key = f"escalation:{escalation.pk}:{escalation.hop}"
    _tell(people, "escalation", _("A review needs you: %(id)s was escalated"), escalation.task, at, key)


def expired(task: ReviewTask, *, at: datetime) -> None:
    """Tell who answers for the use case, and who held it, that nobody decided in time."""
    people = [task.use_case.owner, *([task.claimed_by] if task.claimed_by else [])]
    _tell(people, "review", _("Nobody decided in time: %(id)s"), task, at, f"expired:{task.pk}")


def _tell(people: list[Person], kind: str, subject: str, task: ReviewTask, at: datetime, key: str) -> None:
    tell(
        people=people,
        kind=kind,
        subject=subject % {"id": task.decision_id},
        url=f"/reviews/{task.pk}/",
        at=at,
        key=key,
    )


def _named(task: ReviewTask) -> dict[str, object]:
    return {
        "use_case": task.use_case.ref,
        "decision_id": task.decision_id,
        "review_id": task.review_id,
        "task": str(task.pk),
        "digest": task.action_digest or None,
        "simulated": task.simulated,
    }
