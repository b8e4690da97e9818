"""Where changes gather is found and said; an improvement's effect is measured; a list of use cases costs one look."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.assurance.arrivals import arrived, close_days
from audit.assurance.glance import glances, renew
from audit.assurance.improvements import effect_of, open_improvement, put_into_effect
from audit.assurance.patterns import patterns
from audit.assurance.timeline import marks_of, months_of
from audit.models import Event, OversightArrivals
from governance.access import Invalid, NotAllowed
from governance.models import UseCase
from tests.audit.assurance.conftest import Feed
from tests.audit.assurance.log import events, team
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
TEAM = ("rev-1", "rev-2", "rev-3", "rev-4")


def planted(month: int, *, rate: int, version: str, prefix: str, n_cases: int = 160) -> list[dict[str, object]]:
    """A month in which every tenth proposal is changed, and of the class *late* every ``rate``-th, for one reason."""
    made: list[dict[str, object]] = []
    for n in range(n_cases):
        late = n % 4 == 0
        at = datetime(2026, month, 2 + n % 25, 8, tzinfo=UTC)
        changed = (n // 4) % rate == 0 if late else n % 10 == 1
        made += events(
            n,
            reviewer=TEAM[(n // 3) % 4],
            at=at,
            decision_class="late" if late else "other",
            changed=changed,
            version=version,
            prefix=prefix,
            reason="DATA_OUTDATED" if late else "CONTEXT",
        )
    return made


def test_the_planted_cause_is_named_in_a_sentence_a_team_can_act_on(governed: UseCase, feed: Feed) -> None:
    feed(planted(3, rate=2, version="1", prefix="m"))
    found = patterns(governed, window=(date(2026, 3, 1), date(2026, 4, 1)))
    sure = [cause for cause in found.causes if cause.sure]
    assert [(cause.dimension, cause.value) for cause in sure] == [("class", "late")]
    assert sure[0].message.text.startswith("Where class is late, people change 50.0 % of the proposals")
    assert sure[0].message.text.endswith("The reason given most is DATA_OUTDATED.")
    assert [cause.value for cause in found.reasons] == ["DATA_OUTDATED", "CONTEXT"]


def test_an_improvement_says_before_and_after_with_an_interval(governed: UseCase, feed: Feed, cast: Cast) -> None:
    feed(planted(3, rate=2, version="1", prefix="a") + planted(5, rate=20, version="2", prefix="b"))
    now = datetime.now(UTC)
    item = open_improvement(
        use_case=governed, dimension="class", value="late", cause="Payroll data are a month old.", owner=None,
        actor=cast.carl, at=now,
    )  # fmt: skip
    assert effect_of(item) is None
    put_into_effect(improvement=item, change="Payroll is read daily.", on=date(2026, 4, 10), actor=cast.carl, at=now)
    item.refresh_from_db()
    effect = effect_of(item)
    assert effect is not None
    assert (effect.before.value, effect.before.n, effect.after.n) == (0.5, 40, 40)
    assert effect.reading == "fell"
    assert item.ref.startswith("IM-")
    with pytest.raises(NotAllowed):
        put_into_effect(improvement=item, change="x", on=date(2026, 4, 10), actor=cast.rita, at=now)
    with pytest.raises(Invalid):
        put_into_effect(improvement=item, change="x", on=date(2100, 1, 1), actor=cast.carl, at=now)


def test_a_measure_by_month_has_gaps_and_marks(governed: UseCase, feed: Feed) -> None:
    march = planted(3, rate=2, version="1", prefix="a", n_cases=36)
    feed(march + planted(5, rate=20, version="2", prefix="b", n_cases=36))
    window = (date(2026, 3, 1), date(2026, 6, 1))
    months = months_of(governed, "M1", window=window)
    assert [(month.first.month, month.measure and month.measure.n) for month in months] == [
        (3, 36),
        (4, None),
        (5, 36),
    ]
    marks = marks_of(governed, window=(MARCH, MARCH + timedelta(days=92)))
    assert (date(2026, 5, 1), "2") in marks
    assert months_of(governed, "M12", window=window) == []


def test_readings_are_kept_until_the_evidence_moves_on(governed: UseCase, feed: Feed, cast: Cast) -> None:
    now = datetime.now(UTC)
    feed(team(first=now.replace(day=1), months=1, per_month=40))
    everything = UseCase.objects.all()
    [line] = glances(everything, at=now)
    assert line.content is not None
    assert line.content["decisions"] == 40
    assert renew(at=now) == 1
    assert renew(at=now) == 0
    feed(events(1, reviewer="rev-1", at=now, prefix="late"))
    [stale] = glances(everything, at=now)
    assert stale.stale
    assert renew(at=now) == 1
    with CaptureQueriesContext(connection) as asked:
        [fresh] = glances(everything, at=now)
    assert (fresh.stale, fresh.content and fresh.content["decisions"]) == (False, 41)
    assert len(asked) == 1


def test_completeness_counts_days_that_are_over_and_never_again(governed: UseCase, feed: Feed) -> None:
    feed(planted(3, rate=2, version="1", prefix="s")[:40])
    numbered = list(Event.objects.filter(use_case=governed).order_by("recorded_at", "id"))
    for number, event in enumerate(numbered, 1):
        Event.objects.filter(pk=event.pk).update(sequence=number if number < 30 else number + 5)
    today = datetime.now(UTC)
    assert close_days(at=today) == 0
    tomorrow = today + timedelta(days=1, hours=2)
    assert close_days(at=tomorrow) == 1
    assert close_days(at=tomorrow) == 0
    window = (today.date(), today.date() + timedelta(days=1))
    assert arrived(governed, window=window) == (40, 45)
    assert OversightArrivals.objects.get().received == 40
