"""Who may review: role and grant (or authority), what the policy asks for, and independence from the case."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from audit.models import ReviewTask
from audit.reviews.problems import Excluded, NotQualified
from governance.access import NotAllowed, may
from governance.competence.read import authority, trained
from governance.models import Person, UseCase, UseCaseGroupGrant, UseCaseUserGrant, User

PERMISSION: Final = "review_usecase"
DEPUTY: Final = "deputy:"  # whoever holds ``deputy:team-lead`` stands in for the team lead


def use_cases_reviewable_by(user: User) -> QuerySet[UseCase]:
    """Return the use cases whose decisions ``user`` may review, as one query."""
    if not user.is_active or not may(user, "review"):
        return UseCase.objects.none()
    direct = UseCaseUserGrant.objects.filter(
        UseCaseUserGrant.in_force(), content_object=OuterRef("pk"), user=user, permission__codename=PERMISSION
    )
    by_group = UseCaseGroupGrant.objects.filter(
        content_object=OuterRef("pk"), group__in=user.groups.all(), permission__codename=PERMISSION
    )
    return UseCase.objects.filter(Q(Exists(direct)) | Q(Exists(by_group)))


def may_review(user: User, use_case: UseCase, *, at: datetime) -> bool:
    """Whether ``user`` may review decisions of ``use_case`` at ``at``, by role and grant or by authority."""
    if use_cases_reviewable_by(user).filter(pk=use_case.pk).exists():
        return True
    person = Person.objects.filter(user=user).first()
    return user.is_active and person is not None and authority(person, "review", use_case, at=at)


def may_assign(user: User, use_case: UseCase) -> bool:
    """Whether ``user`` may give reviews to others: the owner of the use case, or who handles findings."""
    owner = UseCase.objects.filter(pk=use_case.pk, owner__user=user).exists()
    return user.is_active and (owner or may(user, "handle"))


def person_of(user: User) -> Person:
    """Return the reviewer behind an account; raises :class:`NotAllowed` when reports could not name one."""
    person = Person.objects.filter(user=user).first()
    if person is None or not person.pseudonym:
        raise NotAllowed(
            _("Reviews are recorded under a pseudonym, and the register has none for you: ask the registrar for one.")
        )
    return person


def check(task: ReviewTask, person: Person, *, at: datetime) -> None:
    """Raise unless ``person`` may take ``task``: qualified, independent, and not in it already."""
    missing = missing_qualifications([task], person, at=at)[task.pk]
    if missing:
        names = ", ".join(missing)
        raise NotQualified(
            _("This review asks for %(names)s, which you do not hold today.") % {"names": names}, missing=missing
        )
    why = _dependence(task, person, at)
    if why:
        raise Excluded(why, why=why)
    others = ReviewTask.objects.filter(use_case=task.use_case_id, decision_id=task.decision_id, claimed_by=person)
    if others.exclude(pk=task.pk).filter(state__in=["claimed", "submitted"]).exists():
        why = _("You already act on this decision; a second pair of eyes is somebody else's.")
        raise Excluded(why, why=why)


def missing_qualifications(tasks: Iterable[ReviewTask], person: Person, *, at: datetime) -> dict[UUID, list[str]]:
    """Return what ``person`` lacks for each task; one query."""
    tasks = list(tasks)
    asked = {task.pk: [*task.wanted, *([task.desk] if task.desk else [])] for task in tasks}
    every = {code for codes in asked.values() for code in codes}
    held = trained([person], every | {DEPUTY + code for code in every}, at=at)[person.pk] if every else set()
    return {
        pk: sorted(code for code in codes if code not in held and DEPUTY + code not in held)
        for pk, codes in asked.items()
    }


def _dependence(task: ReviewTask, person: Person, at: datetime) -> str:
    """Why the rules of independence exclude ``person``, or nothing."""
    if person.pseudonym in task.excluded:
        return _("You made or already judged this case, so its review is somebody else's.")
    roles = [role for role in task.excluded_roles if role not in ("maker", "owner")]
    if "owner" in task.excluded_roles and task.use_case.owner_id == person.pk:
        return _("The policy keeps the owner of the use case from reviewing its decisions.")
    held = sorted(trained([person], roles, at=at)[person.pk]) if roles else []
    if held:
        return _("The policy keeps whoever is %(role)s from reviewing this case.") % {"role": held[0]}
    return ""


def holders(code: str, *, at: datetime) -> list[Person]:
    """Return who holds the role ``code`` at ``at``, else its deputies; by name."""
    for wanted in (code, DEPUTY + code):
        rows = Person.objects.filter(
            Q(qualifications__valid_until=None) | Q(qualifications__valid_until__gt=at),
            qualifications__code=wanted,
            qualifications__valid_from__lte=at,
        )
        found = list(rows.distinct().order_by("name", "pk"))
        if found:
            return found
    return []
