"""Counting one decision: what each adds, and that order, grouping and taking back change nothing."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from audit.oversight import OversightCounts, Truth, measures, total
from audit.oversight.bins import bin_of, binned_quantile, seconds_of
from policies.oversight.checker import check
from policies.oversight.context import Controls, Coverage, PolicyInForce
from policies.oversight.record import AppealRecord, DecisionRecord, EscalationRecord, OutcomeRecord
from tests.policies.oversight.builders import (
    LATER,
    NINE,
    at,
    decision,
    needing,
    people,
    review,
    waiting,
)

STAFF = people(("rev-1", "t-1"))
POLICY = needing(reviews=1, terms={"review": {"min_active_s": 45, "max_turnaround": "PT8H", "evidence": ["income"]}})


def counted(record: DecisionRecord, in_force: PolicyInForce = POLICY, truth: Truth | None = None) -> OversightCounts:
    found = check(record, policies=[in_force], people=STAFF, controls=Controls(), coverage=Coverage(), as_of=LATER)
    need = in_force.compiled.requirement(record)
    return OversightCounts.of(record, need, document=in_force.document, verdicts=found, truth=truth)


def test_a_confirmed_decision_counts_once_in_each_split() -> None:
    held = counted(decision(review(), confidence=Decimal("0.87"), model_version="m-2"))
    assert held["m1", "confirm"] == 1
    assert held["m1_band", "0.8", "confirm"] == 1
    assert held["m1_version", "m-2", "confirm"] == 1
    assert held["by_reviewer", "rev-1", "approve", "0.8", "confirm"] == 1
    assert held["work", "rev-1"] == 1
    assert (held["required"], held["breach"], held["reviewed_before"]) == (1, 0, 1)
    assert (held["timed"], held["too_fast"], held["sla", "in_time"], held["access", "unknown"]) == (1, 0, 1, 1)


def test_breaches_are_told_apart_by_what_people_did() -> None:
    assert counted(decision())["never_reviewed"] == 1
    late = counted(decision(review(minutes=11)))
    assert (late["breach"], late["reviewed_after"]) == (1, 1)
    stale = counted(decision(review(), executed_digest="sha256:bb"))
    assert (stale["breach"], stale["reviewed_before"], stale["breach_code", "STALE"]) == (1, 1, 1)
    unclear = counted(decision(review(reviewed_digest=None)))
    assert (unclear["breach"], unclear["breach_unknown"]) == (0, 1)


def test_drills_and_withdrawn_decisions_are_in_no_figure() -> None:
    assert counted(decision(review(), drill=True)).cells == {}
    assert counted(waiting(review(), withdrawn_at=at(5))).cells == {}


def test_only_the_last_effective_word_counts_as_the_decision() -> None:
    first = review("RV-1", minutes=3, outcome="override", final_value="decline")
    held = counted(decision(first, review("RV-2", "rev-2", 8)))
    assert (held["m1", "confirm"], held["m1", "override"], held["submitted"]) == (1, 0, 2)
    expired = review("RV-2", "rev-2", 8, expired_at=at(8))
    assert counted(decision(first, expired))["m1", "override"] == 1


def test_open_and_overdue_reviews_have_failed_and_open_ones_in_time_are_not_decided() -> None:
    waiting_long = waiting(review(phase="opened", outcome=None, submitted_at=None, opened_at=at(3)))
    assert counted(waiting_long)["sla", "late"] == 1
    fresh = waiting(review(phase="opened", outcome=None, submitted_at=None, due_at=LATER + timedelta(days=1)))
    assert counted(fresh)["sla", "open"] == 1


TRUTH = Truth(favourable="approve", positive="paid")


def test_an_outcome_in_other_words_judges_both_the_system_and_the_person() -> None:
    seen = OutcomeRecord(value="defaulted", source="real", sampling_prob=Decimal("0.25"))
    no = review(outcome="override", final_value="decline", final_digest="sha256:bb")
    held = counted(decision(no, outcome=seen), truth=TRUTH)
    assert held["truth", "0", "1", "1"] == 1
    assert held["weight", "0", "1", "1"] == 4_000_000
    rejected = counted(decision(review(outcome="reject"), outcome=seen), truth=TRUTH)
    assert rejected["truth", "0", "1", "1"] == 1
    same_words = OutcomeRecord(value="approve", source="real")
    assert counted(decision(review(), outcome=same_words))["truth", "1", "1", "0"] == 1
    assert counted(decision(review()))["truth_missing"] == 1


def test_blind_pairs_count_as_pairs_and_not_as_decisions() -> None:
    pair = (review(blind=True, final_value="a"), review("RV-2", "rev-2", 9, blind=True, final_value="b"))
    held = counted(decision(*pair))
    assert held["pair", "a", "b"] == 1
    assert held["submitted"] == 0


def test_escalations_and_appeals_count_each_on_its_own() -> None:
    hops = (
        EscalationRecord(escalation_id="E", hop=0, notified_at=NINE, acknowledged_at=at(5), due_at=at(30)),
        EscalationRecord(escalation_id="F", hop=0, notified_at=NINE, due_at=at(30)),
    )
    appeal = AppealRecord(
        appeal_id="A", phase="decided", filed_at=NINE, decided_at=LATER, decision="overturned", actor="rev-1"
    )
    held = counted(decision(review(), escalations=hops, appeals=(appeal,)))
    assert (held["hop", "in_time"], held["hop", "expired"]) == (1, 1)
    assert held["appeal_independent", "no"] == 1


RECORDS = st.lists(
    st.builds(
        lambda outcome, minutes, seconds, i: decision(
            review(outcome=outcome, minutes=minutes, active_ms=seconds * 1000, final_value="x"), decision_id=f"LN-{i}"
        ),
        st.sampled_from(["approve", "override", "modify", "reject", "refer", "abstain"]),
        st.integers(1, 20),
        st.integers(1, 500),
        st.integers(0, 10**6),
    ),
    max_size=12,
)


@given(RECORDS, st.randoms(use_true_random=False), st.integers(0, 12))
def test_order_grouping_and_taking_back_change_no_figure(records: list[DecisionRecord], chance, split: int) -> None:  # type: ignore[no-untyped-def]
    parts = [counted(record) for record in records]
    whole = total(parts)
    chance.shuffle(parts)
    assert total(parts[:split]) + total(parts[split:]) == whole
    for part in parts:
        assert whole + part - part == whole
    assert OversightCounts.from_json(whole.to_json()) == whole
    assert measures(total(parts), window=(None, None)) == measures(whole, window=(None, None))


@given(st.floats(0.01, 1e7))
def test_a_bin_is_within_one_percent(seconds: float) -> None:
    assert abs(seconds_of(bin_of(seconds)) / seconds - 1) < 0.0101


@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=80), st.sampled_from([0.5, 0.9, 0.95]))
def test_a_binned_quantile_is_the_order_statistic_within_one_percent(values: list[float], probability: float) -> None:
    held: dict[int, int] = {}
    for value in values:
        held[bin_of(value)] = held.get(bin_of(value), 0) + 1
    figure = binned_quantile(held.items(), probability)
    rank = max(1, -(-len(values) * int(probability * 100) // 100))
    assert figure.value is not None
    assert abs(figure.value / sorted(values)[rank - 1] - 1) < 0.0101


def test_a_value_that_holds_the_joint_of_stored_cells_falls_into_no_other_cell() -> None:
    held = counted(decision(review(actor="rev\x1f1")))
    assert held["work", "rev 1"] == 1
    assert not any("\x1f" in word for cell in held.cells for word in cell)
