"""The ledger's memory of how far it has signed must not outlive a test's database."""

import pytest

from audit.ledger import sequencing


@pytest.fixture(autouse=True)
def _fresh_memory(tmp_path, monkeypatch):
    """A flushed database is no rollback; test processes share the key's folder, so each test gets its own file."""
    monkeypatch.setattr(sequencing, "memory_file", lambda: tmp_path / "ledger.signed")
