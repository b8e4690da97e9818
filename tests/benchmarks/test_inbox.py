"""The inbox of findings with ten thousand open ones: pages and one owner for all of them, of the processor."""

import statistics
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.findings.numbers import finding_key, numbers_for
from audit.models import Finding, FindingAct
from tests.audit.reviews.house import House, build
from tests.scale import count

pytestmark = [pytest.mark.django_db, pytest.mark.benchmark, pytest.mark.slow]
FINDINGS, ASKED = 10_000, count(100, at_least=20)
CODES = ("UNREVIEWED", "LATE_REVIEW", "STALE", "TOO_FAST", "UNQUALIFIED", "DUP_CONFLICT")
PATHS = (
    "/findings/",
    "/findings/?state=open&judged=no&sort=severity",
    "/findings/?state=open&code=STALE&owner=none",
    "/findings/?state=open&source=log&severity=hard&page=9",
    "/findings/?q=D-77",
)
LIMIT = 0.5  # seconds of the processor for a page


@pytest.fixture
def house() -> House:
    house = build()
    now, case = timezone.now(), house.use_case
    keys = [finding_key(case.pk, CODES[n % len(CODES)], f"D-{n}") for n in range(FINDINGS)]
    refs = numbers_for(keys)
    Finding.objects.bulk_create(
        [
            Finding(
                pk=key, ref=refs[key], use_case=case, code=CODES[n % len(CODES)], decision_id=f"D-{n}",
                severity="hard" if n % 3 else "soft", opened_index=n, opened_at=now - timedelta(minutes=n),
                explanation={"sentence": "Executed with 0 of 1 required reviews (R1)."},
            )
            for n, key in enumerate(keys)
        ],
        batch_size=500,
    )  # fmt: skip
    return house


def test_a_page_of_the_inbox_and_one_owner_for_all(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    client = Client()
    client.force_login(house.cast.anna)
    lines = []
    for path in PATHS:
        client.get(path)
        with CaptureQueriesContext(connection) as taken:
            client.get(path)
            queries = len(taken)
        worked = []
        for _ in range(ASKED):
            cpu = time.process_time()
            assert client.get(path).status_code == 200
            worked.append(time.process_time() - cpu)
        worked.sort()
        p95 = worked[int(len(worked) * 0.95)]
        lines.append(
            f"  {path:<56} {queries:>3} queries, median {statistics.median(worked) * 1000:.0f} ms, "
            f"p95 {p95 * 1000:.0f} ms"
        )
        assert p95 <= LIMIT
    cpu = time.process_time()
    answer = client.post(
        "/findings/?state=open", {"all-owner": house.cast.people["rita"].ref, "all-expected": FINDINGS}
    )
    took = time.process_time() - cpu
    assert answer.status_code == 302
    assert FindingAct.objects.filter(kind="assigned").count() == FINDINGS
    with capsys.disabled():
        print(f"\n{FINDINGS:,} open findings, of the processor:", *lines, sep="\n")
        print(f"  one owner for all of them: {took:.1f} s")
