"""Tests with real transactions empty the database afterwards; the ledger's guards refuse that, so they step aside."""

from typing import Any

import pytest


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Wrap pytest-django's set-up: before a flush take the guards off; post_migrate puts them back."""
    from django.db import connections
    from django.test import TransactionTestCase

    from audit.ledger import guards, sequencing

    flush = TransactionTestCase._fixture_teardown

    def teardown(self: Any) -> None:
        for alias in self._databases_names(include_mirrors=False):
            guards.remove(connections[alias])
        flush(self)
        for alias in self._databases_names(include_mirrors=False):
            guards.install(connections[alias])
        sequencing.memory_file().unlink(missing_ok=True)

    TransactionTestCase._fixture_teardown = teardown
