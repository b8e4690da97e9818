"""The two databases as files: a consistent copy out, and a copy into an empty one."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import connections

from audit.ledger.errors import LedgerError

KEYS_TABLE = "ledger_subject_key"


class ToolMissing(LedgerError):
    """PostgreSQL is copied by its own programs, and they are not here or refused."""

    code = "database_tool_failed"


class Sqlite:
    """One file; copied through SQLite's online backup, so that writers may go on."""

    vendor = "sqlite"

    def __init__(self, settings: dict[str, Any]) -> None:
        self.path = Path(settings["NAME"])

    def occupied(self) -> str:
        """Return why nothing may be loaded here, empty when it may."""
        return f"{self.path} exists." if self.path.exists() and self.path.stat().st_size else ""

    def dump(self, target: Path) -> dict[str, Any]:
        """Copy the database without the subjects' keys; return what is in it."""
        here = f"file:{self.path}?mode=ro"
        with closing(sqlite3.connect(here, uri=True)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy, pages=4096)
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute("PRAGMA secure_delete=ON")
            copy.execute(f"DELETE FROM {KEYS_TABLE}")  # noqa: S608
            copy.commit()
            copy.execute("VACUUM")
            row = copy.execute("SELECT size, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1").fetchone()
        return {"vendor": self.vendor, "size": row[0] if row else 0, "checkpoint": row[1] if row else ""}

    def load(self, source: Path) -> None:
        """Put the copy in place."""
        connections["default"].close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, self.path)
        os.chmod(self.path, 0o600)
        for rest in ("-wal", "-shm"):
            self.path.with_name(self.path.name + rest).unlink(missing_ok=True)


_LIBPQ = ("host", "port", "user", "password", "service", "sslmode", "sslrootcert", "sslcert", "sslkey")


class Postgres:
    """A server; copied with its own ``pg_dump`` and ``pg_restore``."""

    vendor = "postgresql"

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings

    def occupied(self) -> str:
        """Return why nothing may be loaded here, empty when it may."""
        with connections[_owner()].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            count = cursor.fetchone()[0]
        return f"The database {self.settings['NAME']} holds {count} tables." if count else ""

    def dump(self, target: Path) -> dict[str, Any]:
        """Copy the database without the subjects' keys, in one snapshot; return what is in it at least."""
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT size, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")
            row = cursor.fetchone()
        self._run(
            "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--exclude-table-data={KEYS_TABLE}",
            f"--file={target}",
        )  # fmt: skip
        return {"vendor": self.vendor, "size": row[0] if row else 0, "checkpoint": row[1] if row else ""}

    def load(self, source: Path) -> None:
        """Load the copy as the owner; all of it or nothing."""
        self._run("pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
                  f"--dbname={self.settings['NAME']}", str(source))  # fmt: skip

    def _run(self, program: str, *words: str) -> None:
        known = self.settings
        names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
        given = {name: str(known[key]) for key, name in names.items() if known.get(key)}
        # What stands behind the question mark of the URL, such as the folder of a socket, is libpq's own words.
        options = known.get("OPTIONS", {})
        given |= {f"PG{key.upper()}": str(options[key]) for key in _LIBPQ if isinstance(options.get(key), str | int)}
        environment = {**os.environ, **given}
        if shutil.which(program) is None:
            raise ToolMissing(
                f"{program} is not installed: install PostgreSQL's client programs of the server's version "
                "(Debian: postgresql-client), or take the backup on the database host.",
                program=program,
            )
        done = subprocess.run([program, *words], env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ToolMissing(f"{program} failed: {done.stderr.strip()[:1000]}", program=program)


def _owner() -> str:
    return "owner" if "owner" in connections else "default"


def store() -> Sqlite | Postgres:
    """Return the database of this installation, as its owner reaches it."""
    known = connections[_owner()].settings_dict
    return Sqlite(known) if known["ENGINE"].endswith("sqlite3") else Postgres(known)
