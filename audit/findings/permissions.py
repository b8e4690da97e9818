"""Who may do what about a finding. Whoever sees the use case sees it; auditors change nothing."""

from django.db.models import Q
from django.utils.translation import gettext as _

from audit.models import Finding
from governance.access import NotAllowed, may, may_read_groups, roles_of, use_cases_visible_to
from governance.models import UseCase, User


def may_handle(user: User, finding: Finding) -> bool:
    """Whether ``user`` may assign, judge, fix, close and reopen: a role, the use case's owner, the finding's owner."""
    if not user.is_active or "auditor" in roles_of(user):
        return False
    if not use_cases_visible_to(user).filter(pk=finding.use_case_id).exists() and not _is(user, finding.owner_id):
        return False
    return may(user, "handle") or _is(user, finding.use_case.owner_id) or _is(user, finding.owner_id)


def handled_by(user: User) -> Q:
    """The condition on findings that :func:`may_handle` asks of one, for many."""
    if not user.is_active or "auditor" in roles_of(user):
        return Q(pk__in=[])
    seen = Q(use_case__in=use_cases_visible_to(user))
    mine = getattr(user, "person", None)
    if mine is None:
        return seen if may(user, "handle") else Q(pk__in=[])
    return (seen if may(user, "handle") else seen & Q(use_case__owner=mine)) | Q(owner=mine)


def may_waive(user: User, finding: Finding) -> bool:
    """Whether ``user`` may waive: members of a committee, and nobody what is their own."""
    owners = (finding.owner_id, finding.use_case.owner_id)
    return may(user, "waive") and may_handle(user, finding) and not any(_is(user, owner) for owner in owners)


def check_may_handle(user: User, finding: Finding) -> None:
    """Raise :class:`NotAllowed` unless ``user`` may handle the finding."""
    if not may_handle(user, finding):
        raise NotAllowed(
            _("A finding is handled by its owner, the owner of the use case, legal, the registrar or the committee.")
        )


def check_may_waive(user: User, finding: Finding) -> None:
    """Raise :class:`NotAllowed` unless ``user`` may waive the finding."""
    if not may_waive(user, finding):
        raise NotAllowed(_("A finding is waived by a member of the committee who owns neither it nor the use case."))


def may_see_figures(user: User, use_case: UseCase) -> bool:
    """Whether ``user`` may see figures of groups that stand in a finding's explanation."""
    return may_read_groups(user, use_case)


def _is(user: User, person: object) -> bool:
    mine = getattr(user, "person", None)
    return mine is not None and mine.pk == person
