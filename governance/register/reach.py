"""Who reaches a use case and what an account reaches, each with what it rests on; a fixed number of queries."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from governance.access import ROLES, reads_all, use_cases_visible_to
from governance.models import UnitGroupGrant, UnitUserGrant, UseCase, UseCaseGroupGrant, UseCaseUserGrant, User


@dataclass(frozen=True, slots=True)
class RoleReach:
    """A role that reads every use case: who holds it (names up to a limit) and how many."""

    code: str
    holders: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Held:
    """One permission in force or ended. ``scope`` is ``use_case`` or ``unit``; a group has no ``grant``."""

    name: str
    code: str
    scope: str
    grant: UseCaseUserGrant | UnitUserGrant | None = None
    ended: bool = False


@dataclass(slots=True)
class Reached:
    """One use case an account reaches, and why: ``owner``, ``role``, or permissions."""

    use_case: UseCase
    owner: bool = False
    by_role: bool = False
    held: list[Held] = field(default_factory=list)


def roles_reaching(*, names: int = 12) -> list[RoleReach]:
    """Return the roles that see every use case, with their holders; one query."""
    wanted = [f"role:{role.code}" for role in ROLES.values() if role.reads_all]
    rows = User.objects.filter(is_active=True, groups__name__in=wanted).order_by("name", "pk")
    found: dict[str, list[str]] = {}
    for group, name in rows.values_list("groups__name", "name"):
        found.setdefault(group.removeprefix("role:"), []).append(name)
    codes = [role.code for role in ROLES.values() if role.reads_all]
    return [RoleReach(code, tuple(found.get(code, ())[:names]), len(found.get(code, ()))) for code in codes]


def held_on(use_case: UseCase, *, at: datetime) -> list[Held]:
    """Return every permission of an account or a group on ``use_case`` or its unit, accounts first; four queries."""
    users = [
        *_users(UseCaseUserGrant.objects.filter(content_object=use_case), "use_case", at),
        *_users(UnitUserGrant.objects.filter(content_object=use_case.unit_id), "unit", at),
    ]
    groups = [
        Held(row.group.name, row.permission.codename, scope)
        for rows, scope in (
            (UseCaseGroupGrant.objects.filter(content_object=use_case), "use_case"),
            (UnitGroupGrant.objects.filter(content_object=use_case.unit_id), "unit"),
        )
        for row in rows.select_related("group", "permission")
    ]
    return sorted(users, key=lambda each: (each.ended, each.name.casefold(), each.scope, each.code)) + groups


def _users(rows: "QuerySet[Any]", scope: str, at: datetime) -> list[Held]:
    scoped = "content_object__owner" if scope == "use_case" else "content_object"
    named = rows.filter(user__is_active=True).select_related("user", "permission", "given_by", scoped)
    return [
        Held(
            name=row.user.name,
            code=row.permission.codename,
            scope=scope,
            grant=row,
            ended=row.ended(at),
        )
        for row in named
    ]


def held_by(user: User, *, at: datetime) -> list[Held]:
    """Return every permission ``user`` was given alone, named by where it holds; two queries."""
    found = []
    for rows, scope in ((UseCaseUserGrant.objects, "use_case"), (UnitUserGrant.objects, "unit")):
        for row in rows.filter(user=user).select_related("permission", "given_by", "content_object"):
            found.append(Held(row.content_object.name, row.permission.codename, scope, row, row.ended(at)))
    return sorted(found, key=lambda each: (each.ended, each.name.casefold(), each.code))


def reached_by(user: User) -> "QuerySet[UseCase]":
    """Return the use cases ``user`` sees; of one who sees all, those that are theirs or granted to them."""
    seen = use_cases_visible_to(user).select_related("owner", "unit").order_by("ref")
    if not reads_all(user):
        return seen
    granted = UseCaseUserGrant.objects.filter(UseCaseUserGrant.in_force(), user=user)
    return seen.filter(Q(owner__user=user) | Q(pk__in=granted.values("content_object")))


def explain(user: User, use_cases: list[UseCase]) -> list[Reached]:
    """Return for each of ``use_cases`` what lets ``user`` see it; four queries for all of them."""
    by_role = reads_all(user)
    found = {
        case.pk: Reached(use_case=case, owner=case.owner.user_id == user.pk, by_role=by_role) for case in use_cases
    }
    groups = user.groups.all()
    direct = UseCaseUserGrant.objects.filter(UseCaseUserGrant.in_force(), user=user, content_object__in=use_cases)
    for row in direct.select_related("permission", "given_by"):
        found[row.content_object_id].held.append(Held(user.name, row.permission.codename, "use_case", row))
    shared = UseCaseGroupGrant.objects.filter(group__in=groups, content_object__in=use_cases)
    for each in shared.select_related("permission", "group"):
        found[each.content_object_id].held.append(Held(each.group.name, each.permission.codename, "use_case"))
    units: dict[Any, list[Held]] = {}
    on_units = UnitUserGrant.objects.filter(UnitUserGrant.in_force(), user=user)
    for one in on_units.select_related("permission", "given_by"):
        units.setdefault(one.content_object_id, []).append(Held(user.name, one.permission.codename, "unit", one))
    for other in UnitGroupGrant.objects.filter(group__in=groups).select_related("permission", "group"):
        units.setdefault(other.content_object_id, []).append(Held(other.group.name, other.permission.codename, "unit"))
    for reached in found.values():
        reached.held.extend(units.get(reached.use_case.unit_id, ()))
    return list(found.values())
