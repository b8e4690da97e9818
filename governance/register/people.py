"""People: name them, and record what they are qualified for."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import Invalid, record_change
from governance.models import Person, Qualification, Unit, User, next_reference
from governance.register.snapshot import person_snapshot


def name_person(
    *,
    actor: User,
    at: datetime,
    name: str,
    function: str = "",
    unit: Unit | None = None,
    user: User | None = None,
    pseudonym: str | None = None,
) -> Person:
    """Add a person; ``pseudonym`` is what integrated systems send instead of the name."""
    if not name.strip():
        raise Invalid(_("A person needs a name."), field="name")
    with transaction.atomic():
        person = Person.objects.create(
            ref=next_reference("P"), name=name.strip(), function=function, unit=unit, user=user, pseudonym=pseudonym
        )
        record_change(
            actor=actor, at=at, action="people.person.named", obj=person, before=None, after=person_snapshot(person)
        )
    return person


def name_unit(*, actor: User, at: datetime, name: str) -> Unit:
    """Return the unit called ``name``, new or known."""
    if not name.strip():
        raise Invalid(_("A unit needs a name."), field="unit")
    with transaction.atomic():
        unit, made = Unit.objects.get_or_create(name=name.strip())
        if made:
            record_change(
                actor=actor, at=at, action="people.unit.named", obj=unit, before=None, after={"name": unit.name}
            )
    return unit


def qualify(
    *, actor: User, at: datetime, person: Person, code: str, valid_from: datetime, valid_until: datetime | None = None
) -> Qualification:
    """Record that ``person`` holds ``code`` (a role level or a training) for a time (AI Act Art 26(2))."""
    if valid_until is not None and valid_until <= valid_from:
        raise Invalid(_("A qualification must end after it begins."), field="valid_until")
    with transaction.atomic():
        qualification = Qualification.objects.create(
            person=person, code=code, valid_from=valid_from, valid_until=valid_until
        )
        record_change(
            actor=actor,
            at=at,
            action="people.person.qualified",
            obj=person,
            before=None,
            after={
                "code": code,
                "valid_from": valid_from.isoformat(),
                "valid_until": valid_until.isoformat() if valid_until else None,
            },
        )
    return qualification
