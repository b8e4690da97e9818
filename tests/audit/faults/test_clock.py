"""The server's clock jumps by an hour, back and forth: order and identity do not follow it."""

from datetime import UTC, datetime, timedelta

import pytest

from audit.events import schema
from audit.events.keys import operator_bearer
from audit.events.record import record
from audit.ledger import log
from audit.models import Event
from tests.audit.events.samples import SOURCE, dump, proposed

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def test_the_ledger_keeps_the_order_of_commits_and_a_resend_is_known_whatever_the_clock_says(live_use_case):
    bearer = operator_bearer(live_use_case, source=SOURCE)
    jumps = [0, 60, -60, 0, 61, -59, 1]
    receipts = []
    with log.replaying_clock("a jumping clock"):
        for number, minutes in enumerate(jumps):
            at = START + timedelta(minutes=minutes)
            [result] = record([schema.parse(dump(proposed(f"D{number}")))], key=bearer, at=at)
            assert result.status == 201
            receipts.append(result.receipt)
            log.integrate(at=at)
        for number in range(len(jumps)):
            [again] = record([schema.parse(dump(proposed(f"D{number}")))], key=bearer, at=START - timedelta(hours=3))
            assert (again.status, again.receipt.entry) == (200, receipts[number].entry)
            assert again.receipt.recorded_at == receipts[number].recorded_at
    indexes = [log.index_of(receipt.entry) for receipt in receipts]
    assert indexes == sorted(indexes)
    assert Event.objects.filter(source=SOURCE).count() == len(jumps)
