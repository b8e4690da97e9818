"""Conflicts of interest: declared, or known from the register."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from governance.access import (
    Invalid,
    committees_visible_to,
    may,
    reads_all,
    record_change,
    use_cases_visible_to,
)
from governance.models import AISystem, Interest, Membership, Person, Supplier, UseCase, User


def declare_interest(
    *,
    actor: User,
    at: datetime,
    person: Person,
    reason: str,
    use_case: UseCase | None = None,
    supplier: Supplier | None = None,
) -> Interest:
    """Record that ``person`` has an interest in a use case or in a supplier; it holds until it is ended."""
    if (use_case is None) == (supplier is None):
        raise Invalid(_("An interest is in one use case or in one supplier."), field="use_case")
    if not reason.strip():
        raise Invalid(_("Say what the interest is."), field="reason")
    with transaction.atomic():
        row = Interest.objects.create(
            person=person, use_case=use_case, supplier=supplier, reason=reason.strip(), declared_at=at
        )
        after = {
            "person": person.ref,
            "use_case": use_case.ref if use_case else None,
            "supplier": supplier.name if supplier else None,
            "reason": row.reason,
        }
        record_change(
            actor=actor, at=at, action="committee.interest_declared", stream="committee", obj=person, before=None,
            after=after,
        )  # fmt: skip
    return row


def end_interest(*, actor: User, at: datetime, interest: Interest, reason: str) -> None:
    """Record that an interest no longer exists, and why."""
    if not reason.strip():
        raise Invalid(_("Say why the interest no longer exists."), field="reason")
    with transaction.atomic():
        row = Interest.objects.select_for_update().get(pk=interest.pk)
        if row.ended_at is not None:
            raise Invalid(_("This interest has ended already."), field="interest")
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        record_change(
            actor=actor, at=at, action="committee.interest_ended", stream="committee", obj=row.person,
            before={"reason": row.reason}, after={"reason": reason.strip()},
        )  # fmt: skip


def conflicts(people: Iterable[Person], use_case: UseCase | None, *, at: datetime) -> dict[UUID, list[str]]:
    """Return the grounds that keep each of ``people`` from voting on ``use_case``: owner, team, supplier, declared.

    People without a ground are left out. Two queries, however many people.
    """
    return conflicts_over(people, [use_case], at=at).get(use_case.pk, {}) if use_case is not None else {}


def conflicts_over(
    people: Iterable[Person], use_cases: Iterable[UseCase], *, at: datetime
) -> dict[UUID, dict[UUID, list[str]]]:
    """Return for each of ``use_cases`` who of ``people`` has which grounds; two queries, however many of either."""
    everybody, cases = list(people), {case.pk: case for case in use_cases}
    if not cases:
        return {}
    declared: dict[tuple[str, UUID | None], set[UUID]] = {}
    in_force = Q(ended_at=None) | Q(ended_at__gt=at)
    rows = Interest.objects.filter(in_force, person__in=[person.pk for person in everybody], declared_at__lte=at)
    for person_id, case_id, supplier_id in rows.values_list("person", "use_case", "supplier"):
        key = ("declared", case_id) if case_id else ("supplier", supplier_id)
        declared.setdefault(key, set()).add(person_id)
    suppliers: dict[UUID, set[UUID]] = {}
    systems = AISystem.objects.filter(use_cases__in=list(cases)).exclude(supplier=None)
    for case_id, supplier_id in systems.values_list("use_cases", "supplier"):
        suppliers.setdefault(case_id, set()).add(supplier_id)
    teams: dict[UUID, set[UUID]] = {}
    for person in everybody:
        if person.unit_id is not None:
            teams.setdefault(person.unit_id, set()).add(person.pk)
    found: dict[UUID, dict[UUID, list[str]]] = {}
    for case in cases.values():
        who = {
            "owner": {case.owner_id},
            "team": teams.get(case.unit_id, set()),
            "declared": declared.get(("declared", case.pk), set()),
            "supplier": set().union(*(declared.get(("supplier", key), set()) for key in suppliers.get(case.pk, ()))),
        }
        concerned = set().union(*who.values())
        found[case.pk] = {
            person.pk: [ground for ground, those in who.items() if person.pk in those]
            for person in everybody
            if person.pk in concerned
        }
    return found


def interests_visible_to(user: User) -> QuerySet[Interest]:
    """Return the interests ``user`` may read: their own, and those of people on a committee they see.

    Of others they read only what lies in a use case they see.
    """
    in_sight = Q(use_case=None) | Q(use_case__in=use_cases_visible_to(user))
    seats = Membership.objects.filter(committee__in=committees_visible_to(user))
    sits = Exists(seats.filter(Q(person=OuterRef("person")) | Q(deputy=OuterRef("person"))))
    theirs = in_sight if reads_all(user) else in_sight & Q(sits)
    return Interest.objects.filter(Q(person__user=user) | theirs)


def declares_for(user: User, *, at: datetime) -> QuerySet[Person]:
    """Return the people whose interests ``user`` may declare and end: themselves, a committee they chair, or all."""
    if not user.is_active:
        return Person.objects.none()
    if may(user, "register"):
        return Person.objects.all()
    in_term = Q(term_until=None) | Q(term_until__gt=at)
    mine = Q(person__user=user) | Q(deputy__user=user)
    led = Membership.objects.filter(in_term, mine, chair=True, term_from__lte=at).values("committee")
    seats = Membership.objects.filter(in_term, committee__in=led)
    beside = Exists(seats.filter(Q(person=OuterRef("pk")) | Q(deputy=OuterRef("pk"))))
    return Person.objects.filter(Q(user=user) | Q(beside))
