"""Authority: give a person the right to act on systems for a scope and a time, and take it back."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import BackDating, Invalid, record_change
from governance.models import AuthorityGrant, Person, Unit, UseCase, User, next_reference


def grant(
    *,
    actor: User,
    at: datetime,
    person: Person,
    act: str,
    use_case: UseCase | None = None,
    unit: Unit | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    reason: str = "",
) -> AuthorityGrant:
    """Give ``person`` the authority for ``act`` on one use case, on all of a unit, or with neither on everything.

    Raises :class:`Invalid` for an unknown act, two scopes or an end before the beginning, and
    :class:`BackDating` when it would begin before ``at``: authority is never given after the fact.
    """
    start = valid_from or at
    if act not in AuthorityGrant.Act.values:
        known = ", ".join(AuthorityGrant.Act.values)
        raise Invalid(_("An act is one of: %(known)s.") % {"known": known}, field="act")
    if use_case is not None and unit is not None:
        raise Invalid(_("Authority covers a use case or a unit, not both."), field="unit")
    if start < at:
        raise BackDating(_("Authority cannot begin before it is given."), earliest=at.isoformat(), field="valid_from")
    if valid_until is not None and valid_until <= start:
        raise Invalid(_("Authority must end after it begins."), field="valid_until")
    with transaction.atomic():
        row = AuthorityGrant.objects.create(
            ref=next_reference("AG"),
            person=person,
            act=act,
            use_case=use_case,
            unit=unit,
            reason=reason.strip(),
            valid_from=start,
            valid_until=valid_until,
            granted_by=actor,
        )
        _record(actor, at, "people.authority.granted", row, None, snapshot(row))
    return row


def withdraw(*, actor: User, at: datetime, grant: AuthorityGrant, reason: str) -> None:
    """End ``grant`` now; one that has not begun disappears, its ledger entries stay.

    Raises :class:`Invalid` when it has ended already or no reason is given.
    """
    if not reason.strip():
        raise Invalid(_("Say why the authority is withdrawn."), field="reason")
    with transaction.atomic():
        row = (
            AuthorityGrant.objects.select_for_update(of=("self",))
            .select_related("person", "use_case", "unit")
            .get(pk=grant.pk)
        )
        before = snapshot(row)
        if row.valid_until is not None and row.valid_until <= at:
            raise Invalid(_("This authority has ended already."), field="grant")
        after = {**before, "valid_until": at.isoformat(), "reason": reason.strip()}
        _record(actor, at, "people.authority.withdrawn", row, before, after)
        if row.valid_from >= at:
            row.delete()
            return
        row.valid_until = at
        row.save(update_fields=["valid_until"])


def snapshot(row: AuthorityGrant) -> dict[str, Any]:
    """Return what a change keeps of a grant, as JSON values."""
    return {
        "person": row.person.ref,
        "act": row.act,
        "use_case": row.use_case.ref if row.use_case else None,
        "unit": row.unit.name if row.unit else None,
        "valid_from": row.valid_from.isoformat(),
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
        "reason": row.reason,
    }


def _record(
    actor: User, at: datetime, action: str, row: AuthorityGrant, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    simulated = bool(row.use_case and row.use_case.simulated)
    record_change(actor=actor, at=at, action=action, obj=row, before=before, after=after, simulated=simulated)
