"""Copies of the test database, each on a connection of its own, for measuring two states of it by turns.

What else runs on the machine then slows both alike, which it does not where one state is measured after the other.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections
from django.db.utils import DEFAULT_DB_ALIAS


class Copies:
    """The kept states by name; ``folder`` takes SQLite's files. For tests with ``transaction=True`` alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[Any, Any] = {}

    def keep(self, name: str) -> None:
        """Copy the test database as it stands, tidied and with statistics, as a database in use has them."""
        copy = connections.create_connection(DEFAULT_DB_ALIAS)
        copy.settings_dict = {**connection.settings_dict, "NAME": self._copied(name)}
        self._kept[name] = copy
        with copy.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if copy.vendor == "postgresql" else "ANALYZE")

    def _copied(self, name: str) -> str:
        if connection.vendor == "sqlite":
            path = str(self._folder / f"{name}.sqlite3")
            connection.ensure_connection()
            with closing(sqlite3.connect(path)) as target:
                connection.connection.backup(target)
            return path
        made = connection.settings_dict["NAME"]
        connection.close()  # nobody may be connected to a database that is copied
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{made}_{name}" TEMPLATE "{made}"')
        return f"{made}_{name}"

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        """Let the product read and write the copy ``name``."""
        before = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = self._kept[name]
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = before

    def drop(self) -> None:
        """Close the connections and remove the copies; a folder of pytest goes with the test."""
        for copy in self._kept.values():
            copy.close()
            if copy.vendor == "postgresql":
                with connection._nodb_cursor() as cursor:
                    cursor.execute(f'DROP DATABASE "{copy.settings_dict["NAME"]}"')
