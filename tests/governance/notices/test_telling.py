"""People are told once per occasion, in the product and by mail, when they want to be told."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
from django.core import mail
from django.db import transaction

from audit.ledger import log
from governance.access import Invalid, NotAllowed
from governance.models import Job, Notice
from governance.notices import inbox_of, mark_read, set_preference, tell, unread
from governance.notices.mail import CLAIM_FOR, send_due
from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)


@pytest.fixture
def cast() -> Iterator[Cast]:
    with log.replaying_clock("tests"):
        yield assemble(at=NOON - timedelta(days=1))


def say(cast: Cast, *names: str, key: str = "k", at: datetime = NOON, kind: str = "review", url: str = "/") -> int:
    people = [cast.people[name] for name in names]
    return tell(people=people, kind=kind, subject="A review is due", url=url, at=at, key=key)


def test_the_same_occasion_tells_a_person_once(cast: Cast) -> None:
    assert say(cast, "rita", "rita", "olga") == 2
    assert say(cast, "rita", "carl") == 1
    assert sorted(Notice.objects.values_list("person__name", flat=True)) == ["Carl", "Olga", "Rita"]


def test_nobody_is_told_of_what_was_rolled_back(cast: Cast) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        say(cast, "rita")
        raise RuntimeError
    assert (Notice.objects.count(), Job.objects.filter(kind="notices_mail").count()) == (0, 0)


def test_an_inbox_is_its_owners_alone(cast: Cast) -> None:
    say(cast, "rita")
    assert (unread(cast.rita), unread(cast.carl)) == (1, 0)
    assert mark_read(notices=Notice.objects.all(), actor=cast.carl, at=NOON) == 0
    assert mark_read(notices=Notice.objects.all(), actor=cast.rita, at=NOON) == 1
    assert (unread(cast.rita), inbox_of(cast.rita).count()) == (0, 1)


def test_mail_goes_out_once_however_many_workers_look(cast: Cast) -> None:
    say(cast, "rita", "olga")
    assert (send_due(NOON), send_due(NOON), send_due(NOON + 2 * CLAIM_FOR)) == (2, 0, 0)
    assert sorted(each.to[0] for each in mail.outbox) == ["olga@example.org", "rita@example.org"]
    assert "A review is due" in mail.outbox[0].subject


def test_what_a_dead_worker_claimed_is_sent_by_another(cast: Cast) -> None:
    say(cast, "rita")
    Notice.objects.update(mail_claimed_at=NOON)
    assert (send_due(NOON + timedelta(minutes=1)), send_due(NOON + CLAIM_FOR + timedelta(seconds=1))) == (0, 1)


def test_a_line_break_in_a_subject_makes_no_header(cast: Cast) -> None:
    people = [cast.people["rita"]]
    tell(people=people, kind="review", subject="A\r\nBcc: eve@example.org", url="/", at=NOON, key="k")
    send_due(NOON)
    assert mail.outbox[0].recipients() == ["rita@example.org"]


@pytest.mark.parametrize("url", ["https://evil.example", "//evil.example", "javascript:alert(1)"])
def test_a_notice_leads_to_a_page_of_this_site(cast: Cast, url: str) -> None:
    with pytest.raises(Invalid):
        say(cast, "rita", url=url)


def test_quiet_hours_hold_mail_back_and_urgent_kinds_pass(cast: Cast) -> None:
    set_preference(actor=cast.rita, mail="at_once", quiet_from=time(20), quiet_until=time(7), at=NOON)
    say(cast, "rita", at=NIGHT)
    say(cast, "rita", key="stop", kind="escalation", at=NIGHT)
    assert send_due(NIGHT) == 1
    assert send_due(NIGHT + timedelta(hours=7)) == 0
    assert send_due(NIGHT + timedelta(hours=8)) == 1
    assert unread(cast.rita) == 2  # the product told both at once


def test_a_daily_mail_gathers_the_day(cast: Cast) -> None:
    set_preference(actor=cast.rita, mail="daily", quiet_from=None, quiet_until=None, at=NOON)
    for number in range(3):
        say(cast, "rita", key=str(number), at=NOON + timedelta(minutes=number))
    assert send_due(NOON + timedelta(hours=1)) == 0
    assert send_due(NOON + timedelta(hours=20)) == 1
    assert mail.outbox[0].subject == "3 notices from Custodes"


def test_what_was_read_in_the_product_is_not_mailed_any_more(cast: Cast) -> None:
    set_preference(actor=cast.rita, mail="daily", quiet_from=None, quiet_until=None, at=NOON)
    say(cast, "rita")
    mark_read(notices=inbox_of(cast.rita), actor=cast.rita, at=NOON)
    assert send_due(NOON + timedelta(days=2)) == 0


def test_preferences_name_what_is_wrong(cast: Cast) -> None:
    with pytest.raises(Invalid):
        set_preference(actor=cast.rita, mail="at_once", quiet_from=time(20), quiet_until=None, at=NOON)
    with pytest.raises(NotAllowed):
        set_preference(actor=cast.eve, mail="none", quiet_from=None, quiet_until=None, at=NOON)
