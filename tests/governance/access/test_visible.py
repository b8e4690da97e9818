"""Who sees which use case: deny first, then roles, ownership and grants."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from guardian.shortcuts import assign_perm

from governance.access import changes_visible_to, committees_visible_to, may_read_groups, use_cases_visible_to
from governance.access.granted import NOBODY
from governance.models import User
from tests.cast import Cast, a_committee, a_use_case

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "sees"),
    [("anna", True), ("olga", True), ("carl", True), ("otto", True), ("rita", False), ("adam", False), ("eve", False)],
)
def test_roles_and_ownership_decide(cast: Cast, name: str, sees: bool) -> None:
    a_use_case(cast)
    assert use_cases_visible_to(getattr(cast, name)).exists() is sees


def test_nobody_else_sees_anything(cast: Cast) -> None:
    a_use_case(cast)
    assert not use_cases_visible_to(AnonymousUser()).exists()
    cast.anna.is_active = False
    assert not use_cases_visible_to(cast.anna).exists()


def test_a_grant_on_the_use_case_or_on_its_unit_opens_it(cast: Cast) -> None:
    use_case = a_use_case(cast)
    assign_perm("governance.view_usecase", cast.rita, use_case)
    assert use_cases_visible_to(cast.rita).get() == use_case
    team = Group.objects.create(name="team")
    cast.eve.groups.add(team)
    assign_perm("governance.view_unit", team, cast.unit)
    assert use_cases_visible_to(User.objects.get(pk=cast.eve.pk)).get() == use_case


def test_each_reader_sees_their_own_and_a_group_on_the_case_counts(cast: Cast) -> None:
    first, second = a_use_case(cast), a_use_case(cast, key="second", name="Second", owner=cast.people["carl"])
    team = Group.objects.create(name="team")
    cast.eve.groups.add(team)
    assign_perm("governance.view_usecase", cast.rita, first)
    assign_perm("governance.view_usecase", team, second)
    for _ in range(2):  # what is kept of the first reader's question must not answer the second's
        assert use_cases_visible_to(cast.rita).get() == first
        assert use_cases_visible_to(cast.eve).get() == second
        assert use_cases_visible_to(cast.olga).get() == first
        assert {change.object_id for change in changes_visible_to(cast.eve)} == {second.pk}
    assert not use_cases_visible_to(User(pk=NOBODY)).exists()


def test_an_administrator_does_not_read_group_data(cast: Cast) -> None:
    use_case = a_use_case(cast)
    assert may_read_groups(cast.carl, use_case)
    assert not may_read_groups(cast.adam, use_case)
    assert not may_read_groups(cast.rita, use_case)


def test_the_list_is_one_query(cast: Cast, django_assert_num_queries: object) -> None:
    a_use_case(cast)
    eve = User.objects.get(pk=cast.eve.pk)
    with django_assert_num_queries(2):  # type: ignore[operator]
        list(use_cases_visible_to(eve))


def test_members_see_their_committee(cast: Cast) -> None:
    a_committee(cast)
    assert committees_visible_to(cast.carl).exists()
    assert not committees_visible_to(cast.eve).exists()
