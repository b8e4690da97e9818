"""The log's name and signing key: files only the owner can read, made on first start."""

import os
import re
import secrets
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from audit.ledger.note import SigningKey, VerifierKey, check_name

_ORIGIN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9./:_-]{0,99}$")


class OriginMismatch(RuntimeError):
    """The configured origin is not the one the key was made for: going on would start a second history."""

    code = "ledger_origin_mismatch"


def origin() -> str:
    """Return the log's origin: the setting, or the name made on first start and kept beside the key."""
    return _origin(settings.LEDGER_ORIGIN, settings.LEDGER_KEY_FILE)


def signer() -> SigningKey:
    """Return the signing key; raises :class:`OriginMismatch` when it was made for another origin."""
    return _signer(origin(), settings.LEDGER_KEY_FILE)


def vkey() -> VerifierKey:
    """Return the verification key of the log, the one to hand out on paper."""
    return signer().verifier


def forget() -> None:
    """Read key and origin from their files again (after a rotation or restore)."""
    _origin.cache_clear()
    _signer.cache_clear()


@lru_cache(maxsize=8)
def _origin(configured: str, key_file: str | Path) -> str:
    name = configured or _read_or_create(origin_file(Path(key_file)), f"custodes-{secrets.token_hex(6)}.local")
    if not _ORIGIN.match(name):
        raise OriginMismatch("An origin is 1 to 100 of letters, digits and . / : _ - , like ledger.example.org/main.")
    return check_name(name)


def origin_file(key_file: Path) -> Path:
    """Return the file beside the key that keeps the origin."""
    return key_file.with_name(f"{key_file.name}.origin")


@lru_cache(maxsize=8)
def _signer(name: str, key_file: str | Path) -> SigningKey:
    path = Path(key_file)
    key = SigningKey.parse(_read_or_create(path, SigningKey(name, secrets.token_bytes(32)).to_text()))
    if key.name != name:
        raise OriginMismatch(
            f"The key in {path.name} signs for {key.name}, but this installation is configured as {name}. "
            "Set CUSTODES_LEDGER_ORIGIN to the name of the key, or give the key of this log."
        )
    return key


def _read_or_create(path: Path, text: str) -> str:
    """Return the file's text, making it (0600) when absent; of two processes starting at once both read the same."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = write_private(path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}"), text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


def write_private(path: Path, text: str) -> Path:
    """Write a new file with mode 0600, flushed to disk; raises ``FileExistsError``."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return path
