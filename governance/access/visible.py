"""Who may see what: one function per kind of object. Both doors use these; nothing else decides.

A use case is visible to a role that reads all, to its owner, and to whoever holds any grant on it
or on its unit. Grants are read through subqueries, never as id lists.
"""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from governance.access.granted import Given
from governance.access.roles import may, reads_all
from governance.models import (
    AISystem,
    Change,
    Committee,
    Membership,
    UseCase,
    UseCaseGroupGrant,
    UseCaseUserGrant,
    User,
)

Principal = User | AnonymousUser
OWNER_ACTS = frozenset({"register", "classify", "rights"})


def use_cases_visible_to(principal: Principal) -> QuerySet[UseCase]:
    """Return the use cases ``principal`` may see, as one query."""
    if not isinstance(principal, User) or not principal.is_active:
        return UseCase.objects.none()
    if reads_all(principal):
        return UseCase.objects.defer("search_text")
    # Units come first, because they let most rows through.
    given = [Q(Given(column, principal.pk)) for column in ("unit", "owner", "pk")]
    return UseCase.objects.defer("search_text").filter(given[0] | given[1] | given[2])


def systems_visible_to(principal: Principal) -> QuerySet[AISystem]:
    """Return the AI systems used by use cases ``principal`` may see."""
    if isinstance(principal, User) and principal.is_active and reads_all(principal):
        return AISystem.objects.all()
    return AISystem.objects.filter(use_cases__in=use_cases_visible_to(principal)).distinct()


def committees_visible_to(principal: Principal) -> QuerySet[Committee]:
    """Return the committees ``principal`` sits on or deputises for, or all for a role that reads all."""
    if not isinstance(principal, User) or not principal.is_active:
        return Committee.objects.none()
    if reads_all(principal):
        return Committee.objects.all()
    in_term = Q(term_until__isnull=True) | Q(term_until__gt=Now())
    mine = Q(person__user=principal) | Q(deputy__user=principal)
    seats = Membership.objects.filter(in_term, mine, committee=OuterRef("pk"))
    return Committee.objects.filter(Exists(seats))


def changes_visible_to(principal: Principal) -> QuerySet[Change]:
    """Return the changes of visible use cases, or all for a role that reads all."""
    if isinstance(principal, User) and principal.is_active and reads_all(principal):
        return Change.objects.all()
    return Change.objects.filter(object_id__in=use_cases_visible_to(principal).values("pk"))


def may_read_groups(principal: Principal, use_case: UseCase) -> bool:
    """Whether ``principal`` may see group figures of ``use_case``, in aggregate.

    An administrator may not: running the installation gives no right to protected data.
    """
    if not isinstance(principal, User) or not principal.is_active or principal.is_administrator:
        return False
    return reads_all(principal) or holds(principal, "view_groups_usecase", use_case)


def holds(principal: Principal, code: str, use_case: UseCase) -> bool:
    """Whether ``principal`` was given the permission ``code`` on ``use_case``, alone or with a group, and it runs."""
    if not isinstance(principal, User) or not principal.is_active:
        return False
    on_it = Q(content_object=use_case, permission__codename=code)
    return (
        UseCaseUserGrant.objects.filter(on_it, UseCaseUserGrant.in_force(), user=principal).exists()
        or UseCaseGroupGrant.objects.filter(on_it, group__in=principal.groups.all()).exists()
    )


def may_on(principal: Principal, act: str, use_case: UseCase) -> bool:
    """Whether ``principal`` may do ``act`` to ``use_case``, which they can see: by role, or as its owner.

    An owner registers, classifies and answers for their own use case; everything else needs a role.
    """
    if not isinstance(principal, User) or not principal.is_active:
        return False
    if may(principal, act):
        return True
    return act in OWNER_ACTS and use_case.owner.user_id == principal.pk


def may_read_reviewers(principal: Principal, use_case: UseCase) -> bool:
    """Whether ``principal`` may see figures about single reviewers of ``use_case``, which they can see.

    Only the lead of the reviewers may: reading everything, or running the installation, gives no such right.
    """
    if not isinstance(principal, User) or not principal.is_active or principal.is_administrator:
        return False
    return may(principal, "reviewers")
