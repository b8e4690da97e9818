"""Permissions of single accounts on a use case or a unit: given with a reason, for a time, and withdrawn.

A duty brings its permission along (:mod:`governance.register.responsible`); what is given here stands beside it.
Nobody gives anything to themselves, and an administrator never gets group data.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm

from governance.access import Invalid, NotAllowed, may, may_on, record_change
from governance.models import UnitUserGrant, UseCase, UseCaseUserGrant, User

Grant = UseCaseUserGrant | UnitUserGrant
GROUP_DATA = "view_groups_usecase"
ON_USE_CASE = ("view_usecase", "review_usecase", "stop_usecase", "report_usecase", GROUP_DATA)
ON_UNIT = "view_unit"


def may_grant(actor: User, use_case: UseCase, code: str) -> bool:
    """Whether ``actor`` may give ``code`` on ``use_case``, which they can see.

    Who registers it gives what it needs; all of a unit, and group data, are given by roles alone.
    """
    if code == ON_UNIT:
        return may(actor, "register")
    if code == GROUP_DATA:
        return may(actor, "rights") and not actor.is_administrator
    return code in ON_USE_CASE and may_on(actor, "register", use_case)


def may_withdraw(actor: User, grant: Grant) -> bool:
    """Whether ``actor`` may take ``grant`` away: an administrator, and whoever may give it."""
    if actor.is_active and actor.is_administrator:
        return True
    if isinstance(grant, UnitUserGrant):
        return may(actor, "register")
    return may_grant(actor, grant.content_object, grant.permission.codename)


def grant_access(
    *, actor: User, at: datetime, use_case: UseCase, user: User, code: str, reason: str, until: datetime | None = None
) -> Grant:
    """Give ``user`` the permission ``code`` (of ``ON_USE_CASE``; ``ON_UNIT``: see every use case of its unit).

    Given again it is renewed. Raises :class:`NotAllowed`, and :class:`Invalid` with the field at fault.
    """
    _check(actor, at, use_case, user, code, reason, until)
    with transaction.atomic():
        current = UseCase.objects.select_for_update().select_related("unit").get(pk=use_case.pk)
        scope = current.unit if code == ON_UNIT else current
        rows: Any = (UnitUserGrant if code == ON_UNIT else UseCaseUserGrant).objects
        held = rows.filter(content_object=scope, user=user, permission__codename=code).first()
        before = _snapshot(held, code, scope) if held else None
        grant: Any = held or assign_perm(f"governance.{code}", user, scope)
        grant.reason, grant.until, grant.given_at, grant.given_by = reason.strip(), until, at, actor
        grant.save(update_fields=["reason", "until", "given_at", "given_by"])
        _record(actor, at, scope, "given", before, _snapshot(grant, code, scope))
    given: Grant = grant
    return given


def withdraw_access(*, actor: User, at: datetime, grant: Grant, reason: str) -> None:
    """Take ``grant`` away; a duty that brings the same permission must be ended instead."""
    if not may_withdraw(actor, grant):
        raise NotAllowed(_("Your roles do not allow this on this use case."))
    if not reason.strip():
        raise Invalid(_("Say why it is withdrawn."), field="reason")
    with transaction.atomic():
        scopes: Any = type(grant.content_object).objects
        scope = scopes.select_for_update().get(pk=grant.content_object_id)
        row: Any = type(grant).objects.select_related("permission", "user").filter(pk=grant.pk).first()
        if row is None:
            raise Invalid(_("This permission was withdrawn already."), field="grant")
        before = _snapshot(row, row.permission.codename, scope)
        if not row.by_duty:
            row.delete()
        elif row.reason:
            row.reason, row.until, row.given_at, row.given_by = "", None, None, None
            row.save(update_fields=["reason", "until", "given_at", "given_by"])
        else:
            raise Invalid(_("This comes with a duty; end the duty instead."), field="grant")
        _record(actor, at, scope, "withdrawn", before, {"reason": reason.strip()})


def _check(
    actor: User, at: datetime, use_case: UseCase, user: User, code: str, reason: str, until: datetime | None
) -> None:
    if not may_grant(actor, use_case, code):
        raise NotAllowed(_("Your roles do not allow this on this use case."))
    if actor.pk == user.pk:
        raise Invalid(_("Somebody else gives you permissions."), field="person")
    if not user.is_active:
        raise Invalid(_("The account is closed."), field="person")
    if code == GROUP_DATA and user.is_administrator:
        raise Invalid(_("An administrator cannot read group data."), field="code")
    if code == "review_usecase" and not may(user, "review"):
        raise Invalid(_("Reviewing also needs the role of a reviewer, which this account does not have."), field="code")
    if not reason.strip():
        raise Invalid(_("Say what it is needed for."), field="reason")
    if until is not None and until <= at:
        raise Invalid(_("It must end in the future."), field="until")


def _snapshot(grant: Any, code: str, scope: Any) -> dict[str, Any]:
    return {
        "account": {"id": str(grant.user_id), "name": grant.user.name},
        "permission": code,
        "scope": {"type": scope._meta.model_name, "id": str(scope.pk), "name": scope.name},
        "until": grant.until.isoformat() if grant.until else None,
        "reason": grant.reason,
        "by_duty": grant.by_duty,
    }


def _record(
    actor: User, at: datetime, scope: Any, what: str, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    record_change(
        actor=actor,
        at=at,
        action=f"access.grant.{what}",
        stream="access",
        obj=scope,
        before=before,
        after=after,
        simulated=getattr(scope, "simulated", False),
    )
