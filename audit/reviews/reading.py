"""The queue as one person sees it: what they hold, what they could take, and why not the rest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from audit.models import ReviewEscalation, ReviewTask
from audit.reviews.eligibility import PERMISSION, missing_qualifications, use_cases_reviewable_by
from governance.access import use_cases_visible_to
from governance.models import Person, UseCase, User

WAITING = ("open", "claimed")
LOOKED_AT = 500  # the front of the queue; the rest is counted


@dataclass(frozen=True, slots=True)
class Item:
    """One task in somebody's queue; ``missing`` is what they would need for it."""

    task: ReviewTask
    mine: bool
    overdue: bool
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """``items`` can be worked on by the reader; ``others`` waits for people who hold more, or is held already."""

    items: list[Item]
    others: int
    total: int


def tasks_visible_to(user: User) -> QuerySet[ReviewTask]:
    """Return the tasks ``user`` may see: of use cases they review, and of those they may read."""
    allowed = Q(use_case__in=use_cases_reviewable_by(user)) | Q(use_case__in=use_cases_visible_to(user))
    return ReviewTask.objects.filter(allowed).select_related("use_case__owner", "claimed_by")


def queue_of(user: User, *, at: datetime, use_case: UseCase | None = None) -> Queue:
    """Return the queue of ``user``: what they hold first, then what they could take, by priority and due time."""
    person = Person.objects.filter(user=user).first()
    waiting = ReviewTask.objects.filter(state__in=WAITING, use_case__in=use_cases_reviewable_by(user))
    if use_case is not None:
        waiting = waiting.filter(use_case=use_case)
    if person is None:
        return Queue([], waiting.count(), waiting.count())
    takeable = waiting.filter(Q(claimed_by=person) | Q(state="open")).select_related("use_case__owner")
    front = list(
        takeable.order_by("-priority", F("due_at").asc(nulls_last=True), "opened_at", "decision_id", "number")[
            :LOOKED_AT
        ]
    )
    missing = missing_qualifications(front, person, at=at)
    acted = _acted_on(person, front)
    items = [
        Item(task, task.claimed_by_id == person.pk, task.due_at is not None and task.due_at <= at)
        for task in front
        if task.claimed_by_id == person.pk
        or (not missing[task.pk] and (task.use_case_id, task.decision_id) not in acted and _independent(task, person))
    ]
    items.sort(key=lambda item: not item.mine)
    total = waiting.count()
    return Queue(items, max(0, total - len(items)), total)


def next_for(user: User, *, at: datetime, after: ReviewTask | None = None) -> ReviewTask | None:
    """Return the task ``user`` should look at next; one they hold comes first."""
    items = queue_of(user, at=at).items
    return next((item.task for item in items if after is None or item.task.pk != after.pk), None)


def open_of(use_cases: QuerySet[UseCase]) -> QuerySet[ReviewTask]:
    """Return what waits in ``use_cases``, for who answers for them."""
    rows = ReviewTask.objects.filter(use_case__in=use_cases, state__in=WAITING)
    return rows.select_related("use_case", "claimed_by").order_by(F("due_at").asc(nulls_last=True), "-priority", "pk")


def escalations_of(task: ReviewTask) -> list[ReviewEscalation]:
    """Return the climbs of a task, first raised first."""
    return list(task.escalations.select_related("acknowledged_by", "task__use_case").order_by("raised_at", "pk"))


def reviewers_of(use_case: UseCase) -> QuerySet[Person]:
    """Return the people who hold the review grant on ``use_case`` and could be given a review."""
    granted = Q(
        user__usecaseusergrant__content_object=use_case, user__usecaseusergrant__permission__codename=PERMISSION
    ) | Q(
        user__groups__usecasegroupgrant__content_object=use_case,
        user__groups__usecasegroupgrant__permission__codename=PERMISSION,
    )
    return Person.objects.filter(granted, user__is_active=True, pseudonym__isnull=False).distinct().order_by("name")


def is_blind_to(user: User, use_case: UseCase, decision_id: str) -> bool:
    """Whether ``user`` must not see what others said: a blind review waits that could be theirs."""
    waiting = ReviewTask.objects.filter(use_case=use_case, decision_id=decision_id, blind=True, state__in=WAITING)
    return waiting.filter(use_case__in=use_cases_reviewable_by(user)).exists()


def _acted_on(person: Person, tasks: Iterable[ReviewTask]) -> set[tuple[UUID, str]]:
    names = [task.decision_id for task in tasks]
    rows = ReviewTask.objects.filter(
        claimed_by=person, decision_id__in=names, state__in=["claimed", "submitted"]
    ).values_list("use_case_id", "decision_id")
    return set(rows)


def _independent(task: ReviewTask, person: Person) -> bool:
    owner = "owner" in task.excluded_roles and task.use_case.owner_id == person.pk
    return person.pseudonym not in task.excluded and not owner
