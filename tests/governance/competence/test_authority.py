"""Who could stop this system on 3 March at 14:00, and who was trained for what."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from audit.ledger import log
from governance.access import BackDating, Invalid
from governance.competence import close_ended, complete, engage, grant, offer, withdraw, withdraw_qualification
from governance.competence.read import authority, holds, who_could
from governance.models import AuthorityGrant, Change, Qualification, Unit
from tests.cast import Cast, a_use_case

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with log.replaying_clock("tests"):
        yield


def test_who_could_stop_it_on_the_third_of_march_at_two(cast: Cast) -> None:
    case = a_use_case(cast)
    lena, ivan, dora = (cast.people[name] for name in ("lena", "ivan", "dora"))
    before = MARCH - 30 * DAY
    given = grant(actor=cast.anna, at=before, person=lena, act="stop", use_case=case)
    grant(actor=cast.anna, at=before, person=ivan, act="stop", unit=cast.unit, valid_until=MARCH)
    grant(actor=cast.anna, at=before, person=dora, act="stop", valid_from=MARCH)
    assert [each.person for each in who_could("stop", case, at=MARCH)] == [dora, lena]
    assert [each.person for each in who_could("stop", case, at=MARCH - timedelta(seconds=1))] == [ivan, lena]
    withdraw(actor=cast.anna, at=MARCH + DAY, grant=given, reason="Changed post.")
    assert authority(lena, "stop", case, at=MARCH)
    assert not authority(lena, "stop", case, at=MARCH + DAY)
    assert Change.objects.filter(action="people.authority.withdrawn", object_ref=given.ref).exists()


def test_a_stop_gives_a_pause_but_a_pause_no_stop(cast: Cast) -> None:
    case = a_use_case(cast)
    grant(actor=cast.anna, at=MARCH, person=cast.people["lena"], act="stop", use_case=case)
    grant(actor=cast.anna, at=MARCH, person=cast.people["ivan"], act="pause", use_case=case)
    assert authority(cast.people["lena"], "pause", case, at=MARCH)
    assert not authority(cast.people["ivan"], "stop", case, at=MARCH)
    assert not authority(cast.people["lena"], "resume", case, at=MARCH)
    assert not authority(cast.people["lena"], "fly", case, at=MARCH)


def test_authority_over_a_unit_reaches_the_units_in_it_and_no_others(cast: Cast) -> None:
    division = Unit.objects.create(name="Division")
    Unit.objects.filter(pk=cast.unit.pk).update(parent=division)
    other = Unit.objects.create(name="Elsewhere")
    case = a_use_case(cast)
    grant(actor=cast.anna, at=MARCH, person=cast.people["lena"], act="stop", unit=division)
    grant(actor=cast.anna, at=MARCH, person=cast.people["ivan"], act="stop", unit=other)
    assert [each.person.name for each in who_could("stop", case, at=MARCH)] == ["Lena"]


def test_authority_is_never_given_after_the_fact(cast: Cast) -> None:
    with pytest.raises(BackDating):
        grant(actor=cast.anna, at=MARCH, person=cast.people["lena"], act="stop", valid_from=MARCH - DAY)
    with pytest.raises(Invalid) as refused:
        grant(actor=cast.anna, at=MARCH, person=cast.people["lena"], act="explode")
    assert refused.value.data["field"] == "act"
    assert not AuthorityGrant.objects.exists()


def test_what_has_not_begun_can_be_taken_back_and_an_end_is_final(cast: Cast) -> None:
    person = cast.people["lena"]
    future = grant(actor=cast.anna, at=MARCH, person=person, act="stop", valid_from=MARCH + DAY)
    withdraw(actor=cast.anna, at=MARCH, grant=future, reason="Not needed.")
    assert not AuthorityGrant.objects.exists()
    ended = grant(actor=cast.anna, at=MARCH, person=person, act="stop", valid_until=MARCH + DAY)
    with pytest.raises(Invalid, match="already"):
        withdraw(actor=cast.anna, at=MARCH + DAY, grant=ended, reason="Too late.")


def test_training_holds_for_as_long_as_it_is_valid(cast: Cast) -> None:
    person = cast.people["rita"]
    module = offer(actor=cast.anna, at=MARCH, code="bias-2026", name="Bias", topic="bias", valid_days=365)
    held = complete(
        actor=cast.anna, at=MARCH, person=person, module=module, completed_at=MARCH - DAY, evidence="Course 17"
    )
    assert not holds(person, "bias-2026", at=MARCH - 2 * DAY)
    assert holds(person, "bias-2026", at=MARCH)
    assert not holds(person, "bias-2026", at=MARCH + 364 * DAY)
    withdraw_qualification(actor=cast.anna, at=MARCH + DAY, qualification=held, reason="Test was void.")
    assert holds(person, "bias-2026", at=MARCH)
    assert not holds(person, "bias-2026", at=MARCH + DAY)
    with pytest.raises(BackDating):
        complete(actor=cast.anna, at=MARCH, person=person, module=module, completed_at=MARCH + DAY, evidence="x")


def test_an_expert_from_outside_holds_nothing_outside_the_engagement(cast: Cast) -> None:
    case, rita = a_use_case(cast), cast.people["rita"]
    Qualification.objects.create(person=rita, code="caseworker", valid_from=MARCH - DAY)
    grant(actor=cast.anna, at=MARCH, person=rita, act="review", use_case=case)
    engage(
        actor=cast.anna,
        at=MARCH,
        person=rita,
        employer="University",
        purpose="Second opinion",
        sponsor=cast.people["carl"],
        since=MARCH + DAY,
        until=MARCH + 3 * DAY,
    )
    inside, after = MARCH + 2 * DAY, MARCH + 3 * DAY
    assert (holds(rita, "caseworker", at=inside), authority(rita, "review", case, at=inside)) == (True, True)
    assert (holds(rita, "caseworker", at=after), authority(rita, "review", case, at=after)) == (False, False)
    assert not authority(rita, "review", case, at=MARCH)
    assert close_ended(at=inside) == 0
    assert close_ended(at=after) == 1
    cast.rita.refresh_from_db()
    assert not cast.rita.is_active
    assert close_ended(at=after) == 0
