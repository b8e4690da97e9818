"""Escalation: along the policy's chain, hop by hop, each told once; the last hop applies the safe default.

The row is the timer. A hop that falls due is told in one transaction with the row's change, so a process that dies
between two hops leaves either the one or the other, and whoever looks next goes on. The wait counts from when the
hop was told. A hop nobody holds, and no deputy either, is passed over at once.
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from audit.models import ReviewEscalation, ReviewTask
from audit.reviews import announcing
from audit.reviews.eligibility import DEPUTY, holders, may_assign
from audit.reviews.events import record_escalation, stamp
from audit.reviews.problems import Ended
from governance.access import NotAllowed
from governance.competence.read import trained
from governance.models import Person, User

RAISED_PRIORITY = 50
NOBODY = "nobody_holds_this_role"


def raise_escalation(*, task: ReviewTask, criteria: str, at: datetime) -> ReviewEscalation | None:
    """Begin to climb for ``criteria``, once a task; ``None`` when the policy has no chain for it."""
    chain = task.terms.get("chain") or []
    if criteria not in (task.terms.get("criteria") or []) or not chain:
        return None
    known = ReviewEscalation.objects.filter(task=task, criteria=criteria).first()
    if known is not None:
        return known
    escalation = ReviewEscalation.objects.create(
        task=task,
        criteria=criteria,
        chain=chain,
        last_hop=task.terms.get("last_hop") or "hold",
        raised_at=at,
        notified_at=at,
    )
    ReviewTask.objects.filter(pk=task.pk).update(priority=task.priority + RAISED_PRIORITY)
    record_escalation(escalation, "raised", {}, at=at)
    _arrive(escalation, at)
    return escalation


def climb(escalation: ReviewEscalation, *, at: datetime) -> bool:
    """Go to the next hop; return False when there was none left and the climb has ended."""
    if escalation.hop + 1 >= len(escalation.chain):
        return _end_climb(escalation, at)
    record_escalation(escalation, "expired", {}, at=at)
    escalation.hop += 1
    return _arrive(escalation, at)


def acknowledge(*, escalation: ReviewEscalation, actor: User, at: datetime) -> ReviewEscalation:
    """Take an escalation on: the climb waits once more as long; raises :class:`NotAllowed` and :class:`Ended`."""
    escalation = (
        ReviewEscalation.objects.select_for_update(of=("self",)).select_related("task__use_case").get(pk=escalation.pk)
    )
    person = Person.objects.filter(user=actor).first()
    if person is None or not (_reached(escalation, person, at) or may_assign(actor, escalation.task.use_case)):
        raise NotAllowed(_("This escalation has not come to you."))
    if escalation.state != "running":
        raise Ended(_("This escalation was taken on, or it is over."), state=escalation.state)
    escalation.state, escalation.acknowledged_by, escalation.acknowledged_at = "acknowledged", person, at
    if escalation.due_at is not None:
        escalation.due_at = at + timedelta(seconds=escalation.chain[escalation.hop]["ack_s"])
    escalation.save()
    record_escalation(escalation, "acknowledged", {"actor": _actor(person)}, at=at)
    return escalation


def resolve(task: ReviewTask, *, at: datetime) -> None:
    """End the climbs a decision on ``task`` answers: its own, and the dispute of a pair when a third decides."""
    answered = Q(task=task)
    if not task.blind:
        answered |= Q(
            criteria="two_person_disagree", task__use_case=task.use_case_id, task__decision_id=task.decision_id
        )
    running = ReviewEscalation.objects.filter(answered).exclude(state__in=["resolved", "expired"])
    for escalation in running.select_related("task__use_case").order_by("raised_at", "pk"):
        escalation.state, escalation.ended_at, escalation.due_at = "resolved", at, None
        escalation.save(update_fields=["state", "ended_at", "due_at"])
        record_escalation(escalation, "resolved", {}, at=at)


def _arrive(escalation: ReviewEscalation, at: datetime) -> bool:
    """Tell the people of the present hop; a hop without people is passed over, at the last the owner is told."""
    people = holders(escalation.chain[escalation.hop]["to"], at=at)
    while not people and escalation.hop + 1 < len(escalation.chain):
        record_escalation(escalation, "notified", {"target": _target(escalation), "severity": NOBODY}, at=at)
        record_escalation(escalation, "expired", {}, at=at)
        escalation.hop += 1
        people = holders(escalation.chain[escalation.hop]["to"], at=at)
    due = at + timedelta(seconds=escalation.chain[escalation.hop]["ack_s"])
    data = {"target": _target(escalation), "due_at": stamp(due), **({} if people else {"severity": NOBODY})}
    people = people or [escalation.task.use_case.owner]
    escalation.state, escalation.notified_at, escalation.due_at = "running", at, due
    escalation.told = [person.pseudonym or person.ref for person in people]
    escalation.acknowledged_by = escalation.acknowledged_at = None
    escalation.save()
    record_escalation(escalation, "notified", data, at=at)
    announcing.escalated(escalation, people, at=at)
    return True


def _target(escalation: ReviewEscalation) -> dict[str, object]:
    role = escalation.chain[escalation.hop]["to"]
    return {"ref": role, "roles": [role]}


def _end_climb(escalation: ReviewEscalation, at: datetime) -> bool:
    escalation.state, escalation.ended_at, escalation.due_at = "expired", at, None
    escalation.save(update_fields=["state", "ended_at", "due_at"])
    record_escalation(escalation, "expired", {"default_applied": escalation.last_hop}, at=at)
    return False


def _reached(escalation: ReviewEscalation, person: Person, at: datetime) -> bool:
    codes = {hop["to"] for hop in escalation.chain[: escalation.hop + 1]}
    every = codes | {DEPUTY + code for code in codes}
    return bool(trained([person], every, at=at)[person.pk]) or (person.pseudonym or person.ref) in escalation.told


def _actor(person: Person) -> dict[str, str]:
    return {"ref": person.pseudonym or person.ref, "authn": "session"}
