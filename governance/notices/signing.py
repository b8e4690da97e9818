"""Standard Webhooks: how a message is signed, and how secrets are kept.

https://github.com/standard-webhooks/standard-webhooks: ``webhook-id``, ``webhook-timestamp`` and
``webhook-signature`` (``v1,`` and the base64 HMAC-SHA256 of ``id.timestamp.body``; several, separated by spaces,
while a secret is being changed).
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PREFIX: Final = "whsec_"


class SecretLost(RuntimeError):
    """A stored secret cannot be opened: the installation's secret key is not the one it was sealed under."""

    code = "webhook_secret_lost"


def new_secret() -> str:
    """Return a fresh secret: ``whsec_`` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def seal(secret: str) -> str:
    """Encrypt ``secret`` under a key derived from the installation's secret key."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the secret; raises :class:`SecretLost`."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SecretLost(
            "The webhook's secret was sealed under another CUSTODES_SECRET_KEY; change the secret of the webhook."
        ) from None


def headers(*, message_id: str, body: bytes, at: datetime, secrets: Iterable[str]) -> dict[str, str]:
    """Return the three headers of a message signed with each of ``secrets``."""
    stamp = str(int(at.timestamp()))
    signatures = [sign(message_id=message_id, timestamp=stamp, body=body, secret=each) for each in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signatures),
    }


def sign(*, message_id: str, timestamp: str, body: bytes, secret: str) -> str:
    """Return one signature, ``v1,`` and base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _box() -> MultiFernet:
    keys = [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"custodes webhook secrets v1")
    return base64.urlsafe_b64encode(hkdf.derive(key.encode()))
