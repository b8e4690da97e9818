"""Counted blocks and the rest add up to what a plain walk through the ledger finds, as of any entry."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from audit.events import tally as tallying
from audit.events.tally import Stream, any_simulated, count_blocks, recount, tally
from audit.ledger import log
from audit.ledger.models import Leaf
from audit.models import Event, EventBlock
from governance.models import UseCase
from tests.audit.events.samples import executed, proposed, reviewed
from tests.scale import SEED

SIZE = 16


@pytest.fixture
def recorded(live_use_case: UseCase, send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> int:
    """Numbered events with holes and repeated numbers, over several small blocks; returns the ledger's size."""
    monkeypatch.setattr(tallying, "BLOCK", SIZE)
    chance = random.Random(SEED)
    events: list[dict[str, Any]] = []
    for number in range(40):
        said = {"simulated": True} if number == 3 else {"drill": True} if number == 5 else {}
        events.append({**proposed(f"LN-{number}", sequence=str(chance.randrange(60))), **said})
        events.append(executed(f"LN-{number}"))
        if number % 3 == 0:
            events.append(reviewed(f"LN-{number}"))
    assert send(events).status_code == 201
    while log.integrate(at=timezone.now()):
        pass
    return Leaf.objects.count()


def walked(use_case: UseCase, as_of: int) -> tuple[dict[str, Stream], dict[str, tuple[int, int, int]]]:
    """The same by going through the entries one by one."""
    streams: dict[str, Stream] = {}
    numbers: dict[str, set[int]] = {}
    for entry in Leaf.objects.filter(idx__lt=as_of).order_by("idx").values_list("entry_id", flat=True):
        event = Event.objects.filter(pk=entry, use_case=use_case).first()
        if event is None:
            continue
        found = streams.setdefault(event.type, Stream())
        found.n += 1
        found.simulated += event.simulated
        found.drill += event.drill
        times = [each for each in (found.first, found.last, event.time) if each]
        found.first, found.last = min(times, default=None), max(times, default=None)
        if event.sequence is not None:
            numbers.setdefault(event.source, set()).add(event.sequence)
    return streams, {source: (len(seen), min(seen), max(seen)) for source, seen in numbers.items()}


def test_blocks_and_rest_equal_a_walk_at_every_size(live_use_case: UseCase, recorded: int) -> None:
    assert recorded > 5 * SIZE
    for counted in (0, 2, 99):
        count_blocks(limit=counted)
        for as_of in (1, SIZE - 1, SIZE, 3 * SIZE + 5, recorded):
            found, (streams, numbers) = tally(live_use_case, as_of=as_of), walked(live_use_case, as_of)
            assert found.streams == streams, (counted, as_of)
            assert {s: (n.fresh, n.low, n.high) for s, n in found.numbers.items()} == numbers, (counted, as_of)
            assert found == recount(live_use_case, as_of=as_of)
    assert count_blocks() == 0


def test_what_is_simulated_is_known_from_its_entry_on(live_use_case: UseCase, recorded: int) -> None:
    invented = Event.objects.get(simulated=True)
    place = Leaf.objects.get(entry_id=invented.pk).idx
    for _ in range(2):
        assert not any_simulated(live_use_case, invented.type, as_of=place)
        assert any_simulated(live_use_case, invented.type, as_of=recorded)
        count_blocks()


def test_a_changed_block_differs_from_a_recount(live_use_case: UseCase, recorded: int) -> None:
    count_blocks()
    row = EventBlock.objects.exclude(use_case=None).first()
    assert row is not None
    EventBlock.objects.filter(pk=row.pk).update(n=row.n + 1)
    assert tally(live_use_case, as_of=recorded) != recount(live_use_case, as_of=recorded)
