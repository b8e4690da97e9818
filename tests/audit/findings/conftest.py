"""A use case in force for long, and a ledger whose memory does not outlive a test's database."""

from datetime import UTC, datetime

import pytest

from audit.ledger import log, sequencing
from governance.models import UseCase
from tests.cast import POLICY, Cast, a_live_use_case


@pytest.fixture(autouse=True)
def _fresh_memory(tmp_path, monkeypatch):
    """A flushed database is no rollback; test processes share the key's folder, so each test gets its own file."""
    monkeypatch.setattr(sequencing, "memory_file", lambda: tmp_path / "ledger.signed")


@pytest.fixture
def live_use_case(cast: Cast) -> UseCase:
    """Olga's use case, live since before the sample decisions."""
    with log.replaying_clock("tests"):
        policy = {**POLICY, "review": {**POLICY["review"], "grace": "PT0S"}}
        return a_live_use_case(cast, at=datetime(2026, 1, 1, tzinfo=UTC), policy=policy)
