"""Nobody isolates fewer than k people by subtracting what was given out: windows, groups, crosses, totals."""

import itertools
import random

import numpy as np
import pytest

from audit.fairness import AssessmentConfig, Floor, Schema, assess
from audit.fairness.counts import Counts, Row
from audit.fairness.release import Day, Released, components
from tests import scale

K = 10
SCHEMA = Schema(("sex", "race", "disability"), decision="value", favourable="grant")
GROUPINGS = [("sex",), ("race",), ("disability",), ("sex", "race")]
LEVELS = {"sex": ["f", "m", None], "race": ["a", "b", "c", None], "disability": ["yes", "no"]}


def a_log(seed, days=40, a_day=6):
    """Cases per day: rare and common groups, days without anybody; the truth is kept beside, case by case."""
    dice = random.Random(seed)
    cases = []
    for day in range(1, days + 1):
        for _ in range(dice.randrange(0, 2 * a_day)):
            sex = dice.choices(LEVELS["sex"], [8, 8, 1])[0]
            race = dice.choices(LEVELS["race"], [12, 4, 1, 1])[0]
            group = (sex, race, dice.choices(LEVELS["disability"], [1, 15])[0])
            cases.append((day, Row(group, (dice.random() < 0.5,))))
    return cases


def days_of(cases):
    """The counts as they are stored, day by day."""
    days = []
    for ordinal, rows in itertools.groupby(cases, key=lambda case: case[0]):
        counts = Counts.from_rows(SCHEMA, [row for _, row in rows])
        days.append(Day(ordinal, list(counts.cells), np.array(list(counts.cells.values()))))
    return days


def released(cases, window, *, groupings=GROUPINGS, k=K):
    """What is given out of a window."""
    return Released.of(SCHEMA, days_of(cases), groupings, k=k, window=window, levels={})


def sizes(counts, names):
    """Cases per group."""
    return {group: int(v[: SCHEMA.cell_size].sum()) for group, v in counts.marginal(names).items()}


def test_attributes_of_one_cross_are_given_out_together():
    assert components(SCHEMA.attributes, GROUPINGS) == [("disability",), ("sex", "race")]
    assert components(("a", "b", "c", "d"), [("a", "b"), ("b", "c")]) == [("a", "b", "c"), ("d",)]


def parcels(cases, names, group):
    """The parcels of one full tuple, worked out from the cases alone: (first day, last day, how many)."""
    where = [SCHEMA.attributes.index(name) for name in names]
    waiting, found = [], []
    mine = [day for day, row in cases if tuple(row.group[i] for i in where) == group]
    for day, several in itertools.groupby(mine):
        waiting += several
        if len(waiting) >= K:
            found.append((waiting[0], day, len(waiting)))
            waiting = []
    return found


@pytest.mark.parametrize("seed", range(scale.count(100)))
def test_whatever_is_given_out_is_made_of_whole_parcels_that_no_window_cuts(seed):
    """So any sum and difference of what is given out stands for whole parcels, each of K cases or more."""
    cases = a_log(seed)
    dice = random.Random(seed + 1)
    windows = [(0, None), *[(a, a + dice.randrange(1, 30)) for a in dice.sample(range(1, 40), 8)]]
    for low, high in windows:
        counts = released(cases, (low, high))
        for part in counts.parts:
            given, short = sizes(part.counts, part.attributes), []
            for group in {tuple(row.group[SCHEMA.attributes.index(n)] for n in part.attributes) for _, row in cases}:
                own = parcels(cases, part.attributes, group)
                inside = [n for first, last, n in own if first >= low and (high is None or last < high)]
                if given.get(group, 0) != sum(inside):
                    assert given.get(group, 0) == sum(inside[:-1])
                    short.append(inside[-1])
            assert len(short) <= 1  # one more held back, so that the rest of the total is none or K and more
            assert not short or part.held - short[0] < K


@pytest.mark.parametrize("seed", range(scale.count(100)))
def test_from_one_day_to_the_next_a_group_grows_by_nobody_or_by_k_and_more(seed):
    cases = a_log(seed)
    for grouping in components(SCHEMA.attributes, GROUPINGS):
        before = {}
        for last in range(2, 42, 3):
            now = sizes(released(cases, (1, last)), grouping)
            for group in now.keys() | before.keys():
                n = abs(now.get(group, 0) - before.get(group, 0))
                assert n == 0 or n >= K, (grouping, group, last, n)
            assert all(n >= K for n in now.values())
            before = now


@pytest.mark.parametrize("seed", range(scale.count(100)))
def test_a_cross_and_its_margins_add_up_so_that_nothing_is_left_to_subtract(seed):
    cases = a_log(seed)
    for window in ((0, None), (5, 20), (11, 12)):
        counts = released(cases, window)
        cross = counts.marginal(("sex", "race"))
        for place, name in enumerate(("sex", "race")):
            for group, vector in counts.marginal((name,)).items():
                parts = [v for key, v in cross.items() if key[place] == group[0]]
                assert np.array_equal(vector, sum(parts))


@pytest.mark.parametrize("seed", range(scale.count(100)))
def test_what_is_held_back_of_the_known_total_is_nobody_or_at_least_k(seed):
    cases = a_log(seed)
    for window in ((0, None), (1, 9), (5, 20)):
        counts = released(cases, window)
        there = sum(window[0] <= day and (window[1] is None or day < window[1]) for day, _ in cases)
        assert counts.n == there
        for part in counts.parts:
            held = counts.n - part.counts.n
            assert part.held == held
            assert held == 0 or held >= K or part.counts.n == 0


def test_one_day_more_never_shows_that_days_cases():
    rows = [Row(("f", "a", "no"), (True,))] * 12
    cases = [(1, row) for row in rows] + [(2, Row(("f", "a", "no"), (False,)))]
    assert sizes(released(cases, (0, 2)), ("sex",)) == {("f",): 12}
    assert sizes(released(cases, (0, 3)), ("sex",)) == {}  # one alone held back: the smallest parcel goes with it
    cases += [(3, Row(("m", "a", "no"), (True,)))] * 30
    assert sizes(released(cases, (0, 4)), ("sex",)) == {("m",): 30}
    more = [(day, Row(("f", "a", "no"), (True,))) for day in (0, -1) for _ in range(20)]
    assert sizes(released(sorted(more + cases, key=lambda case: case[0]), (-1, 4)), ("sex",)) == {
        ("f",): 40,
        ("m",): 30,
    }


def test_nothing_is_lost_for_good_when_enough_come_together():
    cases = [(day, Row(("f", "a", "no"), (day % 2 == 0,))) for day in range(1, 101)]
    counts = released(cases, (0, None))
    assert sizes(counts, ("sex",)) == {("f",): 100}
    assert [part.held for part in counts.parts] == [0, 0]
    assert np.array_equal(counts.marginal(("sex",))[("f",)], Counts.from_rows(SCHEMA, [c[1] for c in cases]).total())


def test_a_group_held_back_is_listed_without_its_size_and_never_green():
    cases = [(1, Row(("m", "a", "no"), (i % 2 == 0,))) for i in range(200)]
    cases += [(1, Row(("f", "a", "no"), (True,))) for _ in range(6)]
    config = AssessmentConfig(groups=("sex",), reference={"sex": "m"}, suppress_counts=True, floor=Floor(shown=K))
    # The six go unseen, and with them nobody else is left to subtract from the total of 206.
    counts = released(cases, (0, None), groupings=[("sex",)])
    found = assess(counts, config).to_json()
    row = next(group for group in found["groups"] if group["group"] == "f")
    assert (row["n"], row["selected"], row["held_back"], row["selection_rate"]["value"]) == (None, None, True, None)
    assert found["state"] == "insufficient_data"
    assert '"n": 6' not in str(found).replace("'", '"')


def test_strata_join_what_they_divide():
    joined = components(("sex", "race", "region"), [("sex",), ("race",), ("sex", "region"), ("race", "region")])
    assert joined == [("sex", "race", "region")]


def test_released_counts_cannot_be_subtracted_or_handed_on():
    counts = released(a_log(1), (0, None))
    with pytest.raises(TypeError):
        _ = counts - counts
    with pytest.raises(TypeError):
        counts.to_json()
    with pytest.raises(KeyError):
        counts.marginal(("sex", "disability"))
