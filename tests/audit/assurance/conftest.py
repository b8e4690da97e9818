"""A live use case and a door through which an invented log gets in."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from audit.events import schema
from audit.events.keys import authenticate, issue_key
from audit.events.record import record
from audit.ledger import log
from governance.models import UseCase
from tests.audit.assurance.log import SOURCE
from tests.cast import Cast, a_live_use_case
from tests.governance.web.stage import catch_up

Feed = Callable[[list[dict[str, Any]]], None]


@pytest.fixture
def governed(cast: Cast) -> UseCase:
    """Live under a policy signed off long ago."""
    with log.replaying_clock("tests"):
        return a_live_use_case(cast, at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def feed(cast: Cast, governed: UseCase) -> Feed:
    """Record, sequence and fold events, as a system's key would send them."""
    now = timezone.now()
    _, secret = issue_key(
        use_cases=[governed], sources=[SOURCE], scopes=["events:write"], label="t", actor=cast.anna, at=now
    )

    def give(events: list[dict[str, Any]]) -> None:
        for start in range(0, len(events), 900):
            at = timezone.now()
            parsed = [schema.parse(json.dumps(event).encode()) for event in events[start : start + 900]]
            results = record(parsed, key=authenticate(secret, at=at), at=at)
            assert {result.status for result in results} <= {200, 201}
        catch_up()

    return give
