"""Speed and memory of the fairness engine, against numpy.bincount in the same process.

The unit is one pack of uint8 codes and one ``np.bincount`` over the whole array: sex (2), race (5) and the four cells.
"""

import time
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from audit.fairness import AssessmentConfig, Coded, Counts, Schema, assess, counts_from_codes, counts_from_frame, merge
from tests.scale import SEED, count

pytestmark = pytest.mark.benchmark

ROWS = count(10_000_000)
SEXES, RACES = ("female", "male"), ("v", "w", "x", "y", "z")
SCHEMA = Schema(("sex", "race"), "d", "1", "y", "1")
CONFIG = AssessmentConfig(("sex", "race"), (("sex", "race"),), reference={"sex": "male", "race": "v"})


@pytest.fixture(scope="module")
def columns():
    rng = np.random.default_rng(SEED)
    sex = rng.integers(0, 2, ROWS, dtype=np.int8)
    race = rng.choice(5, ROWS, p=[0.5, 0.245, 0.15, 0.1, 0.005]).astype(np.int8)
    decision = (rng.random(ROWS) < 0.3 + 0.02 * sex).astype(np.uint8)
    outcome = (rng.random(ROWS) < 0.4).astype(np.uint8)
    return sex, race, decision, outcome


def unit(columns):
    sex, race, decision, outcome = columns
    key = (sex.astype(np.uint8) * np.uint8(5) + race.astype(np.uint8)) * np.uint8(2)
    key = (key + decision) * np.uint8(2) + outcome
    return np.bincount(key, minlength=40)


def ours(columns):
    sex, race, decision, outcome = columns
    return counts_from_codes(SCHEMA, [Coded(sex, SEXES), Coded(race, RACES)], [decision], outcome)


def ratio(work: Callable[[], object], base: Callable[[], object], repetitions: int = 5) -> tuple[float, float]:
    """Return the least CPU time of ``work`` in ms and its ratio to that of ``base``, alternated."""
    times: dict[Callable[[], object], list[float]] = {work: [], base: []}
    for _ in range(repetitions):
        for function, taken in times.items():
            start = time.thread_time()
            function()
            taken.append(time.thread_time() - start)
    return min(times[work]) * 1000, min(times[work]) / min(times[base])


def peak(work: Callable[[], object]) -> float:
    """Return the peak memory allocated by ``work`` above what there was, in MiB."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 2**20


def say(name: str, text: str) -> None:
    print(f"\n{name:<44} {text}")


def test_counting_codes_costs_at_most_three_bincounts(columns):
    taken, times = ratio(lambda: ours(columns), lambda: unit(columns))
    memory = peak(lambda: ours(columns))
    say(f"codes, {ROWS:,} rows", f"{taken:.1f} ms, {times:.2f} x bincount, {memory:.1f} MiB")
    found = ours(columns)
    table = np.array([found.cells[s, r] for s in SEXES for r in RACES]).reshape(10, 3, 3)[:, :2, :2]
    assert np.array_equal(table.ravel(), unit(columns))
    assert times <= 3
    assert memory <= 16


def frame_of(columns, kind):
    sex, race, decision, outcome = columns
    texts = {"sex": np.array(SEXES, dtype=object)[sex], "race": np.array(RACES, dtype=object)[race]}
    frame = pd.DataFrame({"d": decision, "y": outcome})
    for name, values in texts.items():
        frame[name] = pd.Series(values, dtype=object) if kind == "object" else pd.Categorical(values)
    return frame


def test_a_frame_of_texts_costs_at_most_thirty_bincounts(columns):
    frame = frame_of(columns, "object")
    taken, times = ratio(lambda: counts_from_frame(frame, SCHEMA), lambda: unit(columns), 7)
    say(f"object texts, {ROWS:,} rows", f"{taken:.1f} ms, {times:.1f} x bincount")
    assert times <= 30


def test_a_frame_of_categories_is_never_slower_than_pandas(columns):
    frame = frame_of(columns, "category")

    def pandas():
        return frame.groupby(["sex", "race", "d", "y"], observed=False, dropna=False).size()

    taken, times = ratio(lambda: counts_from_frame(frame, SCHEMA), pandas, 5)
    say(f"categories, {ROWS:,} rows", f"{taken:.1f} ms, {times:.2f} x pandas groupby")
    assert times <= 1


def test_all_verdicts_from_counts_take_at_most_ten_milliseconds(columns):
    counts = ours(columns)
    assess(counts, CONFIG)
    taken, _ = ratio(lambda: assess(counts, CONFIG), lambda: unit(columns), 9)
    say(
        "all figures and verdicts from counts", f"{taken:.1f} ms, {len(assess(counts, CONFIG).comparisons)} comparisons"
    )
    assert taken <= 10


def test_fairlearn_on_the_same_rows(columns):
    from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate

    rows = count(100_000, at_least=10_000)
    part = tuple(column[:rows] for column in columns)
    sex, race, decision, outcome = part
    metrics = {"sr": selection_rate, "tpr": true_positive_rate, "fpr": false_positive_rate}
    start = time.thread_time()
    frames = [
        MetricFrame(metrics=metrics, y_true=outcome, y_pred=decision, sensitive_features=features)
        for features in (sex, race, pd.DataFrame({"sex": sex, "race": race}))
    ]
    theirs = time.thread_time() - start
    taken, _ = ratio(lambda: ours(part), lambda: unit(part))
    say(
        f"Fairlearn, 3 metrics x 3 groupings, {rows:,} rows",
        f"{theirs * 1000:.0f} ms, {theirs * 1000 / taken:,.0f} x ours",
    )
    assert len(frames) == 3
    assert theirs * 1000 / taken > 100


@pytest.mark.django_db
def test_a_long_history_is_read_from_its_aggregates(cast):
    from audit.fairness.aggregates import exact_counts_for
    from audit.fairness.declared import schema_of
    from audit.fairness.totals import packed
    from audit.models.fairness import FairnessDefinition, FairnessTotals
    from tests.cast import a_use_case

    use_case = a_use_case(cast)
    use_case.fairness = {"favourable": "1", "positive": "1", "attributes": {"sex": "male", "race": "v"}}
    use_case.save()
    schema = schema_of(use_case.fairness)
    definition = FairnessDefinition.objects.create(
        use_case=use_case, digest=schema.digest, schema=schema.to_json(), first_index=0
    )
    rng = np.random.default_rng(SEED)
    totals = []
    for day in range(365):
        cells = {(s, r): rng.integers(0, 2000, schema.width) for s in (*SEXES, None) for r in (*RACES, None)}
        groups, packed = packed(Counts(schema, cells))
        ordinal = (date(2026, 1, 1) + timedelta(day)).toordinal()
        totals.append(FairnessTotals(definition=definition, day=ordinal, groups=groups, cells=packed))
    FairnessTotals.objects.bulk_create(totals)
    n = exact_counts_for(use_case, window=None).n
    taken, _ = ratio(lambda: exact_counts_for(use_case, window=None), lambda: None, 5)
    say(f"a history of {n:,} decisions over 365 days", f"{taken:.1f} ms")
    assert n > 100_000_000
    assert taken <= 50


@pytest.mark.django_db
def test_a_quarter_in_parcels_after_a_long_history(cast):
    """What pages and the API read: parcels begin with the first day ever counted, whatever the window."""
    from audit.fairness.aggregates import paired_counts_for
    from audit.fairness.declared import schema_of
    from audit.fairness.totals import packed
    from audit.models.fairness import FairnessDefinition, FairnessTotals
    from tests.cast import a_use_case

    use_case = a_use_case(cast)
    use_case.fairness = {
        "favourable": "1", "positive": "1", "attributes": {"sex": "male", "race": "v"}, "crosses": [["sex", "race"]],
    }  # fmt: skip
    use_case.save()
    schema = schema_of(use_case.fairness)
    definition = FairnessDefinition.objects.create(
        use_case=use_case, digest=schema.digest, schema=schema.to_json(), first_index=0
    )
    rng = np.random.default_rng(SEED)
    taken = {}
    start = date(2024, 1, 1)
    for years in (1, 3):
        FairnessTotals.objects.all().delete()
        totals = []
        for day in range(365 * years):
            cells = {(s, r): rng.integers(0, 2000, schema.width) for s in (*SEXES, None) for r in (*RACES, None)}
            groups, packed = packed(Counts(schema, cells))
            ordinal = (start + timedelta(day)).toordinal()
            totals.append(FairnessTotals(definition=definition, day=ordinal, groups=groups, cells=packed))
        FairnessTotals.objects.bulk_create(totals)
        window = (start + timedelta(365 * years - 92), start + timedelta(365 * years))
        n = paired_counts_for(use_case, window=window).n
        taken[years], _ = ratio(lambda: paired_counts_for(use_case, window=window), lambda: None, 5)  # noqa: B023
        say(f"a quarter of {n:,} in parcels, {years} year(s) held", f"{taken[years]:.1f} ms")
    assert taken[1] <= 50


def test_merging_a_year_of_daily_counts(columns):
    daily = [ours(tuple(column[i::365] for column in columns)) for i in range(365)]
    taken, _ = ratio(lambda: merge(daily), lambda: None, 5)
    say("merging 365 days", f"{taken:.1f} ms")
    assert merge(daily) == ours(columns)
    assert taken <= 50
