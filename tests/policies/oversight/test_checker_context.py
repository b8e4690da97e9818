"""People, mandates, meaning, draws, timers, watch and integrity: each code hits its case and leaves the next alone."""

from datetime import timedelta
from decimal import Decimal

import pytest

from policies.oversight.checks.mandate import limits_at
from policies.oversight.context import (
    Alert,
    Controls,
    Coverage,
    Gap,
    Intervention,
    People,
    Qualification,
    Silence,
    Stretch,
    Watch,
)
from policies.oversight.period import check_period, watch_coverage
from policies.oversight.record import AppealRecord, EscalationRecord
from policies.oversight.sampling import SamplingPeriod, commitment, selected
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


def test_who_lacked_the_level_at_that_instant_was_not_qualified() -> None:
    skilled = needing(reviews=1, level="l2")
    assert codes(decision(review()), skilled, people=people(("rev-1", "l2"))) == []
    assert codes(decision(review()), skilled, people=people(("rev-1", "l1"))) == [("UNQUALIFIED", "breach")]
    assert codes(decision(review()), skilled) == [("UNQUALIFIED", "unknown")]


def test_training_that_ended_the_minute_before_does_not_count() -> None:
    trained = needing(reviews=1, terms={"reviewer": {"training": "t-1"}})
    ending = People([Qualification("rev-1", "t-1", NINE - timedelta(days=9), at(9))])
    assert codes(decision(review()), trained, people=ending) == [("UNQUALIFIED", "breach")]
    assert codes(decision(review(minutes=8)), trained, people=ending) == []


def test_an_asserted_role_is_no_proof_and_an_authenticated_one_is() -> None:
    skilled = needing(reviews=1, level="l2")
    assert codes(decision(review(roles=("l2",))), skilled) == [("UNQUALIFIED", "unknown")]
    assert codes(decision(review(roles=("l2",), authenticated=True)), skilled) == []


def test_the_reviewer_must_know_the_language_of_the_case() -> None:
    spoken = needing(reviews=1, terms={"reviewer": {"languages": ["subject"]}})
    staff = people(("rev-1", "language:en"))
    assert codes(decision(review()), spoken, people=staff) == []
    assert codes(decision(review(), language="lv"), spoken, people=staff) == [("UNQUALIFIED", "breach")]
    assert codes(decision(review(), language=None), spoken, people=staff) == [("UNQUALIFIED", "unknown")]


MANDATE = {"objective": "order", "limits": {"amount": 5000}, "expires": "2026-10-31", "change_signatures": 2}


@pytest.mark.parametrize(
    ("terms", "changes", "expected"),
    [
        ({"allowed": ["approve"]}, {}, []),
        ({"allowed": ["refer"]}, {}, [("FORBIDDEN", "breach")]),
        ({"forbidden": ["approve"]}, {}, [("FORBIDDEN", "breach")]),
        ({"allowed": ["approve_proposal"]}, {}, []),
        ({"forbidden": ["approve_final_by_ai"]}, {}, []),
        ({"allowed": ["approve"]}, {"decision_class": None}, [("FORBIDDEN", "unknown")]),
        ({"expires": "2026-10-01"}, {}, []),
        ({"expires": "2026-09-30"}, {}, [("NO_MANDATE", "breach")]),
        ({"limits": {"amount": 100}}, {}, []),
        ({"limits": {"amount": 99}}, {}, [("FORBIDDEN", "breach")]),
        ({"limits": {"amount": 99}}, {"amount": None}, [("FORBIDDEN", "unknown")]),
    ],
)
def test_the_mandate_bounds_what_may_be_executed(terms: dict, changes: dict, expected: list) -> None:
    in_force = needing(reviews=1, terms={"mandate": {"objective": "o", **terms}})
    assert codes(decision(review(), **changes), in_force) == expected


def test_what_may_only_be_proposed_needs_a_person() -> None:
    rule = {"reviews": 0}
    only = needing(terms={"mandate": {"objective": "o", "allowed": ["approve_proposal"]}}, **rule)
    assert codes(decision(), only) == [("FORBIDDEN", "breach")]
    never = needing(terms={"mandate": {"objective": "o", "forbidden": ["approve_final_by_ai"]}}, **rule)
    assert codes(decision(), never) == [("FORBIDDEN", "breach")]
    assert codes(waiting(), never) == []


def stop(**changes: object) -> Controls:
    given = {"id": "IV-1", "kind": "stop", "issued_at": at(1), "effective_at": at(3), **changes}
    return Controls([Intervention(**given)])  # type: ignore[arg-type]


def test_after_an_effective_stop_in_scope_nothing_may_be_executed() -> None:
    assert codes(decision(review()), ONE, controls=stop()) == [("AFTER_STOP", "breach")]
    assert codes(decision(review()), ONE, controls=stop(effective_at=at(11))) == []
    assert codes(decision(review()), ONE, controls=stop(resumed_at=at(9))) == []
    assert codes(decision(review()), ONE, controls=stop(classes=("decline",))) == []
    assert codes(decision(review()), ONE, controls=stop(versions=("2.0",))) == [("AFTER_STOP", "breach")]
    assert codes(decision(review(), system_version="1.9"), ONE, controls=stop(versions=("2.0",))) == []
    assert codes(decision(review()), ONE, controls=stop(drill=True)) == []
    assert codes(decision(review()), None, controls=stop())[0] == ("AFTER_STOP", "breach")


def test_a_stop_nobody_confirmed_should_have_held_after_its_target_time() -> None:
    silent = {"effective_at": None}
    assert codes(decision(review()), ONE, controls=stop(issued_at=at(6), **silent)) == []
    assert codes(decision(review()), ONE, controls=stop(issued_at=at(5), **silent)) == [("AFTER_STOP", "breach")]


def test_a_limit_stops_only_what_lies_above_it() -> None:
    assert codes(decision(review()), ONE, controls=stop(kind="limit", limits={"amount": 100})) == []
    assert codes(decision(review()), ONE, controls=stop(kind="limit", limits={"amount": 99})) == [
        ("AFTER_STOP", "breach")
    ]
    unknown = decision(review(), amount=None)
    assert codes(unknown, ONE, controls=stop(kind="limit", limits={"amount": 99})) == [("AFTER_STOP", "unknown")]


MEANING = {
    "review": {
        "min_active_s": 45,
        "evidence": ["income", "bureau"],
        "guideline": "required",
        "reasons": ["reject", "two_person_disagree"],
    }
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"active_ms": 44_999}, [("TOO_FAST", "not_meaningful")]),
        ({"active_ms": 45_000}, []),
        ({"active_ms": None}, [("TOO_FAST", "unknown")]),
        ({"words_shown": 1200, "active_ms": 119_999}, [("TOO_FAST", "not_meaningful")]),
        ({"words_shown": 1200, "active_ms": 120_000}, []),
        ({"batch_id": "B-1"}, [("BULK", "not_meaningful")]),
        ({"evidence_opened": ("income",)}, [("NO_EVIDENCE", "not_meaningful")]),
        ({"evidence_opened": None}, [("NO_EVIDENCE", "unknown")]),
        ({"evidence_required": ("payslip",)}, [("NO_EVIDENCE", "not_meaningful")]),
        ({"guideline_version": None}, [("NO_EVIDENCE", "unknown")]),
        ({"reason_code": None}, []),
    ],
)
def test_a_meaningful_review_takes_time_evidence_and_one_case_at_a_time(changes: dict, expected: list) -> None:
    in_force = needing(reviews=1, terms=MEANING)
    assert codes(decision(review(**changes)), in_force) == expected


def test_a_tenth_of_the_median_of_the_class_is_needed_at_least() -> None:
    slow = Coverage(median_active_ms={"approve": 1_300_000})
    assert codes(decision(review()), ONE, coverage=slow) == [("TOO_FAST", "not_meaningful")]
    assert codes(decision(review()), ONE, coverage=Coverage(median_active_ms={"approve": 1_200_000})) == []


def test_a_no_needs_a_reason_and_so_does_disagreement() -> None:
    in_force = needing(reviews=1, terms=MEANING)
    no = review(outcome="reject", reason_code=None, reason_text_present=False)
    assert ("NO_REASON", "not_meaningful") in codes(waiting(no), in_force)
    assert ("NO_REASON", "unknown") in codes(
        waiting(review(outcome="reject", reason_code=None, reason_text_present=None)), in_force
    )
    assert codes(waiting(review(outcome="reject", reason_text_present=True)), in_force) == []
    second = review("RV-2", "rev-2", 9, reason_code=None, reason_text_present=False)
    first = review("RV-1", "rev-1", 5, outcome="reject")
    assert ("NO_REASON", "not_meaningful") in codes(waiting(first, second), in_force)


KEY = b"k" * 32
PERIOD = SamplingPeriod(NINE - timedelta(days=1), NINE + timedelta(days=30), commitment(KEY), KEY)
DRAWN = next(f"LN-{i}" for i in range(999) if selected(KEY, f"LN-{i}", Decimal("0.1")))
SPARED = next(f"LN-{i}" for i in range(999) if not selected(KEY, f"LN-{i}", Decimal("0.1")))
KNOWN = Coverage(sampling=(PERIOD,))


def test_a_drawn_case_that_nobody_reviewed_is_a_shortfall_when_its_time_is_over() -> None:
    tenth = needing(sample=0.1, terms={"review": {"max_turnaround": "PT8H"}})
    missed = decision(decision_id=DRAWN)
    assert codes(missed, tenth, coverage=KNOWN, as_of=at(400)) == [("SAMPLE_SHORTFALL", "open")]
    (found,) = verdicts(missed, tenth, coverage=KNOWN)
    assert (found.code, found.state, found.hard) == ("SAMPLE_SHORTFALL", "breach", True)
    assert codes(decision(decision_id=SPARED), tenth, coverage=KNOWN) == []
    assert codes(decision(review(minutes=300), decision_id=DRAWN), tenth, coverage=KNOWN) == []


def test_a_reviewed_case_that_was_not_drawn_was_picked_unless_something_called_for_it() -> None:
    tenth = needing(sample=0.1)
    picked = decision(review(), decision_id=SPARED)
    (found,) = verdicts(picked, tenth, coverage=KNOWN)
    assert (found.code, found.hard) == ("SAMPLE_CHERRY", False)
    (found,) = verdicts(picked, needing(sample=0.1, terms={"tier": "sampling"}), coverage=KNOWN)
    assert found.hard
    appealed = decision(review(), decision_id=SPARED, appeals=(AppealRecord(appeal_id="A", phase="filed"),))
    assert codes(appealed, tenth, coverage=KNOWN) == []


def test_without_the_key_nobody_can_tell_whether_a_case_was_drawn() -> None:
    sealed = Coverage(sampling=(SamplingPeriod(PERIOD.since, PERIOD.until, PERIOD.commitment),))
    assert codes(decision(decision_id=DRAWN), needing(sample=0.1), coverage=sealed) == [("SAMPLE_SHORTFALL", "unknown")]


def test_drawn_for_a_blind_pair_needs_two_blind_reviewers() -> None:
    everyone = policy(
        {"id": "R1", "when": "true", "require": {"reviews": 1, "blind_double": 1, "own_judgement_first": 1}}
    )
    single = decision(review(blind=True, initial_judgement="approve"))
    assert codes(single, everyone, coverage=KNOWN) == [("SAMPLE_SHORTFALL", "breach")]
    pair = (review(blind=True, initial_judgement="approve"), review("RV-2", "rev-2", 9, blind=True))
    assert codes(decision(*pair), everyone, coverage=KNOWN) == []
    anchored = (review(blind=True), review("RV-2", "rev-2", 9, blind=True))
    (found,) = verdicts(decision(*anchored), everyone, coverage=KNOWN)
    assert found.data["draw"] == "own_judgement_first"


CHAIN = {
    "escalation": {
        "criteria": ["sla_breach"],
        "chain": [{"to": "lead", "ack": "PT30M"}, {"to": "head", "ack": "PT2H"}],
    }
}


@pytest.mark.parametrize(
    ("hop", "expected"),
    [
        ({"hop": 0, "acknowledged_at": at(30)}, []),
        ({"hop": 0, "acknowledged_at": at(31)}, [("ESC_LATE", "breach", False)]),
        ({"hop": 0}, [("ESC_LATE", "breach", False)]),
        ({"hop": 1, "acknowledged_at": at(120)}, []),
        ({"hop": 1}, [("ESC_EXPIRED", "breach", True)]),
        ({"hop": 1, "expired_at": at(120), "default_applied": "hold"}, [("ESC_EXPIRED", "breach", False)]),
    ],
)
def test_escalations_are_answered_in_time_or_end_in_the_safe_default(hop: dict, expected: list) -> None:
    in_force = needing(reviews=1, terms=CHAIN)
    record = decision(review(), escalations=(EscalationRecord(escalation_id="E", notified_at=NINE, **hop),))
    found = [(each.code, each.state, each.hard) for each in verdicts(record, in_force, as_of=at(600))]
    assert found == expected


ON_LOOP = policy(
    {"id": "R1", "when": "true", "require": {"reviews": 0}},
    mode="HOTL",
    monitor={
        "watch": {"roster": "noc", "max_unwatched": "PT30M"},
        "alert": {"ack": "PT15M"},
        "silence_max": "PT1H",
    },
)
WATCHED = Coverage(watches=(Watch("ops-1", at(-60), at(-20)),), alerts=())


def test_deciding_while_nobody_watched_for_too_long_is_unwatched() -> None:
    assert codes(decision(executed_at=at(10)), ON_LOOP, coverage=WATCHED) == []
    assert codes(decision(executed_at=at(11)), ON_LOOP, coverage=WATCHED) == [("UNWATCHED", "breach")]
    assert codes(decision(executed_at=at(-30)), ON_LOOP, coverage=WATCHED) == []
    assert codes(decision(), ON_LOOP) == [("UNWATCHED", "unknown")]


def test_a_watch_holds_only_as_long_as_it_is_confirmed() -> None:
    watch = Watch("ops-1", at(-120), at(60), (at(-100), at(-80)))
    confirmed = Coverage(watches=(watch,)).watched(timedelta(minutes=20))
    assert confirmed.stretches == (Stretch(at(-120), at(-60)),)


def test_an_alert_about_a_decision_must_be_answered_in_time() -> None:
    def with_alert(acknowledged: float | None) -> Coverage:
        seen = None if acknowledged is None else at(acknowledged)
        alert = Alert("AL-1", NINE, seen, decision_id="LN-1")
        return Coverage(watches=(Watch("ops", at(-60), at(60)),), alerts=(alert,))

    assert codes(decision(), ON_LOOP, coverage=with_alert(15)) == []
    assert codes(decision(), ON_LOOP, coverage=with_alert(16)) == [("ALERT_UNACKED", "breach")]
    assert codes(decision(), ON_LOOP, coverage=with_alert(None)) == [("ALERT_UNACKED", "breach")]
    assert codes(decision(decision_id="LN-2"), ON_LOOP, coverage=with_alert(None)) == []


def test_a_hole_in_the_log_is_said_where_something_may_be_missing_and_never_excuses() -> None:
    hole = Coverage(gaps=(Gap("/scorer", at(5), at(8), 3),), silences=(Silence("/scorer", at(5), at(8)),))
    found = codes(decision(), ONE, coverage=hole)
    assert found == [("UNREVIEWED", "breach"), ("GAP", "integrity"), ("SILENCE", "integrity")]
    assert codes(decision(review()), ONE, coverage=hole) == []
    elsewhere = Coverage(gaps=(Gap("/scorer", at(20), at(30), 3),))
    assert codes(decision(), ONE, coverage=elsewhere) == [("UNREVIEWED", "breach")]


def test_conflicting_copies_are_an_integrity_failure_in_any_mode() -> None:
    assert codes(decision(review(), duplicate_conflict=True), ONE) == [("DUP_CONFLICT", "integrity")]


def test_a_period_names_unwatched_hours_alerts_holes_and_silence_once_each() -> None:
    window = Stretch(at(0), at(600))
    coverage = Coverage(
        operating=(window,),
        watches=(Watch("a", at(0), at(100)), Watch("b", at(120), at(300)), Watch("c", at(331), at(600))),
        alerts=(Alert("AL-1", at(50)), Alert("AL-2", at(50), at(60)), Alert("AL-3", at(50), None, "LN-1")),
        gaps=(Gap("/s", at(10), at(11), 2), Gap("/s", at(700), at(701), 2)),
        silences=(Silence("/s", at(10), at(70)), Silence("/s", at(100), at(161))),
    )
    found = check_period(ON_LOOP, controls=Controls(), coverage=coverage, window=window, as_of=LATER)
    assert [(each.code, each.decision_id) for each in found] == [
        ("UNWATCHED", None),
        ("ALERT_UNACKED", None),
        ("GAP", None),
        ("SILENCE", None),
    ]
    assert found[0].data["unwatched_min"] == 31
    covered = watch_coverage(coverage, window, None)
    assert covered is not None
    assert covered[0] == timedelta(minutes=549)


def test_a_change_of_mandate_with_too_few_signatures_is_refused() -> None:
    in_force = needing(reviews=0, mode="HIC", terms={"mandate": MANDATE})

    def change(*signatures: str) -> Controls:
        return Controls(
            [
                Intervention(
                    id="IV-9",
                    kind="mandate_change",
                    issued_at=at(1),
                    limits={"amount": 9000},
                    signatures=signatures,
                )
            ]
        )

    order = decision(amount=Decimal(5400))
    assert codes(order, in_force, controls=change("cfo")) == [("FORBIDDEN", "breach")]
    assert codes(order, in_force, controls=change("cfo", "cfo")) == [("FORBIDDEN", "breach")]
    assert codes(order, in_force, controls=change("cfo", "coo")) == []
    window = Stretch(at(0), at(60))
    (refused,) = check_period(in_force, controls=change("cfo"), coverage=Coverage(), window=window, as_of=LATER)
    assert "1 of 2 signatures" in refused.sentence
    mandate = in_force.document.mandate
    assert mandate is not None
    assert limits_at(mandate, change("cfo", "coo"), at(0)) == (("amount", Decimal(5000)),)
