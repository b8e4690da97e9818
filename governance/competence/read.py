"""Who holds what and who may do what at a moment: the questions a queue, a gate and a page ask."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.models import AuthorityGrant, Engagement, Person, Qualification, Unit, UseCase

# Whoever may stop a system may also do less; the other way round nothing follows.
GIVEN_BY: Final = {
    "review": ("review", "override"),
    "override": ("override",),
    "limit": ("limit", "pause", "stop"),
    "pause": ("pause", "stop"),
    "stop": ("stop",),
    "resume": ("resume",),
}


def holds(person: Person, competence: str, *, at: datetime) -> bool:
    """Whether ``person`` held the qualification or training ``competence`` at ``at``."""
    held = Qualification.objects.filter(_in_force("valid_from", "valid_until", at), code=competence, person=person)
    return held.exists() and not _outside_engagement(at, Person.objects.filter(pk=person.pk)).exists()


def authority(person: Person, act: str, use_case: UseCase, *, at: datetime) -> bool:
    """Whether ``person`` had the authority for ``act`` on ``use_case`` at ``at``; unknown acts are nobody's."""
    return _grants([act], use_case, at).filter(person=person).exists()


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who could do it, by which grant."""

    person: Person
    grant: AuthorityGrant


def who_could(act: str, use_case: UseCase, *, at: datetime) -> list[Holder]:
    """Return who could do ``act`` to ``use_case`` at ``at``, by name; one row per person, the widest grant."""
    found: dict[UUID, Holder] = {}
    rows = _grants([act], use_case, at).select_related("person__unit", "use_case", "unit", "granted_by")
    for row in rows.order_by("person__name", "person_id", "valid_from", "pk"):
        found.setdefault(row.person_id, Holder(row.person, row))
    return list(found.values())


def trained(people: Iterable[Person], codes: Iterable[str], *, at: datetime) -> dict[UUID, set[str]]:
    """Return which of ``codes`` each of ``people`` held at ``at``; one query."""
    keys = [person.pk for person in people]
    rows = Qualification.objects.filter(
        _in_force("valid_from", "valid_until", at), person__in=keys, code__in=list(codes)
    )
    held: dict[UUID, set[str]] = {key: set() for key in keys}
    for person, code in rows.values_list("person_id", "code"):
        held[person].add(code)
    return held


def _grants(acts: Iterable[str], use_case: UseCase, at: datetime) -> QuerySet[AuthorityGrant]:
    giving = {giver for act in acts for giver in GIVEN_BY.get(act, ())}
    scope = Q(use_case=use_case) | Q(unit__in=_units_above(use_case.unit_id)) | Q(use_case=None, unit=None)
    outside = _outside_engagement(at, Person.objects.filter(pk=OuterRef("person")))
    rows = AuthorityGrant.objects.filter(_in_force("valid_from", "valid_until", at), scope, act__in=giving)
    return rows.filter(~Exists(outside))


def _outside_engagement(at: datetime, people: QuerySet[Person]) -> QuerySet[Person]:
    """Of ``people``, the experts from outside whose time is not now."""
    engaged = Engagement.objects.filter(person=OuterRef("pk"))
    return people.filter(Exists(engaged), ~Exists(engaged.filter(since__lte=at, until__gt=at)))


def _in_force(start: str, end: str, at: datetime) -> Q:
    return Q(**{f"{start}__lte": at}) & (Q(**{end: None}) | Q(**{f"{end}__gt": at}))


def _units_above(unit: UUID) -> list[UUID]:
    """The unit and those it belongs to; one query, however deep."""
    parents = dict(Unit.objects.values_list("pk", "parent_id"))
    chain: list[UUID] = []
    current: UUID | None = unit
    while current is not None and current not in chain:
        chain.append(current)
        current = parents.get(current)
    return chain
