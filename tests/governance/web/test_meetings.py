"""Meetings on screen: who may what, what is refused and how, and that a page costs the same whatever its size."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.committees import add_item, convene
from governance.committees.calendar import make_feed
from governance.models import Action, AgendaItem, CalendarFeed, Committee, ItemVote, Meeting, Membership
from tests.cast import Cast
from tests.governance.web.conftest import SignIn
from tests.governance.web.stage import Stage

pytestmark = pytest.mark.django_db


def meeting_of(stage: Stage) -> Meeting:
    return Meeting.objects.get(ref=stage.meeting)


def test_members_read_and_others_find_nothing(stage: Stage, cast: Cast, sign_in: SignIn) -> None:
    for name in ("meeting", "meeting-item", "meeting-minutes"):
        path = stage.paths()[name]
        assert sign_in(cast.carl).get(path).status_code == 200
        assert sign_in(cast.eve).get(path).status_code == 404
        assert sign_in(cast.olga).get(path).status_code == 404


def test_a_vote_is_cast_on_screen_once(stage: Stage, cast: Cast, sign_in: SignIn) -> None:
    item = AgendaItem.objects.get(meeting__ref=stage.meeting, number=2)
    path = f"{stage.paths()['meeting-item']}do/vote/"
    given = {"vote-choice": "yes", "vote-digest": item.digest, "vote-prompt_0": "Small groups", "vote-reason": ""}
    carl = sign_in(cast.carl)
    assert carl.post(path, {**given, "vote-prompt_0": ""}).status_code == 409
    assert carl.post(path, {**given, "vote-choice": "no"}).status_code == 422
    assert carl.post(path, given).status_code == 302
    again = carl.post(path, given)
    assert again.status_code == 409
    assert ItemVote.objects.filter(item=item, person=cast.people["carl"]).count() == 1
    late = carl.post(path, {**given, "vote-digest": "sha256:" + "0" * 64})
    assert late.status_code == 409
    assert "read it again" in late.content.decode()


def test_only_the_chair_finds_the_chairs_buttons_work(stage: Stage, cast: Cast, sign_in: SignIn) -> None:
    path = stage.paths()["meeting"]
    assert sign_in(cast.otto).post(f"{path}do/close/").status_code == 403
    assert sign_in(cast.otto).post(f"{path}items/2/do/close-vote/", {"close-vote-text": "x"}).status_code == 403
    assert sign_in(cast.carl).post(f"{path}do/explode/").status_code == 404
    assert sign_in(cast.carl).post(f"{path}do/close/").status_code == 409


def test_a_meeting_is_convened_and_filled_on_screen(stage: Stage, cast: Cast, sign_in: SignIn) -> None:
    carl, ref = sign_in(cast.carl), stage.committee.ref
    path = f"/committee/{ref}/convene/"
    assert carl.get(path).status_code == 200
    assert sign_in(cast.otto).get(path).status_code == 404
    early = carl.post(path, {"title": "Winter", "starts_at": "2020-01-01T10:00"})
    assert early.status_code == 422
    assert "convened before it starts" in early.content.decode()
    made = carl.post(path, {"title": "Winter", "starts_at": "2036-01-01T10:00"})
    page = made.headers["Location"]
    item = {"item-kind": "mode", "item-title": "Watch instead", "item-question": "Shall people watch?"}
    refused = carl.post(f"{page}do/item/", {**item, "item-use_case": stage.live.ref})
    assert refused.status_code == 422
    assert "mode" in refused.content.decode()
    assert (
        carl.post(f"{page}do/item/", {**item, "item-use_case": stage.live.ref, "item-mode": "HOTL"}).status_code == 302
    )
    assert Meeting.objects.get(title="Winter").items.filter(kind="mode").count() == 1


def test_actions_are_done_on_ones_own_page(stage: Stage, cast: Cast, sign_in: SignIn) -> None:
    action = Action.objects.get()
    path = f"/committee/mine/actions/{action.pk}/done/"
    assert "Double the sample" in sign_in(cast.carl).get("/committee/mine/").content.decode()
    assert sign_in(cast.rita).post(path, {"note": "x"}).status_code == 404
    assert sign_in(cast.carl).post(path, {"note": ""}).status_code == 422
    assert sign_in(cast.carl).post(path, {"note": "Doubled, see CH-7"}).status_code == 302
    action.refresh_from_db()
    assert action.done_note == "Doubled, see CH-7"


def test_a_calendar_is_read_by_its_secret_until_that_is_ended(
    stage: Stage, cast: Cast, sign_in: SignIn, client: object
) -> None:
    secret = make_feed(actor=cast.carl, at=timezone.now())
    assert secret not in str(CalendarFeed.objects.values())
    answer = client.get(f"/calendar/{secret}.ics")  # type: ignore[attr-defined]
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/calendar")
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert "SUMMARY:Due: Double the sample" in text.replace("\r\n ", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert sign_in(cast.carl).post("/committee/mine/calendar/revoke/").status_code == 302
    assert client.get(f"/calendar/{secret}.ics").status_code == 404  # type: ignore[attr-defined]
    assert client.get("/calendar/guess.ics").status_code == 404  # type: ignore[attr-defined]


def test_an_inactive_account_has_no_calendar(stage: Stage, cast: Cast, client: object) -> None:
    secret = make_feed(actor=cast.carl, at=timezone.now())
    cast.carl.is_active = False
    cast.carl.save()
    assert client.get(f"/calendar/{secret}.ics").status_code == 404  # type: ignore[attr-defined]


def test_who_could_stop_it_has_an_answer_on_a_page(stage: Stage, cast: Cast, sign_in: SignIn) -> None:
    carl = sign_in(cast.carl)
    before = carl.get(stage.paths()["authority"]).content.decode()
    assert "Nobody held the authority to stop a system" in before
    at = (timezone.localtime() + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    now = carl.get(f"/committee/authority/?use_case={stage.live.ref}&act=stop&at={at}").content.decode()
    assert "Rita held the authority to stop a system" in now
    assert carl.post("/committee/authority/give/", {}).status_code == 403
    assert 'id="s-held"' in now
    stranger = sign_in(cast.eve).get("/committee/authority/").content.decode()
    assert 'id="s-held"' not in stranger
    assert "Rita" not in stranger


def test_a_meetings_page_costs_the_same_with_many_points(stage: Stage, cast: Cast, sign_in: SignIn) -> None:
    committee = Committee.objects.get()
    now = timezone.now()

    def queries(points: int) -> int:
        meeting = convene(
            actor=cast.carl, at=now, committee=committee, title="Long", starts_at=now + timedelta(hours=1),
            with_agenda=False,
        )  # fmt: skip
        for place in range(points):
            add_item(
                actor=cast.carl, at=now, meeting=meeting, kind="discuss", title=f"Point {place}", use_case=stage.live
            )
        client = sign_in(cast.carl)
        client.get("/")
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(f"/committee/meetings/{meeting.ref}/").status_code == 200
        return len(seen)

    assert queries(1) == queries(12)


def test_a_seat_of_another_committee_is_not_a_seat_here(stage: Stage, cast: Cast, sign_in: SignIn) -> None:
    page = f"{stage.paths()['meeting']}do/arrive/"
    seat = Membership.objects.first()
    assert seat is not None
    assert sign_in(cast.carl).post(page, {"seat": "nonsense"}).status_code == 422
    assert sign_in(cast.carl).post(page, {"seat": str(seat.pk)}).status_code == 422
