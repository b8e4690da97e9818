"""Least privilege on PostgreSQL: the role the web and workers use may add evidence and read it, nothing more."""

import re
from typing import Any

from audit.ledger.errors import LedgerError

GRANTS = {
    "ledger_entry": "SELECT, INSERT",
    "ledger_leaf": "SELECT, INSERT",
    "ledger_checkpoint": "SELECT, INSERT",
    "ledger_anchor": "SELECT, INSERT",
    "ledger_removal": "SELECT, INSERT",
    "ledger_payload": "SELECT, INSERT, DELETE",  # the guard lets a deletion through only with leave
    "ledger_subject_key": "SELECT, INSERT, DELETE",
    "ledger_queue": "SELECT, INSERT, DELETE",
    "ledger_tile": "SELECT, INSERT, UPDATE",  # the guard lets a tile only grow
    "ledger_hold": "SELECT, INSERT, UPDATE",
}


class GrantFailed(LedgerError):
    """The grants could not be given; nothing was changed."""

    code = "grant_failed"


def statements(role: str, *, create: bool) -> list[str]:
    """Return the SQL that gives ``role`` what the platform needs; running it again changes nothing.

    Raises :class:`GrantFailed` for a name that is not a plain identifier.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", role):
        raise GrantFailed("A role is a plain lower-case name.", role=role)
    made = [f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE"] if create else []
    return [
        *made,
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"REVOKE ALL ON {', '.join(GRANTS)} FROM {role}",
        f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        *(f"GRANT {rights} ON {table} TO {role}" for table, rights in GRANTS.items()),
    ]


def grant(connection: Any, role: str) -> list[str]:
    """Run :func:`statements` as the owner and return them; raises :class:`GrantFailed`."""
    if connection.vendor != "postgresql":
        raise GrantFailed("SQLite has no roles: whoever can write the file can write anything.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [role])
        row = cursor.fetchone()
        if row and row[0]:
            raise GrantFailed(f"The role {role} is a superuser; no grant can bind it.", role=role)
        cursor.execute("SELECT current_user = %s", [role])
        if cursor.fetchone()[0]:
            raise GrantFailed("Run this as the owner of the tables (CUSTODES_OWNER_DATABASE_URL), not as the web role.")
        todo = statements(role, create=row is None)
        for statement in todo:
            cursor.execute(statement)
    return todo
