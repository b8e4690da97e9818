"""Conflicts of interest: declared, or known from the register."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import Invalid, record_change
from governance.models import Interest, Person, Supplier, UseCase, User


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

    People without a ground are left out. Three queries, however many people.
    """
    if use_case is None:
        return {}
    found: dict[UUID, list[str]] = {}
    everybody = list(people)
    for person in everybody:
        if person.pk == use_case.owner_id:
            found.setdefault(person.pk, []).append("owner")
        if person.unit_id is not None and person.unit_id == use_case.unit_id:
            found.setdefault(person.pk, []).append("team")
    suppliers = set(use_case.systems.exclude(supplier=None).values_list("supplier_id", flat=True))
    rows = Interest.objects.filter(person__in=[person.pk for person in everybody], declared_at__lte=at)
    for row in rows.order_by("declared_at", "pk"):
        if row.ended_at is not None and row.ended_at <= at:
            continue
        if row.use_case_id == use_case.pk:
            found.setdefault(row.person_id, []).append("declared")
        elif row.supplier_id in suppliers:
            found.setdefault(row.person_id, []).append("supplier")
    return {person: list(dict.fromkeys(grounds)) for person, grounds in found.items()}
