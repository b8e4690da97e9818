"""The first administrator of an empty installation: a signed link that works once."""

from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from governance.access.errors import DomainError, Invalid
from governance.access.trail import record_change
from governance.models import ReferenceCounter, User

SALT = "custodes.first-administrator"
VALID_FOR = timedelta(hours=24)


class LinkNotValid(DomainError):
    """The link is forged, too old, or there is an administrator already."""

    code = "setup_link_not_valid"


def is_empty() -> bool:
    """Whether the installation has no administrator yet."""
    return not User.objects.filter(is_administrator=True).exists()


def make_token(at: datetime) -> str:
    """Return the token of a link that is good for a day, or until somebody used one."""
    return signing.dumps(int(at.timestamp()), salt=SALT)


def check_token(token: str, at: datetime) -> None:
    """Raise :class:`LinkNotValid` unless ``token`` may still make the first administrator."""
    try:
        made = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        made = None
    fresh = isinstance(made, int) and 0 <= at.timestamp() - made + 1 <= VALID_FOR.total_seconds()
    if not fresh or not is_empty():
        raise LinkNotValid(
            _(
                "It worked once, or it is too old. "
                "On an installation without an administrator, “custodes up” prints a new one."
            )
        )


def create_first_administrator(*, token: str, email: str, name: str, password: str, at: datetime) -> User:
    """Make the first administrator; raises :class:`LinkNotValid` and :class:`Invalid`."""
    with transaction.atomic():
        # Holds the row until commit: of two people with the link at once, the second finds it used.
        ReferenceCounter.objects.get_or_create(prefix="SETUP")
        ReferenceCounter.objects.filter(prefix="SETUP").update(last=F("last") + 1)
        check_token(token, at)
        user = User(email=email.strip().lower(), name=name.strip(), is_administrator=True)
        _check(user, password)
        user.set_password(password)
        user.save()
        record_change(
            actor=user,
            at=at,
            action="access.administrator.first",
            obj=user,
            before=None,
            after={"name": user.name, "email": user.email},
        )
    return user


def _check(user: User, password: str) -> None:
    if not user.name:
        raise Invalid(_("Enter your name."), field="name")
    try:
        validate_email(user.email)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="email") from error
    if User.objects.filter(email__iexact=user.email).exists():
        raise Invalid(_("An account with this e-mail address exists."), field="email")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error
