"""A report over a million decisions: the time to build it grows little with them, for figures come from aggregates."""

import time
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from audit.reports.build import Order, build
from audit.reports.issue import days
from audit.reports.scope import Scope
from tests.audit.conftest import key, send  # noqa: F401
from tests.audit.reports.conftest import FIRST, LAST, Past, live_use_case, past  # noqa: F401

TIMES = 22_222  # of 45 decisions: a million

COPIES = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times})
INSERT INTO audit_decision ({columns}) SELECT {values} FROM audit_decision d, n
"""


def copy_decisions(times: int) -> None:
    """Put ``times`` copies of every decision beside it, under other names; the aggregates are left as they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pragma_table_info('audit_decision')")
        columns = [row[0] for row in cursor.fetchall()]
        cursor.execute("DROP INDEX IF EXISTS decision_by_subject")
        new = {
            "state": "'{}'",
            "entries": "'[]'",
            "id": "lower(hex(randomblob(16)))",
            "decision_id": "d.decision_id || '-' || n.i",
        }
        values = ", ".join(new.get(name, f"d.{name}") for name in columns)
        cursor.execute(COPIES.format(times=times, columns=", ".join(columns), values=values))


def took(past: Past) -> float:  # noqa: F811
    order = Order(scope=Scope(use_case=past.use_case), window=days(FIRST, LAST), at=timezone.now())
    best = []
    for _ in range(2):
        began = time.perf_counter()
        build(order)
        best.append(time.perf_counter() - began)
    return min(best)


@pytest.mark.benchmark
@pytest.mark.skipif(connection.vendor != "sqlite", reason="copies rows with SQLite's own words")
def test_a_report_over_a_million_decisions(past: Past, capsys: Any) -> None:  # noqa: F811
    few = took(past)
    copy_decisions(TIMES)
    many = took(past)
    with capsys.disabled():
        print(f"\nbuild over 45 decisions {few:.2f} s, over 1,000,000 {many:.2f} s, ratio {many / few:.1f}")
    assert many <= 6
