"""Did the human step make things more or less equal: paired with the same cases."""

import random

import pytest

from audit.fairness import AssessmentConfig, Counts, InvalidCheck, Row, Schema
from audit.fairness.human_step import Pairs, human_step, pairs_of
from tests.scale import SEED, count

SCHEMA = Schema(("group",), "value", "grant", "truth", "yes", stages=("proposal", "final"))
CONFIG = AssessmentConfig(("group",), reference={"group": "a"})


def cases(group, both, only_proposal, only_final, neither, outcome=None):
    kinds = ((True, True), (True, False), (False, True), (False, False))
    numbers = (both, only_proposal, only_final, neither)
    return [Row((group,), kind, outcome) for kind, n in zip(kinds, numbers, strict=True) for _ in range(n)]


def steps(*groups, config=CONFIG):
    rows = [row for group in groups for row in group]
    return human_step(Counts.from_rows(SCHEMA, rows), config)


def test_people_who_grant_more_to_the_group_behind_narrow_the_gap():
    (step,) = [s for s in steps(cases("a", 390, 10, 10, 590), cases("b", 290, 10, 90, 610)) if s.pairs.n]
    assert step.direction == "narrowed"
    assert step.proposal_ratio == pytest.approx(0.75)
    assert step.final_ratio == pytest.approx(0.95)
    assert step.change.low > 0
    assert step.gap_change.value == pytest.approx(0.08)
    assert step.ratio_change.value == pytest.approx(0.95 / 0.75)
    assert step.ratio_change.low > 1


def test_overrides_against_one_group_widen_the_gap():
    (step,) = steps(cases("a", 400, 10, 10, 580), cases("b", 300, 100, 10, 590))
    assert step.direction == "widened"
    assert step.p_value < 0.001


def test_a_step_that_changed_nothing_says_so():
    (step,) = steps(cases("a", 400, 0, 0, 600), cases("b", 300, 0, 0, 700))
    assert (step.direction, step.gap_p_value, step.change.value) == ("not_shown", 1.0, 0.0)


def test_few_cases_are_insufficient_and_fewer_are_not_shown():
    (step,) = steps(cases("a", 400, 10, 10, 580), cases("b", 5, 10, 0, 5))
    assert step.direction == "insufficient_data"
    assert steps(cases("a", 400, 10, 10, 580), cases("b", 2, 3, 0, 2)) == []


def test_undecided_cases_are_in_neither_rate():
    counts = Counts.from_rows(SCHEMA, [Row(("a",), (True, None)), Row(("a",), (None, True)), Row(("a",), (True, True))])
    assert pairs_of(SCHEMA, counts.total(), "selection_rate") == Pairs(1, 0, 0, 0)


def test_error_rates_are_paired_inside_their_outcome():
    found = steps(
        cases("a", 80, 10, 5, 5, True) + cases("a", 20, 5, 5, 70, False),
        cases("b", 60, 20, 5, 15, True) + cases("b", 10, 5, 5, 80, False),
    )
    by_metric = {step.metric: step for step in found}
    assert by_metric["true_positive_rate"].pairs == Pairs(60, 20, 5, 15)
    assert by_metric["false_positive_rate"].pairs == Pairs(10, 5, 5, 80)
    assert by_metric["selection_rate"].pairs.n == 200


def test_one_stage_has_no_human_step():
    with pytest.raises(InvalidCheck, match="two stages"):
        human_step(Counts(Schema(("group",), "value", "grant")), CONFIG)


def test_the_intervals_cover_the_true_change():
    rng = random.Random(SEED)
    rounds = count(3000, at_least=150)
    gap = ratio = 0
    for _ in range(rounds):
        a = rng.choices(range(4), (0.35, 0.05, 0.05, 0.55), k=300)
        b = rng.choices(range(4), (0.25, 0.05, 0.10, 0.60), k=200)
        (step,) = steps(
            cases("a", *(a.count(i) for i in range(4))),
            cases("b", *(b.count(i) for i in range(4))),
        )
        gap += step.gap_change.contains(0.05)
        ratio += step.ratio_change.contains((0.35 / 0.30) / (0.40 / 0.40))
    assert 0.91 <= gap / rounds <= 0.99
    assert 0.91 <= ratio / rounds <= 0.99
