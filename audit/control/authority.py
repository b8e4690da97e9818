"""Who may stop a use case, and who may lift what somebody stopped.

Anyone with authority may stop, alone and at once. Lifting a stop needs a rank at least equal to the one that made it.
"""

from typing import Final

from django.utils.translation import gettext as _

from governance.access import NotAllowed, holds, reads_all
from governance.access.roles import may
from governance.models import UseCase, User

COMMITTEE: Final = "committee"
OWNER: Final = "owner"
GRANT: Final = "grant"
RANK: Final = {"": 0, GRANT: 1, OWNER: 2, COMMITTEE: 3}


class NoAuthority(NotAllowed):
    """The account holds no authority to intervene, or less than the one that did."""

    code = "no_authority"


def authority_of(user: User, use_case: UseCase) -> str:
    """Return the highest authority ``user`` holds over ``use_case``: committee, owner, grant, or "" for none."""
    if not user.is_active:
        return ""
    if may(user, "vote") and reads_all(user):
        return COMMITTEE
    if use_case.owner.user_id == user.pk:
        return OWNER
    return GRANT if holds(user, "stop_usecase", use_case) else ""


def need_authority(user: User, use_case: UseCase, *, at_least: str = GRANT) -> str:
    """Return the authority of ``user``; raises :class:`NoAuthority` when it is less than ``at_least``."""
    held = authority_of(user, use_case)
    if RANK[held] < RANK[at_least]:
        raise NoAuthority(
            _("Ask somebody with the authority to do this: the owner, the committee, or who was given it."),
            needed=at_least,
            held=held,
        )
    return held
