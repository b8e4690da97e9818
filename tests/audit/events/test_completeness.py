"""What did not arrive shows: gaps, silence, declared counts, clocks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.events.completeness import completeness
from audit.management.commands.follow import catch_up
from audit.models import Event
from governance.models import UseCase
from tests.audit.events.samples import SOURCE, event, proposed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]


def report(use_case, **more):
    now = timezone.now()
    [found] = completeness(use_case, since=now - timedelta(days=1), until=now + timedelta(minutes=1), **more)
    return found


def test_gaps_in_the_sequence_are_counted_and_placed(send, live_use_case):
    send([proposed(f"D{n}", sequence=str(n)) for n in (3, 4, 7, 8, 12)])
    found = report(live_use_case)
    assert (found.source, found.received, found.missing, found.meaning) == (SOURCE, 5, 5, "missing")
    assert [(gap.first, gap.last) for gap in found.gaps] == [(5, 6), (9, 11)]


def test_a_heartbeat_promises_more_than_arrived(send, live_use_case):
    send([proposed(f"D{n}", sequence=str(n)) for n in (1, 2)])
    send(event("heartbeat", data={"sequence_high": 5, "declared_count": 6}, sequence="3"))
    catch_up()
    found = report(live_use_case)
    assert (found.missing, found.declared, found.counted, found.meaning) == (2, 6, 3, "missing")
    assert [(gap.first, gap.last, gap.until) for gap in found.gaps] == [(4, 5, None)]


def test_without_sequence_or_declaration_nobody_can_tell(send, live_use_case):
    send(proposed())
    found = report(live_use_case)
    assert (found.missing, found.declared, found.meaning) == (None, None, "unknown")


def test_a_full_sequence_is_complete_whatever_the_order(send, live_use_case):
    send([proposed(f"D{n}", sequence=str(n)) for n in (3, 1, 2)])
    assert report(live_use_case).meaning == "complete"


def test_clocks_ahead_late_events_and_missing_times_are_counted_never_refused(send, live_use_case):
    now = timezone.now()
    send(proposed("A", time=(now + timedelta(hours=2)).isoformat()))
    send(proposed("B", time=(now - timedelta(days=400)).isoformat()))
    sent = proposed("C")
    del sent["time"]
    send(sent)
    found = report(live_use_case)
    assert (found.received, found.ahead, found.late, found.without_time) == (3, 1, 1, 1)


def test_silence_between_events_and_at_the_end_is_shown(send, live_use_case):
    now = timezone.now()
    send([proposed("A"), proposed("B"), proposed("C")])
    for name, hours in (("A", 10), ("B", 4), ("C", 3)):
        Event.objects.filter(decision_id=name).update(recorded_at=now - timedelta(hours=hours))
    found = report(live_use_case, silence_after=timedelta(hours=2))
    assert [round((each.until - each.since).total_seconds() / 3600) for each in found.silences] == [6, 3]


def test_a_source_that_speaks_for_two_use_cases_misses_nothing_between_them(send, live_use_case):
    send([proposed(f"D{n}", sequence=str(n)) for n in (1, 2, 3, 3)])
    other = UseCase.objects.create(
        ref="UC-0099", key="other", name="Other", purpose="Another.", unit=live_use_case.unit,
        owner=live_use_case.owner, lifecycle="planned", registered_at=timezone.now(),
    )  # fmt: skip
    Event.objects.filter(decision_id="D2").update(use_case=other)
    found = report(live_use_case)
    assert (found.received, found.missing, found.repeated) == (2, 0, 0)
