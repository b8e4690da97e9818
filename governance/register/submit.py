"""Bring a use case and the systems it uses into the register."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from governance.access import Invalid, record_change
from governance.models import AISystem, Assignment, Person, Supplier, SystemVersion, Unit, UseCase, User, next_reference
from governance.register.snapshot import system_snapshot, use_case_snapshot

ROLES_UNDER_THE_ACT = frozenset(
    {"provider", "deployer", "importer", "distributor", "authorised_representative", "product_manufacturer"}
)
CODE = re.compile(r"^[A-Za-z]{2}(-[A-Za-z]{2,4})?$")  # of a country or a language
KEY = re.compile(r"^[a-z0-9][a-z0-9-]{1,78}[a-z0-9]$")


def submit_use_case(
    *,
    actor: User,
    at: datetime,
    key: str,
    name: str,
    purpose: str,
    owner: Person,
    unit: Unit,
    roles: Sequence[str],
    systems: Sequence[AISystem] = (),
    affected_people: str = "",
    countries: Sequence[str] = (),
    languages: Sequence[str] = (),
    data_used: str = "",
    first_use: date | None = None,
    sector: str = "",
    effect: str = "",
    reversibility: str = "",
    decisions_per_day: int | None = None,
    simulated: bool = False,
) -> UseCase:
    """Register a use case as *planned* and return it with its reference.

    Raises :class:`Invalid` naming the field when the key is taken or malformed, the name or purpose is
    empty, or a role is not one of the Act's (Art 3).
    """
    _check(key=key, name=name, purpose=purpose, roles=roles)
    with transaction.atomic():
        if UseCase.objects.filter(key=key).exists():
            raise Invalid(_("The key “%(key)s” is taken by another use case.") % {"key": key}, field="key")
        use_case = UseCase.objects.create(
            ref=next_reference("UC"),
            key=key,
            name=name.strip(),
            purpose=purpose.strip(),
            owner=owner,
            unit=unit,
            roles=list(roles),
            affected_people=affected_people,
            countries=list(countries),
            languages=list(languages),
            data_used=data_used,
            first_use=first_use,
            sector=sector,
            effect=effect,
            reversibility=reversibility,
            decisions_per_day=decisions_per_day,
            simulated=simulated,
            registered_at=at,
        )
        use_case.systems.set(systems)
        Assignment.objects.create(use_case=use_case, person=owner, duty=Assignment.Duty.OWNER, since=at)
        record_change(
            actor=actor,
            at=at,
            action="register.use_case.submitted",
            obj=use_case,
            before=None,
            after=use_case_snapshot(use_case),
            simulated=simulated,
        )
    return use_case


def register_system(
    *,
    actor: User,
    at: datetime,
    name: str,
    supplier: str = "",
    country: str = "",
    version: str = "",
    description: str = "",
) -> AISystem:
    """Register an AI system, its supplier when it is new, and its version when one is given."""
    if not name.strip():
        raise Invalid(_("A system needs a name."), field="name")
    with transaction.atomic():
        owner = Supplier.objects.get_or_create(name=supplier, defaults={"country": country})[0] if supplier else None
        system = AISystem.objects.create(
            ref=next_reference("SYS"), name=name.strip(), supplier=owner, version=version, description=description
        )
        if version:
            SystemVersion.objects.create(system=system, version=version, recorded_at=at)
        record_change(
            actor=actor,
            at=at,
            action="register.system.registered",
            obj=system,
            before=None,
            after=system_snapshot(system),
        )
    return system


def _check(*, key: str, name: str, purpose: str, roles: Sequence[str]) -> None:
    if not KEY.match(key):
        raise Invalid(
            _("A key is 3 to 80 lower-case letters, digits and hyphens, for example “cv-ranking”."), field="key"
        )
    check_words(name=name, purpose=purpose)
    unknown = sorted(set(roles) - ROLES_UNDER_THE_ACT)
    if unknown or not roles:
        raise Invalid(
            _("Roles under the AI Act are: %(known)s.") % {"known": ", ".join(sorted(ROLES_UNDER_THE_ACT))},
            field="roles",
            unknown=unknown,
        )


def check_words(*, name: str, purpose: str) -> None:
    """Refuse an entry nobody could recognise."""
    if not name.strip():
        raise Invalid(_("A use case needs a name."), field="name")
    if not purpose.strip():
        raise Invalid(_("Say what the system is meant to do, for whom and with what effect."), field="purpose")


def free_key(name: str) -> str:
    """Return a key made from ``name`` that no use case has yet."""
    base = slugify(name)[:70].strip("-") or "use-case"
    base = base if len(base) >= 3 else f"{base}-use"
    taken = set(UseCase.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(key for key in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if key not in taken)
