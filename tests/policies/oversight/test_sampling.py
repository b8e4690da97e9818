"""Sampling nobody can steer: published formula, exact rates, independent draws, a commitment that binds."""

import hashlib
import hmac
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.oversight.sampling import CommitmentBroken, SamplingPeriod, commitment, draw, select, selected
from tests.scale import count

KEY = bytes(range(32))
DAY = datetime(2026, 1, 1, tzinfo=UTC)


@given(st.binary(min_size=16, max_size=64), st.text(max_size=40), st.decimals(0, 1, places=4))
def test_the_draw_is_the_published_formula(key: bytes, decision_id: str, rate: Decimal) -> None:
    number = int(hmac.new(key, decision_id.encode(), hashlib.sha256).hexdigest()[:16], 16)
    assert draw(key, decision_id) == number
    assert selected(key, decision_id, rate) == (Decimal(number) < rate * 2**64)


def test_nobody_is_drawn_at_rate_0_and_everybody_at_rate_1() -> None:
    ids = [f"LN-{i}" for i in range(500)]
    assert select(KEY, ids, Decimal(0)) == []
    assert select(KEY, ids, Decimal(1)) == ids


def test_a_higher_rate_keeps_everyone_who_was_drawn_at_a_lower_one() -> None:
    ids = [f"LN-{i}" for i in range(2000)]
    assert set(select(KEY, ids, Decimal("0.05"))) <= set(select(KEY, ids, Decimal("0.2")))


def test_the_share_drawn_is_the_rate_within_five_standard_errors() -> None:
    n = count(200_000)
    drawn = len(select(KEY, (f"LN-{i}" for i in range(n)), Decimal("0.1")))
    assert abs(drawn / n - 0.1) < 5 * (0.1 * 0.9 / n) ** 0.5


def test_draws_of_another_name_say_nothing_about_each_other() -> None:
    ids = [f"LN-{i}" for i in range(20_000)]
    sample, blind = set(select(KEY, ids, Decimal("0.5"))), set(select(KEY, ids, Decimal("0.5"), "blind_double"))
    both = len(sample & blind) / len(ids)
    assert abs(both - 0.25) < 5 * (0.25 * 0.75 / len(ids)) ** 0.5


def test_a_key_other_than_the_committed_one_is_refused() -> None:
    SamplingPeriod(DAY, DAY, commitment(KEY), KEY)
    with pytest.raises(CommitmentBroken, match="the key must be the one committed"):
        SamplingPeriod(DAY, DAY, commitment(KEY), KEY[:-1] + b"x")
