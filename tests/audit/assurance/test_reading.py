"""What a reader gets: every measure live, whole months, and old figures as of an old checkpoint."""

import random
from datetime import UTC, date, datetime

import pytest

from audit import tasks
from audit.assurance.reading import AsOfNotPublished, read
from audit.ledger import log as ledger
from audit.models import OversightMonth, OversightReview
from governance.models import UseCase
from tests.audit.assurance.conftest import Feed
from tests.audit.assurance.log import events, team
from tests.scale import SEED

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = (date(2026, 3, 1), date(2026, 5, 1))


def figures(use_case: UseCase, **more: object) -> dict[str, object]:
    found = read(use_case, window=WINDOW, **more)  # type: ignore[arg-type]
    return {each.id: (each.value, each.n, each.interval, each.verdict, each.parts) for each in found.measures}


def test_what_needs_an_order_or_other_rooms_is_there(governed: UseCase, feed: Feed) -> None:
    feed(team(first=MARCH, months=2, per_month=60))
    found = read(governed, window=WINDOW).by_id
    assert found["M1"].n == 120
    assert found["M1b"].data["left_out"] + found["M1b"].n == 4
    assert found["M4"].n == 120
    assert found["M4"].value is not None
    assert found["M9"].data["per_hour"].value is not None
    assert sum(part.interval.n for part in found["M1"].parts if part.kind == "class") == 120
    assert found["M3"].n == 120


def test_duplicates_and_late_events_and_their_order_change_no_figure(governed: UseCase, feed: Feed) -> None:
    made = team(first=MARCH, months=2, per_month=40)
    shuffled = list(made)
    random.Random(SEED).shuffle(shuffled)
    feed(shuffled[:150])
    feed(shuffled[150:] + shuffled[:40])
    late = figures(governed)
    before = {(row.month, row.dimension, row.value): bytes(row.cells) for row in OversightMonth.objects.all()}
    tasks.rebuild(at=datetime(2026, 12, 1, tzinfo=UTC))
    assert figures(governed) == late
    assert {(r.month, r.dimension, r.value): bytes(r.cells) for r in OversightMonth.objects.all()} == before


def test_recomputed_as_of_an_old_checkpoint_the_old_figures_stand(governed: UseCase, feed: Feed) -> None:
    feed(team(first=MARCH, months=1, per_month=60))
    old, then = ledger.latest_checkpoint(), figures(governed, reviewers=True)
    feed(team(first=MARCH, months=2, per_month=50, seed=9, prefix="e"))
    assert old is not None
    assert figures(governed, reviewers=True) != then
    assert figures(governed, reviewers=True, as_of=old.size) == then
    filtered = figures(governed, reviewers=True, as_of=old.size, cut=("class", "housing"))
    assert 0 < filtered["M3"][1] < 60  # type: ignore[index]


def test_a_late_correction_moves_a_review_and_leaves_no_trace_in_the_order(governed: UseCase, feed: Feed) -> None:
    feed(
        [
            each
            for n in range(40)
            for each in events(n, reviewer=f"rev-{n % 4}", at=MARCH.replace(hour=8, day=1 + n % 9))
        ]
    )
    rows = OversightReview.objects.filter(until_index=None)
    assert rows.count() == 40
    moved = events(7, reviewer="rev-0", at=MARCH.replace(hour=8, day=8))[1]
    moved |= {"id": "d-00007-review-again", "data": {**moved["data"], "actor": {"ref": "rev-9", "authn": "oidc"}}}
    feed([moved])
    current = OversightReview.objects.filter(until_index=None, decision_id="d-00007")
    assert current.count() == 1
    assert OversightReview.objects.filter(decision_id="d-00007").count() <= 2


def test_the_past_is_shown_as_it_was_published_and_no_other_way(governed: UseCase, feed: Feed) -> None:
    feed(team(first=MARCH, months=1, per_month=40))
    checkpoint = ledger.latest_checkpoint()
    assert checkpoint is not None
    with pytest.raises(AsOfNotPublished):
        read(governed, window=WINDOW, as_of=checkpoint.size)
