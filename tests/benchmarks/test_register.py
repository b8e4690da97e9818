"""The register with 1,000 and with 10,000 use cases and 1,000 users with grants: the same questions, the same time."""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from guardian.shortcuts import assign_perm

from audit.api.wsgi import calm_collector
from governance.models import (
    Assignment,
    Classification,
    Person,
    Unit,
    UnitUserGrant,
    UseCase,
    User,
)
from tests.cast import Cast, a_live_use_case

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db]
PAGE_MS = 150  # p95 with ten thousand use cases
GROWTH = 1.3  # of the processor's time, ten times the use cases
# Eleven rows of a thousand entries, a full page of ten thousand: printed, and no measure of how cost grows with size.
FULLER = "search, a fuller page"
ROUNDS = 15
UNITS = 50
TIERS = ("high", "limited", "minimal", "review", "")


def fill(cast: Cast, start: int, end: int, units: list[Unit]) -> None:
    """Use cases ``start`` to ``end``, spread over the units, with a classification and an owner each."""
    now = timezone.now()
    cases = [
        UseCase(
            ref=f"UC-9{number:06d}",
            key=f"bench-{number}",
            name=f"Use of AI number {number}",
            purpose=f"Helps to decide matter {number % 97} for people of kind {number % 13}, and says why. " * 2,
            owner=cast.people["olga"],
            unit=units[number % UNITS],
            tier=TIERS[number % 5],
            lifecycle="live" if number % 3 else "planned",
            roles=["deployer"],
            registered_at=now,
        )
        for number in range(start, end)
    ]
    UseCase.objects.bulk_create(cases, batch_size=500)
    Assignment.objects.bulk_create(
        [Assignment(use_case=case, person=case.owner, duty="owner", since=now) for case in cases], batch_size=500
    )
    Classification.objects.bulk_create(
        [
            Classification(
                use_case=case, answers={}, on_date=now.date(), law_version="x", tier=case.tier, outcomes=[],
                legal_basis=[], rules=[], duties=[], made_by=cast.anna, made_at=now,
            )
            for case in cases
            if case.tier
        ],
        batch_size=500,
    )  # fmt: skip


def crowd(units: list[Unit]) -> None:
    """A thousand users, each with grants on two units, and one with grants on ten."""
    users = [User(email=f"u{number}@example.org", name=f"U{number}", password="!") for number in range(1000)]
    User.objects.bulk_create(users, batch_size=500)
    assign_perm("governance.view_unit", users[0], units[0])
    permission = UnitUserGrant.objects.get(user=users[0]).permission
    grants = [
        UnitUserGrant(user=user, content_object=units[(place + step) % UNITS], permission=permission)
        for place, user in enumerate(users)
        for step in ((1, 2) if place else range(1, 10))
    ]
    UnitUserGrant.objects.bulk_create(grants, batch_size=500)
    Person.objects.create(ref="P-9999", name="U0", user=users[0])


def processor_seconds() -> float:
    """Processor time so far: this process, and on PostgreSQL the server's for this connection where it runs here."""
    seconds = time.process_time()
    server = connection.connection.info.backend_pid if connection.vendor == "postgresql" else None
    spent = Path(f"/proc/{server}/schedstat")
    return seconds + (int(spent.read_text().split()[0]) / 1e9 if server and spent.exists() else 0)


def paced() -> float:
    """Seconds of processor time for a fixed piece of work: how fast this machine lets us be at this moment."""
    began = time.process_time()
    for number in range(6_000):
        str({"number": number, "text": f"{number:08d}"}).replace("0", "x").split("x")
    return time.process_time() - began


def measured(ask: Callable[[], object]) -> tuple[float, float, float, int]:
    """Processor time in units of :func:`paced` (median), median and 95th percentile in ms with the database; queries.

    Who else uses the machine slows both: only their ratio says what grew.
    """
    ask()
    with CaptureQueriesContext(connection) as captured:
        ask()
        queries = len(captured)
    times, spent = [], []
    for _ in range(ROUNDS):
        pace = paced()
        used, began = processor_seconds(), time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
        spent.append((processor_seconds() - used) * 2 / (pace + paced()))
    return statistics.median(spent), statistics.median(times), sorted(times)[int(ROUNDS * 0.95)], queries


def test_ten_times_the_register_costs_the_same(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    live = a_live_use_case(cast)
    units = [Unit.objects.create(name=f"Unit {number:02d}") for number in range(UNITS)]
    crowd(units)
    clients = {}
    for name, user in (("reads all", cast.otto), ("granted units", User.objects.get(email="u0@example.org"))):
        clients[name] = Client()
        clients[name].force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    pages = {
        "list": "/register/",
        "list, sorted by tier": "/register/?sort=tier",
        "filtered": "/register/?tier=high&lifecycle=live",
        "search": "/register/?q=kind+7",
        FULLER: "/register/?q=number+77",
        "search, one entry": "/register/?q=9000123",
        "search, every entry": "/register/?q=helps+of",
        "use case": f"/register/{live.ref}/",
        "who reaches it": f"/register/{live.ref}/access/",
        "today": "/",
    }
    seen: dict[tuple[str, str], list[tuple[float, float, float, int]]] = {}
    done = 0
    for size in (1_000, 10_000):
        fill(cast, done, size, units)
        done = size
        connection.cursor().execute("ANALYZE")
        calm_collector()  # as the web process does
        for who, client in clients.items():
            for page, path in pages.items():
                if who == "granted units" and page in {"use case", "who reaches it"}:
                    continue
                assert client.get(path).status_code == 200, path
                seen.setdefault((who, page), []).append(measured(lambda c=client, p=path: c.get(p)))  # type: ignore[misc]
    with capsys.disabled():
        print(f"\n{connection.vendor}: milliseconds at 1,000 and 10,000 use cases, 1,000 users with grants")
        for (who, page), (small, large) in seen.items():
            print(
                f"  {who:14} {page:22} processor {small[0]:5.2f} {large[0]:5.2f}  ratio {large[0] / small[0]:4.2f}"
                f"  median {small[1]:6.1f} {large[1]:6.1f}  p95 {large[2]:6.1f}  queries {small[3]} {large[3]}"
            )
        print(f"  load of the machine {os.getloadavg()[0]:.1f}")
    assert {key: (small[3], large[3]) for key, (small, large) in seen.items() if small[3] != large[3]} == {}
    grown = {key: large[0] / small[0] for key, (small, large) in seen.items() if large[0] > GROWTH * small[0]}
    assert {key: ratio for key, ratio in grown.items() if key[1] != FULLER} == {}
    assert {key: large[2] for key, (_, large) in seen.items() if large[2] > PAGE_MS} == {}
