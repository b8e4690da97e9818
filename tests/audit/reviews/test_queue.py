"""Tasks come from evidence, go to people who may do them, and end by a decision that is evidence again."""

from typing import Any

import msgspec
import pytest
from django.utils import timezone

from audit.api.views.decisions import gate_of
from audit.events import fold
from audit.models import Decision, Event, Finding, ReviewTask
from audit.reviews.acts import claim, judge, open_evidence, reassign, release, show
from audit.reviews.problems import Ended, Excluded, NotQualified, NotYours, Stale, Taken
from audit.reviews.submitting import Opinion, submit
from audit.tasks import rebuild
from governance.access import Invalid, NotAllowed
from governance.models import Change, Notice, Person
from policies.oversight.record import DecisionRecord
from tests.audit.reviews.house import POLICY, House, build

pytestmark = pytest.mark.django_db
NEED_TWO = {"reviews": 2, "distinct": True, "exclude": ["maker", "owner"]}
TWO = {**POLICY, "rules": [{"id": "R1", "when": "true", "require": NEED_TWO}]}


@pytest.fixture
def house() -> House:
    return build()


@pytest.fixture
def pair() -> House:
    house = build(TWO)
    for name in ("ruth", "rob"):
        house.reviewer(name)
    return house


def ready(house: House, name: str = "B-1", **more: Any) -> ReviewTask:
    house.propose(name, **more)
    house.fold()
    return house.task(name)


def decide(house: House, task: ReviewTask, who: str = "rita", outcome: str = "approve", **more: Any) -> Any:
    """Take the task, look at it, decide, and let the follower see it."""
    user, now = house.reviewers[who], timezone.now()
    claim(task=task, actor=user, at=now)
    show(task=task, actor=user, at=now)
    given = {"digest": task.action_digest, "reason_text": "", **more}
    result = submit(task=task, opinion=Opinion(outcome=outcome, **given), actor=user, at=timezone.now())
    house.fold()
    return result


def record_of(name: str = "B-1") -> DecisionRecord:
    return msgspec.convert(Decision.objects.get(decision_id=name).state, type=DecisionRecord)


def gate(house: House, name: str = "B-1") -> str:
    found = gate_of(house.use_case, name, at=timezone.now())
    assert found is not None
    return found.state


def test_a_required_review_is_a_task_bound_to_the_action_and_the_policy_of_its_day(house: House) -> None:
    task = ready(house)
    record = record_of()
    assert (task.action_digest, task.action_value) == (record.proposal_digest, "grant")
    assert (task.wanted, task.why["rules"], task.state) == (["caseworker"], ["R1"], "open")
    assert task.due_at is not None
    assert (task.due_at - task.opened_at).total_seconds() == 8 * 3600
    assert gate(house) == "pending"


def test_no_task_where_the_policy_names_another_queue_or_the_decision_ran_already() -> None:
    house = build(queue="external")
    house.propose()
    house.fold()
    assert house.tasks() == []


def test_what_was_executed_before_anybody_looked_opens_nothing(house: House) -> None:
    house.propose()
    house.execute()
    house.fold()
    assert house.tasks() == []


def test_an_approval_is_an_event_of_our_own_and_opens_the_gate(house: House) -> None:
    task = ready(house)
    result = decide(house, task, active_ms=30_000, words_shown=12, rationale_shown=True)
    assert not result.late
    [review] = record_of().reviews
    assert (review.outcome, review.actor, review.authenticated) == ("approve", "rev-rita", True)
    assert (review.reviewed_digest, review.guideline_version) == (task.action_digest, "2026-10")
    assert Event.objects.get(pk=result.receipt.entry).source.startswith("urn:custodes:")
    assert gate(house) == "approved"
    house.execute(executed_digest=task.action_digest)
    house.fold()
    assert not Finding.objects.filter(code__in=["UNREVIEWED", "STALE", "UNQUALIFIED", "LATE_REVIEW"]).exists()


def test_active_time_is_never_longer_than_the_case_was_open(house: House) -> None:
    decide(house, ready(house), active_ms=10**9)
    active = record_of().reviews[0].active_ms
    assert active is not None
    assert active < 60_000


@pytest.mark.parametrize(
    ("outcome", "more", "state"),
    [
        ("reject", {}, "rejected"),
        ("override", {"final": {"value": "refuse"}, "reason_text": "Seasonal income."}, "modified"),
        ("modify", {"final": {"value": "grant", "amount": 100}}, "modified"),
    ],
)
def test_each_outcome_reaches_the_gate(house: House, outcome: str, more: dict[str, Any], state: str) -> None:
    decide(house, ready(house), outcome=outcome, **more)
    assert gate(house) == state
    assert [task.state for task in house.tasks()] == ["submitted"]


def test_who_abstains_leaves_it_to_somebody_else(house: House) -> None:
    house.reviewer("ruth")
    decide(house, ready(house), outcome="abstain")
    second = house.task()
    assert (second.number, second.excluded) == (2, ["rev-rita"])
    with pytest.raises(Excluded):
        claim(task=second, actor=house.reviewers["rita"], at=timezone.now())
    decide(house, second, "ruth")
    assert gate(house) == "approved"


def test_what_is_referred_goes_to_the_desk_and_comes_first(house: House) -> None:
    house.reviewer("ruth")
    house.reviewer("lara", "caseworker", "legal-desk")
    decide(house, ready(house), outcome="refer", refer_to="legal-desk", reason_text="A legal question.")
    second = house.task()
    assert (second.desk, second.priority) == ("legal-desk", 20)
    with pytest.raises(NotQualified) as refused:
        claim(task=second, actor=house.reviewers["ruth"], at=timezone.now())
    assert refused.value.data["missing"] == ["legal-desk"]
    decide(house, second, "lara")
    assert gate(house) == "approved"


def test_a_claim_is_for_one_and_can_be_put_back(house: House) -> None:
    ruth = house.reviewer("ruth")
    task, rita, now = ready(house), house.reviewers["rita"], timezone.now()
    claim(task=task, actor=rita, at=now)
    claim(task=task, actor=rita, at=now)
    with pytest.raises(Taken):
        claim(task=task, actor=ruth, at=now)
    with pytest.raises(NotYours):
        submit(task=task, opinion=Opinion(outcome="approve", digest=task.action_digest), actor=ruth, at=now)
    with pytest.raises(NotYours):
        release(task=task, actor=ruth, at=now)
    release(task=task, actor=rita, at=now)
    claim(task=task, actor=ruth, at=now)
    acts = Change.objects.filter(action__startswith="review.").order_by("at", "id").values_list("action", flat=True)
    assert list(acts) == ["review.claimed", "review.released", "review.claimed"]


def test_a_review_is_given_to_somebody_by_the_owner_and_they_are_told(house: House) -> None:
    house.reviewer("ruth")
    task, now = ready(house), timezone.now()
    claim(task=task, actor=house.reviewers["rita"], at=now)
    ruth = Person.objects.get(pseudonym="rev-ruth")
    with pytest.raises(NotAllowed):
        reassign(task=task, to=ruth, actor=house.reviewers["rita"], at=now)
    given = reassign(task=task, to=ruth, actor=house.cast.olga, at=now)
    assert given.claimed_by == ruth
    assert sorted(Notice.objects.values_list("person__pseudonym", flat=True)) == ["rev-rita", "rev-ruth"]
    with pytest.raises(Invalid):
        reassign(task=task, to=Person.objects.get(name="Carl"), actor=house.cast.olga, at=now)


def test_who_has_no_grant_or_lacks_the_qualification_is_refused(house: House) -> None:
    task, now = ready(house), timezone.now()
    with pytest.raises(NotAllowed):
        claim(task=task, actor=house.cast.carl, at=now)
    house.reviewer("tim", "trainee")
    with pytest.raises(NotQualified):
        claim(task=task, actor=house.reviewers["tim"], at=now)


def test_a_deputy_stands_in(house: House) -> None:
    house.reviewer("dan", "deputy:caseworker")
    assert claim(task=ready(house), actor=house.reviewers["dan"], at=timezone.now()).state == "claimed"


def test_a_decision_is_about_what_was_seen(house: House) -> None:
    task, rita, now = ready(house), house.reviewers["rita"], timezone.now()
    claim(task=task, actor=rita, at=now)
    with pytest.raises(Stale):
        submit(task=task, opinion=Opinion(outcome="approve", digest="sha256:other"), actor=rita, at=now)
    house.propose("B-1", value="refuse")  # the system changes its mind while Rita reads
    house.fold()
    with pytest.raises(Ended):
        submit(task=task, opinion=Opinion(outcome="approve", digest=task.action_digest), actor=rita, at=now)
    fresh = house.task()
    assert (fresh.number, fresh.action_value) == (2, "refuse")
    assert house.tasks()[0].ended_why == "superseded"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"outcome": "wave"}, "outcome"),
        ({"outcome": "override", "final": {"value": "refuse"}}, "reason_text"),
        ({"outcome": "override", "reason_text": "x"}, "final_value"),
        ({"outcome": "refer"}, "refer_to"),
    ],
)
def test_an_incomplete_decision_names_the_field(house: House, given: dict[str, Any], field: str) -> None:
    task, rita, now = ready(house), house.reviewers["rita"], timezone.now()
    claim(task=task, actor=rita, at=now)
    with pytest.raises(Invalid) as refused:
        submit(task=task, opinion=Opinion(digest=task.action_digest, **given), actor=rita, at=now)
    assert refused.value.data["field"] == field
    assert house.task().state == "claimed"


@pytest.mark.slow
def test_questions_are_answered_before_deciding() -> None:
    house = build(prompts=["Who is most affected?", "What do you assume?"], reason_codes=["INCOME"])
    task = ready(house)
    with pytest.raises(Invalid) as refused:
        decide(house, task, answers=["The applicant", " "])
    assert refused.value.data["field"] == "answers"
    decide(house, task, answers=["The applicant", "That payroll is right"])
    assert record_of().reviews[0].extra["prompts"][0] == {"prompt": "Who is most affected?", "answer": "The applicant"}


def test_the_own_judgement_comes_before_the_advice() -> None:
    rule = {"id": "R1", "when": "true", "require": {"reviews": 1, "own_judgement_first": 1}}
    house = build({**POLICY, "rules": [rule]})
    task, rita = ready(house), house.reviewers["rita"]
    claim(task=task, actor=rita, at=timezone.now())
    assert show(task=task, actor=rita, at=timezone.now()).advice_shown_at is None
    with pytest.raises(Ended):
        submit(task=task, opinion=Opinion(outcome="approve", digest=task.action_digest), actor=rita, at=timezone.now())
    judge(task=task, judgement="grant", actor=rita, at=timezone.now())
    with pytest.raises(Ended):
        judge(task=task, judgement="refuse", actor=rita, at=timezone.now())
    submit(task=task, opinion=Opinion(outcome="approve", digest=task.action_digest), actor=rita, at=timezone.now())
    house.fold()
    [review] = record_of().reviews
    assert review.initial_judgement == "grant"
    assert review.extra["advice_shown_at"] >= review.opened_at.isoformat()  # type: ignore[union-attr]


def test_evidence_counts_as_opened_when_it_was(house: House) -> None:
    task, rita, now = ready(house, payroll="12 payslips"), house.reviewers["rita"], timezone.now()
    claim(task=task, actor=rita, at=now)
    with pytest.raises(Invalid):
        open_evidence(task=task, name="horoscope", actor=rita, at=now)
    open_evidence(task=task, name="payroll", actor=rita, at=now)
    decide(house, task)
    assert record_of().reviews[0].evidence_opened == ("payroll",)


def test_two_people_are_two_and_neither_is_the_owner_or_the_maker(pair: House) -> None:
    pair.propose(maker={"ref": "rev-rob"})
    pair.fold()
    first, second = pair.tasks()
    now = timezone.now()
    claim(task=first, actor=pair.reviewers["rita"], at=now)
    with pytest.raises(Excluded):
        claim(task=second, actor=pair.reviewers["rita"], at=now)
    with pytest.raises(Excluded):
        claim(task=second, actor=pair.reviewers["rob"], at=now)
    pair.reviewer("olga")
    with pytest.raises(Excluded):
        claim(task=second, actor=pair.cast.olga, at=now)
    decide(pair, first)
    assert gate(pair) == "pending"
    decide(pair, second, "ruth")
    assert gate(pair) == "approved"


@pytest.mark.slow
def test_who_changes_the_action_is_its_maker_and_two_others_look_at_the_new_one(pair: House) -> None:
    pair.reviewer("rosa")
    pair.propose()
    pair.fold()
    first, second = pair.tasks()
    decide(pair, second, "ruth")  # approves what was proposed
    decide(pair, first, outcome="modify", final={"value": "grant", "amount": 50})
    waiting = [task for task in pair.tasks() if task.state == "open"]
    assert len(waiting) == 2
    assert {task.action_digest for task in waiting} != {first.action_digest}
    assert waiting[0].excluded == ["rev-rita", "rev-ruth"]
    decide(pair, waiting[0], "rob")
    assert gate(pair) == "pending"
    decide(pair, waiting[1], "rosa")
    assert gate(pair) == "modified"
    pair.execute(executed_digest=waiting[0].action_digest)
    pair.fold()
    assert not Finding.objects.filter(code__in=["UNREVIEWED", "STALE", "SAME_PERSON", "SELF_REVIEW"]).exists()


def test_a_review_from_elsewhere_ends_ours_and_is_no_word_of_ours(house: House) -> None:
    task = ready(house)
    data = {
        "decision_id": "B-1", "review_id": "ext-1", "phase": "submitted", "outcome": "approve",
        "actor": {"ref": "rev-ext", "authn": "asserted"}, "reviewed_digest": task.action_digest,
    }  # fmt: skip
    house.send("review", data)
    house.fold()
    [ended] = house.tasks()
    assert (ended.state, ended.ended_why) == ("closed", "elsewhere")
    assert [review.authenticated for review in record_of().reviews] == [False]
    with pytest.raises(Ended):
        claim(task=task, actor=house.reviewers["rita"], at=timezone.now())


def test_execution_and_withdrawal_end_what_waits(house: House) -> None:
    ready(house)
    house.execute()
    ready(house, "B-2")
    house.send("decision", {"decision_id": "B-2", "phase": "withdrawn"})
    house.fold()
    assert [house.tasks(name)[0].ended_why for name in ("B-1", "B-2")] == ["executed", "withdrawn"]


@pytest.mark.slow
def test_a_drawn_case_is_looked_at_though_it_has_run() -> None:
    house = build({**POLICY, "rules": [{"id": "R1", "when": "true", "require": {"sample": 1, "basis": "hash"}}]})
    house.propose()
    house.execute()
    house.fold()
    task = house.task()
    assert task.why["drawn"] == ["sample"]
    decide(house, task)
    assert [each.state for each in house.tasks()] == ["submitted"]


def test_blind_pairs_do_not_see_each_other_and_a_disagreement_climbs() -> None:
    rule = {"id": "R1", "when": "true", "require": {"reviews": 1, "blind_double": 1}}
    escalation = {"criteria": ["two_person_disagree"], "chain": [{"to": "team-lead", "ack": "PT30M"}]}
    house = build({**POLICY, "rules": [rule], "escalation": escalation})
    house.reviewer("ruth")
    house.reviewer("lea", "team-lead")
    house.propose()
    house.fold()
    first, second = house.tasks()
    assert first.blind
    assert second.blind
    decide(house, first, outcome="reject")
    assert gate(house) == "pending"  # the first word of a pair is not its verdict
    decide(house, second, "ruth")
    assert gate(house) == "pending"
    third = house.task()
    assert (third.desk, third.blind) == ("team-lead", False)
    assert Notice.objects.filter(kind="escalation", person__pseudonym="rev-lea").exists()
    assert record_of().escalations[0].criteria_id == "two_person_disagree"
    decide(house, third, "lea")
    assert gate(house) == "approved"


@pytest.mark.slow
def test_a_rebuild_finds_every_task_as_it_was(pair: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("B-1", "B-2", "B-3", "B-4"):
        pair.propose(name)
    pair.fold()
    pair.propose("B-4", value="refuse")  # what waits now is about the second proposal
    pair.fold()
    decide(pair, pair.tasks("B-1")[0])
    decide(pair, pair.tasks("B-1")[1], "ruth")
    decide(pair, pair.tasks("B-2")[0], outcome="abstain")
    pair.execute("B-3")
    pair.fold()
    before = list(ReviewTask.objects.order_by("pk").values())
    decisions = list(Decision.objects.order_by("pk").values("decision_id", "state"))
    step = fold.step
    small = lambda *, limit, before: step(limit=2, before=before)  # noqa: E731  the rebuild sees every state in between
    monkeypatch.setattr(fold, "step", small)
    rebuild(at=timezone.now())
    monkeypatch.undo()
    pair.fold()
    assert list(ReviewTask.objects.order_by("pk").values()) == before
    assert list(Decision.objects.order_by("pk").values("decision_id", "state")) == decisions
