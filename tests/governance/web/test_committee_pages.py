"""Charter, seats, interests, competence, experts and pilots on screen: what is shown, who may, what is refused."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.committees import convene, declare_interest
from governance.models import (
    AgendaItem,
    Committee,
    Engagement,
    Interest,
    ItemVote,
    Meeting,
    Membership,
    OversightTest,
    Person,
    PilotPhase,
    Qualification,
    TrainingModule,
)
from tests.cast import Cast, a_committee, a_use_case
from tests.governance.web.conftest import SignIn
from tests.governance.web.stage import Stage

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def a_day(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def a_meeting(cast: Cast, committee: Committee, title: str = "Next") -> Meeting:
    now = timezone.now()
    return convene(
        actor=cast.carl, at=now, committee=committee, title=title, starts_at=now + DAY, with_agenda=False
    )  # fmt: skip


def test_an_amendment_is_proposed_on_screen_and_names_just_what_changes(cast: Cast, sign_in: SignIn) -> None:
    committee = a_committee(cast)
    carl, page = sign_in(cast.carl), f"/committee/{committee.ref}/charter/amend/"
    assert "No meeting to put it to" in carl.get(page).content.decode()
    meeting = a_meeting(cast, committee)
    given = {
        "meeting": meeting.ref, "reason": "More care.", "charter": committee.charter, "quorum": "3",
        "quorum_functions": "", "checkpoints": "", "prompts": "", "approval_days": "", "rule_default": "majority",
    }  # fmt: skip
    same = carl.post(page, given)
    assert same.status_code == 422
    assert "nothing would change" in same.content.decode()
    changed = {
        **given, "quorum": "4", "rule_suspend": "two_thirds", "veto_suspend": "legal, HR", "tiers": ["high"],
        "asks_classification": "on", "age_classification": "400", "checkpoints": "Is the load bearable?\r\nWho waits?",
    }  # fmt: skip
    made = carl.post(page, changed)
    item = AgendaItem.objects.get(meeting=meeting)
    assert made.headers["Location"] == f"/committee/meetings/{meeting.ref}/items/{item.number}/"
    assert {name: each["to"] for name, each in item.effect["amend"].items()} == {
        "quorum": 4,
        "rules": {"suspend": {"rule": "two_thirds", "veto": ["legal", "HR"]}},
        "tiers": ["high"],
        "evidence": [{"kind": "classification", "max_age_days": 400}],
        "checkpoints": [
            {"code": "is-the-load-bearable", "text": "Is the load bearable?"},
            {"code": "who-waits", "text": "Who waits?"},
        ],
    }
    shown = carl.get(made.headers["Location"]).content.decode()
    assert "What would change" in shown
    assert "two thirds of those who took sides, veto of legal, HR" in shown
    assert "An amendment waits for its vote" in carl.get(f"/committee/{committee.ref}/charter/").content.decode()


@pytest.mark.slow
def test_every_wording_of_a_charter_stays_readable(stage: Stage, cast: Cast, sign_in: SignIn) -> None:
    from governance.committees import amend_charter

    amend_charter(
        actor=cast.anna, at=timezone.now(), committee=stage.committee, charter="Another text.", reason="Clearer"
    )
    page, otto = f"/committee/{stage.committee.ref}/charter/", sign_in(cast.otto)
    assert "Another text." in otto.get(page).content.decode()
    old = otto.get(f"{page}?version=1").content.decode()
    assert "Decides on AI that affects people." in old
    assert "It is not the one in force" in old
    assert "Propose an amendment" not in otto.get(page).content.decode()
    assert otto.get(f"{page}?version=7").status_code == 404


def test_seats_are_given_deputised_and_ended_by_those_who_may(cast: Cast, sign_in: SignIn) -> None:
    committee = a_committee(cast)
    page = f"/committee/{committee.ref}/members/do/"
    lena = Membership.objects.get(person__name="Lena")
    anna, carl = sign_in(cast.anna), sign_in(cast.carl)
    rita = cast.people["rita"]
    seat = {"add-person": rita.ref, "add-function": "business", "add-until": a_day(30)}
    assert carl.post(f"{page}add/", seat).status_code == 403
    assert anna.post(f"{page}add/", seat).status_code == 302
    again = anna.post(f"{page}add/", seat)
    assert again.status_code == 422
    assert "sits on this committee already" in again.content.decode()
    deputy = {"deputy-seat": str(lena.pk), "deputy-deputy": cast.people["olga"].ref}
    assert carl.post(f"{page}deputy/", deputy).status_code == 302
    assert sign_in(cast.otto).post(f"{page}deputy/", deputy).status_code == 403
    term = {"term-seat": str(lena.pk), "term-until": a_day(10)}
    assert anna.post(f"{page}term/", term).status_code == 302
    assert anna.post(f"{page}term/", {**term, "term-until": a_day(-3)}).status_code == 422
    end = {"end-seat": str(Membership.objects.get(person=rita).pk), "end-reason": "Moved"}
    assert anna.post(f"{page}end/", {**end, "end-reason": ""}).status_code == 422
    assert anna.post(f"{page}end/", end).status_code == 302
    lena.refresh_from_db()
    assert (lena.deputy, lena.term_until is None) == (cast.people["olga"], False)
    shown = carl.get(f"/committee/{committee.ref}/members/").content.decode()
    for said in ("4 members sit. 1 term ends within 60 days.", "ends soon", "Seats that ended", "Name a deputy"):
        assert said in shown, said
    assert "Give somebody a seat" not in shown


def test_a_committee_is_appointed_with_its_chair_or_not_at_all(cast: Cast, sign_in: SignIn) -> None:
    anna = sign_in(cast.anna)
    given = {"name": "Ethics", "charter": "Advises.", "quorum": "2", "chair": cast.people["carl"].ref, "function": " "}
    assert anna.post("/committee/new/", given).status_code == 422
    assert not Committee.objects.exists()
    assert anna.post("/committee/new/", {**given, "function": "legal"}).status_code == 302
    assert Membership.objects.get(committee__name="Ethics").chair
    twice = anna.post("/committee/new/", {**given, "function": "legal"})
    assert "of this name" in twice.content.decode()
    assert sign_in(cast.otto).get("/committee/new/").status_code == 403


@pytest.mark.slow
def test_an_interest_is_declared_shown_in_the_meeting_and_ended(stage: Stage, cast: Cast, sign_in: SignIn) -> None:
    carl, rita = sign_in(cast.carl), sign_in(cast.rita)
    lena = cast.people["lena"]
    given = {"interest-person": lena.ref, "interest-use_case": stage.live.ref, "interest-reason": "Owns a tenth of it"}
    both = {**given, "interest-supplier": str(stage.live.systems.get().supplier_id)}
    assert carl.post("/committee/interests/declare/", both).status_code == 422
    outsider = {**given, "interest-person": cast.people["olga"].ref}
    assert carl.post("/committee/interests/declare/", outsider).status_code == 422
    assert carl.post("/committee/interests/declare/", given).status_code == 302
    row = Interest.objects.get()
    assert "declared an interest in the use case" in carl.get(stage.paths()["meeting"]).content.decode()
    assert "Owns a tenth of it" in carl.get("/committee/interests/").content.decode()
    assert "Owns a tenth of it" not in rita.get("/committee/interests/").content.decode()
    end = f"/committee/interests/{row.pk}/end/"
    assert rita.post(end, {"reason": "x"}).status_code == 404
    assert sign_in(cast.otto).post(end, {"reason": "x"}).status_code == 403
    assert carl.post(end, {"reason": ""}).status_code == 422
    assert carl.post(end, {"reason": "Sold them"}).status_code == 302
    assert "declared an interest in the use case" not in carl.get(stage.paths()["meeting"]).content.decode()
    assert "Owns a tenth of it" in carl.get("/committee/interests/").content.decode()


def test_everybody_declares_for_themselves_and_reads_only_what_they_may(cast: Cast, sign_in: SignIn) -> None:
    use_case = a_use_case(cast)
    olga = sign_in(cast.olga)
    own = {"interest-use_case": use_case.ref, "interest-reason": "My sister sells it"}
    assert olga.post("/committee/interests/declare/", own).status_code == 302
    assert Interest.objects.get().person == cast.people["olga"]
    assert "My sister sells it" in olga.get("/committee/interests/").content.decode()
    cast.people["rita"].user = None
    cast.people["rita"].save()
    nobody = sign_in(cast.rita).post("/committee/interests/declare/", {**own, "interest-use_case": ""})
    assert nobody.status_code == 403
    hidden = sign_in(cast.eve)
    assert hidden.post("/committee/interests/declare/", own).status_code == 422
    assert "My sister" not in hidden.get("/committee/interests/").content.decode()


def test_trainings_are_offered_completed_and_say_who_knows_about_bias(cast: Cast, sign_in: SignIn) -> None:
    a_committee(cast)
    anna, page = sign_in(cast.anna), "/committee/competence/do/"
    assert "No training on bias is on offer" in anna.get("/committee/competence/").content.decode()
    module = {"offer-code": "bias-2026", "offer-name": "Bias", "offer-topic": "bias", "offer-valid_days": "365"}
    assert anna.post(f"{page}offer/", module).status_code == 302
    assert anna.post(f"{page}offer/", module).status_code == 422
    done = {
        "complete-person": cast.people["lena"].ref, "complete-module": "bias-2026",
        "complete-completed_on": a_day(-340), "complete-evidence": "Certificate 7",
    }  # fmt: skip
    assert anna.post(f"{page}complete/", {**done, "complete-completed_on": a_day(3)}).status_code == 409
    assert anna.post(f"{page}complete/", done).status_code == 302
    shown = anna.get("/committee/competence/").content.decode()
    assert "1 of 4 people who decide or review hold a training on bias" in shown
    assert "ends soon" in shown
    assert "Certificate 7" not in sign_in(cast.eve).get("/committee/competence/").content.decode()
    held = Qualification.objects.get(code="bias-2026")
    gone = {"withdraw-qualification": str(held.pk), "withdraw-reason": "The certificate was not theirs"}
    assert sign_in(cast.carl).post(f"{page}withdraw/", gone).status_code == 403
    assert anna.post(f"{page}withdraw/", gone).status_code == 302
    assert "0 of 4 people" in anna.get("/committee/competence/").content.decode()
    assert TrainingModule.objects.count() == 1


def test_an_expert_is_engaged_for_a_time_and_a_refusal_leaves_no_person_behind(cast: Cast, sign_in: SignIn) -> None:
    anna = sign_in(cast.anna)
    given = {
        "name": "Ines Vale", "employer": "University", "purpose": "Reads the fairness figures",
        "sponsor": cast.people["olga"].ref, "since": a_day(0), "until": a_day(-1),
    }  # fmt: skip
    people = Person.objects.count()
    assert anna.post("/committee/experts/", given).status_code == 422
    assert anna.post("/committee/experts/", {**given, "until": a_day(20), "name": ""}).status_code == 422
    assert Person.objects.count() == people
    assert anna.post("/committee/experts/", {**given, "until": a_day(20)}).status_code == 302
    assert Engagement.objects.get().person.name == "Ines Vale"
    shown = sign_in(cast.otto).get("/committee/experts/").content.decode()
    assert "1 expert from outside is engaged now" in shown
    assert "Engage an expert" not in shown
    assert sign_in(cast.otto).post("/committee/experts/", given).status_code == 403
    assert sign_in(cast.eve).get("/committee/experts/").status_code == 403


def test_a_pilot_runs_through_its_gate_on_screen(cast: Cast, sign_in: SignIn) -> None:
    use_case, committee = a_use_case(cast), a_committee(cast)
    page, olga, carl = f"/register/{use_case.ref}/pilot/", sign_in(cast.olga), sign_in(cast.carl)
    plan = {
        "plan-name": "One team", "plan-cohort": "Team A", "plan-starts_on": a_day(0),
        "plan-criteria": "Fewer than 2 % wrong\r\nNobody waits longer",
    }  # fmt: skip
    assert carl.post(f"{page}do/plan/", plan).status_code == 403
    assert olga.post(f"{page}do/plan/", {**plan, "plan-criteria": " "}).status_code == 422
    assert olga.post(f"{page}do/plan/", plan).status_code == 302
    assert olga.post(f"{page}do/plan/", plan).status_code == 403
    shown = olga.get(page).content.decode()
    assert "The gate to expansion is closed" in shown
    assert "Evaluate this phase" in shown
    result = {
        "evaluate-state_0": "met", "evaluate-evidence_0": "1.1 %, report R-0001", "evaluate-state_1": "not_met",
        "evaluate-evidence_1": "", "evaluate-lessons": "Fine", "evaluate-evaluated_by": cast.people["olga"].ref,
    }  # fmt: skip
    assert olga.post(f"{page}do/evaluate/", result).status_code == 422
    assert olga.post(f"{page}do/evaluate/", {**result, "evaluate-evidence_1": "Two days more"}).status_code == 302
    assert PilotPhase.objects.get().results[1]["state"] == "not_met"
    closed = olga.get(page).content.decode()
    assert "not met or not known: nobody-waits-longer" in closed
    assert "Plan the next phase" not in closed
    meeting = a_meeting(cast, committee)
    extend = {"extend-meeting": meeting.ref, "extend-question": "Shall it cover all teams?", "extend-lifecycle": "live"}
    assert olga.post(f"{page}do/extend/", extend).status_code == 403
    assert carl.post(f"{page}do/extend/", extend).status_code == 302
    item = AgendaItem.objects.get()
    assert (item.kind, item.use_case, item.effect) == ("expand", use_case, {"lifecycle": "live"})
    assert sign_in(cast.eve).get(page).status_code == 404


def test_a_test_of_the_planned_oversight_is_recorded(cast: Cast, sign_in: SignIn) -> None:
    use_case = a_use_case(cast)
    page, olga = f"/register/{use_case.ref}/oversight-tests/", sign_in(cast.olga)
    assert "never tested" in olga.get(page).content.decode()
    given = {
        "held_at": (timezone.localtime() - DAY).strftime("%Y-%m-%dT%H:%M"), "led_by": cast.people["rita"].ref,
        "scenario": "A stop at night", "expected": "Stop within ten minutes", "observed": "Nine minutes",
        "passed": "yes",
    }  # fmt: skip
    ahead = (timezone.localtime() + DAY).strftime("%Y-%m-%dT%H:%M")
    assert olga.post(page, {**given, "held_at": ahead}).status_code == 422
    assert olga.post(page, {**given, "observed": ""}).status_code == 422
    assert olga.post(page, given).status_code == 302
    assert OversightTest.objects.get().passed
    assert "people did what they should" in olga.get(page).content.decode()
    otto = sign_in(cast.otto)
    assert "Nine minutes" in otto.get(page).content.decode()
    assert otto.post(page, given).status_code == 403


def test_changing_a_point_says_that_votes_are_void_and_asks_again(stage: Stage, cast: Cast, sign_in: SignIn) -> None:
    item = AgendaItem.objects.get(meeting__ref=stage.meeting, number=2)
    page, carl = stage.paths()["meeting-item"], sign_in(cast.carl)
    shown = carl.get(page).content.decode()
    assert "change it, and 1 vote is void" in shown
    conditions = f"Double the sample | {cast.people['rita'].ref} | {a_day(30)}"
    given = {
        "edit-title": item.title, "edit-question": item.question, "edit-until": item.effect["until"],
        "edit-options": "\n".join(
            f"{each['text']} | {'; '.join(each['pros'])} | {'; '.join(each['cons'])}" for each in item.options
        ),
        "edit-conditions": "", "edit-prompts": "\r\n".join(item.prompts), "edit-reason": "A condition was forgotten",
    }  # fmt: skip
    assert carl.post(f"{page}do/edit/", given).status_code == 422
    assert ItemVote.objects.filter(item=item, voided_at=None).count() == 1
    assert sign_in(cast.otto).post(f"{page}do/edit/", {**given, "edit-conditions": conditions}).status_code == 403
    done = carl.post(f"{page}do/edit/", {**given, "edit-conditions": conditions}, follow=True)
    text = done.content.decode()
    assert "1 vote on the old text is void" in text
    assert "the earlier votes of Lena" in text
    before = item.digest
    item.refresh_from_db()
    assert (item.state, item.conditions[0]["text"], item.options[0]["key"]) == ("open", "Double the sample", "a")
    late = {"vote-choice": "yes", "vote-digest": before, "vote-prompt_0": "x", "vote-reason": ""}
    assert carl.post(f"{page}do/vote/", late).status_code == 409


@pytest.mark.slow
def test_pages_of_committees_cost_the_same_with_many_rows(stage: Stage, cast: Cast, sign_in: SignIn) -> None:
    paths = ("charter", "members", "interests", "competence", "experts", "pilot", "oversight-tests", "meeting")
    anna = sign_in(cast.anna)

    def queries() -> dict[str, int]:
        found = {}
        for name in paths:
            with CaptureQueriesContext(connection) as seen:
                assert anna.get(stage.paths()[name]).status_code == 200
            found[name] = len(seen)
        return found

    _fill(stage, cast, 1)
    queries()
    few = queries()
    _fill(stage, cast, 5)
    assert queries() == few


def _fill(stage: Stage, cast: Cast, n: int) -> None:
    now = timezone.now()
    begin = Person.objects.count()
    for number in range(begin, begin + n):
        person = Person.objects.create(ref=f"P-8{number:03d}", name=f"Member {number}")
        Membership.objects.create(committee=stage.committee, person=person, function="business", term_from=now)
        declare_interest(actor=cast.anna, at=now, person=person, use_case=stage.live, reason="R")
        Qualification.objects.create(person=person, code="bias", valid_from=now)
        TrainingModule.objects.create(code=f"bias-{number}", name="B", topic="bias", offered_from=now)
        Engagement.objects.create(
            person=person, employer="E", purpose="P", sponsor=cast.people["olga"], since=now, until=now + DAY
        )
        PilotPhase.objects.create(
            use_case=stage.live, number=number, name="N", cohort="C", starts_on=now.date(), evaluated_at=now,
            evaluated_by=person, criteria=[{"code": "c", "text": "T"}],
            results=[{"code": "c", "state": "met", "evidence": "E"}],
        )  # fmt: skip
        OversightTest.objects.create(
            use_case=stage.live, held_at=now, scenario="S", expected="E", observed="O", passed=True, led_by=person
        )
