"""Holding a review on somebody's word: another system says who took it. Marked as asserted wherever it shows."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.models import ReviewTask
from audit.reviews.acts import current, keep_judgement, require_waiting
from audit.reviews.eligibility import check, may_review
from audit.reviews.problems import Excluded, NotYours, Taken
from governance.access import NotAllowed, record_change
from governance.models import Person

STREAM = "reviews"


def claim_as(*, task: ReviewTask, person: Person, at: datetime) -> ReviewTask:
    """Take ``task`` for ``person``, who may review it; raises what :func:`audit.reviews.acts.claim` raises."""
    if person.user is None or not may_review(person.user, task.use_case, at=at):
        raise NotAllowed(_("This person may not review decisions of this use case."))
    with transaction.atomic():
        task = current(task, at)
        if task.state == "claimed":
            if task.claimed_by_id == person.pk:
                return task
            raise Taken(_("Somebody else has taken this review."))
        require_waiting(task)
        check(task, person, at=at)
        task.state, task.claimed_by, task.claimed_at, task.shown_at = "claimed", person, at, at
        task.advice_shown_at = None if task.own_first else at
        _save(task)
        _record(task, person, "review.claimed", at)
    return task


def release_as(*, task: ReviewTask, person: Person, at: datetime) -> ReviewTask:
    """Put a review ``person`` holds back into the queue."""
    with transaction.atomic():
        task = _held(task, person, at)
        task.state, task.claimed_by, task.claimed_at = "open", None, None
        task.shown_at = task.advice_shown_at = None
        task.initial_judgement, task.evidence_opened = "", []
        _save(task)
        _record(task, person, "review.released", at)
    return task


def held_by(*, task: ReviewTask, person: Person, at: datetime) -> ReviewTask:
    """Return the task as it stands when ``person`` holds it; raises :class:`NotYours` and :class:`Ended`."""
    with transaction.atomic():
        return _held(task, person, at)


def judge_as(*, task: ReviewTask, judgement: str, person: Person, at: datetime) -> ReviewTask:
    """Keep the judgement of ``person``, who holds the review; raises what :func:`audit.reviews.acts.judge` raises."""
    with transaction.atomic():
        task = _held(task, person, at)
        keep_judgement(task, judgement, at=at)
    return task


def _held(task: ReviewTask, person: Person, at: datetime) -> ReviewTask:
    row = current(task, at)
    require_waiting(row)
    if row.claimed_by_id != person.pk:
        raise NotYours(_("Take the review first: only who holds it can do this."))
    return row


def _save(task: ReviewTask) -> None:
    try:
        with transaction.atomic():
            task.save()
    except IntegrityError:
        why = _("You already act on this decision; a second pair of eyes is somebody else's.")
        raise Excluded(why, why=why) from None


def _record(task: ReviewTask, person: Person, action: str, at: datetime) -> None:
    after = {
        "use_case": task.use_case.ref,
        "decision_id": task.decision_id,
        "review_id": task.review_id,
        "person": person.pseudonym,
        "authn": "asserted",
    }
    record_change(
        actor=None,
        at=at,
        action=action,
        obj=task,
        before=None,
        after=after,
        stream=STREAM,
        policy_ref=task.policy_ref,
        simulated=task.simulated,
    )
