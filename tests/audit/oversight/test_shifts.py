"""Shifts joined in any grouping are the shift of the whole; runs against their exact chance."""

import math
import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.oversight import OversightCounts, Shift
from audit.oversight.overriding import funnel
from audit.oversight.reviewing import repeated_texts
from audit.oversight.sequences import approval_runs
from audit.oversight.shifts import Given, join_days
from audit.statistics import longest_run_tail
from tests.scale import SEED

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@given(st.lists(st.lists(st.booleans(), max_size=12), max_size=6))
def test_joined_parts_are_the_whole(parts: list[list[bool]]) -> None:
    whole = Shift.of([change for part in parts for change in part])
    joined = Shift()
    for part in parts:
        joined = joined + Shift.of(part)
    backwards = Shift()
    for part in reversed(parts):
        backwards = Shift.of(part) + backwards
    assert joined == whole == backwards
    assert join_days([{"rev-1": Shift.of(part).to_json()} for part in [[], *parts]]) == {"rev-1": whole}
    assert Shift.from_json(whole.to_json()) == whole


def test_breaks_and_hours_are_read_from_the_times() -> None:
    times = [NINE + timedelta(minutes=m) for m in (0, 5, 10, 15, 40, 45, 70)]
    shift = Shift.given(Given(at=at, changed=False, active_ms=60_000) for at in times)
    assert shift.stretch_s == 16 * 60
    assert shift.hours == {6: 1, 1: 1}


@pytest.mark.parametrize(("n", "length", "rate"), [(2500, 40, Fraction(1, 10)), (3000, 9, Fraction(1, 3))])
def test_the_chance_of_a_run_in_a_long_sequence_is_that_of_the_recursion(n: int, length: int, rate: Fraction) -> None:
    """Beyond 2,000 trials an asymptotic form answers; here the recursion by the trial a first run completes at."""
    quiet = (1 - rate) ** length
    tail = [0.0] * (n + 1)
    for i in range(length, n + 1):
        before = tail[i - length - 1] if i > length else 0.0
        tail[i] = math.fsum((tail[i - 1], float(quiet) if i == length else float(rate * quiet) * (1 - before)))
    assert longest_run_tail(n, length, float(rate)) == pytest.approx(tail[n], abs=1e-9)


def test_a_stamper_among_careful_colleagues_is_found_and_they_are_not() -> None:
    chance = random.Random(SEED)
    flagged = 0
    for _ in range(60):
        shifts = {f"rev-{i}": Shift.of([chance.random() < 0.2 for _ in range(150)]) for i in range(5)}
        flagged += approval_runs(shifts, None, (None, None)).data["suspect"]
        with_one = shifts | {"rev-9": Shift.of([chance.random() < 0.004 for _ in range(150)])}
        assert approval_runs(with_one, None, (None, None)).data["suspect"] == 1
    assert flagged <= 3


def test_the_funnel_compares_with_the_reviewers_own_cases() -> None:
    """Ten who follow the rates of their cases, one of whom gets the hard ones, and one who stamps."""
    cells = {}
    for i in range(10):
        hard, easy = (90, 10) if i == 0 else (40, 60)
        for klass, n, rate in (("hard", hard, 0.6), ("easy", easy, 0.1)):
            changed = round(n * rate)
            cells["by_reviewer", f"rev-{i}", klass, "0.7", "override"] = changed
            cells["by_reviewer", f"rev-{i}", klass, "0.7", "confirm"] = n - changed
    cells["by_reviewer", "stamp", "hard", "0.7", "override"] = 1
    cells["by_reviewer", "stamp", "hard", "0.7", "confirm"] = 99
    cells["by_reviewer", "new", "easy", "0.7", "confirm"] = 5
    seen = funnel(OversightCounts(cells))
    zones = {point.reviewer: point.zone for point in seen.points}
    assert zones["stamp"] == "outside"
    assert zones["rev-0"] != "outside"
    assert seen.left_out == 1
    assert "new" not in zones


def test_texts_that_repeat_are_counted_by_their_fingerprints() -> None:
    chance = random.Random(SEED)
    held: dict[tuple[str, ...], int] = {}
    for _ in range(800):
        cell = ("reason_text", str(chance.randrange(4096)))
        held[cell] = held.get(cell, 0) + 1
    assert (repeated_texts(OversightCounts(held)) or 0) < 40
    held["reason_text", "7"] = 800
    assert (repeated_texts(OversightCounts(held)) or 0) > 700
    full = OversightCounts({("reason_text", str(i)): 3 for i in range(4096)})
    assert repeated_texts(full) is None
