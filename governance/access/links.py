"""One-time links: to choose a first password, or a new one. A link dies with its use, and after three days."""

from typing import Any
from uuid import UUID

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from governance.models import User


class WelcomeTokens(PasswordResetTokenGenerator):
    """The token covers the password's hash and the last sign-in: whoever used it, or signed in since, ends it."""

    key_salt = "custodes.welcome"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.is_active}"


tokens = WelcomeTokens()


def link_path(user: User) -> str:
    """The path of a new one-time link for ``user``."""
    return f"/welcome/{user.pk.hex}/{tokens.make_token(user)}/"


def user_of(uid: str, token: str) -> User | None:
    """The active user a link is for, or None where it is forged, used or too old."""
    try:
        user = User.objects.filter(pk=UUID(hex=uid), is_active=True).first()
    except ValueError:
        return None
    return user if user is not None and tokens.check_token(user, token) else None
