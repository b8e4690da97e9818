"""Who answers for a use case, now and on any past day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm

from governance.access import BackDating, Invalid, record_change
from governance.models import Assignment, Person, UseCase, UseCaseUserGrant, User

# What a duty lets a person with a sign-in do; an assignment gives it, its end takes it away.
GRANTS = {
    Assignment.Duty.REVIEWER: "governance.review_usecase",
    Assignment.Duty.STOP: "governance.stop_usecase",
    Assignment.Duty.ESCALATION: "governance.view_usecase",
    Assignment.Duty.DATA_PROTECTION: "governance.view_usecase",
    Assignment.Duty.TECHNICAL: "governance.view_usecase",
}


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What a leaving person held and who holds it now."""

    owned: tuple[str, ...]
    duties: tuple[tuple[str, str], ...]


def assign_person(
    *, actor: User, at: datetime, use_case: UseCase, person: Person, duty: str, since: datetime | None = None
) -> Assignment:
    """Give ``person`` a duty for ``use_case``; a new owner takes over from the one before.

    Duties of a person with a sign-in come with the matching permission on the use case.
    """
    start = since or at
    if duty not in Assignment.Duty.values:
        raise Invalid(_("A duty is one of: %(known)s.") % {"known": ", ".join(Assignment.Duty.values)}, field="duty")
    if start < use_case.registered_at:
        raise BackDating(_("Nobody can answer for a use case before it was registered."), field="since")
    if person.left_at is not None:
        raise Invalid(_("This person has left."), field="person")
    with transaction.atomic():
        current = UseCase.objects.select_for_update().get(pk=use_case.pk)
        held = current.assignments.filter(person=person, duty=duty, until__isnull=True).first()
        if held is not None:
            return held
        before = _held_by(current, duty)
        if duty == Assignment.Duty.OWNER:
            _end(current.assignments.filter(duty=duty, until__isnull=True), start)
            current.owner = person
            current.save(update_fields=["owner"])
            use_case.owner = person
        assignment = Assignment.objects.create(use_case=current, person=person, duty=duty, since=start)
        _grant(current, person, duty)
        _record(actor, at, current, "register.use_case.assigned", duty, before, since=start)
    return assignment


def end_assignment(*, actor: User, at: datetime, assignment: Assignment, until: datetime | None = None) -> Assignment:
    """End a duty; an owner is not ended but followed by another."""
    end = until or at
    if assignment.duty == Assignment.Duty.OWNER:
        raise Invalid(_("A use case always has an owner: name the next one instead."), field="duty")
    if end < assignment.since:
        raise Invalid(_("A duty cannot end before it began."), field="until")
    with transaction.atomic():
        use_case = UseCase.objects.select_for_update().get(pk=assignment.use_case_id)
        before = _held_by(use_case, assignment.duty)
        _end(Assignment.objects.filter(pk=assignment.pk, until__isnull=True), end)
        assignment.refresh_from_db()
        _revoke(use_case, assignment.person, assignment.duty)
        _record(actor, at, use_case, "register.use_case.unassigned", assignment.duty, before, until=end)
    return assignment


def responsible_on(use_case: UseCase, at: datetime) -> list[Assignment]:
    """Who held which duty at that moment, owner first."""
    rows = use_case.assignments.filter(since__lte=at).filter(Q(until__isnull=True) | Q(until__gt=at))
    order = {duty: place for place, duty in enumerate(Assignment.Duty.values)}
    return sorted(
        rows.select_related("person", "person__unit"), key=lambda row: (order[row.duty], row.since, str(row.pk))
    )


def hand_over(*, actor: User, at: datetime, person: Person, to: Person) -> HandedOver:
    """Give everything ``person`` answers for to ``to``: owned use cases and every open duty."""
    if person.pk == to.pk or to.left_at is not None:
        raise Invalid(_("Name somebody else who is still here."), field="successor")
    owned, duties = [], []
    with transaction.atomic():
        rows = Assignment.objects.filter(person=person, until__isnull=True).select_related("use_case", "person")
        for row in rows.order_by("use_case__ref", "duty"):
            if row.duty == Assignment.Duty.OWNER:
                owned.append(row.use_case.ref)
            else:
                end_assignment(actor=actor, at=at, assignment=row)
            assign_person(actor=actor, at=at, use_case=row.use_case, person=to, duty=row.duty)
            duties.append((row.use_case.ref, row.duty))
    return HandedOver(owned=tuple(owned), duties=tuple(duties))


def _held_by(use_case: UseCase, duty: str) -> list[str]:
    rows = use_case.assignments.filter(duty=duty, until__isnull=True).order_by("since", "pk")
    return [f"{row.person.ref} {row.person.name}" for row in rows.select_related("person")]


def _end(rows: "QuerySet[Assignment]", end: datetime) -> None:
    for row in rows:
        row.until = max(end, row.since)
        row.save(update_fields=["until"])


def _record(
    actor: User, at: datetime, use_case: UseCase, action: str, duty: str, before: Iterable[str], **when: datetime
) -> None:
    record_change(
        actor=actor,
        at=at,
        action=action,
        obj=use_case,
        before={"duty": duty, "people": list(before)},
        after={
            "duty": duty,
            "people": _held_by(use_case, duty),
            **{name: moment.isoformat() for name, moment in when.items()},
        },
        simulated=use_case.simulated,
    )


def _grant(use_case: UseCase, person: Person, duty: str) -> None:
    if duty in GRANTS and person.user is not None:
        row: Any = assign_perm(GRANTS[Assignment.Duty(duty)], person.user, use_case)
        UseCaseUserGrant.objects.filter(pk=row.pk).update(by_duty=True)


def _revoke(use_case: UseCase, person: Person, duty: str) -> None:
    """Take the permission away unless another open duty, or a reason of its own, still gives it."""
    if duty not in GRANTS or person.user is None:
        return
    kept = use_case.assignments.filter(person=person, until__isnull=True).values_list("duty", flat=True)
    if GRANTS[Assignment.Duty(duty)] not in {GRANTS.get(Assignment.Duty(other)) for other in kept}:
        code = GRANTS[Assignment.Duty(duty)].removeprefix("governance.")
        rows = UseCaseUserGrant.objects.filter(content_object=use_case, user=person.user, permission__codename=code)
        rows.filter(reason="").delete()
        rows.update(by_duty=False)
