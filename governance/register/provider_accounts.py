"""Accounts for people a sign-in provider vouches for: which account somebody may use, or why none.

Deny first. An account is found by the provider's own subject, never by a name. Before the first time only a verified
e-mail address leads to an account: one that was invited under it, or, of a domain the organisation named, a new one
without any role. An account belongs to one subject; an address that somebody else was given later opens nothing.

Some providers of an organisation's own, Microsoft Entra ID among them, never say whether an address is verified. Where
the organisation says it runs the provider, an address of its own domains leads to an invitation nobody has used yet,
and to nothing else: who can write any address into a profile elsewhere ("nOAuth") gets no account that is in use.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import DomainError, Invalid, assign_roles, record_change, roles_of
from governance.models import Person, User
from governance.register.accounts import only_administrators
from governance.register.people import name_person

PROVIDER = "oidc"


class ProviderRefused(DomainError):
    """The provider says who it is, but no account here is theirs; ``data['reason']`` is for the log."""

    code = "provider_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the provider says signed in; every value comes from checked claims."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    email_unsaid: bool = False  # nothing was said about the address, neither yes nor no
    name: str
    claims: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> "Identity":
        """Read the claims of OpenID Connect Core 1.0, 5.1; only a literal ``true`` verifies an address."""
        email, name = claims.get("email"), claims.get("name")
        return cls(
            issuer=str(claims["iss"]),
            subject=str(claims["sub"]),
            email=email.strip().lower() if isinstance(email, str) else "",
            email_verified=claims.get("email_verified") is True,
            email_unsaid=claims.get("email_verified") is None,
            name=name.strip()[:200] if isinstance(name, str) else "",
            claims=claims,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms the provider's people get in.

    ``domains``: who is of one gets an account without being invited. ``trusted``: whose addresses lead to an open
    invitation though the provider says nothing about them; ``tenant``: the id every such token must name. ``claim``:
    name and value that must be there, for
    everybody. ``roles``: group to role; where given, groups decide the roles at each sign-in.
    """

    domains: frozenset[str] = frozenset()
    trusted: frozenset[str] = frozenset()
    tenant: str = ""
    claim: tuple[str, str] = ("", "")
    groups_claim: str = "groups"
    roles: Mapping[str, str] = field(default_factory=dict)


def link_key(issuer: str, subject: str) -> str:
    """Return what a link is kept under: a subject means something only together with its issuer (Core 1.0, 2)."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()


def arrive(*, at: datetime, identity: Identity, terms: Terms) -> SocialAccount:
    """Return the link of ``identity`` to its account, made now where it is new; raises :class:`ProviderRefused`."""
    name, value = terms.claim
    if name and value not in _texts(identity.claims.get(name)):
        raise _refused("claim", _("Your organisation's provider does not name you for this application."))
    with transaction.atomic():
        key = link_key(identity.issuer, identity.subject)
        link = SocialAccount.objects.select_related("user").filter(provider=PROVIDER, uid=key).first()
        if link is None:
            link = _link(at, identity, _account_of(at, identity, terms), key)
        if not link.user.is_active:
            raise _refused("closed", _("This account is closed."))
        if terms.roles:
            _follow_groups(at, link.user, identity, terms)
    return link


def unlink(*, actor: User, at: datetime, user: User) -> int:
    """Take the link to the provider off an account, so that the next verified sign-in may make a new one."""
    only_administrators(actor)
    with transaction.atomic():
        number, _per_model = SocialAccount.objects.filter(user=user, provider=PROVIDER).delete()
        if not number:
            raise Invalid(_("This account is not linked to a provider."), field="user")
        _record(actor, at, user, "unlinked", before={"provider": PROVIDER}, after={})
    return int(number)


def is_linked(user: User) -> bool:
    """Whether ``user`` has signed in through the provider before."""
    return SocialAccount.objects.filter(user=user, provider=PROVIDER).exists()


def _account_of(at: datetime, identity: Identity, terms: Terms) -> User:
    """The account a first sign-in leads to."""
    believed = identity.email_verified or _of_the_house(identity, terms)
    if not identity.email or not believed:
        raise _refused("unverified", _("The provider does not vouch for your e-mail address."))
    user = User.objects.select_for_update().filter(email__iexact=identity.email).first()
    if not identity.email_verified and (user is None or not _awaited(user)):
        raise _refused("not_awaited", _("No open invitation waits for this address; ask the administrator."))
    if user is None:
        return _new_account(at, identity, terms)
    if is_linked(user):
        raise _refused("linked", _("This account belongs to another sign-in of the provider; ask the administrator."))
    return user


def _of_the_house(identity: Identity, terms: Terms) -> bool:
    """Whether the organisation answers for an address of which its provider says nothing."""
    claims = identity.claims
    guest = claims.get("acct") in {1, "1"} or claims.get("idp") not in {None, identity.issuer}
    foreign = str(claims.get("tid", "")).lower() != terms.tenant
    disowned = "xms_edov" in claims and claims["xms_edov"] not in {True, "1", "true"}
    return (
        identity.email_unsaid
        and identity.email.rpartition("@")[2] in terms.trusted
        and not (guest or foreign or disowned)
    )


def _awaited(user: User) -> bool:
    """Whether ``user`` was invited and has never signed in, by whatever door."""
    return user.is_active and user.last_login is None and not user.has_usable_password()


def _new_account(at: datetime, identity: Identity, terms: Terms) -> User:
    if identity.email.rpartition("@")[2] not in terms.domains:
        raise _refused("not_invited", _("Nobody has invited you yet; ask the administrator."))
    try:
        validate_email(identity.email)
    except ValidationError:
        raise _refused("address", _("The provider does not vouch for your e-mail address.")) from None
    name = identity.name or identity.email.partition("@")[0]
    user = User.objects.create_user(identity.email, None, name=name)
    person = name_person(actor=user, at=at, name=name)
    Person.objects.filter(pk=person.pk).update(user=user)
    _record(user, at, user, "arrived", before=None, after={"email": user.email, "name": name, "roles": []})
    return user


def _link(at: datetime, identity: Identity, user: User, key: str) -> SocialAccount:
    extra = {"iss": identity.issuer, "sub": identity.subject}
    link = SocialAccount.objects.create(user=user, provider=PROVIDER, uid=key, extra_data=extra)
    _record(user, at, user, "linked", before=None, after={"provider": PROVIDER, "issuer": identity.issuer})
    return link


def _follow_groups(at: datetime, user: User, identity: Identity, terms: Terms) -> None:
    groups = _texts(identity.claims.get(terms.groups_claim))
    before, after = roles_of(user), frozenset(role for group, role in terms.roles.items() if group in groups)
    if before != after:
        assign_roles(user=user, codes=after)
        _record(user, at, user, "roles_by_groups", before={"roles": sorted(before)}, after={"roles": sorted(after)})


def _texts(value: object) -> frozenset[str]:
    """A claim as a set of texts; a claim may be one value or a list."""
    return frozenset(str(each) for each in (value if isinstance(value, list) else [value]) if each is not None)


def _refused(reason: str, message: str) -> ProviderRefused:
    return ProviderRefused(message, reason=reason)


def _record(
    actor: User, at: datetime, user: User, what: str, *, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    record_change(
        actor=actor, at=at, action=f"access.account.{what}", stream="access", obj=user, before=before, after=after
    )
