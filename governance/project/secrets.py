"""Secrets are made on first start and kept in files only the owner can read.

Nothing secret stands in the source tree, and a secret that is known to the public is refused.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

KNOWN_SECRETS = frozenset({"", "changeme", "secret", "insecure", "django-insecure", "test", "password"})


class WeakSecret(RuntimeError):
    """A secret is missing, short or publicly known."""

    code = "weak_secret"


def read_or_create(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """Return the secret in ``path``, making it (mode 0600) when the file does not exist.

    Two processes may start at once on an empty folder: the file is linked into place, so that both
    end up with the same secret and neither reads half of one.
    """
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(make() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


def require_strong(value: str, *, name: str) -> str:
    """Return ``value``, or raise :class:`WeakSecret` when it is known or shorter than 32 characters."""
    if value.lower() in KNOWN_SECRETS or len(value) < 32:
        raise WeakSecret(f"{name} must be at least 32 characters and not a published example value.")
    return value
