"""A quarter over a million decisions from aggregates, an update's cost as history grows, two hundred use cases at once.

The decisions are planted as the stored rows they would have become; what is timed is reading and adding.
"""

import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.assurance.glance import content_of
from audit.assurance.reading import read
from audit.models import OversightDelta, OversightMonth, OversightReading, OversightTotals
from audit.oversight import OversightCounts, Shift
from audit.oversight.storage import add_months, month_of, packed
from governance.models import UseCase
from tests.cast import Cast, a_use_case
from tests.scale import SEED

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


def timed(work: Callable[[], object], rounds: int) -> list[float]:
    taken = []
    for _ in range(rounds):
        start = time.thread_time()
        work()
        taken.append((time.thread_time() - start) * 1000)
    return sorted(taken)


def test_a_quarter_over_a_million_decisions(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    use_case = a_use_case(cast)
    n = plant(use_case)
    window = (FIRST, FIRST + timedelta(days=DAYS))
    read(use_case, window=window)
    with CaptureQueriesContext(connection) as asked:
        found = read(use_case, window=window)
    assert found.decisions == n >= 1_000_000
    taken = timed(lambda: read(use_case, window=window), 15)
    exact = timed(lambda: read(use_case, window=window, reviewers=True), 15)
    _say(capsys, f"all measures of a quarter, n {n:,}: protected", taken, len(asked))
    _say(capsys, "the same for the lead, exact days", exact, len(asked))


def test_an_update_costs_the_same_with_much_history(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    """One batch of two thousand decisions after 10,870 and after a million: a ratio near one is flat."""
    few, much = a_use_case(cast), a_use_case(cast, key="much")
    plant(few, 1)
    plant(much)
    step = a_day(random.Random(1), 2000)

    def add(use_case: UseCase, day: int) -> Callable[[], None]:
        return lambda: add_months({(use_case.pk, day, ("a", "0.5", "1", "en")): [step]})

    first = timed(add(few, FIRST.toordinal()), 9)
    later = timed(add(much, FIRST.toordinal()), 9)
    _say(capsys, "adding 2,000 decisions to a month of 10,870", first, 2)
    _say(capsys, "adding 2,000 decisions to a month of 337,000", later, 2)
    with capsys.disabled():
        print(f"  ratio {statistics.median(later) / statistics.median(first):.2f}")


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
    _say(capsys, "overview with 200 live use cases", timed(lambda: client.get("/oversight/"), 25), queries)


def _say(capsys: pytest.CaptureFixture[str], what: str, taken: list[float], queries: int) -> None:
    p95 = taken[min(len(taken) - 1, int(len(taken) * 0.95))]
    with capsys.disabled():
        figures = f"median {statistics.median(taken):.1f} ms, best {taken[0]:.1f}, p95 {p95:.1f}"
        print(f"\n  {what}: {figures} (CPU), {queries} queries")


def test_months_are_numbered_as_the_rows_are() -> None:
    assert month_of(datetime(2026, 7, 1, tzinfo=UTC).date().toordinal()) == 2026 * 12 + 6
