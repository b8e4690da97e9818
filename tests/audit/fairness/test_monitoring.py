"""Watching over time: few false alarms in fair years, and how soon a gap is seen."""

from datetime import date, timedelta

import numpy as np
import pytest

from audit.fairness import AssessmentConfig, Counts, Row, Schema, merge
from audit.fairness.monitoring import Block, average, log_e_value, watch, watch_all
from audit.fairness.watching import watch_counts
from audit.statistics.distributions import binomial_pmf
from tests.scale import SEED, count

START = date(2026, 1, 1)
YEARS = count(2000, at_least=100)


def year(rng, rate, reference, *, days=365, n=100, change=0, before=0.3):
    early = np.arange(days) < change
    group = rng.binomial(n, np.where(early, before, rate))
    other = rng.binomial(n, np.where(early, before, reference))
    return [Block(START + timedelta(i), int(group[i]), n, int(other[i]), n) for i in range(days)]


def day(alarm):
    return 10_000 if alarm is None else (alarm - START).days + 1


def test_fair_years_rarely_alarm():
    rng = np.random.default_rng(SEED)
    tracks = [watch(year(rng, 0.3, 0.3)) for _ in range(YEARS)]
    limit = 0.05 + 3 * (0.05 * 0.95 / YEARS) ** 0.5
    assert np.mean([track.alarm is not None for track in tracks]) <= limit
    assert np.mean([track.change_alarm is not None for track in tracks]) <= limit


def test_fair_years_of_many_groups_rarely_alarm():
    rng = np.random.default_rng(SEED)
    false = average_false = 0
    rounds = max(YEARS // 5, 40)
    for _ in range(rounds):
        reference = rng.binomial(100, 0.3, 200)
        groups = []
        for name in "bcde":
            mine = rng.binomial(40, 0.3, 200)
            blocks = [Block(START + timedelta(i), int(mine[i]), 40, int(reference[i]), 100) for i in range(200)]
            groups.append((name, blocks))
        tracks = watch_all(groups)
        false += any(track.alarm for track in tracks)
        average_false += average(tracks) is not None
    limit = 0.05 + 3 * (0.05 * 0.95 / rounds) ** 0.5
    assert false / rounds <= limit
    assert average_false / rounds <= limit


def test_a_gap_from_the_first_day_is_seen_in_about_ten_days():
    rng = np.random.default_rng(SEED)
    days = [day(watch(year(rng, 0.24, 0.3, days=120)).alarm) for _ in range(max(YEARS // 10, 40))]
    assert 7 <= np.median(days) <= 14


def test_a_late_change_is_seen_sooner_by_the_cusum():
    rng = np.random.default_rng(SEED)
    tracks = [watch(year(rng, 0.24, 0.3, change=180)) for _ in range(max(YEARS // 10, 40))]
    plain, cusum = (np.median([day(getattr(t, name)) - 180 for t in tracks]) for name in ("alarm", "change_alarm"))
    assert 18 <= cusum <= 35
    assert cusum < plain


@pytest.mark.parametrize("common", [0.05, 0.3, 0.8])
def test_a_days_e_value_has_mean_at_most_one_whatever_the_common_rate(common):
    n, m = 12, 7
    mean = sum(
        binomial_pmf(a, n, common)
        * binomial_pmf(b, m, common)
        * np.exp(log_e_value(Block(START, a, n, b, m), 0.25, 0.45))
        for a in range(n + 1)
        for b in range(m + 1)
    )
    assert mean <= 1 + 1e-12


def test_the_first_day_and_days_without_a_group_say_nothing():
    assert log_e_value(Block(START, 5, 10, 5, 10), 0.5, 0.5) == pytest.approx(0)
    assert log_e_value(Block(START, 0, 0, 5, 10), 0.2, 0.7) == 0.0
    track = watch([Block(START, 1, 100, 99, 100)])
    assert (track.points[0].log_e, track.alarm) == (pytest.approx(0), None)


def test_a_day_is_judged_by_earlier_days_only():
    rng = np.random.default_rng(SEED)
    blocks = year(rng, 0.24, 0.3, days=60)
    full = watch(blocks)
    assert watch(blocks[:30]).points == full.points[:30]
    assert watch(list(reversed(blocks))).points == full.points


def daily(rng, i):
    rows = [Row((g,), (bool(rng.random() < p),)) for g, p in (("a", 0.5), ("b", 0.3), (None, 0.1)) for _ in range(60)]
    rows += [Row(("tiny",), (False,))] * (i == 3)
    return START + timedelta(i), Counts.from_rows(Schema(("group",), "d", "1"), rows)


def test_daily_counts_are_watched_against_the_declared_reference():
    rng = np.random.default_rng(SEED)
    days = [daily(rng, i) for i in range(40)]
    (watched,) = watch_counts(days, AssessmentConfig(("group",), reference={"group": "a"}))
    assert (watched.reference, [track.group for track in watched.tracks]) == ("a", ["b"])
    assert watched.first_alarm is not None
    assert watched.to_json()["tracks"][0]["alarm"] is not None
    assert merge([counts for _, counts in days]).n == 40 * 180 + 1


def test_versions_of_one_day_are_one_day():
    rng = np.random.default_rng(SEED)
    days = [daily(rng, i) for i in range(20)]
    config = AssessmentConfig(("group",), reference={"group": "a"})
    split = [(day, part) for day, counts in days for part in (counts, Counts(counts.schema))]
    assert watch_counts(split, config) == watch_counts(days, config)
    assert watch_counts([], config) == []


def test_looking_daily_at_four_fifths_cries_wolf_in_every_fair_year_and_the_watch_does_not():
    rng = np.random.default_rng(SEED)
    rounds = max(YEARS // 20, 40)
    years = [year(rng, 0.3, 0.3) for _ in range(rounds)]
    wolf = sum(
        any(block.reference_events and block.events * 5 < block.reference_events * 4 for block in blocks)
        for blocks in years
    )
    assert wolf == rounds
    alarms = sum(bool(track.alarm or track.change_alarm) for track in map(watch, years))
    assert alarms / rounds <= 0.05 + 3 * (0.05 * 0.95 / rounds) ** 0.5


def test_fair_years_of_small_groups_in_parcels_rarely_alarm():
    """Blocks end by the sizes of groups alone, so joining days keeps the bound."""
    rng = np.random.default_rng(SEED)
    schema, config = Schema(("group",), "d", "1"), AssessmentConfig(("group",), reference={"group": "a"})
    rounds = max(YEARS // 40, 30)
    false = 0
    for _ in range(rounds):
        days = []
        for i in range(60):
            sizes = {"a": rng.poisson(9), "b": rng.poisson(2)}
            rows = [Row((g,), (bool(rng.random() < 0.4),)) for g, n in sizes.items() for _ in range(n)]
            days.append((START + timedelta(i), Counts.from_rows(schema, rows)))
        watched = watch_counts(days, config, parcel=10)
        blocks = [len(track.points) for each in watched for track in each.tracks]
        assert max(blocks) <= 60 * 3 / 10
        false += any(each.first_alarm for each in watched)
    assert false / rounds <= 0.05 + 3 * (0.05 * 0.95 / rounds) ** 0.5
