"""The register with 1,000 and with 10,000 use cases and 1,000 users with grants: the same questions, the same time."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from guardian.shortcuts import assign_perm

from audit.api.front import calm_collector
from governance.models import (
    Assignment,
    Classification,
    Person,
    Unit,
    UnitUserGrant,
    UseCase,
    User,
)
from tests.benchmarks.copies import Copies
from tests.cast import Cast, a_live_use_case
from tests.scale import count

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]
PAGE_MS = 150  # p95 with ten thousand use cases
GROWTH = 1.3  # of the processor's time, ten times the use cases
# Eleven rows of a thousand entries, a full page of ten thousand: printed, and no measure of how cost grows with size.
FULLER = "search, a fuller page"
ROUNDS = count(40, at_least=15)
UNITS = 50
SMALL, LARGE = "small", "large"
SIZES = {SMALL: (0, 1_000), LARGE: (1_000, 10_000)}  # filled one after the other
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


@dataclass(frozen=True, slots=True)
class Turn:
    """One page asked for once: milliseconds of processor time, by the clock, and of waiting for a processor.

    On PostgreSQL with the server's process for this connection, where it runs on this machine.
    """

    spent: float
    took: float
    queued: float

    @property
    def own(self) -> float:
        """Milliseconds by the clock without those in which other programs held the processor.

        Never fewer than were worked: where both processes waited at once, both counted it.
        """
        return max(self.spent, self.took - self.queued)


def schedule() -> tuple[float, float]:
    """Milliseconds that this process and its server have run so far, and waited for a processor; see proc(5)."""
    server = connection.connection.info.backend_pid if connection.vendor == "postgresql" else None
    own, other = Path("/proc/thread-self/schedstat"), Path(f"/proc/{server}/schedstat")
    # What runs at this moment is counted there by the tick alone, so the own work is asked of the clock.
    ran = time.process_time() * 1000 + (int(other.read_text().split()[0]) / 1e6 if server and other.exists() else 0)
    queued = [int(path.read_text().split()[1]) / 1e6 for path in (own, other) if path.exists()]
    return ran, sum(queued)


def turn(client: Client, path: str) -> Turn:
    """Ask for a page once."""
    (ran, queued), began = schedule(), time.perf_counter()
    assert client.get(path).status_code == 200, path
    took = (time.perf_counter() - began) * 1000
    ran_then, queued_then = schedule()
    return Turn(ran_then - ran, took, queued_then - queued)


@dataclass
class Page:
    """A page as somebody asks for it, and what was measured of it by number of use cases."""

    who: str
    name: str
    path: str
    client: Client
    turns: dict[str, list[Turn]] = field(default_factory=lambda: {size: [] for size in SIZES})
    queries: dict[str, int] = field(default_factory=dict)

    def measure(self, copies: Copies) -> None:
        """Ask at both sizes by turns, the larger first every other time."""
        for size in SIZES:
            with copies.on(size):
                turn(self.client, self.path)
                with CaptureQueriesContext(connection) as captured:
                    turn(self.client, self.path)
                self.queries[size] = len(captured)
        for number in range(ROUNDS):
            for size in list(SIZES)[:: -1 if number % 2 else 1]:
                with copies.on(size):
                    self.turns[size].append(turn(self.client, self.path))

    @property
    def ratio(self) -> float:
        """How much more of the processor the larger register takes: the median over neighbouring turns."""
        return statistics.median(b.spent / a.spent for a, b in zip(*self.turns.values(), strict=True))

    def p95(self, of: Callable[[Turn], float]) -> float:
        """The 95th percentile at the larger size, in milliseconds."""
        return sorted(map(of, self.turns[LARGE]))[int(ROUNDS * 0.95)]

    def line(self) -> str:
        """The figures in a row."""
        spent = {size: statistics.median(each.spent for each in turns) for size, turns in self.turns.items()}
        return (
            f"  {self.who:14} {self.name:22} processor {spent[SMALL]:5.1f} {spent[LARGE]:5.1f}  ratio {self.ratio:4.2f}"
            f"  p95 {self.p95(lambda each: each.own):6.1f}, others' time too {self.p95(lambda each: each.took):6.1f}"
            f"  queries {self.queries[SMALL]} {self.queries[LARGE]}"
        )


PATHS = {
    "list": "/register/",
    "list, sorted by tier": "/register/?sort=tier",
    "filtered": "/register/?tier=high&lifecycle=live",
    "search": "/register/?q=kind+7",
    FULLER: "/register/?q=number+77",
    "search, one entry": "/register/?q=9000123",
    "search, every entry": "/register/?q=helps+of",
    "today": "/",
}


def pages(cast: Cast, live: UseCase) -> list[Page]:
    """Every page for who reads all and for who reads some units; each has a use case they can see."""
    mine, theirs = f"/register/{live.ref}/", "/register/UC-9000001/"
    readers = {
        "reads all": (cast.otto, {"use case": mine, "who reaches it": f"{mine}access/"}),
        "granted units": (User.objects.get(email="u0@example.org"), {"use case": theirs}),
    }
    found = []
    for who, (user, own) in readers.items():
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        found += [Page(who, name, path, client) for name, path in {**PATHS, **own}.items()]
    return found


@pytest.fixture
def copies(tmp_path: Path, transactional_db: None) -> Iterator[Copies]:
    """Room for both sizes."""
    kept = Copies(tmp_path)
    yield kept
    kept.drop()


def test_ten_times_the_register_costs_the_same(cast: Cast, copies: Copies, capsys: pytest.CaptureFixture[str]) -> None:
    live = a_live_use_case(cast)
    units = [Unit.objects.create(name=f"Unit {number:02d}") for number in range(UNITS)]
    crowd(units)
    asked = pages(cast, live)
    for size, (start, end) in SIZES.items():
        fill(cast, start, end, units)
        copies.keep(size)
    calm_collector()  # as the web process does
    for page in asked:
        page.measure(copies)
    with capsys.disabled():
        print(f"\n{connection.vendor}: milliseconds at 1,000 and 10,000 use cases, 1,000 users with grants")
        print(*(page.line() for page in asked), sep="\n")
        print(f"  load of the machine {os.getloadavg()[0]:.1f}")
    assert {(page.who, page.name): page.queries for page in asked if len(set(page.queries.values())) > 1} == {}
    grown = {(page.who, page.name): page.ratio for page in asked if page.ratio > GROWTH and page.name != FULLER}
    slow = {(page.who, page.name): page.p95(lambda each: each.own) for page in asked}
    assert (grown, {name: p95 for name, p95 in slow.items() if p95 > PAGE_MS}) == ({}, {})
