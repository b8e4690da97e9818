"""Holding a review: take it, put it back, give it to somebody else, look at it.

Every act locks the task, lets time do first what is due, and then looks at the state: of two at once, one is first.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.models import Decision, ReviewTask
from audit.reviews import announcing
from audit.reviews.eligibility import check, may_assign, may_review, person_of
from audit.reviews.problems import Ended, Excluded, NotYours, Taken
from audit.reviews.timers import locked, settle_time
from governance.access import Invalid, NotAllowed, record_change
from governance.models import Person, User

STREAM = "reviews"


def claim(*, task: ReviewTask, actor: User, at: datetime) -> ReviewTask:
    """Take ``task``; taking what one holds already changes nothing.

    Raises :class:`Taken` when somebody else holds it, :class:`Ended`, :class:`NotQualified`, :class:`Excluded` and
    :class:`governance.access.NotAllowed`.
    """
    person = reviewer(actor, task, at)
    with transaction.atomic():
        task = current(task, at)
        if task.state == "claimed":
            if task.claimed_by_id == person.pk:
                return task
            raise Taken(_("Somebody else has taken this review."))
        require_waiting(task)
        check(task, person, at=at)
        return _give(task, person, actor, at, "review.claimed")


def release(*, task: ReviewTask, actor: User, at: datetime) -> ReviewTask:
    """Put a review one holds back into the queue; what one judged or opened of it is forgotten there."""
    with transaction.atomic():
        task = held(task, actor, at)
        before = {"claimed_by": _name(task.claimed_by)}
        _reset(task)
        task.state, task.claimed_by, task.claimed_at = "open", None, None
        task.save()
        _record(task, actor, at, "review.released", before, {"claimed_by": None})
    return task


def reassign(*, task: ReviewTask, to: Person, actor: User, at: datetime) -> ReviewTask:
    """Give a waiting review to ``to``, who must be able to do it; by the owner of the use case or who handles cases."""
    if not may_assign(actor, task.use_case):
        raise NotAllowed(_("Reviews are given to others by the owner of the use case."))
    if to.user is None or not may_review(to.user, task.use_case, at=at) or not to.pseudonym:
        raise Invalid(_("%(name)s may not review this use case.") % {"name": to.name}, field="to")
    with transaction.atomic():
        task = current(task, at)
        require_waiting(task)
        holder = task.claimed_by
        if holder is not None and holder.pk == to.pk:
            return task
        check(task, to, at=at)
        _reset(task)
        task = _give(task, to, actor, at, "review.reassigned")
        announcing.assigned(task, to, at=at)
        if holder is not None:
            announcing.taken_away(task, holder, at=at)
    return task


def show(*, task: ReviewTask, actor: User, at: datetime) -> ReviewTask:
    """Note when the reviewer first saw the case, and when first the system's advice."""
    with transaction.atomic():
        task = held(task, actor, at)
        before = (task.shown_at, task.advice_shown_at)
        task.shown_at = task.shown_at or at
        if not task.own_first or task.initial_judgement:
            task.advice_shown_at = task.advice_shown_at or at
        if before != (task.shown_at, task.advice_shown_at):
            task.save(update_fields=["shown_at", "advice_shown_at"])
    return task


def judge(*, task: ReviewTask, judgement: str, actor: User, at: datetime) -> ReviewTask:
    """Keep the reviewer's own judgement, given before the system's advice is shown; it cannot be changed after."""
    with transaction.atomic():
        task = held(task, actor, at)
        keep_judgement(task, judgement, at=at)
    return task


def keep_judgement(task: ReviewTask, judgement: str, *, at: datetime) -> None:
    """Write the judgement of who holds the locked ``task``; from now on they may be shown the advice."""
    judgement = " ".join(judgement.split())
    if not judgement:
        raise Invalid(_("Say first what you would decide."), field="judgement")
    if task.initial_judgement:
        raise Ended(_("Your own judgement is kept already."), state="judged")
    task.initial_judgement, task.advice_shown_at = judgement[:1000], at
    task.shown_at = task.shown_at or at
    task.save(update_fields=["initial_judgement", "advice_shown_at", "shown_at"])


def open_evidence(*, task: ReviewTask, name: str, actor: User, at: datetime) -> ReviewTask:
    """Note that the reviewer opened a piece of evidence."""
    with transaction.atomic():
        task = held(task, actor, at)
        if name not in evidence_of(task):
            raise Invalid(_("This case has no such piece of evidence."), field="evidence")
        if name not in task.evidence_opened:
            task.evidence_opened = [*task.evidence_opened, name]
            task.save(update_fields=["evidence_opened"])
    return task


def evidence_of(task: ReviewTask) -> dict[str, Any]:
    """Return the pieces of evidence by name: what the system sent, else ``None`` for what the policy asks for."""
    found = Decision.objects.filter(use_case=task.use_case_id, decision_id=task.decision_id).first()
    state = found.state if found is not None and isinstance(found.state, dict) else {}
    fields = state.get("fields") or {}
    carried, asked = fields.get("evidence"), task.terms.get("evidence", [])
    sent: dict[str, Any] = carried if isinstance(carried, dict) else {}
    names = [*asked, *(name for name in sent if name not in asked)]
    return {name: sent.get(name, fields.get(name)) for name in names}


def reviewer(actor: User, task: ReviewTask, at: datetime) -> Person:
    """Return the person behind ``actor``; raises :class:`NotAllowed` for who may not review the use case."""
    if not may_review(actor, task.use_case, at=at):
        raise NotAllowed(_("You may not review decisions of this use case."))
    return person_of(actor)


def current(task: ReviewTask, at: datetime) -> ReviewTask:
    """Return the task as it stands, locked, after what time asks for; needs a transaction."""
    row = locked(task.pk)
    if row is None:
        raise Ended(_("This review is gone."), state="gone")
    settle_time(row, at=at)
    return row


def held(task: ReviewTask, actor: User, at: datetime) -> ReviewTask:
    """Return the locked task when ``actor`` holds it; raises :class:`NotYours` and :class:`Ended`."""
    row = current(task, at)
    require_waiting(row)
    if row.claimed_by is None or row.claimed_by.user_id != actor.pk:
        raise NotYours(_("Take the review first: only who holds it can do this."))
    return row


def require_waiting(task: ReviewTask) -> None:
    """Raise :class:`Ended` for a review that is over."""
    if task.state not in ("open", "claimed"):
        raise Ended(_("This review is over: %(state)s.") % {"state": task.get_state_display()}, state=task.state)


def _give(task: ReviewTask, person: Person, actor: User, at: datetime, action: str) -> ReviewTask:
    before = {"claimed_by": _name(task.claimed_by)}
    task.state, task.claimed_by, task.claimed_at = "claimed", person, at
    try:
        with transaction.atomic():
            task.save()
    except IntegrityError:  # the same person took another review of this decision this very moment
        why = _("You already act on this decision; a second pair of eyes is somebody else's.")
        raise Excluded(why, why=why) from None
    _record(task, actor, at, action, before, {"claimed_by": _name(person)})
    return task


def _reset(task: ReviewTask) -> None:
    """Nobody is shown what somebody else thought first, and nobody's time counts for another."""
    task.shown_at = task.advice_shown_at = None
    task.initial_judgement, task.evidence_opened = "", []


def _name(person: Person | None) -> str | None:
    return person.pseudonym if person else None


def _record(
    task: ReviewTask, actor: User, at: datetime, action: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    named = {"use_case": task.use_case.ref, "decision_id": task.decision_id, "review_id": task.review_id}
    record_change(
        actor=actor,
        at=at,
        action=action,
        obj=task,
        before=before,
        after={**named, **after},
        stream=STREAM,
        policy_ref=task.policy_ref,
        simulated=task.simulated,
    )
