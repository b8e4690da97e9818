"""A quarter over a million decisions from aggregates, an update's cost as history grows, two hundred use cases at once.

The decisions are planted as the stored rows they would have become; what is timed is reading and adding.
"""

import gc
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.api.front import calm_collector
from audit.assurance.glance import content_of
from audit.assurance.reading import read
from audit.events.changes import Change, DecisionState
from audit.models import OversightDelta, OversightMonth, OversightReading, OversightTotals
from audit.oversight import OversightCounts, Shift
from audit.oversight.aggregates import record
from audit.oversight.storage import add_months, month_of, packed
from governance.models import UseCase
from policies.oversight.record import OutcomeRecord
from tests.audit.oversight.test_aggregates import Bench
from tests.cast import Cast, a_use_case
from tests.policies.oversight.builders import LATER, decision, review
from tests.scale import SEED, count

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db]
DAYS, PER_DAY, REVIEWERS = 92, 10_870, 50  # a million decisions in a quarter
CLASSES, BANDS = ("a", "b", "c"), [f"0.{n}" for n in range(10)]
FIRST = date(2026, 7, 1)


def a_day(chance: random.Random, n: int) -> OversightCounts:
    """Counts such as ``n`` decisions of one day have: every cell a real day fills."""
    k = n // 20
    cells: dict[tuple[str, ...], int] = {
        ("decisions",): n, ("executed",): n, ("required",): n, ("reviewed_before",): n, ("submitted",): n,
        ("timed",): n, ("active_ms",): n * 90_000, ("too_fast",): n // 50, ("grade", "A"): n, ("person_before",): n,
        ("sla", "in_time"): n - 9, ("sla", "late"): 9, ("access", "yes"): n - 7, ("access", "no"): 7,
        ("qualified", "yes"): n, ("reasoned", "yes"): k, ("truth", "1", "1", "0"): n // 2, ("truth", "0", "1", "1"): k,
        ("truth", "0", "0", "0"): n // 80, ("weight", "1", "1", "0"): n * 500_000, ("m1", "override"): k,
        ("m1", "confirm"): n - k,
    }  # fmt: skip
    for name in ("wait", "handling", "turnaround"):
        for place in range(200):
            cells[name, str(150 + place)] = n // 200
    for reviewer in range(REVIEWERS):
        cells["work", f"rev-{reviewer}"] = n // REVIEWERS
        for klass in CLASSES:
            for band in BANDS:
                cells["by_reviewer", f"rev-{reviewer}", klass, band, "confirm"] = n // 1600 + 1
                cells["by_reviewer", f"rev-{reviewer}", klass, band, "override"] = 1
    for dimension, values in (("class", CLASSES), ("band", tuple(BANDS))):
        for value in values:
            cells[f"m1_{dimension}", value, "confirm"] = (n - k) // len(values)
            cells[f"m1_{dimension}", value, "override"] = k // len(values)
    for _ in range(k // 10):
        cells["reason_text", str(chance.randrange(4096))] = 1
    return OversightCounts(cells)


def plant(use_case: UseCase, days: int = DAYS) -> int:
    chance, n = random.Random(SEED), 0
    months: dict[tuple[UUID, int, tuple[str, str, str, str]], list[OversightCounts]] = {}
    rows = []
    shifts = {f"rev-{i}": Shift.of([j % 20 == i % 20 for j in range(200)]).to_json() for i in range(REVIEWERS)}
    for offset in range(days):
        day = FIRST.toordinal() + offset
        counts = a_day(chance, PER_DAY)
        n += PER_DAY
        rows.append(OversightTotals(use_case=use_case, day=day, cells=packed(counts), shifts=shifts))
        months.setdefault((use_case.pk, day, (CLASSES[offset % 3], BANDS[offset % 10], "1", "en")), []).append(counts)
    OversightTotals.objects.bulk_create(rows)
    add_months(months)
    return n


@pytest.fixture(autouse=True)
def _as_a_web_process() -> Iterator[None]:
    """Collect cycles as the web process does; a test run holds far more objects than any of those."""
    kept = gc.get_threshold()
    calm_collector()
    yield
    gc.set_threshold(*kept)
    gc.unfreeze()


@dataclass(frozen=True)
class Taken:
    """Milliseconds of this thread's CPU and of the clock (the database's work included), ascending."""

    cpu: list[float]
    clock: list[float]


def timed(work: Callable[[], object], rounds: int) -> Taken:
    cpu, clock = [], []
    for _ in range(rounds):
        began, start = time.perf_counter(), time.thread_time()
        work()
        cpu.append((time.thread_time() - start) * 1000)
        clock.append((time.perf_counter() - began) * 1000)
    return Taken(sorted(cpu), sorted(clock))


def test_a_quarter_over_a_million_decisions(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    use_case = a_use_case(cast)
    n = plant(use_case)
    window = (FIRST, FIRST + timedelta(days=DAYS))
    read(use_case, window=window)
    with CaptureQueriesContext(connection) as asked:
        found = read(use_case, window=window)
    assert found.decisions == n >= 1_000_000
    taken = timed(lambda: read(use_case, window=window), 40)
    exact = timed(lambda: read(use_case, window=window, reviewers=True), 40)
    _say(capsys, f"all measures of a quarter, n {n:,}: protected", taken, len(asked))
    _say(capsys, "the same for the lead, exact days", exact, len(asked))


def test_an_update_costs_the_same_with_much_history(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    """Batches of two hundred changes after ten thousand decisions and after a million: a ratio near one is flat.

    Half of the changes are new decisions of one day, half are late outcomes of the first ten days; there are as many
    decisions a day however long it has been going on.
    """
    many = count(1_000_000, at_least=100_000)
    medians = []
    for number in (10_000, many):
        use_case = a_use_case(cast, key=f"held-{number}")
        plant(use_case, 11 if number == 10_000 else DAYS)
        plant_deltas(use_case, number)
        batches = iter([a_batch(use_case, number, start) for start in range(0, 1_800, 200)])
        taken = timed(lambda: record(next(batches), judge=Bench()), 9)  # noqa: B023
        _say(capsys, f"counting 200 changes after {number:,} decisions", taken)
        medians.append(statistics.median(taken.cpu) / 200)
    with capsys.disabled():
        print(f"  for one decision: {medians[0]:.3f} and {medians[1]:.3f} ms, ratio {medians[1] / medians[0]:.2f}")


def plant_deltas(use_case: UseCase, n: int) -> None:
    """Plant the deltas and reviews of ``n`` decisions ``D0 ..`` as their batches would have left them."""
    jsonb, no = ("CAST(%s AS jsonb)", "false") if connection.vendor == "postgresql" else ("%s", "0")
    cells = json.dumps(OversightCounts({("decisions",): 1, ("executed",): 1, ("work", "rev-1"): 1}).to_json())
    rows = f"WITH RECURSIVE seen(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM seen WHERE i < {n - 1})"
    key = use_case.pk.hex if connection.vendor == "sqlite" else str(use_case.pk)
    owner = "CAST(%s AS uuid)" if connection.vendor == "postgresql" else "%s"
    with connection.cursor() as cursor:
        cursor.execute(
            f'{rows} INSERT INTO audit_oversight_delta (use_case_id, decision_id, "index", day, slice, cells) '
            f"SELECT {owner}, 'D' || i, i, {FIRST.toordinal()} + i / 1000, {jsonb}, {jsonb} FROM seen",
            [key, '["approve", "0.8", "1", "en"]', cells],
        )
        cursor.execute(
            f"{rows} INSERT INTO audit_oversight_review "
            '(use_case_id, day, reviewer, at, decision_id, review_id, changed, active_ms, "index", until_index) '
            f"SELECT {owner}, {FIRST.toordinal()} + i / 1000, 'rev-' || (i - i / 50 * 50), NULL, 'D' || i, 'RV-' || i, "
            f"{no}, 90000, i, NULL FROM seen",
            [key],
        )


def a_batch(use_case: UseCase, held: int, start: int) -> list[Change]:
    """Two hundred changes: new decisions, and outcomes of old ones, in turn."""
    made = []
    for i in range(start, start + 200):
        old = i * 5 % 10_000
        name, offset = (f"D{held + i}", 10) if i % 2 else (f"D{old}", old // 1000)
        at = datetime.combine(FIRST + timedelta(days=offset), datetime.min.time(), UTC)
        seen = review(f"RV-{name[1:]}", f"rev-{int(name[1:]) % 50}", outcome="approve", final_value="x")
        seen = replace(seen, submitted_at=None, active_ms=90_000)
        outcome = None if i % 2 else OutcomeRecord(value="approve", source="real")
        known = decision(seen, decision_id=name, proposed_at=at, executed_at=at, outcome=outcome)
        made.append(Change(index=held + i, at=LATER, before=None, after=DecisionState(known, use_case.pk)))
    return made


def test_two_hundred_use_cases_at_a_glance(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    first = a_use_case(cast)
    plant(first, 31)
    content = content_of(read(first, window=(FIRST, FIRST + timedelta(days=31))))
    today = timezone.now().astimezone(UTC).date().toordinal()
    for number in range(200):
        case = a_use_case(cast, key=f"case-{number}")
        OversightDelta.objects.create(use_case=case, decision_id="d", index=number, day=today, cells=[])
        OversightReading.objects.create(use_case=case, index=number + 1, day=today, content=content)
    UseCase.objects.update(lifecycle="live")
    client = Client()
    client.force_login(cast.otto, backend="allauth.account.auth_backends.AuthenticationBackend")
    OversightMonth.objects.filter(use_case=first).delete()
    client.get("/oversight/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/oversight/").status_code == 200
    queries = len(asked)
    _say(capsys, "overview with 200 live use cases", timed(lambda: client.get("/oversight/"), 60), queries)


def _say(capsys: pytest.CaptureFixture[str], what: str, taken: Taken, queries: int | None = None) -> None:
    asked = "" if queries is None else f", {queries} queries"
    with capsys.disabled():
        figures = "; ".join(
            f"{name} median {statistics.median(each):.1f} ms, p95 {each[min(len(each) - 1, int(len(each) * 0.95))]:.1f}"
            for name, each in (("CPU", taken.cpu), ("clock", taken.clock))
        )
        print(f"\n  {what} ({connection.vendor}): {figures}{asked}")


def test_months_are_numbered_as_the_rows_are() -> None:
    assert month_of(datetime(2026, 7, 1, tzinfo=UTC).date().toordinal()) == 2026 * 12 + 6
