"""Database guards: triggers that refuse to change evidence.

They are tripwires, not proof: an owner or superuser can take them off. What stands against that is the signed
checkpoint outside the house. On PostgreSQL they are joined by roles (``custodes ledger grant``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

APPEND_ONLY = ("ledger_entry", "ledger_leaf", "ledger_checkpoint", "ledger_anchor", "ledger_removal")
KEYS = {
    "ledger_entry": "id",
    "ledger_leaf": "idx",
    "ledger_checkpoint": "size",
    "ledger_anchor": "id",
    "ledger_removal": "entry_id",
    "ledger_payload": "entry_id",
    "ledger_tile": "id",
}
GUARDED = tuple(KEYS)
TILE_GROWS = "NEW.id = OLD.id AND NEW.width > OLD.width AND OLD.width < 256"


def sqlite_guards() -> dict[str, str]:
    """Return trigger name to SQL.

    ``INSERT OR REPLACE`` deletes without firing delete triggers unless ``recursive_triggers`` is on, which is a
    setting of each connection; the insert guard refuses it either way.
    """
    guards: dict[str, str] = {}

    def guard(name: str, event: str, condition: str, message: str) -> None:
        when = f" WHEN {condition}" if condition else ""
        guards[name] = f"CREATE TRIGGER {name} BEFORE {event}{when} BEGIN SELECT RAISE(ABORT, '{message}'); END"

    for table in APPEND_ONLY:
        guard(f"{table}_no_update", f"UPDATE ON {table}", "", f"{table} is append-only")
        guard(f"{table}_no_delete", f"DELETE ON {table}", "", f"{table} is append-only")
    for table, key in KEYS.items():
        shrunk = ""
        if table == "ledger_tile":
            shrunk = " AND NOT (NEW.width > width AND width < 256 AND substr(NEW.hashes, 1, length(hashes)) = hashes)"
        taken = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}{shrunk})"  # noqa: S608
        guard(f"{table}_no_replace", f"INSERT ON {table}", taken, f"{table} is append-only: that row exists")
    guard("ledger_payload_no_update", "UPDATE ON ledger_payload", "", "a payload never changes")
    unexplained = "NOT EXISTS (SELECT 1 FROM ledger_removal WHERE entry_id = OLD.entry_id)"
    guard("ledger_payload_no_delete", "DELETE ON ledger_payload", unexplained, "no entry allows this removal")
    prefix = "substr(NEW.hashes, 1, length(OLD.hashes)) = OLD.hashes"
    guard("ledger_tile_only_grows", "UPDATE ON ledger_tile", f"NOT ({TILE_GROWS} AND {prefix})", "a tile only grows")
    guard("ledger_tile_no_delete", "DELETE ON ledger_tile", "", "a tile only grows")
    return guards


def postgres_guards() -> dict[str, str]:
    """Return trigger name to SQL; the functions they call are in :func:`postgres_functions`."""
    guards = {}
    for table in APPEND_ONLY:
        guards[f"{table}_append_only"] = (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        )
    for table in ("ledger_payload", "ledger_tile"):
        guards[f"{table}_no_truncate"] = (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        )
    guards["ledger_payload_fixed"] = (
        "CREATE TRIGGER ledger_payload_fixed BEFORE UPDATE OR DELETE ON ledger_payload "
        "FOR EACH ROW EXECUTE FUNCTION ledger_guard_payload()"
    )
    guards["ledger_tile_only_grows"] = (
        "CREATE TRIGGER ledger_tile_only_grows BEFORE UPDATE OR DELETE ON ledger_tile "
        "FOR EACH ROW EXECUTE FUNCTION ledger_guard_tile()"
    )
    return guards


def postgres_functions() -> list[str]:
    """Return the functions of the guards."""
    return [
        """CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END $$""",
        """CREATE OR REPLACE FUNCTION ledger_guard_payload() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM ledger_removal WHERE entry_id = OLD.entry_id) THEN
            RETURN OLD;
          END IF;
          RAISE EXCEPTION 'no entry allows this change of a payload' USING ERRCODE = 'insufficient_privilege';
        END $$""",
        f"""CREATE OR REPLACE FUNCTION ledger_guard_tile() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'UPDATE' AND {TILE_GROWS}
             AND substring(NEW.hashes FROM 1 FOR length(OLD.hashes)) = OLD.hashes THEN
            RETURN NEW;
          END IF;
          RAISE EXCEPTION 'a tile only grows' USING ERRCODE = 'insufficient_privilege';
        END $$""",
    ]


def install(connection: Any) -> None:
    """Put the guards on; a second call changes nothing."""
    present = installed(connection)
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if postgres:
            for function in postgres_functions():
                cursor.execute(function)
        for name, statement in (postgres_guards() if postgres else sqlite_guards()).items():
            if name not in present:
                cursor.execute(statement)


def remove(connection: Any) -> None:
    """Take the guards off: for tests that empty the database, and for migrations that rebuild a table."""
    with connection.cursor() as cursor:
        for name in installed(connection):
            if connection.vendor == "postgresql":
                table = next(table for table in GUARDED if name.startswith(table))
                cursor.execute(f"DROP TRIGGER {name} ON {table}")
            else:
                cursor.execute(f"DROP TRIGGER {name}")


def installed(connection: Any) -> set[str]:
    """Return the names of the guards that are present and enabled."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
                "WHERE NOT tgisinternal AND tgenabled <> 'D' AND relname = ANY(%s) "
                "AND relnamespace = current_schema()::regnamespace",
                [list(GUARDED)],
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'ledger_%'")
        return {row[0] for row in cursor.fetchall()} & set(expected(connection))


def expected(connection: Any) -> dict[str, str]:
    """Return the guards this database should have."""
    return postgres_guards() if connection.vendor == "postgresql" else sqlite_guards()


@contextmanager
def lifted(connection: Any) -> Iterator[None]:
    """Run a block without guards and put them back."""
    remove(connection)
    try:
        yield
    finally:
        install(connection)
