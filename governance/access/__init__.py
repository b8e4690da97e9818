"""Access: roles, grants and who may see what. Both doors ask here and nowhere else."""

from governance.access.errors import BackDating, DomainError, Invalid, NotAllowed
from governance.access.roles import ROLES, assign_roles, may, reads_all, roles_of
from governance.access.trail import record_change
from governance.access.visible import (
    changes_visible_to,
    committees_visible_to,
    holds,
    may_on,
    may_read_groups,
    may_read_reviewers,
    systems_visible_to,
    use_cases_visible_to,
)

__all__ = [
    "ROLES",
    "BackDating",
    "DomainError",
    "Invalid",
    "NotAllowed",
    "assign_roles",
    "changes_visible_to",
    "committees_visible_to",
    "holds",
    "may",
    "may_on",
    "may_read_groups",
    "may_read_reviewers",
    "reads_all",
    "record_change",
    "roles_of",
    "systems_visible_to",
    "use_cases_visible_to",
]
