"""The roles an account can hold, as groups, and what each may do everywhere.

Roles are few and named by the work. Whoever is not named here gets what was granted on an object
(a use case, a unit, a committee), nothing else: deny first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from governance.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Role:
    """``reads_all``: sees every use case. ``acts``: verbs allowed on what is visible."""

    code: str
    label: "_StrPromise"
    reads_all: bool
    acts: frozenset[str]


ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        Role("committee", _("Committee member"), True, frozenset({"sign", "report", "vote", "handle", "waive"})),
        Role("legal", _("Legal"), True, frozenset({"classify", "report", "handle", "rights", "sign"})),
        Role("auditor", _("Auditor"), True, frozenset()),
        Role("registrar", _("Registrar"), True, frozenset({"register", "classify", "report", "handle", "rights"})),
        Role("reviewer", _("Reviewer"), False, frozenset({"review"})),
        Role("lead", _("Lead of reviewers"), False, frozenset({"reviewers"})),
        Role("integrator", _("Integrator"), False, frozenset({"keys"})),
    )
}


def assign_roles(*, user: User, codes: Iterable[str]) -> None:
    """Put ``user`` into the groups of the named roles; unknown names raise KeyError."""
    user.groups.set([Group.objects.get_or_create(name=f"role:{ROLES[code].code}")[0] for code in codes])


def roles_of(user: User) -> frozenset[str]:
    """Return the role codes of a signed-in user, one query, kept on the instance for the request."""
    held: frozenset[str] | None = getattr(user, "_custodes_roles", None)
    if held is None:
        names = user.groups.filter(name__startswith="role:").values_list("name", flat=True)
        held = frozenset(name.removeprefix("role:") for name in names)
        user._custodes_roles = held  # type: ignore[attr-defined]
    return held


def may(user: User, act: str) -> bool:
    """Whether a role of ``user`` allows ``act`` (on objects the user can see)."""
    return user.is_active and any(act in ROLES[code].acts for code in roles_of(user) if code in ROLES)


def reads_all(user: User) -> bool:
    """Whether a role of ``user`` sees every use case."""
    return user.is_active and any(ROLES[code].reads_all for code in roles_of(user) if code in ROLES)
