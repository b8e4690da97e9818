"""Live counts follow the ledger: late outcomes, corrections, groups that arrive late, figures as of a checkpoint."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from audit.events.changes import Change, DecisionState
from audit.fairness import assess
from audit.fairness.aggregates import exact_counts_for, history, simulated_in
from audit.fairness.contribution import contribution_of, final_decision
from audit.fairness.counts import Counts
from audit.fairness.declared import NotDeclared, config_of, schema_of
from audit.fairness.live import GroupsForbidden, live_fairness, read, versions, watched
from audit.fairness.totals import clear, record
from audit.models import GroupAccess
from policies.oversight.record import DecisionRecord, OutcomeRecord, ReviewRecord
from tests.cast import a_use_case
from tests.scale import SEED

DECLARED = {
    "favourable": "grant",
    "positive": "employed",
    "attributes": {"sex": "male", "race": ""},
    "crosses": [["sex", "race"]],
    "threshold": "0.8",
}
START = datetime(2026, 3, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def use_case(cast):
    use_case = a_use_case(cast)
    use_case.fairness = dict(DECLARED)
    use_case.save()
    return use_case


def decision(number, **fields):
    given = {"proposed_at": START + timedelta(hours=number), "proposal_value": "grant", "model_version": "1"}
    return DecisionRecord(use_case="benefit", decision_id=f"D{number}", **{**given, **fields})


def state(use_case, record_, groups=None):
    return DecisionState(record=record_, use_case_id=use_case.pk, groups=groups)


def feed(use_case, steps, batch=7):
    """Turn (decision number, record, groups) steps into changes and record them in batches."""
    known, changes = {}, []
    for index, (number, record_, groups) in enumerate(steps):
        after = state(use_case, record_, groups)
        changes.append(Change(index=index, at=START, before=known.get(number), after=after))
        known[number] = after
    for start in range(0, len(changes), batch):
        record(changes[start : start + batch])
    return changes


def recount(use_case, changes):
    """Count the last state of every decision directly."""
    schema = schema_of(use_case.fairness)
    last = {change.after.record.decision_id: change.after for change in changes}
    found = [contribution_of(schema, s.record, s.groups) for s in last.values()]
    return Counts.from_rows(schema, [c.row for c in found if c is not None])


def random_steps(seed, length=150):
    rng = random.Random(seed)
    known = {}
    for _ in range(length):
        number = rng.randint(0, 40)
        record_, groups = known.get(number, (decision(number, proposal_value=rng.choice(["grant", "deny"])), None))
        kind = rng.randint(0, 6)
        if kind == 0:
            record_ = replace(record_, outcome=OutcomeRecord(value=rng.choice(["employed", "not"]), source="real"))
        elif kind == 1:
            groups = {"sex": rng.choice(["male", "female", "unknown"]), "race": rng.choice("XYZ")}
        elif kind == 2:
            record_ = replace(record_, executed_value=rng.choice(["grant", "deny"]))
        elif kind == 3:
            record_ = replace(record_, model_version=rng.choice("12"))
        elif kind == 4:
            record_ = replace(record_, withdrawn_at=rng.choice([None, START]))
        elif kind == 5:
            record_ = replace(record_, proposed_at=rng.choice([None, START + timedelta(days=rng.randint(0, 9))]))
        known[number] = (record_, groups)
        yield number, record_, groups


@pytest.mark.parametrize("seed", [SEED, SEED + 1, SEED + 2])
def test_folding_in_any_batches_equals_counting_the_last_states(use_case, seed):
    changes = feed(use_case, random_steps(seed))
    whole = exact_counts_for(use_case, window=None)
    assert whole == recount(use_case, changes)
    whole.check_possible()
    clear()
    feed(use_case, random_steps(seed), batch=150)
    assert exact_counts_for(use_case, window=None) == whole


def test_figures_as_of_any_checkpoint_equal_those_of_that_moment(use_case):
    changes = feed(use_case, random_steps(SEED))
    for size in (0, 1, 17, 80, 149, 150, 400):
        assert exact_counts_for(use_case, window=None, as_of=size) == recount(use_case, changes[:size])


def test_a_window_takes_whole_days_by_the_time_of_the_decision(use_case):
    feed(use_case, [(n, decision(n), {"sex": "male"}) for n in range(72)])
    assert exact_counts_for(use_case, window=(date(2026, 3, 2), date(2026, 3, 3))).n == 24
    assert exact_counts_for(use_case, window=(START, None)).n == 72
    assert exact_counts_for(use_case, window=(START, datetime(2026, 3, 1, 12, tzinfo=UTC))).n == 24
    assert [stretch.day for stretch in history(use_case)] == [date(2026, 3, d) for d in (1, 2, 3)]


def test_a_decision_without_a_time_is_counted_but_in_no_window(use_case):
    feed(use_case, [(1, decision(1, proposed_at=None), {"sex": "male"})])
    assert exact_counts_for(use_case, window=None).n == 1
    assert exact_counts_for(use_case, window=(None, date(2027, 1, 1))).n == 0


def test_drills_stand_in_no_figure_and_simulated_cases_are_counted_as_such(use_case):
    feed(use_case, [(1, decision(1, drill=True), None), (2, decision(2, simulated=True), None), (3, decision(3), None)])
    assert exact_counts_for(use_case, window=None).n == 2
    assert simulated_in(use_case, window=None) == simulated_in(use_case, window=None, as_of=3) == 1
    assert simulated_in(use_case, window=None, as_of=1) == 0


def test_groups_that_arrive_late_leave_the_unknown(use_case):
    feed(use_case, [(1, decision(1), None), (1, decision(1), {"sex": "female", "race": "X"})])
    assert set(exact_counts_for(use_case, window=None).cells) == {("female", "X")}
    assert set(exact_counts_for(use_case, window=None, as_of=1).cells) == {(None, None)}


def test_stages_are_counted_side_by_side(use_case):
    overridden = replace(
        decision(1),
        reviews=(ReviewRecord(review_id="R", actor="r", phase="submitted", outcome="override", final_value="deny"),),
    )
    feed(use_case, [(1, overridden, {"sex": "female", "race": "X"})])
    for stage, selected in (("proposal", 1), ("final", 0)):
        assessment = assess(exact_counts_for(use_case, window=None).stage(stage), config_of(use_case.fairness))
        figures = next(g for g in assessment.groups if g.group == "female")
        assert (figures.confusion.n, figures.confusion.selected) == (1, selected)


@pytest.mark.parametrize(
    ("fields", "reviews", "expected"),
    [
        ({}, [], True),
        ({"executed_value": "deny"}, [("submitted", "approve", None)], False),
        ({}, [("requested", None, None)], None),
        ({"executed_at": START}, [("requested", None, None)], True),
        ({}, [("submitted", "approve", None)], True),
        ({}, [("submitted", "reject", None)], False),
        ({"proposal_value": "deny"}, [("submitted", "reject", None)], None),
        ({}, [("submitted", "abstain", None)], None),
        ({}, [("submitted", "override", "deny"), ("submitted", "override", "grant")], True),
        ({"proposal_value": None}, [], None),
    ],
)
def test_the_final_decision_is_known_or_said_to_be_unknown(use_case, fields, reviews, expected):
    record_ = decision(
        1,
        **fields,
        reviews=tuple(
            ReviewRecord(review_id=str(i), actor="r", phase=phase, outcome=outcome, final_value=value)
            for i, (phase, outcome, value) in enumerate(reviews)
        ),
    )
    assert final_decision(schema_of(use_case.fairness), record_) is expected


def test_confidence_is_binned_when_declared_as_a_probability(use_case):
    use_case.fairness = {**DECLARED, "score": "confidence", "strata": ["decision_class"]}
    use_case.save()
    steps = [
        (n, decision(n, confidence=Decimal(n) / 10, decision_class="c"), {"sex": "male", "race": "X"})
        for n in range(10)
    ]
    changes = feed(
        use_case, [*steps, (3, replace(steps[3][1], outcome=OutcomeRecord(value="employed", source="real")), None)]
    )
    assert exact_counts_for(use_case, window=None) == recount(use_case, changes)
    assert exact_counts_for(use_case, window=None, as_of=10) == recount(use_case, changes[:10])


def test_an_undeclared_use_case_is_refused_not_guessed(use_case):
    use_case.fairness = {}
    use_case.save()
    feed(use_case, [(1, decision(1), None)])
    with pytest.raises(NotDeclared, match="declares no favourable value"):
        exact_counts_for(use_case, window=None)


def test_a_changed_declaration_never_mixes_with_earlier_counts(use_case):
    feed(use_case, [(1, decision(1), None)])
    use_case.fairness = {**DECLARED, "favourable": "deny"}
    use_case.save()
    assert exact_counts_for(use_case, window=None).n == 0


def test_an_assessment_before_any_decision_is_insufficient_data(use_case):
    assessment = assess(exact_counts_for(use_case, window=None).stage("final"), config_of(use_case.fairness))
    assert (assessment.n, assessment.state) == (0, "insufficient_data")


def test_group_figures_are_for_those_permitted_and_each_reading_is_logged(use_case, cast):
    feed(use_case, [(n, decision(n), {"sex": "male", "race": "X"}) for n in range(40)])
    for user in (cast.adam, cast.eve):
        with pytest.raises(GroupsForbidden):
            read(use_case, actor=user, purpose="page", at=START, window=None)
    assert GroupAccess.objects.count() == 0
    found = read(use_case, actor=cast.otto, purpose="page", at=START, window=None)
    assert found.proposal.n == found.final.n == 40
    entry = GroupAccess.objects.get()
    assert (entry.use_case, entry.actor_id, entry.purpose) == (use_case, cast.otto.pk, "page")


def test_a_gap_in_live_decisions_raises_one_alarm_over_time(use_case):
    rng = random.Random(SEED)
    steps = []
    for number in range(1500):
        sex = rng.choice(["male", "female"])
        value = "grant" if rng.random() < {"male": 0.6, "female": 0.3}[sex] else "deny"
        version = "1" if number < 800 else "2"
        steps.append((number, decision(number, proposal_value=value, model_version=version), {"sex": sex, "race": "X"}))
    feed(use_case, steps, batch=500)
    by_sex = next(watch for watch in watched(use_case) if watch.attribute == "sex")
    assert (by_sex.reference, by_sex.tracks[0].group) == ("male", "female")
    assert START.date() < by_sex.first_alarm < (START + timedelta(days=40)).date()
    assert [version for _, version in versions(history(use_case))] == ["1", "2"]
    early = next(watch for watch in watched(use_case, as_of=20) if watch.attribute == "sex")
    assert early.first_alarm is None


def test_live_checks_compare_both_stages_on_the_same_cases(use_case):
    steps = []
    for number in range(400):
        sex = "male" if number % 2 else "female"
        value = "grant" if sex == "male" or number % 4 == 0 else "deny"
        fields = {"executed_value": "grant"} if number % 8 == 2 else {}
        steps.append((number, decision(number, proposal_value=value, **fields), {"sex": sex, "race": "X"}))
    feed(use_case, steps, batch=400)
    found = live_fairness(use_case, window=None)
    step = next(s for s in found.human_step if s.attribute == "sex" and s.metric == "selection_rate")
    assert (step.group, step.direction) == ("female", "narrowed")
    # Of 200 women 192 are given out: the last days' eight wait for company, and two of them were changed.
    assert (step.pairs.n, step.pairs.only_final) == (192, 48)
