"""A report over a million decisions: the time to build it grows little with them, for figures come from aggregates.

Everything that a decision leaves behind is copied: its row, its events and their leaves, its deltas and reviews, its
findings. Only totals stay as they are, for there are as many of them however many decisions they count.
"""

import gc
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.template import Template
from django.test import Client
from django.test.utils import _TestState
from django.utils import timezone

from audit.api.front import calm_collector
from audit.events.tally import count_blocks
from audit.ledger.models import Leaf, SignedCheckpoint
from audit.models import Decision, Event, FollowerCursor
from audit.reports.build import Order, build
from audit.reports.issue import days
from audit.reports.pdf import render_pdf
from audit.reports.scope import Scope
from tests.audit.conftest import key, send  # noqa: F401
from tests.audit.reports.conftest import FIRST, LAST, Past, live_use_case, past  # noqa: F401
from tests.benchmarks.test_register import schedule
from tests.scale import count

DECISIONS = count(1_000_000, at_least=45_000)
SQLITE = connection.vendor == "sqlite"
NUMBERS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times})"
    if SQLITE
    else "WITH n(i) AS (SELECT generate_series(1, {times}))"
)
RANDOM = "lower(hex(randomblob(16)))" if SQLITE else "gen_random_uuid()"
PLACED = "(SELECT e.*, row_number() OVER (ORDER BY id) AS place FROM audit_event e WHERE decision_id <> '')"
PLACE = "t.place * 1000000 + n.i"
AFTER = "(SELECT max(idx) FROM ledger_leaf) + 1 + (t.place - 1) * {times} + n.i - 1"
ENTRY = f"printf('%032x', {PLACE})" if SQLITE else f"lpad(to_hex({PLACE}), 32, '0')::uuid"
SAME = {"decision_id": "t.decision_id || '-' || n.i"}
COPIED: dict[str, tuple[str, dict[str, str]]] = {
    "audit_decision": ("audit_decision", {"id": RANDOM, "entries": "'[]'", "state": "'{}'", **SAME}),
    "audit_oversight_delta": ("audit_oversight_delta", SAME),
    "audit_oversight_review": ("audit_oversight_review", SAME),
    "audit_fairness_delta": ("audit_fairness_delta", {"decision": RANDOM}),
    "audit_finding": ("audit_finding", {"id": RANDOM, "ref": "t.ref || '-' || n.i", **SAME}),
    "ledger_leaf": (PLACED, {"idx": AFTER, "entry_id": ENTRY, "leaf_hash": "t.id" if SQLITE else "''::bytea"}),
    "audit_event": (PLACED, {"id": ENTRY, "event_id": "t.event_id || '-' || n.i", **SAME}),
}
"""Table, what to copy, and the columns that differ from copy to copy."""


def copy_all(times: int) -> None:
    """Put ``times`` copies of every decision beside it, under other names, with all that was recorded about it."""
    numbers = NUMBERS.format(times=times)
    with connection.cursor() as cursor:
        for table, (source, new) in COPIED.items():
            columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
            given = {f'"{name}"': new.get(name, f't."{name}"') for name in columns if name != "id" or "id" in new}
            chosen = f"SELECT {', '.join(given.values())} FROM {source} t, n WHERE true"
            chosen = chosen.replace("{times}", str(times))
            cursor.execute(f"{numbers} INSERT INTO {table} ({', '.join(given)}) {chosen}")
        cursor.execute("ANALYZE")
    _sign()


def _sign() -> None:
    """Let the newest checkpoint and the follower reach past the copies, and count their blocks as the job does."""
    size = Leaf.objects.count()
    newest = SignedCheckpoint.objects.order_by("-size")[0]
    newest.size = size
    newest.save(force_insert=True)
    FollowerCursor.objects.update(index=size)
    count_blocks(limit=size)


def processor_seconds() -> float:
    """What this process and its server have worked so far."""
    return schedule()[0] / 1000


def took(past: Past) -> tuple[float, float]:  # noqa: F811
    """Return the least CPU and wall seconds of three builds."""
    order = Order(scope=Scope(use_case=past.use_case), window=days(FIRST, LAST), at=timezone.now())
    found = []
    for _ in range(3):
        cpu, wall = processor_seconds(), time.perf_counter()
        report = build(order)
        found.append((processor_seconds() - cpu, time.perf_counter() - wall))
        assert all(section.status == "computed" for section in report.sections)
    return min(each[0] for each in found), min(each[1] for each in found)


def memory() -> tuple[int, int]:
    """Return resident megabytes of this process, now and at the most since the last :func:`forget_peak`."""
    status = Path("/proc/self/status").read_text()
    now, peak = (int(status.split(f"{name}:")[1].split()[0]) // 1024 for name in ("VmRSS", "VmHWM"))
    return now, peak


def forget_peak() -> None:
    """Let the kernel count the peak from here (see clear_refs in proc(5))."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")


def weighed(past: Past) -> tuple[int, int]:  # noqa: F811
    """Return the megabytes that building and drawing a report took at the most, and those of its PDF in kilobytes.

    The database's own memory is left out: SQLite holds the test's in this process, PostgreSQL in another.
    """
    order = Order(scope=Scope(use_case=past.use_case), window=days(FIRST, LAST), at=timezone.now())
    forget_peak()
    before, _ = memory()
    pdf = render_pdf(build(order))
    return memory()[1] - before, len(pdf) // 1024


def previewed(past: Past, monkeypatch: pytest.MonkeyPatch) -> list[float]:  # noqa: F811
    """Return the milliseconds of CPU that drafts took as whole answers of the site, in order; nothing is kept between.

    As in a web process: templates without the test client's listening to each, and a collector that keeps calm.
    """
    assert past.cast is not None
    client = Client()
    client.force_login(past.cast.anna, backend="allauth.account.auth_backends.AuthenticationBackend")
    asked = {
        "kind": "oversight",
        "use_case": past.use_case.ref,
        "since": FIRST,
        "until": LAST,
        "key": "k",
        "draft": "1",
    }
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)
    calm_collector()
    taken = []
    for _ in range(41):
        began = processor_seconds()
        assert client.post("/reports/new/", {**asked, "draft": "1"}).status_code == 200
        taken.append((processor_seconds() - began) * 1000)
    return sorted(taken[1:])


@pytest.mark.benchmark
def test_a_report_over_a_million_decisions(
    past: Past,  # noqa: F811
    capsys: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bare, _ = memory()  # a process that has everything loaded
    few = took(past)
    began = time.perf_counter()
    copy_all(DECISIONS // 45)
    copied = time.perf_counter() - began
    many = took(past)
    grown, kilobytes = weighed(past)
    seen = previewed(past, monkeypatch)
    n, events = Decision.objects.count(), Event.objects.count()
    with capsys.disabled():
        print(f"\n{connection.vendor}: {n:,} decisions, {events:,} events, copied in {copied:.0f} s")
        print(f"  build over 45: {few[1]:.2f} s (CPU {few[0]:.2f}), over all: {many[1]:.2f} s (CPU {many[0]:.2f})")
        print(
            f"  draft as a page: median {seen[len(seen) // 2]:.0f} ms, p95 {seen[int(len(seen) * 0.95)]:.0f} ms (CPU)"
        )
        print(f"  build and pages of {kilobytes:,} kB: {grown} MB at the most beside {bare} MB of the process")
        print(f"  load while measuring: {os.getloadavg()[0]:.1f}")
    assert n > DECISIONS * 0.9
    assert bare + grown <= 300
    assert seen[int(len(seen) * 0.95)] <= 500
    assert many[1] <= 6
