"""Experts from outside: engaged for a time, and out on the day it ends."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import BackDating, Invalid, record_change
from governance.models import Engagement, Person, User


def engage(
    *,
    actor: User,
    at: datetime,
    person: Person,
    employer: str,
    purpose: str,
    sponsor: Person,
    since: datetime,
    until: datetime,
) -> Engagement:
    """Engage ``person`` as an expert from ``employer``; outside ``since`` to ``until`` they hold and may do nothing."""
    for field, value in {"employer": employer, "purpose": purpose}.items():
        if not value.strip():
            raise Invalid(_("Say for whom the expert works and what for."), field=field)
    if until <= since or until <= at:
        raise Invalid(_("An engagement ends after it begins, and not in the past."), field="until")
    if since < at:
        raise BackDating(_("An engagement cannot begin before it is agreed."), field="since", earliest=at.isoformat())
    if sponsor.pk == person.pk:
        raise Invalid(_("Somebody in the organisation answers for the expert, not the expert."), field="sponsor")
    with transaction.atomic():
        row = Engagement.objects.create(
            person=person,
            employer=employer.strip(),
            purpose=purpose.strip(),
            sponsor=sponsor,
            since=since,
            until=until,
        )
        after = {
            "person": person.ref,
            "employer": row.employer,
            "purpose": row.purpose,
            "sponsor": sponsor.ref,
            "since": since.isoformat(),
            "until": until.isoformat(),
        }
        record_change(actor=actor, at=at, action="people.expert.engaged", obj=person, before=None, after=after)
    return row


def close_ended(*, at: datetime) -> int:
    """Close the sign-in of experts whose last engagement is over; return how many were closed.

    What they hold and may do ended with the engagement itself; this ends their reading too.
    """
    closed = 0
    with transaction.atomic():
        over = Engagement.objects.select_for_update(of=("self",)).filter(until__lte=at, ended_at=None)
        for row in over.select_related("person__user"):
            row.ended_at = at
            row.save(update_fields=["ended_at"])
            user = row.person.user
            later = row.person.engagements.filter(until__gt=at).exists()
            if user is None or later or not user.is_active:
                continue
            user.is_active = False
            user.save(update_fields=["is_active"])
            after = {"person": row.person.ref, "until": row.until.isoformat()}
            record_change(actor=user, at=at, action="people.expert.ended", obj=row.person, before=None, after=after)
            closed += 1
    return closed
