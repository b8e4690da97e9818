"""Charter, seats and terms: an amendment is in force with its resolution, and every wording stays readable."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from governance.access import Invalid
from governance.committees import (
    add_member,
    amend_charter,
    close_meeting,
    close_vote,
    edit_item,
    end_membership,
    open_vote,
    propose_amendment,
    set_term,
)
from governance.committees.charter import versions
from governance.committees.errors import Voided
from governance.committees.minutes import content_of
from governance.committees.seats import serving
from governance.models import AgendaItem, Change, Committee, Resolution
from tests.cast import Cast, a_committee, a_use_case
from tests.governance.committees.room import convened, decided, in_session, seat, vote

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
now = timezone.now


def proposed(cast: Cast, committee: Committee, **changes: object) -> AgendaItem:
    meeting = convened(cast, committee)
    return propose_amendment(actor=cast.carl, at=now(), meeting=meeting, changes=changes, reason="Two seats more.")


def test_an_amendment_is_in_force_once_it_was_voted_for_and_the_old_wording_stays(cast: Cast) -> None:
    use_case, committee = a_use_case(cast), a_committee(cast)
    item = proposed(
        cast, committee, quorum=4, quorum_functions=["legal"], units=[cast.unit.name], use_cases=[use_case.ref]
    )
    assert set(item.effect["amend"]) == {"quorum", "quorum_functions", "units", "use_cases"}
    in_session(cast, item.meeting)
    committee.refresh_from_db()
    assert committee.quorum == 3
    resolution = decided(cast, item, carl="yes", lena="yes", ivan="yes", dora="no")
    assert resolution is not None
    committee.refresh_from_db()
    assert (committee.quorum, list(committee.units.all()), list(committee.use_cases.all())) == (
        4, [cast.unit], [use_case],
    )  # fmt: skip
    first, second = versions(committee)
    assert (first.content["quorum"], first.until, second.content["quorum"], second.until) == (3, second.since, 4, None)
    assert resolution.ref in second.reason
    meeting = close_meeting(actor=cast.carl, at=now(), meeting=item.meeting)
    told = json.dumps(content_of(meeting, prepared_by="Carl"), default=str)
    assert '["Functions that must take part", "none", "legal"]' in told
    assert '["Quorum", "3", "4"]' in told
    assert Change.objects.get(entry=second.entry).action == "committee.charter_amended"


def test_a_rejected_amendment_changes_nothing(cast: Cast) -> None:
    committee = a_committee(cast)
    item = proposed(cast, committee, quorum=2)
    in_session(cast, item.meeting)
    decided(cast, item, carl="no", lena="no", ivan="yes", dora="abstain")
    committee.refresh_from_db()
    assert (committee.quorum, len(versions(committee))) == (3, 1)


def test_an_amendment_of_a_term_that_was_changed_meanwhile_decides_nothing(cast: Cast) -> None:
    committee = a_committee(cast)
    item = proposed(cast, committee, approval_days=365)
    in_session(cast, item.meeting)
    amend_charter(actor=cast.anna, at=now(), committee=committee, charter="Another text.", reason="Wording")
    open_vote(actor=cast.carl, at=now(), item=item)
    for name in ("carl", "lena", "ivan"):
        vote(cast, item, name, "yes")
    amend_charter(actor=cast.anna, at=now(), committee=committee, terms={"approval_days": 90}, reason="Meanwhile")
    with pytest.raises(Voided, match="propose it again") as refused:
        close_vote(actor=cast.carl, at=now(), item=item)
    assert refused.value.data["changed"] == ["approval_days"]
    item.refresh_from_db()
    assert (item.state, Resolution.objects.count()) == ("voting", 0)
    edit_item(actor=cast.carl, at=now(), item=item, question="To be proposed again", reason="The charter moved")
    assert item.votes.filter(voided_at=None).count() == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quorum": 0}, "quorum"),
        ({"quorum": 3}, "changes"),
        ({"charter": "  "}, "charter"),
        ({"rules": {"policy": {"rule": "by lot"}}}, "rules"),
        ({"units": ["Nowhere"]}, "units"),
        ({"use_cases": ["UC-9999"]}, "use_cases"),
        ({"name": "Other"}, "name"),
    ],
)
def test_what_could_not_be_a_charter_is_not_put_to_the_vote(cast: Cast, changes: dict[str, object], field: str) -> None:
    committee = a_committee(cast)
    with pytest.raises(Invalid) as refused:
        proposed(cast, committee, **changes)
    assert refused.value.data["field"] == field
    assert AgendaItem.objects.count() == 0


def test_a_term_is_set_and_opened_and_a_seat_that_ended_is_not_revived(cast: Cast) -> None:
    committee = a_committee(cast)
    lena = seat(committee, "lena")
    set_term(actor=cast.anna, at=now(), membership=lena, until=now() + DAY)
    assert serving(committee, now() + 2 * DAY).count() == 3
    set_term(actor=cast.anna, at=now(), membership=lena, until=None)
    assert serving(committee, now() + 2 * DAY).count() == 4
    with pytest.raises(Invalid, match="lies ahead"):
        set_term(actor=cast.anna, at=now(), membership=lena, until=now() - DAY)
    end_membership(actor=cast.anna, at=now(), membership=lena, reason="Moved on")
    with pytest.raises(Invalid, match="ended already"):
        set_term(actor=cast.anna, at=now(), membership=lena, until=now() + DAY)
    told = Change.objects.filter(action="committee.term_set").order_by("at")
    assert [change.after["until"] is None for change in told] == [False, True]


def test_nobody_sits_twice_at_once_and_may_come_back_after_their_term(cast: Cast) -> None:
    committee = a_committee(cast)
    again = {"actor": cast.anna, "committee": committee, "person": cast.people["lena"], "function": "legal"}
    with pytest.raises(Invalid, match="sits on this committee already"):
        add_member(at=now(), **again)
    with pytest.raises(Invalid, match="for whom"):
        add_member(at=now(), **{**again, "person": cast.people["rita"], "function": " "})
    end_membership(actor=cast.anna, at=now(), membership=seat(committee, "lena"), reason="Leave")
    add_member(at=now(), **again)
    assert serving(committee, now()).filter(person=cast.people["lena"]).count() == 1
