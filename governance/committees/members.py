"""Who sits on a committee: for which function, for how long, and who stands in."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from governance.access import Invalid, record_change
from governance.models import Committee, Membership, Person, User


def add_member(
    *,
    actor: User,
    at: datetime,
    committee: Committee,
    person: Person,
    function: str,
    chair: bool = False,
    until: datetime | None = None,
    deputy: Person | None = None,
) -> Membership:
    """Give ``person`` a seat for ``function`` (HR, legal, IT, data protection, business), until the end of a term."""
    if until is not None and until <= at:
        raise Invalid(_("A term ends after it begins."), field="until")
    if deputy is not None and deputy.pk == person.pk:
        raise Invalid(_("Nobody deputises for themselves."), field="deputy")
    if not function.strip():
        raise Invalid(_("Say for whom the member speaks."), field="function")
    with transaction.atomic():
        Committee.objects.select_for_update().get(pk=committee.pk)
        if person.memberships.filter(Q(term_until=None) | Q(term_until__gt=at), committee=committee).exists():
            raise Invalid(_("%(name)s sits on this committee already.") % {"name": person.name}, field="person")
        membership = Membership.objects.create(
            committee=committee,
            person=person,
            function=function.strip(),
            chair=chair,
            term_from=at,
            term_until=until,
            deputy=deputy,
        )
        after = {
            "person": person.ref,
            "function": membership.function,
            "chair": chair,
            "until": until.isoformat() if until else None,
            "deputy": deputy.ref if deputy else None,
        }
        _record(actor, at, "committee.member_added", committee, None, after)
    return membership


def name_deputy(*, actor: User, at: datetime, membership: Membership, deputy: Person | None) -> Membership:
    """Say who stands in for a member, or that nobody does."""
    if deputy is not None and deputy.pk == membership.person_id:
        raise Invalid(_("Nobody deputises for themselves."), field="deputy")
    with transaction.atomic():
        row = Membership.objects.select_for_update().get(pk=membership.pk)
        before = {"person": row.person.ref, "deputy": row.deputy.ref if row.deputy else None}
        row.deputy = deputy
        row.save(update_fields=["deputy"])
        after = {**before, "deputy": deputy.ref if deputy else None}
        _record(actor, at, "committee.deputy_named", row.committee, before, after)
    return row


def set_term(*, actor: User, at: datetime, membership: Membership, until: datetime | None) -> Membership:
    """Say when a seat ends, or with None that its end is open; one that has ended is not revived.

    Raises :class:`Invalid` for an end that is not ahead, and for a seat that is over.
    """
    if until is not None and until <= at:
        raise Invalid(_("The end of a term lies ahead; end the seat with a reason instead."), field="until")
    with transaction.atomic():
        row = _serving(membership, at)
        before = {"person": row.person.ref, "until": row.term_until.isoformat() if row.term_until else None}
        row.term_until = until
        row.save(update_fields=["term_until"])
        after = {**before, "until": until.isoformat() if until else None}
        _record(actor, at, "committee.term_set", row.committee, before, after)
    return row


def end_membership(*, actor: User, at: datetime, membership: Membership, reason: str) -> Membership:
    """End a seat now; votes it cast while it was held stay."""
    if not reason.strip():
        raise Invalid(_("Say why the seat ends."), field="reason")
    with transaction.atomic():
        row = _serving(membership, at)
        row.term_until = at
        row.save(update_fields=["term_until"])
        after = {"person": row.person.ref, "until": at.isoformat(), "reason": reason.strip()}
        _record(actor, at, "committee.member_left", row.committee, None, after)
    return row


def _serving(membership: Membership, at: datetime) -> Membership:
    row = Membership.objects.select_for_update().get(pk=membership.pk)
    if row.term_until is not None and row.term_until <= at:
        raise Invalid(_("This seat has ended already."), field="membership")
    return row


def _record(
    actor: User, at: datetime, action: str, committee: Committee, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    record_change(actor=actor, at=at, action=action, stream="committee", obj=committee, before=before, after=after)
