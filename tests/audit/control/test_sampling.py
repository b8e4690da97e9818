"""Sampling keys: committed before use, never changed, revealed only after their period, recomputable by anybody."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.control.sampling import commit_key, keep_keys, month_of
from audit.ledger import log
from audit.ledger.clock import replaying_clock
from audit.models import SamplingKey
from policies.oversight.sampling import commitment
from tests.cast import POLICY, a_live_use_case, assemble

SAMPLED = {**POLICY, "rules": [{"id": "R1", "when": "true", "require": {"sample": "0.1"}}], "tier": "sampling"}


@pytest.fixture
def use_case(db: Any) -> Any:
    return a_live_use_case(assemble(), policy=SAMPLED)


def test_months_have_their_own_length() -> None:
    assert month_of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == (
        datetime(2026, 12, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )


def test_keys_are_committed_for_now_and_next_and_revealed_after(use_case: Any) -> None:
    now = timezone.now()
    assert keep_keys(at=now) == 2
    assert keep_keys(at=now) == 0
    first, second = SamplingKey.objects.order_by("since")
    assert (first.since, first.until) == (now, second.since)
    assert first.commitment == commitment(bytes(first.key))
    assert bytes(first.key).hex() not in log.payload(first.committed_entry).decode()
    with replaying_clock("a month passes"):
        keep_keys(at=first.until + timedelta(seconds=1))
    first.refresh_from_db()
    revealed = json.loads(log.payload(first.revealed_entry))
    assert (revealed["key"], revealed["commitment"]) == (bytes(first.key).hex(), first.commitment)


def test_a_second_call_gives_the_first_key(use_case: Any) -> None:
    now = timezone.now()
    since, until = now, now + timedelta(days=1)
    first = commit_key(use_case=use_case, since=since, until=until, at=now)
    assert commit_key(use_case=use_case, since=since, until=until, at=now).pk == first.pk


def test_the_database_refuses_an_early_reveal(use_case: Any) -> None:
    now = timezone.now()
    key = commit_key(use_case=use_case, since=now, until=now + timedelta(days=1), at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        SamplingKey.objects.filter(pk=key.pk).update(revealed_at=now)


def test_an_auditor_recomputes_the_sample() -> None:
    key = bytes(range(32))
    out = io.StringIO()
    ids = io.StringIO("\n".join(f"d-{number}" for number in range(1000)))
    call_command("sample", key.hex(), "0.1", ids=ids, json=True, stdout=out)
    said = json.loads(out.getvalue())
    assert said["commitment"] == commitment(key)
    assert said["n"] == 1000
    assert 60 < len(said["drawn"]) < 140
    with pytest.raises(CommandError, match="committed as"):
        call_command("sample", key.hex(), "0.1", ids=io.StringIO(""), commitment="sha256:0")
