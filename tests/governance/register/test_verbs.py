"""The register's verbs: people over time, past records, edits that do not overtake, requests, proposals, versions."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.ledger import log
from governance.access import BackDating, Invalid, use_cases_visible_to
from governance.models import AISystem, Change, ChangeRequest, User
from governance.register import (
    EditConflict,
    accept_proposal,
    add_system_version,
    as_it_stood,
    assign_person,
    classify_use_case,
    decide_change,
    decline_proposal,
    edit_use_case,
    end_assignment,
    finish_change,
    free_key,
    hand_over,
    proposal_of,
    propose,
    register_model,
    request_change,
    responsible_on,
)
from governance.register.proposals import AlreadyDecided
from governance.register.requests import NotYourOwn, StepNotPossible
from governance.register.snapshot import use_case_snapshot
from tests.cast import Cast, a_use_case

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def past_days() -> Iterator[None]:
    """Let a test speak of last month."""
    with log.replaying_clock("tests"):
        yield


NO_FLIPS = {"flip_a": "no", "flip_b": "no", "flip_c": "no"}


def test_who_was_responsible_on_a_past_date(cast: Cast) -> None:
    start = timezone.now() - timedelta(days=30)
    use_case = a_use_case(cast, at=start)
    later = start + timedelta(days=10)
    assign_person(actor=cast.anna, at=later, use_case=use_case, person=cast.people["lena"], duty="owner")
    before = [row.person.name for row in responsible_on(use_case, start + timedelta(days=5))]
    after = [row.person.name for row in responsible_on(use_case, later)]
    assert (before, after) == (["Olga"], ["Lena"])
    use_case.refresh_from_db()
    assert use_case.owner == cast.people["lena"]


def test_nobody_answers_before_the_use_case_was_registered(cast: Cast) -> None:
    use_case = a_use_case(cast)
    with pytest.raises(BackDating):
        assign_person(
            actor=cast.anna,
            at=timezone.now(),
            use_case=use_case,
            person=cast.people["rita"],
            duty="reviewer",
            since=use_case.registered_at - timedelta(days=1),
        )


def test_a_duty_opens_the_use_case_and_its_end_closes_it(cast: Cast) -> None:
    use_case = a_use_case(cast)

    def sees() -> bool:
        return use_cases_visible_to(User.objects.get(pk=cast.rita.pk)).exists()

    assert not sees()
    duty = assign_person(
        actor=cast.anna, at=timezone.now(), use_case=use_case, person=cast.people["rita"], duty="reviewer"
    )
    assert sees()
    assert User.objects.get(pk=cast.rita.pk).has_perm("governance.review_usecase", use_case)
    end_assignment(actor=cast.anna, at=timezone.now(), assignment=duty)
    assert not sees()


def test_everything_a_leaving_person_held_goes_to_another(cast: Cast) -> None:
    use_case = a_use_case(cast)
    assign_person(actor=cast.anna, at=timezone.now(), use_case=use_case, person=cast.people["olga"], duty="stop")
    done = hand_over(actor=cast.anna, at=timezone.now(), person=cast.people["olga"], to=cast.people["rita"])
    assert done.owned == (use_case.ref,)
    held = {(row.duty, row.person.name) for row in responsible_on(use_case, timezone.now())}
    assert held == {("owner", "Rita"), ("stop", "Rita")}


def test_the_record_as_it_stood_on_a_date(cast: Cast) -> None:
    start = timezone.now() - timedelta(days=30)
    use_case = a_use_case(cast, at=start)
    day = [start + timedelta(days=n) for n in range(4)]
    edit_use_case(actor=cast.anna, at=day[2], use_case=use_case, changes={"purpose": "Another purpose."})
    answers = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer"}
    classify_use_case(actor=cast.anna, at=day[3], use_case=use_case, answers=answers, on_date=day[3].date())
    assert as_it_stood(use_case, start - timedelta(days=1)).fields is None
    first, last = as_it_stood(use_case, day[1]), as_it_stood(use_case, day[3])
    assert first.fields is not None
    assert last.fields is not None
    assert first.fields["purpose"].startswith("Helps to decide")
    assert first.classification is None
    assert last.fields["purpose"] == "Another purpose."
    assert last.classification is not None
    assert last.people[0].person == cast.people["olga"]


def test_an_edit_does_not_overtake_another(cast: Cast) -> None:
    use_case = a_use_case(cast)
    seen = use_case_snapshot(use_case)
    edit_use_case(actor=cast.anna, at=timezone.now(), use_case=use_case, changes={"name": "First"}, seen=seen)
    with pytest.raises(EditConflict) as caught:
        edit_use_case(actor=cast.olga, at=timezone.now(), use_case=use_case, changes={"name": "Second"}, seen=seen)
    assert caught.value.data["fields"] == ["name"]
    edit_use_case(actor=cast.olga, at=timezone.now(), use_case=use_case, changes={"sector": "Finance"}, seen=seen)
    use_case.refresh_from_db()
    assert (use_case.name, use_case.sector) == ("First", "Finance")


def test_an_edit_that_changes_nothing_leaves_no_trace(cast: Cast) -> None:
    use_case = a_use_case(cast)
    count = Change.objects.count()
    edit_use_case(actor=cast.anna, at=timezone.now(), use_case=use_case, changes={"name": use_case.name})
    assert Change.objects.count() == count


def test_nobody_decides_their_own_request_and_a_flip_needs_a_new_classification(cast: Cast) -> None:
    use_case = a_use_case(cast)
    now = timezone.now()
    with pytest.raises(Invalid) as caught:
        request_change(
            actor=cast.olga, at=now, use_case=use_case, kind="system", title="Retrain", text="New people.", flips={}
        )
    assert caught.value.data["field"] == "flip_a"
    request = request_change(
        actor=cast.olga,
        at=now,
        use_case=use_case,
        kind="system",
        title="Retrain",
        text="New kinds of people.",
        flips={**NO_FLIPS, "flip_b": "unsure"},
    )
    with pytest.raises(NotYourOwn):
        decide_change(actor=cast.olga, at=now, request=request, approve=True, reason="Fine.")
    decide_change(actor=cast.anna, at=now, request=request, approve=True, reason="Needed.")
    with pytest.raises(StepNotPossible):
        finish_change(actor=cast.olga, at=now, request=request)
    later = now + timedelta(minutes=1)
    answers = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer"}
    classify_use_case(actor=cast.anna, at=later, use_case=use_case, answers=answers, on_date=later.date())
    assert finish_change(actor=cast.olga, at=later, request=request).state == ChangeRequest.State.DONE


def test_a_proposal_is_followed_by_its_code_and_decided_once(cast: Cast) -> None:
    now = timezone.now()
    proposal, code = propose(
        at=now, name="CV ranking", purpose="Ranks applications.", sender="A recruiter", system="Ranker", supplier="V"
    )
    assert code not in str(proposal.__dict__)
    assert proposal_of(code.lower().replace("-", " ")) == proposal
    assert proposal_of("WRONG") is None
    use_case = accept_proposal(
        actor=cast.anna, at=now, proposal=proposal, owner=cast.people["olga"], unit=cast.unit, roles=["deployer"]
    )
    assert use_case.key == "cv-ranking"
    assert use_case.systems.get().supplier is not None
    with pytest.raises(AlreadyDecided):
        decline_proposal(actor=cast.anna, at=now, proposal=proposal, reason="Twice.")


def test_a_free_key_is_valid_and_free(cast: Cast) -> None:
    a_use_case(cast, key="benefit-check")
    assert free_key("Benefit check") == "benefit-check-2"
    assert free_key("AI") == "ai-use"
    assert free_key("Ελλάδα") == "use-case"


def test_a_new_version_ends_the_one_before(cast: Cast) -> None:
    a_use_case(cast)
    system = AISystem.objects.get()
    model = register_model(
        actor=cast.anna, at=timezone.now(), name="Large", supplier="Vendor", general_purpose=True, versions=["1", "2"]
    )
    today = timezone.now().date()
    for number, day in ((0, today - timedelta(days=9)), (1, today)):
        add_system_version(
            actor=cast.anna,
            at=timezone.now(),
            system=system,
            version=f"7.{number}",
            in_use_from=day,
            model_versions=[model.versions.order_by("version")[number]],
        )
    first, second = system.versions.filter(version__startswith="7.").order_by("version")
    assert (first.in_use_until, second.in_use_until) == (today, None)
    system.refresh_from_db()
    assert system.version == "7.1"
    with pytest.raises(Invalid):
        add_system_version(actor=cast.anna, at=timezone.now(), system=system, version="7.1")
