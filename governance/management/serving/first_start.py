"""What an installation needs before its processes start."""

import hashlib
import socket
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from django.utils import timezone

from governance.access.first_administrator import is_empty, make_token


class NotReady(RuntimeError):
    """The installation cannot start like this; the message says what to do."""

    code = "not_ready"


def prepare_database() -> None:
    """Bring the database up to date; in production that is a step of the release, so only check there."""
    alias = "owner" if "owner" in settings.DATABASES else DEFAULT_DB_ALIAS
    waiting = _unapplied()
    if waiting and settings.PRODUCTION:
        raise NotReady(f"{waiting} migrations are not applied. Run “custodes migrate --database {alias}” first.")
    if waiting:
        call_command("migrate", database=alias, interactive=False, verbosity=0)
    connections.close_all()


def prepare_static_files() -> None:
    """Collect the static files when one changed since the last start; the container image brings its own."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if settings.PRODUCTION or not settings.STATIC_ROOT:
        return
    state = _static_state()
    if not stamp.exists() or stamp.read_text() != state:
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(state)


def _static_state() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            digest.update(f"{path}\0{storage.size(path)}\0{storage.get_modified_time(path)}\n".encode())
    return digest.hexdigest()


def require_free_port(host: str, port: int) -> None:
    """Raise :class:`NotReady` when something listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NotReady(f"{host}:{port} cannot be used ({error.strerror}). Choose another with --port.") from error


def setup_link(address: str) -> str | None:
    """Return the one-time link of an installation without an administrator, or None."""
    empty = is_empty()
    connections.close_all()
    return address + reverse("setup", args=[make_token(timezone.now())]) if empty else None


def _unapplied() -> int:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
