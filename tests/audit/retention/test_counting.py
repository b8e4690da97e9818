"""What was removed and held in a window: counts that a report prints, with the entries that explain them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import retention
from audit.ledger import guards, log, removed
from audit.ledger.models import Entry, Removal
from audit.management.commands.follow import catch_up
from audit.models import RemovalRequest
from governance.models import UseCase
from tests.audit.events.samples import executed, proposed, reviewed
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]
Erase = Callable[[str], RemovalRequest]


@pytest.fixture
def erase(send: Any, live_use_case: UseCase, cast: Cast) -> Erase:
    """Three decisions are recorded; erase one of them."""
    send([each for name in ("A-1", "A-2", "A-3") for each in (proposed(name), reviewed(name), executed(name))])
    catch_up()

    def _erase(name: str) -> RemovalRequest:
        now = timezone.now()
        asked = retention.ask_erasure(use_case=live_use_case, actor=cast.anna, at=now, reason="r", decision_id=name)
        done = retention.agree(request=asked, actor=cast.adam, at=timezone.now())
        catch_up()
        return done

    return _erase


def test_an_erasure_is_counted_where_it_was_done_and_where_it_was_felt(erase: Erase, live_use_case: UseCase) -> None:
    start = timezone.now() - timedelta(hours=1)
    done = erase("A-1")
    end = timezone.now()
    found = retention.removals_in(live_use_case, start, end)
    [act] = found.done
    assert (act.entry, act.index, act.kind) == (done.entry, log.index_of(done.entry), "subject.erased")
    assert (act.payloads, act.again) == ({"events": 3}, False)
    assert (found.erased, found.pruned, found.missing_erased, found.missing_pruned) == (3, 0, 3, 0)
    assert retention.removals_in(None, start, end) == found
    later = retention.removals_in(live_use_case, end, None)
    assert (later.done, later.missing) == ((), ())
    assert retention.removals_in(live_use_case, None, start) == retention.Removals((), (), ())


def test_another_use_case_of_a_longer_name_is_not_counted(erase: Erase, live_use_case: UseCase) -> None:
    erase("A-1")
    other = UseCase(ref=live_use_case.ref[:-1])
    assert retention.removals_in(other, None, None).done == ()


def test_a_checkpoint_fixes_the_counts(erase: Erase, live_use_case: UseCase) -> None:
    first = erase("A-1")
    as_of = log.index_of(first.entry) + 1
    told = retention.removals_in(live_use_case, None, None, as_of=as_of)
    erase("A-2")
    assert retention.removals_in(live_use_case, None, None, as_of=as_of) == told
    assert retention.removals_in(live_use_case, None, None, as_of=as_of - 1).done == ()
    assert retention.removals_in(live_use_case, None, None).erased == 6


def test_pruning_falls_into_two_windows(live_use_case: UseCase, cast: Cast) -> None:
    old, now = timezone.now() - timedelta(days=900), timezone.now()
    with log.replaying_clock("test"), transaction.atomic():
        draft = {"stream": "events", "type": "x", "event_time": old, "recorded_by": cast.anna.pk, "payload": b"{}"}
        refs = [(live_use_case.ref,), (live_use_case.ref, "more"), ("UC-9999",)]
        log.append([log.Draft(**draft, refs=each) for each in refs], at=old)
    catch_up()
    request = retention.ask_prune(stream="events", actor=cast.anna, at=now, reason="retention")
    retention.agree(request=request, actor=cast.adam, at=timezone.now())
    catch_up()
    then = retention.removals_in(live_use_case, old, old + timedelta(days=1))
    assert (then.pruned, then.missing_pruned) == (0, 2)
    recent = retention.removals_in(live_use_case, now, None)
    assert (recent.pruned, recent.missing_pruned) == (2, 0)
    assert retention.removals_in(None, now, None).pruned == 3


def test_holds_stand_from_their_entry_to_their_lift(erase: Erase, cast: Cast) -> None:
    before = timezone.now()
    hold = retention.place_hold(actor=cast.anna, at=timezone.now(), reason="court", stream="events")
    catch_up()
    lift = retention.ask_lift(hold=hold, actor=cast.anna, at=timezone.now(), reason="closed")
    retention.agree(request=lift, actor=cast.adam, at=timezone.now())
    catch_up()
    after = timezone.now()
    [held] = retention.removals_in(None, before, after).holds
    assert held.entry is not None
    assert (held.hold, held.stream, held.index) == (hold.pk, "events", log.index_of(held.entry))
    assert held.lifted_at is not None
    [standing] = retention.removals_in(None, before, after, as_of=held.index + 1).holds
    assert standing.lifted_at is None
    assert retention.removals_in(None, after, None).holds == ()
    assert retention.removals_in(None, None, before).holds == ()


def test_a_removal_done_again_after_a_restore_keeps_its_count_and_names_its_new_entry(erase: Erase) -> None:
    done = erase("A-1")
    line = removed._line_of(done.entry)
    assert line is not None
    with transaction.atomic():
        again = removed.explain([line], at=timezone.now())[0]
    catch_up()
    with guards.lifted(connection):  # the database that was restored does not hold the first entry
        Entry.objects.filter(pk=done.entry).delete()
    [act] = retention.removals_in(None, None, None).done
    assert (act.entry, act.again, act.kind, act.total) == (again, True, "subject.erased", 3)
    assert json.loads(log.payload(again) or b"")["replays"] == line.cause


def test_the_queries_do_not_grow_with_what_was_removed(erase: Erase, live_use_case: UseCase) -> None:
    erase("A-1")
    with CaptureQueriesContext(connection) as one:
        retention.removals_in(live_use_case, None, None)
    erase("A-2")
    erase("A-3")
    with CaptureQueriesContext(connection) as three:
        retention.removals_in(live_use_case, None, None)
    assert len(three) == len(one)
    assert Removal.objects.count() == 9
