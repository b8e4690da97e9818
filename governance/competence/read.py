"""Who holds what and who may do what at a moment: the questions a queue, a gate and a page ask."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.models import (
    Assignment,
    AuthorityGrant,
    Engagement,
    Membership,
    Person,
    Qualification,
    TrainingModule,
    Unit,
    UseCase,
)

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


@dataclass(frozen=True, slots=True)
class Awareness:
    """Somebody who decides on a committee or reviews, and whether they hold a training on bias; None: without end."""

    person: Person
    decides: bool
    reviews: bool
    held: bool
    until: datetime | None


def bias_awareness(*, at: datetime) -> list[Awareness]:
    """Return who decides or reviews at ``at`` and their training on bias, by name; four queries.

    Deputies decide too. Of several trainings the one that holds longest counts; an expert outside their engagement
    holds none.
    """
    seats = Membership.objects.filter(_in_force("term_from", "term_until", at)).values_list("person", "deputy")
    deciding = {key for pair in seats for key in pair if key is not None}
    duty = Assignment.objects.filter(duty=Assignment.Duty.REVIEWER, since__lte=at)
    reviewing = set(duty.filter(Q(until=None) | Q(until__gt=at)).values_list("person", flat=True))
    people = Person.objects.filter(pk__in=deciding | reviewing, left_at=None)
    outside = people.filter(pk=OuterRef("person"))
    rows = Qualification.objects.filter(
        _in_force("valid_from", "valid_until", at), ~Exists(_outside_engagement(at, outside)),
        person__in=people, code__in=TrainingModule.objects.filter(topic=TrainingModule.Topic.BIAS).values("code"),
    )  # fmt: skip
    held: dict[UUID, list[datetime | None]] = {}
    for person_id, until in rows.values_list("person", "valid_until"):
        held.setdefault(person_id, []).append(until)
    return [
        Awareness(
            person=person,
            decides=person.pk in deciding,
            reviews=person.pk in reviewing,
            held=person.pk in held,
            until=_longest(held.get(person.pk, [])),
        )
        for person in people.order_by("name", "ref")
    ]


def _longest(ends: list[datetime | None]) -> datetime | None:
    return None if None in ends else max((end for end in ends if end is not None), default=None)


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
