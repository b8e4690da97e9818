"""Accounts: invite, choose a password, give roles, take the second factor off. Only an administrator does this."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import ROLES, Invalid, NotAllowed, assign_roles, record_change, roles_of
from governance.access.links import link_path, user_of
from governance.models import Person, Unit, User
from governance.register.people import name_person


def invite(
    *,
    actor: User,
    at: datetime,
    email: str,
    name: str,
    roles: Sequence[str] = (),
    function: str = "",
    unit: Unit | None = None,
    person: Person | None = None,
    administrator: bool = False,
) -> tuple[User, str]:
    """Make an account that cannot sign in yet; the second value is the path of its one-time link.

    ``person`` is somebody the register knows already; otherwise one is named. A reviewer gets a pseudonym.
    """
    only_administrators(actor)
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="email") from error
    if User.objects.filter(email__iexact=address).exists():
        raise Invalid(_("An account with this e-mail address exists."), field="email")
    if not name.strip():
        raise Invalid(_("An account needs the person's name."), field="name")
    _known(roles)
    if person is not None and person.user_id is not None:
        raise Invalid(_("This person has an account already."), field="person")
    with transaction.atomic():
        user = User.objects.create_user(address, None, name=name.strip(), is_administrator=administrator)
        assign_roles(user=user, codes=roles)
        owner = person or name_person(actor=actor, at=at, name=name, function=function, unit=unit)
        owner.user = user
        if "reviewer" in roles and not owner.pseudonym:
            owner.pseudonym = f"r-{secrets.token_hex(4)}"
        owner.save(update_fields=["user", "pseudonym"])
        after = {"email": address, "name": user.name, "roles": sorted(roles), "administrator": administrator}
        _record(actor, at, user, "invited", before=None, after=after)
    return user, link_path(user)


def choose_password(*, at: datetime, uid: str, token: str, password: str) -> User:
    """Take a password through a one-time link; the link is dead afterwards, and so is every open session."""
    user = user_of(uid, token)
    if user is None:
        raise NotAllowed(_("The link was used, or it is older than three days. Ask the administrator for a new one."))
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        _record(user, at, user, "password_chosen", before=None, after={})
    return user


def new_link(*, actor: User, at: datetime, user: User) -> str:
    """Make a one-time link for an account whose password is lost; the old password no longer works."""
    only_administrators(actor)
    if not user.is_active:
        raise Invalid(_("The account is closed; open it again first."), field="user")
    with transaction.atomic():
        user.set_unusable_password()
        user.save(update_fields=["password"])
        _record(actor, at, user, "link_made", before=None, after={})
    return link_path(user)


def drop_second_factor(*, actor: User, at: datetime, user: User) -> int:
    """Take TOTP, passkeys and recovery codes off an account whose device is lost; return how many there were."""
    only_administrators(actor)
    if actor.pk == user.pk:
        raise NotAllowed(_("Another administrator does this for you."))
    with transaction.atomic():
        number, _per_model = Authenticator.objects.filter(user=user).delete()
        _record(actor, at, user, "second_factor_dropped", before=None, after={"authenticators": number})
    return int(number)


def change_roles(
    *, actor: User, at: datetime, user: User, roles: Sequence[str], administrator: bool | None = None
) -> User:
    """Give exactly these roles. The last administrator stays one."""
    only_administrators(actor)
    _known(roles)
    with transaction.atomic():
        current = User.objects.select_for_update().get(pk=user.pk)
        before = _access(current)
        if administrator is False and current.is_administrator:
            refuse_last_administrator(current)
        if administrator is not None:
            current.is_administrator = administrator
            current.save(update_fields=["is_administrator"])
        assign_roles(user=current, codes=roles)
        current = User.objects.get(pk=user.pk)
        after = _access(current)
        if after != before:
            _record(actor, at, current, "roles_changed", before=before, after=after)
    return current


def reopen(*, actor: User, at: datetime, user: User) -> str:
    """Open a closed account again, without roles; return the path of a one-time link."""
    only_administrators(actor)
    with transaction.atomic():
        user.is_active = True
        user.set_unusable_password()
        user.save(update_fields=["is_active", "password"])
        Person.objects.filter(user=user).update(left_at=None)
        _record(actor, at, user, "reopened", before={"active": False}, after={"active": True})
    return link_path(user)


def only_administrators(actor: User) -> None:
    """Raise :class:`NotAllowed` for everybody else."""
    if not actor.is_active or not actor.is_administrator:
        raise NotAllowed(_("Accounts are the administrator's."))


def refuse_last_administrator(user: User) -> None:
    """Raise when nobody would be left who may make accounts."""
    others = User.objects.filter(is_administrator=True, is_active=True).exclude(pk=user.pk)
    if not others.exists():
        raise Invalid(_("This is the last administrator; make another one first."), field="administrator")


def _access(user: User) -> dict[str, Any]:
    return {"roles": sorted(roles_of(user)), "administrator": user.is_administrator}


def _known(roles: Sequence[str]) -> None:
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        raise Invalid(_("Roles are: %(known)s.") % {"known": ", ".join(ROLES)}, field="roles", unknown=unknown)


def _record(
    actor: User, at: datetime, user: User, what: str, *, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    record_change(
        actor=actor, at=at, action=f"access.account.{what}", stream="access", obj=user, before=before, after=after
    )
