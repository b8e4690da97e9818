"""Live oversight counts follow the ledger: any batch size, late events, and figures as of a checkpoint."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from audit.events.changes import Change, DecisionState
from audit.models import OversightDelta, OversightTotals
from audit.oversight import OversightCounts, Truth, measures, total
from audit.oversight.aggregates import clear, counts_for, history, record, truth_of
from policies.oversight.checker import check
from policies.oversight.context import Controls, Coverage, People
from policies.oversight.record import DecisionRecord, OutcomeRecord
from tests.cast import a_use_case
from tests.policies.oversight.builders import LATER, NINE, decision, needing, review, waiting
from tests.scale import SEED

pytestmark = pytest.mark.django_db
POLICY = needing(reviews=1, terms={"review": {"min_active_s": 45, "max_turnaround": "PT8H"}})


class Bench:
    """A judge with one policy, as the evaluation would be."""

    def check(self, use_case: Any, record: DecisionRecord, *, as_of: Any) -> Any:
        return check(record, policies=[POLICY], people=People(), controls=Controls(), coverage=Coverage(), as_of=as_of)

    def policy_for(self, use_case: Any, record: DecisionRecord) -> Any:
        return POLICY


@pytest.fixture
def use_case(cast: Any) -> Any:
    return a_use_case(cast)


def histories(n: int) -> list[tuple[int, DecisionRecord]]:
    """Each decision proposed, reviewed or not, executed, and sometimes judged late; shuffled, each in its order."""
    chance = random.Random(SEED)
    steps: list[tuple[float, int, DecisionRecord]] = []
    for i in range(n):
        day = timedelta(days=i % 5)
        seen = review(f"RV-{i}", f"rev-{i % 3}", outcome=chance.choice(["approve", "override"]), final_value="x")
        seen = replace(seen, submitted_at=(seen.submitted_at or NINE) + day, active_ms=chance.choice([2000, 90_000]))
        first = waiting(decision_id=f"D{i}", proposed_at=NINE + day, recorded_at=NINE + day)
        with_review = replace(first, reviews=(seen,)) if chance.random() < 0.8 else first
        done = decision(
            *with_review.reviews,
            decision_id=f"D{i}",
            proposed_at=NINE + day,
            executed_at=NINE + day + timedelta(minutes=10),
            execution_recorded_at=NINE + day + timedelta(minutes=10),
        )
        at = chance.random()
        steps += [(at, i, first), (at + 0.1, i, with_review), (at + 0.2, i, done)]
        if chance.random() < 0.5:
            truth = OutcomeRecord(value=chance.choice(["approve", "decline"]), source="real")
            steps.append((at + 0.5, i, replace(done, outcome=truth)))
    return [(i, known) for _, i, known in sorted(steps, key=lambda step: step[:2])]


def feed(use_case: Any, steps: list[tuple[int, DecisionRecord]], batch: int) -> None:
    known: dict[int, DecisionState] = {}
    changes = []
    for index, (i, record_) in enumerate(steps):
        after = DecisionState(record=record_, use_case_id=use_case.pk)
        changes.append(Change(index=index, at=LATER, before=known.get(i), after=after))
        known[i] = after
    for start in range(0, len(changes), batch):
        record(changes[start : start + batch], judge=Bench())


def directly(steps: list[tuple[int, DecisionRecord]]) -> OversightCounts:
    last = dict(steps)
    as_of = LATER + timedelta(days=9)
    return total(
        OversightCounts.of(
            each,
            POLICY.compiled.requirement(each),
            document=POLICY.document,
            verdicts=Bench().check(None, each, as_of=as_of),
        )
        for each in last.values()
    )


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_the_totals_are_those_of_the_last_state_of_each_decision(use_case: Any, batch: int) -> None:
    steps = histories(30)
    feed(use_case, steps, batch)
    assert counts_for(use_case) == directly(steps)
    assert total(counts for _, counts in history(use_case)) == counts_for(use_case)


def test_figures_as_of_a_checkpoint_are_those_of_the_log_up_to_there(use_case: Any) -> None:
    steps = histories(30)
    feed(use_case, steps, 7)
    for checkpoint in (0, 1, 40, len(steps)):
        assert counts_for(use_case, as_of=checkpoint) == directly(steps[:checkpoint])


def test_a_window_holds_the_decisions_of_its_days_whenever_their_reviews_came(use_case: Any) -> None:
    steps = histories(30)
    feed(use_case, steps, 7)
    day = NINE.date() + timedelta(days=2)
    held = counts_for(use_case, window=(day, day + timedelta(days=1)))
    inside = [step for step in steps if (step[1].proposed_at or NINE).date() == day]
    assert held == directly(inside)
    assert held["decisions"] == 6


def test_an_entry_that_changes_nothing_leaves_no_delta(use_case: Any) -> None:
    feed(use_case, [(1, decision(review())), (1, decision(review()))], 10)
    assert OversightDelta.objects.count() == 1


def test_a_rebuild_gives_the_same_figures(use_case: Any) -> None:
    steps = histories(20)
    feed(use_case, steps, 7)
    before = measures(counts_for(use_case), window=(None, None))
    clear()
    assert OversightTotals.objects.count() == 0
    feed(use_case, steps, 3)
    assert measures(counts_for(use_case), window=(None, None)) == before


def test_outcomes_are_read_in_the_words_the_use_case_declares() -> None:
    assert truth_of({"favourable": "grant", "positive": "employed"}) == Truth("grant", "employed")
    assert truth_of({"favourable": "grant"}) == Truth()
    assert truth_of(None) == Truth()
