"""The condition that a use case was given to an account: as its owner, by a grant on it, or by a grant on its unit."""

from functools import cache
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import Group
from django.db.models import BooleanField, F, Func, QuerySet

from governance.models import (
    Person,
    UnitGroupGrant,
    UnitUserGrant,
    UseCaseGroupGrant,
    UseCaseUserGrant,
    User,
)

NOBODY: Final = UUID(int=0)


class Given(Func):
    """``column IN (what lets the user see it)``; ``column`` is ``unit``, ``owner`` or ``pk`` of a use case.

    The subquery does not look at the outer row: the database runs it once, however long the register is. Its text is
    the same for everybody and is written once a process: that was a third of Today's work.
    """

    output_field = BooleanField()

    def __init__(self, column: str, user: UUID) -> None:
        super().__init__(F(column))
        self.column, self.user = column, user

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, tuple[Any, ...]]:
        """Write ``column IN (...)`` and the values it names."""
        left, values = compiler.compile(self.source_expressions[0])
        nobody, user = (User._meta.pk.get_db_prep_value(each, connection) for each in (NOBODY, self.user))
        text, named = _written(self.column, connection.vendor)
        return f"{left} IN ({text})", (*values, *(user if value == nobody else value for value in named))


@cache
def _written(column: str, vendor: str) -> tuple[str, tuple[Any, ...]]:
    """SQL and values of :func:`_given`, with ``NOBODY`` in the user's place; ``vendor`` keeps the databases apart."""
    text, values = _given(column, NOBODY).query.sql_with_params()
    return text, tuple(values)


def _given(column: str, user: UUID) -> "QuerySet[Any]":
    groups = Group.objects.filter(user=user).values("pk")
    if column == "unit":
        alone = UnitUserGrant.objects.filter(UnitUserGrant.in_force(), user=user).values("content_object")
        return alone.union(UnitGroupGrant.objects.filter(group__in=groups).values("content_object"))
    if column == "pk":
        on_it = UseCaseUserGrant.objects.filter(UseCaseUserGrant.in_force(), user=user).values("content_object")
        return on_it.union(UseCaseGroupGrant.objects.filter(group__in=groups).values("content_object"))
    return Person.objects.filter(user=user).values("pk")
