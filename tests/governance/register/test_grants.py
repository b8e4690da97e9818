"""Permissions of single accounts: given with a reason, for a time, withdrawn; what a duty brings stays its own."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.control.authority import authority_of
from audit.reviews.eligibility import use_cases_reviewable_by
from governance.access import Invalid, NotAllowed, assign_roles, holds, may_read_groups, use_cases_visible_to
from governance.handover import close_account
from governance.models import Change, UnitUserGrant, UseCase, UseCaseUserGrant, User
from governance.register import assign_person, end_assignment
from governance.register.grants import grant_access, withdraw_access
from governance.register.reach import explain, held_on, reached_by
from tests.cast import Cast, a_use_case

pytestmark = pytest.mark.django_db


def give(cast: Cast, case: UseCase, code: str = "view_usecase", **given: Any) -> Any:
    whole = {"actor": cast.anna, "at": timezone.now(), "user": cast.eve, "reason": "A study.", **given}
    return grant_access(use_case=case, code=code, **whole)


def test_a_permission_opens_the_use_case_and_its_end_closes_it(cast: Cast) -> None:
    case, now = a_use_case(cast), timezone.now()
    grant = give(cast, case, "stop_usecase", until=now + timedelta(days=1))
    assert use_cases_visible_to(cast.eve).get() == case
    assert holds(cast.eve, "stop_usecase", case)
    assert authority_of(cast.eve, case) == "grant"
    assert not holds(cast.eve, "report_usecase", case)
    UseCaseUserGrant.objects.filter(pk=grant.pk).update(until=now - timedelta(seconds=1))
    assert not use_cases_visible_to(cast.eve).exists()
    assert not holds(cast.eve, "stop_usecase", case)
    assert authority_of(cast.eve, case) == ""
    [held] = held_on(case, at=timezone.now())
    assert held.ended


def test_reviewing_by_a_permission_needs_the_role_and_ends_too(cast: Cast) -> None:
    case, now = a_use_case(cast), timezone.now()
    with pytest.raises(Invalid) as refused:
        give(cast, case, "review_usecase")
    assert refused.value.data["field"] == "code"
    grant = give(cast, case, "review_usecase", user=cast.rita, until=now + timedelta(days=1))
    assert use_cases_reviewable_by(cast.rita).get() == case
    UseCaseUserGrant.objects.filter(pk=grant.pk).update(until=now - timedelta(seconds=1))
    assert not use_cases_reviewable_by(cast.rita).exists()


def test_giving_and_withdrawing_stand_in_the_record_with_before_and_after(cast: Cast) -> None:
    case = a_use_case(cast)
    grant = give(cast, case)
    give(cast, case, reason="A longer study.")
    withdraw_access(actor=cast.anna, at=timezone.now(), grant=grant, reason="The study is over.")
    assert not use_cases_visible_to(cast.eve).exists()
    first, second, third = Change.objects.filter(action__startswith="access.grant.").order_by("pk")
    assert (first.before, first.after["reason"]) == (None, "A study.")
    assert (second.before["reason"], second.after["reason"]) == ("A study.", "A longer study.")
    assert third.action == "access.grant.withdrawn"
    assert (third.before["reason"], third.after) == ("A longer study.", {"reason": "The study is over."})
    with pytest.raises(Invalid):
        withdraw_access(actor=cast.anna, at=timezone.now(), grant=grant, reason="Again.")


def test_who_may_give_what(cast: Cast) -> None:
    case = a_use_case(cast)
    give(cast, case, actor=cast.olga)
    for actor, code in (
        (cast.otto, "view_usecase"), (cast.rita, "view_usecase"), (cast.adam, "view_usecase"),
        (cast.olga, "view_groups_usecase"), (cast.olga, "view_unit"), (cast.anna, "delete_usecase"),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            give(cast, case, code, actor=actor)
    for wrong, field in (
        ({"user": cast.anna}, "person"),
        ({"reason": " "}, "reason"),
        ({"until": timezone.now() - timedelta(days=1)}, "until"),
        ({"user": cast.adam, "code": "view_groups_usecase"}, "code"),
    ):
        with pytest.raises(Invalid) as refused:
            give(cast, case, **{"code": "view_usecase", **wrong})
        assert refused.value.data["field"] == field


def test_group_data_opens_with_the_permission_and_never_for_an_administrator(cast: Cast) -> None:
    case = a_use_case(cast)
    give(cast, case, "view_groups_usecase")
    assert may_read_groups(cast.eve, case)
    User.objects.filter(pk=cast.eve.pk).update(is_administrator=True)
    assert not may_read_groups(User.objects.get(pk=cast.eve.pk), case)


def test_a_permission_on_the_unit_opens_all_of_it(cast: Cast) -> None:
    first, second = a_use_case(cast), a_use_case(cast, key="second")
    grant = give(cast, first, "view_unit")
    assert set(use_cases_visible_to(cast.eve)) == {first, second}
    assert {each.scope for each in held_on(second, at=timezone.now())} == {"unit"}
    assert [[one.code for one in each.held] for each in explain(cast.eve, list(reached_by(cast.eve)))] == [
        ["view_unit"],
        ["view_unit"],
    ]
    UnitUserGrant.objects.filter(pk=grant.pk).update(until=timezone.now() - timedelta(seconds=1))
    assert not use_cases_visible_to(cast.eve).exists()


def test_the_end_of_a_duty_leaves_what_was_given_for_a_reason(cast: Cast) -> None:
    case, now = a_use_case(cast), timezone.now()
    duty = assign_person(actor=cast.anna, at=now, use_case=case, person=cast.people["carl"], duty="stop")
    [row] = UseCaseUserGrant.objects.filter(user=cast.carl)
    with pytest.raises(Invalid):
        withdraw_access(actor=cast.anna, at=now, grant=row, reason="Not like this.")
    give(cast, case, "stop_usecase", user=cast.carl, until=now + timedelta(days=1))
    end_assignment(actor=cast.anna, at=timezone.now(), assignment=duty)
    row.refresh_from_db()
    assert (row.by_duty, row.reason) == (False, "A study.")
    assert holds(cast.carl, "stop_usecase", case)
    again = assign_person(actor=cast.anna, at=now, use_case=case, person=cast.people["carl"], duty="stop")
    withdraw_access(actor=cast.anna, at=timezone.now(), grant=row, reason="The duty is enough.")
    assert holds(cast.carl, "stop_usecase", case)
    end_assignment(actor=cast.anna, at=timezone.now(), assignment=again)
    assert not UseCaseUserGrant.objects.filter(user=cast.carl).exists()


def test_a_duty_outlasts_the_end_of_what_was_given(cast: Cast) -> None:
    case, now = a_use_case(cast), timezone.now()
    grant = give(cast, case, "stop_usecase", user=cast.carl, until=now + timedelta(days=1))
    assign_person(actor=cast.anna, at=now, use_case=case, person=cast.people["carl"], duty="stop")
    UseCaseUserGrant.objects.filter(pk=grant.pk).update(until=now - timedelta(days=1))
    assert holds(cast.carl, "stop_usecase", case)


def test_a_closed_account_loses_every_permission(cast: Cast) -> None:
    case = a_use_case(cast)
    give(cast, case)
    give(cast, case, "view_unit")
    close_account(actor=cast.adam, at=timezone.now(), user=cast.eve, successor=None, reason="She left.")
    assert not UseCaseUserGrant.objects.filter(user=cast.eve).exists()
    assert not UnitUserGrant.objects.filter(user=cast.eve).exists()


def test_an_end_without_a_reason_is_refused_by_the_database(cast: Cast) -> None:
    grant = give(cast, a_use_case(cast))
    with pytest.raises(IntegrityError), transaction.atomic():
        UseCaseUserGrant.objects.filter(pk=grant.pk).update(reason="", until=timezone.now())


def test_the_reader_of_everything_is_shown_what_is_theirs_alone(cast: Cast) -> None:
    own, other = a_use_case(cast), a_use_case(cast, key="other")
    assign_roles(user=cast.olga, codes=["auditor"])
    give(cast, other, user=cast.otto)
    olga = User.objects.get(pk=cast.olga.pk)
    assert set(reached_by(olga)) == {own, other}
    assert list(reached_by(cast.otto)) == [other]
    [reached] = explain(cast.otto, [other])
    assert (reached.owner, reached.by_role, [each.code for each in reached.held]) == (False, True, ["view_usecase"])
