"""Start-up checks: are the database guards on, and is this process unable to take them off?"""

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error
from django.db import connections

from audit.ledger import guards


def database_guards(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Django system check; runs with ``check --database default``, ``migrate`` and ``custodes doctor``."""
    messages: list[CheckMessage] = []
    for alias in databases or ():
        if alias == "owner":
            continue
        connection = connections[alias]
        if not set(guards.GUARDED) <= set(connection.introspection.table_names()):
            continue  # not migrated yet
        for finding in missing_guards(connection):
            messages.append(Error(finding, hint="Run `custodes migrate`.", id="ledger.E001"))
        for finding in open_doors(connection):
            messages.append(
                checks.Warning(f"guards off: {finding}", hint="Run `custodes ledger grant`.", id="ledger.W001")
            )
    return messages


def missing_guards(connection: Any) -> list[str]:
    """Return one sentence per guard that is absent or disabled."""
    absent = set(guards.expected(connection)) - guards.installed(connection)
    return [f"The database guard {name} is not in place." for name in sorted(absent)]


def open_doors(connection: Any) -> list[str]:
    """Return why this database role could take the guards off; empty when it could not.

    SQLite has no roles: whoever can write the file can do anything, which only outside checkpoints answer.
    """
    if connection.vendor != "postgresql":
        return ["SQLite has no roles; the guards stop mistakes, not the owner of the file."]
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        found = ["The web role is a superuser."] if cursor.fetchone()[0] else []
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relnamespace = current_schema()::regnamespace "
            "AND pg_has_role(current_user, relowner, 'USAGE')",
            [list(guards.GUARDED)],
        )
        owned = sorted(row[0] for row in cursor.fetchall())
    return [*found, *([f"The web role owns {', '.join(owned)}."] if owned and not found else [])]


def state(connection: Any) -> dict[str, Any]:
    """Return ``{"guards": "on" | "off", "findings": [...]}`` for reports and pages."""
    findings = [*missing_guards(connection), *open_doors(connection)]
    return {"guards": "off" if findings else "on", "findings": findings}
