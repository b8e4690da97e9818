"""Backup and restore of the whole store: database, files, and (in a file of their own) the keys.

The threat model wants keys apart from what they protect: the data file holds no signing key and no data subject's
key, so that an old copy of it neither signs a second history nor brings back an erased subject. Both come from one
moment. A restored database is checked against its own tree before it opens, what was removed since is removed again
(:mod:`~audit.ledger.removed`), and a restored *older* state is told from the newest by what the key remembers.
"""

import base64
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction

from audit.ledger import keys, removed, sequencing
from audit.ledger.databases import store
from audit.ledger.errors import LedgerError
from audit.ledger.models import SignedCheckpoint, SubjectKey

FORMAT, KEYS_FORMAT = "custodes-backup/1", "custodes-keys/1"
DATA, MANIFEST, FILES = "database", "manifest.json", "files/"
BLOCK = 1 << 20


class BackupFailed(LedgerError):
    """Nothing was written; the message says what is missing."""

    code = "backup_failed"


class RestoreRefused(LedgerError):
    """Nothing was changed; the message says what would be right."""

    code = "restore_refused"


def backup(target: Path, *, keys_target: Path | None, at: datetime) -> dict[str, Any]:
    """Write the store to ``target`` and, when asked, the keys to ``keys_target``; return the manifest.

    Both files are readable by their owner alone and take their name once complete. Works beside running processes.
    Raises :class:`BackupFailed`.
    """
    for path in filter(None, (target, keys_target)):
        if path.exists():
            raise BackupFailed(f"{path} exists already; a backup never writes over a file.")
    removed.remember()
    if last := sequencing.latest_row():
        sequencing.remember(last.size, force=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        copy = Path(folder) / DATA
        subject_keys = {str(row.subject): _text(row.key) for row in SubjectKey.objects.all()} if keys_target else {}
        known = store().dump(copy)
        manifest = {
            "format": FORMAT,
            "origin": keys.origin(),
            "at": at.isoformat(),
            "database": {**known, "sha256": _digest(copy)},
            "keys": "in a file of their own" if keys_target else "not backed up",
        }
        with _private(target) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
            archive.write(copy, DATA)
            for path in _kept_files():
                archive.write(path, FILES + str(path.relative_to(_files_folder())))
    if keys_target:
        body = {"format": KEYS_FORMAT, "origin": keys.origin(), "files": _secrets(), "subject_keys": subject_keys}
        with _private(keys_target) as file:
            file.write(json.dumps(body, indent=1, sort_keys=True).encode())
    return manifest


def _kept_files() -> list[Path]:
    return sorted(path for path in _files_folder().rglob("*") if path.is_file())


def _files_folder() -> Path:
    return Path(settings.DATA_DIR) / "files"


def _secrets() -> dict[str, str]:
    """The ledger's key files by name, and the secret that signs sessions when it is a file of ours."""
    key = Path(settings.LEDGER_KEY_FILE)
    found = [path for path in key.parent.glob(f"{key.name}*") if path.is_file()]
    secret = Path(settings.SECRETS_DIR) / "secret_key"
    return {path.name: path.read_text() for path in sorted({*found, *([secret] if secret.exists() else [])})}


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """A new file with mode 0600 that gets its name when all of it is on disk."""
    draft = path.with_name(f".{path.name}.part")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _text(key: bytes | memoryview) -> str:
    return base64.b64encode(bytes(key)).decode()


def restore(source: Path, *, keys_source: Path | None, lists: list[Path]) -> dict[str, Any]:
    """Put a backup into an empty store, and remove again what was removed since; return what was found.

    ``lists`` are further files of removals than the one beside the key. The answer: ``size`` of the restored log,
    ``signed`` (the largest size this key is known to have signed), ``rolled_back``, ``payloads_removed_again``,
    ``outstanding`` (lines that an entry must still explain). Raises :class:`RestoreRefused`.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            if manifest.get("format") != FORMAT:
                raise RestoreRefused(f"{source.name} is no backup of this format ({FORMAT}).")
            secrets = _read_keys(keys_source, manifest["origin"])
            lines = [line for path in lists for line in removed.parse(path.read_text())]
            _place(archive, manifest)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise RestoreRefused(f"{source.name} cannot be read as a backup: {error}") from error
    if secrets:
        _install_keys(secrets)
    sequencing.forget()
    return _settle(manifest, lines)


def _read_keys(path: Path | None, origin: str) -> dict[str, Any] | None:
    if path is None:
        return None
    secrets: dict[str, Any] = json.loads(path.read_text())
    if secrets.get("format") != KEYS_FORMAT or secrets.get("origin") != origin:
        raise RestoreRefused(f"{path.name} does not hold the keys of {origin}.")
    own = Path(settings.LEDGER_KEY_FILE)
    if own.exists() and own.read_text().strip() != secrets["files"].get(own.name, "").strip():
        raise RestoreRefused(f"Another signing key lies at {own}: move it away, or restore without --keys.")
    return secrets


def _place(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """Check and load the database, then the files."""
    target = store()
    if manifest["database"]["vendor"] != target.vendor:
        raise RestoreRefused(
            f"This is a backup of {manifest['database']['vendor']}; the installation is set to {target.vendor}."
        )
    if reason := target.occupied():
        raise RestoreRefused(f"{reason} A restore never writes over a live store: give it an empty one.")
    Path(settings.DATA_DIR).mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix=".restore-") as folder:
        copy = Path(archive.extract(DATA, folder))
        if _digest(copy) != manifest["database"]["sha256"]:
            raise RestoreRefused("The database in this backup is not what was written: its digest differs.")
        target.load(copy)
    for name in archive.namelist():
        if name.startswith(FILES) and ".." not in Path(name).parts:
            path = _files_folder() / name.removeprefix(FILES)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(name))


def _install_keys(secrets: dict[str, Any]) -> None:
    """Give the log its keys again. A memory that already lies there and knows more is kept."""
    folder = Path(settings.LEDGER_KEY_FILE).parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, text in secrets["files"].items():
        path = folder / Path(name).name
        if not path.exists():
            keys.write_private(path, text.rstrip("\n"))
    keys.forget()
    with transaction.atomic():
        SubjectKey.objects.bulk_create(
            [
                SubjectKey(subject=subject, key=base64.b64decode(key))
                for subject, key in secrets["subject_keys"].items()
            ],
            ignore_conflicts=True,
        )


def _settle(manifest: dict[str, Any], lines: list[removed.Line]) -> dict[str, Any]:
    last = SignedCheckpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    todo = removed.outstanding({line.cause: line for line in (*removed.remembered(), *lines)}.values())
    gone = removed.replay(todo)
    signed = sequencing.remembered()
    return {
        "origin": manifest["origin"],
        "taken_at": manifest["at"],
        "size": last,
        "signed": signed,
        "rolled_back": signed > last,
        "payloads_removed_again": gone,
        "outstanding": todo,
    }
