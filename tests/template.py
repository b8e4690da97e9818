"""The migrated test database, made once per state of the migrations and then copied: migrating takes seconds each time.

The copy is what ``migrate`` left behind, triggers and all; a changed migration, a changed Django or another
version of Python makes a new one. On SQLite it is a file, on PostgreSQL a template database of the server.
"""

import hashlib
import os
import platform
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Let the test database be a copy of the one migrated before."""
    from django.core import management
    from django.db import connection

    template = (_File if connection.vendor == "sqlite" else _Server)(connection, _state())
    create, call = connection.creation.create_test_db, management.call_command

    def create_test_db(*args: Any, **options: Any) -> Any:
        management.call_command = prepare
        template.before()
        try:
            return create(*args, **options)
        finally:
            management.call_command = call

    def prepare(name: str, *args: Any, **options: Any) -> Any:
        if name != "migrate":
            return call(name, *args, **options)
        if template.copied():
            return None
        done = call(name, *args, **options)
        template.keep()
        return done

    connection.creation.create_test_db = create_test_db


class _File:
    """SQLite: a file in the folder for temporary files."""

    def __init__(self, connection: Any, state: str) -> None:
        self._connection = connection
        self._path = Path(tempfile.gettempdir()) / f"custodes-tests-{os.getuid()}-{state}.sqlite3"

    def before(self) -> None:
        """Nothing to prepare: the copy is made into the empty database."""

    def copied(self) -> bool:
        """Copy the template in; ``False`` when there is none yet."""
        if not self._path.exists():
            return False
        self._connection.ensure_connection()
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as source:
            source.backup(self._connection.connection)
        return True

    def keep(self) -> None:
        """Keep a copy; it appears whole or not at all, whoever else is making one."""
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
        os.close(handle)
        with closing(sqlite3.connect(name)) as target:
            self._connection.connection.backup(target)
        Path(name).replace(self._path)


class _Server:
    """PostgreSQL: a database beside the test database, which CREATE DATABASE copies."""

    def __init__(self, connection: Any, state: str) -> None:
        self._connection = connection
        self._name = f"custodes_tests_{state}"
        self._found = False

    def before(self) -> None:
        """Have the test database made from the template, when there is one."""
        with self._connection._nodb_cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self._name])
            self._found = cursor.fetchone() is not None
        if self._found:
            self._connection.settings_dict["TEST"]["TEMPLATE"] = self._name

    def copied(self) -> bool:
        """Whether the test database was made from the template."""
        return self._found

    def keep(self) -> None:
        """Copy the migrated database and drop what earlier states left; another worker may be first with either."""
        made = self._connection.settings_dict["NAME"]
        self._connection.close()
        with self._connection._nodb_cursor() as cursor:
            names = "SELECT datname FROM pg_database WHERE datname LIKE 'custodes_tests_%%' AND datname <> %s"
            cursor.execute(names, [self._name])
            for (old,) in cursor.fetchall():
                with suppress(DatabaseError):
                    cursor.execute(f'DROP DATABASE IF EXISTS "{old}"')
            with suppress(DatabaseError):
                cursor.execute(f'CREATE DATABASE "{self._name}" TEMPLATE "{made}"')


def _state() -> str:
    """Return what tells this state of the migrations from all others."""
    import django
    from django.conf import settings

    state = hashlib.sha256(f"{platform.python_version()} {django.VERSION} {settings.INSTALLED_APPS}".encode())
    for path in sorted(ROOT.glob("*/**/migrations/*.py")):
        if not path.is_relative_to(ROOT / ".venv"):
            state.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    for path in (ROOT / "audit/ledger/guards.py", ROOT / "tests/template.py"):
        state.update(path.read_bytes())
    return state.hexdigest()[:24]
