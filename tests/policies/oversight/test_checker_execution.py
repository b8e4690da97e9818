"""Executed as people decided? One decision at a time, each code on its own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from policies.oversight.checker import policy_at
from policies.oversight.context import Coverage
from policies.oversight.record import EscalationRecord
from tests.policies.oversight.builders import (
    LATER,
    NINE,
    at,
    codes,
    decision,
    needing,
    people,
    policy,
    review,
    verdicts,
    waiting,
)

ONE = needing(reviews=1)
TWO = needing(reviews=2, distinct=True)


def test_a_decision_reviewed_before_execution_gets_no_verdict() -> None:
    assert codes(decision(review()), ONE) == []


def test_executed_without_review_is_unreviewed_once_the_network_had_its_time() -> None:
    assert codes(decision(), ONE, as_of=at(14)) == [("UNREVIEWED", "open")]
    assert codes(decision(), ONE, as_of=at(15)) == [("UNREVIEWED", "breach")]


def test_one_of_two_reviews_is_unreviewed_and_says_how_many() -> None:
    (found,) = verdicts(decision(review()), TWO)
    assert (found.code, found.hard, found.sentence) == (
        "UNREVIEWED",
        True,
        "Executed with 1 of 2 required reviews (R1).",
    )


@pytest.mark.parametrize("outcome", ["abstain", "refer"])
def test_who_abstains_or_refers_has_not_reviewed(outcome: str) -> None:
    assert codes(decision(review(outcome=outcome)), ONE) == [("UNREVIEWED", "breach")]


def test_a_claimed_review_is_no_review() -> None:
    assert codes(decision(review(phase="claimed")), ONE)[0] == ("UNREVIEWED", "breach")


def test_a_review_after_execution_is_late_and_one_at_the_same_instant_is_not() -> None:
    (found,) = verdicts(decision(review(minutes=12)), ONE)
    assert (found.code, found.data["late_s"]) == ("LATE_REVIEW", 120)
    assert codes(decision(review(minutes=10)), ONE) == []


def test_an_approval_at_the_instant_of_its_timeout_is_never_effective() -> None:
    assert codes(decision(review(expired_at=at(9))), ONE) == [("UNREVIEWED", "breach")]
    assert codes(decision(review(expired_at=at(9) + timedelta(milliseconds=1))), ONE) == []


@pytest.mark.parametrize("outcome", ["override", "reject"])
def test_the_proposal_executed_against_a_persons_no_is_the_most_serious(outcome: str) -> None:
    no = review(outcome=outcome, final_value="decline", final_digest="sha256:bb")
    assert codes(decision(no), ONE) == [("OVERRULED_IGNORED", "breach")]
    assert codes(decision(no), None)[0] == ("OVERRULED_IGNORED", "breach")


def test_an_override_that_was_followed_is_no_breach() -> None:
    no = review(outcome="override", final_value="decline", final_digest="sha256:bb")
    assert codes(decision(no, executed_value="decline", executed_digest="sha256:bb"), ONE) == []


def test_a_modified_action_executed_unmodified_is_ignored_too() -> None:
    changed = review(outcome="modify", final_value="approve", final_digest="sha256:bb")
    assert codes(decision(changed), ONE) == [("OVERRULED_IGNORED", "breach")]


def test_without_value_or_digest_of_the_execution_nobody_can_tell_whether_the_no_was_obeyed() -> None:
    no = review(outcome="reject")
    record = decision(no, executed_value=None, executed_digest=None)
    assert codes(record, ONE)[0] == ("OVERRULED_IGNORED", "unknown")


def test_a_no_after_execution_is_late_and_not_ignored() -> None:
    assert codes(decision(review(minutes=12, outcome="reject")), ONE) == [("LATE_REVIEW", "breach")]


def test_a_second_person_may_overrule_a_no_unless_policy_escalates_disagreement() -> None:
    no = review("RV-1", "rev-1", 5, outcome="reject")
    yes = review("RV-2", "rev-2", 8)
    assert codes(decision(no, yes), ONE) == []
    escalation = {"criteria": ["two_person_disagree"], "chain": [{"to": "lead", "ack": "PT1H"}]}
    strict = needing(reviews=1, terms={"escalation": escalation})
    assert codes(decision(no, yes), strict) == [("OVERRULED_IGNORED", "breach")]
    resolved = EscalationRecord(
        escalation_id="E", criteria_id="two_person_disagree", raised_at=at(6), acknowledged_at=at(7), resolved_at=at(8)
    )
    assert codes(decision(no, yes, escalations=(resolved,)), strict) == []


def test_another_action_than_the_approved_one_is_stale() -> None:
    assert codes(decision(review(), executed_digest="sha256:bb"), ONE) == [("STALE", "breach")]


def test_a_digest_nobody_gave_leaves_it_unknown_and_never_right() -> None:
    assert codes(decision(review(reviewed_digest=None)), ONE) == [("STALE", "unknown")]
    assert codes(decision(review(), executed_digest=None), ONE) == [("STALE", "unknown")]


def test_an_approval_that_ran_out_is_stale_to_the_second() -> None:
    terms = {"review": {"approval_valid": "PT24H"}}
    in_force = needing(reviews=1, terms=terms)
    last = at(9) + timedelta(hours=24)
    assert codes(decision(review(), executed_at=last), in_force) == []
    late = decision(review(), executed_at=last + timedelta(seconds=1))
    assert codes(late, in_force) == [("STALE", "breach")]


def test_one_fresh_approval_is_enough_beside_a_stale_one() -> None:
    old = review("RV-1", "rev-1", 5, reviewed_digest="sha256:00")
    assert codes(decision(old, review("RV-2", "rev-2", 8)), ONE) == []


def test_the_same_person_twice_is_not_two_people() -> None:
    twice = decision(review("RV-1", "rev-1", 5), review("RV-2", "rev-1", 8))
    assert codes(twice, TWO) == [("SAME_PERSON", "breach")]
    assert codes(decision(review("RV-1", "rev-1", 5), review("RV-2", "rev-2", 8)), TWO) == []
    nameless = decision(review("RV-1", None, 5), review("RV-2", "rev-1", 8))
    assert codes(nameless, TWO) == [("SAME_PERSON", "unknown")]


def test_who_changed_the_action_is_its_maker_and_needs_two_others() -> None:
    """Worked example E of the design: A modifies, B approves A's version."""
    modified = review("RV-1", "A", 4, outcome="modify", final_value="approve", final_digest="sha256:bb")
    seen_by_b = review("RV-2", "B", 6, reviewed_digest="sha256:bb")
    record = decision(modified, seen_by_b, executed_digest="sha256:bb")
    assert codes(record, TWO) == [("SELF_REVIEW", "breach")]
    seen_by_c = review("RV-3", "C", 8, reviewed_digest="sha256:bb")
    assert codes(replace(record, reviews=(modified, seen_by_b, seen_by_c)), TWO) == []
    own = review("RV-3", "A", 8, reviewed_digest="sha256:bb")
    assert codes(replace(record, reviews=(modified, seen_by_b, own)), TWO) == [("SELF_REVIEW", "breach")]


def test_under_one_review_a_persons_own_version_is_a_human_decision() -> None:
    changed = review(outcome="modify", final_value="approve", final_digest="sha256:bb")
    assert codes(decision(changed, executed_digest="sha256:bb"), ONE) == []


def test_who_entered_the_case_may_not_approve_it() -> None:
    barred = needing(reviews=1, exclude=["maker"])
    assert codes(decision(review(), maker="rev-1"), barred) == [("SELF_REVIEW", "breach")]
    assert codes(decision(review(), maker="rev-9"), barred) == []


def test_an_excluded_role_or_a_declared_conflict_is_a_conflict() -> None:
    barred = needing(reviews=1, exclude=["owner"])
    assert codes(decision(review()), barred, people=people(("rev-1", "owner"))) == [("CONFLICT", "breach")]
    assert codes(decision(review()), barred, people=people(("rev-1", "caseworker"))) == []
    assert codes(decision(review()), barred) == [("CONFLICT", "unknown")]
    assert codes(decision(review(conflict_of_interest=True)), ONE) == [("CONFLICT", "breach")]


def test_waiting_is_pending_and_overdue_is_late() -> None:
    timed = needing(reviews=1, terms={"review": {"max_turnaround": "PT8H"}})
    assert codes(waiting(), timed, as_of=at(480)) == [("PENDING", "open")]
    assert codes(waiting(), timed, as_of=at(481)) == [("SLA", "breach")]
    assert codes(waiting(review()), timed) == []
    assert codes(waiting(review(outcome="reject")), TWO) == []
    assert codes(waiting(withdrawn_at=at(5)), timed) == []


def test_a_late_answer_is_late_even_if_it_came_before_execution() -> None:
    timed = needing(reviews=1, terms={"review": {"max_turnaround": "PT8M"}})
    assert codes(decision(review()), timed) == [("SLA", "breach")]
    assert codes(decision(review(due_at=at(9))), timed) == []


def test_silence_of_the_rules_means_full_review_and_a_gap_never_counts_as_enough() -> None:
    silent = policy({"id": "R1", "when": "class == 'other'", "require": {"reviews": 0}})
    (found,) = verdicts(decision(), silent)
    assert found.code == "UNREVIEWED"
    assert found.data["silent"] is True
    lenient = policy({"id": "R1", "when": "confidence >= 0.8", "require": {"reviews": 0}})
    assert codes(decision(), lenient) == []
    (found,) = verdicts(decision(confidence=None), lenient)
    assert (found.code, found.data["gaps"]) == ("UNREVIEWED", ["confidence"])


def test_the_most_demanding_rule_wins() -> None:
    both = policy(
        {"id": "R1", "when": "class == 'approve'", "require": {"sample": 0.1}},
        {"id": "R2", "when": "amount >= 100", "require": {"reviews": 2, "distinct": True}},
    )
    (found,) = verdicts(decision(review()), both)
    assert (found.code, found.data["required"], found.data["rules"]) == ("UNREVIEWED", 2, "R1, R2")


def test_an_order_that_rests_on_a_skewed_clock_is_held_open_until_there_is_evidence() -> None:
    """Worked example D of the design: approved 10:00:00, executed 09:59:58 by a clock that is off."""
    ten = NINE + timedelta(hours=1)
    seen = review(submitted_at=ten, recorded_at=ten)
    record = decision(seen, executed_at=ten - timedelta(seconds=2), skewed=True)
    assert ("PENDING_CLOCK", "open") in codes(record, ONE)
    assert ("SKEW", "integrity") in codes(record, ONE)
    proved = Coverage(clock_offsets={"LN-1": timedelta(seconds=5)})
    assert codes(record, ONE, coverage=proved) == [("SKEW", "integrity")]
    wrong = Coverage(clock_offsets={"LN-1": timedelta(0)})
    assert ("LATE_REVIEW", "breach") in codes(record, ONE, coverage=wrong)


def test_a_skewed_clock_that_looks_right_counts_only_when_our_own_clock_agrees() -> None:
    seen = review(skewed=True)
    assert codes(decision(seen), ONE) == [("SKEW", "integrity")]
    doubtful = review(skewed=True, recorded_at=at(11))
    assert ("PENDING_CLOCK", "open") in codes(decision(doubtful), ONE)


def test_without_a_policy_in_force_that_is_the_finding() -> None:
    assert codes(decision(review()), None) == [("NO_POLICY", "breach")]
    ended = replace(ONE, in_force_until=NINE)
    assert codes(decision(review()), ended) == [("NO_POLICY", "breach")]
    timeless = decision(proposed_at=None, executed_at=None, recorded_at=None)
    assert codes(timeless, ONE) == [("NO_POLICY", "unknown")]


def test_the_version_in_force_when_it_was_proposed_judges_it() -> None:
    first = replace(ONE, in_force_until=at(5))
    second = replace(TWO, in_force_from=at(5), ref="POL-0002")
    chosen = policy_at([first, second], NINE)
    assert chosen is first
    later = policy_at([first, second], at(5))
    assert later is second


def test_a_drill_is_no_operational_decision() -> None:
    assert codes(decision(drill=True), ONE, as_of=LATER) == []
