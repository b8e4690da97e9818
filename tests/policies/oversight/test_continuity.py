"""Holes and silence, from what arrived in whatever order."""

import random
from datetime import timedelta

from policies.oversight.context import Gap, Silence
from policies.oversight.continuity import Mark, completeness, gaps, silences
from tests.policies.oversight.builders import NINE, at


def marks(*numbers: int, source: str = "/s") -> list[Mark]:
    return [Mark(source, at(number), number) for number in numbers]


def test_a_hole_between_two_numbers_is_a_gap_of_its_source_only() -> None:
    assert gaps([*marks(1, 2, 5), *marks(1, 2, 3, source="/t")]) == (Gap("/s", at(2), at(5), 2),)


def test_order_of_arrival_and_repeats_make_no_gap_and_late_events_fill_one() -> None:
    found = marks(*range(1, 50))
    random.Random(7).shuffle(found)
    assert gaps([*found, *found[:9]]) == ()


def test_a_heartbeat_shows_what_is_missing_at_the_end() -> None:
    beat = Mark("/s", at(9), high=5)
    assert gaps([*marks(1, 2, 3), beat]) == (Gap("/s", at(3), at(9), 2),)
    assert completeness([*marks(1, 3), beat]) == (2, 5)


def test_silence_is_what_is_longer_than_allowed_to_the_minute() -> None:
    hour = timedelta(hours=1)
    times = [Mark("/s", at(0)), Mark("/s", at(60)), Mark("/s", at(121))]
    assert silences(times, longest=hour, since=NINE, until=at(180)) == (Silence("/s", at(60), at(121)),)
