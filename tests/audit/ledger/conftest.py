"""Drafts and helpers for tests of the ledger."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connection, transaction

from audit.ledger import log

ACTOR = UUID("01900000-0000-7000-8000-000000000001")


def draft(number: int = 0, **fields: object) -> log.Draft:
    """A decision-like draft."""
    given: dict[str, object] = {
        "stream": "events",
        "type": "ai.oversight.decision.v1",
        "event_time": datetime(2026, 1, 1, tzinfo=UTC),
        "recorded_by": ACTOR,
        "system": "urn:system:screening",
        "refs": ("UC-0001",),
        "payload": b'{"n":%d}' % number,
        **fields,
    }
    return log.Draft(**given)  # type: ignore[arg-type]


def record(*drafts: log.Draft) -> list[log.Recorded]:
    """Append in a transaction of its own, and sequence."""
    now = datetime.now(UTC)
    with transaction.atomic():
        receipts = log.append(drafts, at=now)
    sequence()
    return receipts


def sequence() -> None:
    """Catch up with the queue (PostgreSQL; on SQLite there is none)."""
    while connection.vendor == "postgresql" and log.integrate(at=datetime.now(UTC)):
        pass


@pytest.fixture
def fill(db: None) -> Callable[[int], list[log.Recorded]]:
    """Record ``n`` entries in batches of uneven size."""

    def _fill(count: int) -> list[log.Recorded]:
        receipts: list[log.Recorded] = []
        step = 1
        while len(receipts) < count:
            size = min(step, count - len(receipts))
            receipts += record(*(draft(len(receipts) + i) for i in range(size)))
            step = step * 2 + 1
        return receipts

    return _fill
