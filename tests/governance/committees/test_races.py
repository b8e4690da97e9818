"""The same instant on a real server: votes, closings and a person in two sessions, side by side."""

from collections.abc import Callable

import pytest
from django.db import connection  # noqa: F401  (read by the skipif below)
from django.utils import timezone

from governance.access import DomainError
from governance.committees import cast as cast_vote
from governance.committees import close_meeting, close_vote, leave, open_vote
from governance.models import AgendaItem, ItemVote, Job, PolicyInForce, Resolution, User
from tests.cast import Cast
from tests.governance.committees.room import login_for, ready
from tests.races import at_once

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(
        "connection.vendor != 'postgresql'", reason="SQLite has one writer; test_meetings.py plays the orders"
    ),
    pytest.mark.django_db(transaction=True),
]


def said_at_once(*work: Callable[[], object]) -> list[str]:
    """Do all of ``work`` at the same time; return ``done`` or the code of the refusal, in the order given."""
    outcomes = at_once(*work)
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, DomainError):
            raise outcome
    return [outcome.code if isinstance(outcome, DomainError) else "done" for outcome in outcomes]


def voter(user: User, item: AgendaItem, choice: str = "yes") -> Callable[[], object]:
    return lambda: cast_vote(actor=user, at=timezone.now(), item=item, choice=choice, digest=item.digest, reason="So.")


@pytest.fixture
def voting(cast: Cast) -> tuple[AgendaItem, dict[str, User]]:
    """A vote that is open, and sign-ins for its three voters."""
    item = ready(cast)
    users = {name: login_for(cast, name) for name in ("lena", "ivan", "dora")}
    return open_vote(actor=cast.carl, at=timezone.now(), item=item), users


def test_the_last_two_votes_at_the_same_instant_both_count(
    cast: Cast, voting: tuple[AgendaItem, dict[str, User]]
) -> None:
    item, users = voting
    voter(users["lena"], item)()
    assert said_at_once(voter(users["ivan"], item), voter(users["dora"], item)) == ["done", "done"]
    resolution = close_vote(actor=cast.carl, at=timezone.now(), item=item)
    assert resolution is not None
    assert (resolution.outcome, resolution.tally["yes"]) == ("adopted", 3)


def test_two_sessions_of_one_person_at_the_same_instant_count_once(voting: tuple[AgendaItem, dict[str, User]]) -> None:
    item, users = voting
    said = said_at_once(*[voter(users["lena"], item, choice) for choice in ("yes", "no", "abstain")])
    assert sorted(said) == ["already_voted", "already_voted", "done"]
    assert ItemVote.objects.count() == 1


def test_two_closings_at_the_same_instant_decide_once(cast: Cast, voting: tuple[AgendaItem, dict[str, User]]) -> None:
    item, users = voting
    for user in users.values():
        voter(user, item)()

    def close() -> object:
        return close_vote(actor=cast.carl, at=timezone.now(), item=item)

    assert sorted(said_at_once(close, close)) == ["already_decided", "done"]
    assert (Resolution.objects.count(), PolicyInForce.objects.count()) == (1, 1)


def test_a_vote_and_the_closing_at_the_same_instant_it_counts_or_is_late(
    cast: Cast, voting: tuple[AgendaItem, dict[str, User]]
) -> None:
    item, users = voting
    carl_out = cast.carl
    for name in ("lena", "ivan"):
        voter(users[name], item)()
    said = said_at_once(voter(users["dora"], item), lambda: close_vote(actor=carl_out, at=timezone.now(), item=item))
    item.refresh_from_db()
    if item.state == "decided":
        assert said == ["done", "done"]
        assert Resolution.objects.get().tally["yes"] == 3
    else:  # closed first, without quorum: the votes are void and the late one finds nothing open
        assert said == ["vote_voided", "done"]
        assert (Resolution.objects.count(), ItemVote.objects.filter(voided_at=None).count()) == (0, 0)


def test_a_member_leaving_and_voting_at_the_same_instant_does_one_after_the_other(
    cast: Cast, voting: tuple[AgendaItem, dict[str, User]]
) -> None:
    item, users = voting
    person = cast.people["dora"]
    said = said_at_once(
        voter(users["dora"], item),
        lambda: leave(actor=cast.carl, at=timezone.now(), meeting=item.meeting, person=person),
    )
    assert said[1] == "done"
    assert said[0] in {"done", "not_present"}
    assert ItemVote.objects.count() == (said[0] == "done")


def test_two_closings_of_the_meeting_ask_for_minutes_once(
    cast: Cast, voting: tuple[AgendaItem, dict[str, User]]
) -> None:
    item, users = voting
    for user in users.values():
        voter(user, item)()
    close_vote(actor=cast.carl, at=timezone.now(), item=item)

    def close() -> object:
        return close_meeting(actor=cast.carl, at=timezone.now(), meeting=item.meeting)

    assert sorted(said_at_once(close, close)) == ["done", "meeting_state"]
    assert Job.objects.filter(kind="minutes").count() == 1
