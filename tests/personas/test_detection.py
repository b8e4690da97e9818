"""Each detector finds its persona and leaves the others alone, over seeded runs with planted truth.

Fatigue within a session (tired) needs M9b and canaries, which are not measured yet: that persona is generated and
here only shown to break no rule.
"""

from collections import Counter
from functools import cache

import pytest

from audit.fairness import AssessmentConfig, Counts, Row, Schema
from audit.fairness.human_step import human_step
from audit.oversight.alerting import alarms
from policies.oversight.modes import Mode
from policies.oversight.observed import ModeCounts, observed_mode
from policies.oversight.verdict import canonical
from tests.personas.log import PERSONAS, START, Log
from tests.personas.reading import Seen, see, seen
from tests.scale import SEED, count

N = 140
STATED_N = {"contrarian": 280}  # value added is a difference of accuracies: it takes twice the cases
RUNS = count(200)
HARD = {"UNREVIEWED", "LATE_REVIEW", "OVERRULED_IGNORED", "STALE", "UNQUALIFIED", "SAME_PERSON", "FORBIDDEN"}
SOUND_REVIEWERS = ("diligent", "careful_slow", "fast_expert")
PEOPLE_ONLY = ("diligent", "careful_slow", "fast_expert", "stamper", "contrarian", "tired", "biased", "collusive_pair")


@cache
def runs(name: str) -> tuple[tuple[Log, Seen], ...]:
    return tuple(seen(PERSONAS[name], n=STATED_N.get(name, N), seed=SEED + run) for run in range(RUNS))


def contradicting(found: Seen) -> set[str]:
    return {name for name, measure in found.measures().items() if measure.verdict == "contradicts"}


def share(name: str, measure: str) -> float:
    return sum(measure in contradicting(found) for _, found in runs(name)) / RUNS


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("stamper", "M3"),
        ("stamper", "M5"),
        ("contrarian", "M6"),
        ("batch_clicker", "M3b"),
        ("collusive_pair", "M3"),
        ("bypassing_system", "M10"),
        ("ignoring_system", "M10"),
    ],
)
def test_the_measure_finds_its_persona(name: str, measure: str) -> None:
    assert share(name, measure) >= 0.95


@pytest.mark.parametrize("name", SOUND_REVIEWERS)
@pytest.mark.parametrize("measure", ["M3", "M3b", "M5", "M5b", "M6", "M10", "M20"])
def test_sound_reviewers_are_not_flagged_the_fast_expert_among_them(name: str, measure: str) -> None:
    assert share(name, measure) <= 0.05


ALL_OF_PEOPLE = ("M1", "M1b", "M1c", "M3", "M3b", "M4", "M5", "M5b", "M6", "M9", "M15", "M16")


@pytest.mark.parametrize("name", SOUND_REVIEWERS)
def test_over_all_measures_of_people_sound_reviewers_are_flagged_in_one_run_of_twenty_at_most(name: str) -> None:
    flagged = sum(bool(contradicting(found) & set(ALL_OF_PEOPLE)) for _, found in runs(name))
    assert flagged / RUNS <= 0.05


@pytest.mark.parametrize("name", SOUND_REVIEWERS)
def test_no_alert_is_raised_about_sound_reviewers(name: str) -> None:
    """The alerts watch the whole log as one day and as many: neither may accuse anybody sound."""
    raised = 0
    for _, found in runs(name):
        raised += bool({each.rule.code for each in alarms([(START.date(), found.counts)])})
    assert raised / RUNS <= 0.05


def test_alerts_are_raised_about_the_stamper() -> None:
    for _, found in runs("stamper"):
        codes = {each.rule.code for each in alarms([(START.date(), found.counts)] * 2)}
        assert {"REVIEWS_TOO_FAST", "ERRORS_NOT_CAUGHT"} <= codes


def test_the_fast_expert_is_fast_and_is_said_to_be_skilled() -> None:
    for _, found in runs("fast_expert"):
        fast = found.measures()["M3"]
        assert (fast.value or 0) > 0.5
        assert fast.data["skilled"] is True


@pytest.mark.parametrize("name", PEOPLE_ONLY)
def test_personas_of_reviewing_break_no_hard_rule(name: str) -> None:
    for _, found in runs(name):
        assert {code for code, state in found.codes() if state == "breach"} & HARD == set()


def test_the_bypassing_system_is_found_decision_by_decision() -> None:
    for log, found in runs("bypassing_system"):
        skipped = {name for name, truth in log.truth.items() if truth.skipped}
        late = {name for name, truth in log.truth.items() if truth.late}
        assert found.of_code("UNREVIEWED") == skipped
        assert found.of_code("LATE_REVIEW") == late
        assert {code for code, state in found.codes() if state == "breach"} <= {"UNREVIEWED", "LATE_REVIEW"}


def test_overrides_that_are_not_obeyed_are_found_one_by_one() -> None:
    for log, found in runs("ignoring_system"):
        assert found.of_code("OVERRULED_IGNORED") == {name for name, truth in log.truth.items() if truth.ignored}
        assert {code for code, state in found.codes() if state == "breach"} == {"OVERRULED_IGNORED"}


def test_events_that_never_arrived_leave_gaps_and_never_excuse() -> None:
    for log, found in runs("silent_system"):
        lost = {name for name, truth in log.truth.items() if truth.lost}
        assert found.of_code("UNREVIEWED") == lost
        assert found.of_code("GAP", "integrity") == lost


def test_a_clock_that_is_off_is_said_and_accuses_nobody() -> None:
    for log, found in runs("skewed_system"):
        assert found.of_code("SKEW", "integrity") == set(log.truth)
        assert {code for code, state in found.codes() if state == "breach"} == set()


@pytest.mark.parametrize("name", sorted(set(PERSONAS) - {"silent_system", "skewed_system"}))
def test_a_whole_log_with_a_right_clock_has_no_integrity_finding(name: str) -> None:
    for _, found in runs(name):
        assert [code for code, state in found.codes() if state == "integrity"] == []


def test_bulk_and_haste_are_told_of_the_reviews_that_had_them() -> None:
    for _, found in runs("batch_clicker"):
        assert found.codes()["BULK", "not_meaningful"] == N // 2
    for name in ("diligent", "careful_slow", "contrarian"):
        for _, found in runs(name):
            assert found.codes()["BULK", "not_meaningful"] == 0


def test_a_partner_who_copies_is_too_fast_in_every_second_review() -> None:
    for _, found in runs("collusive_pair"):
        fast = [v for each in found.verdicts.values() for v in each if v.code == "TOO_FAST"]
        copied = [v for v in fast if str(v.data["review"]).endswith("rev-2")]
        assert len(copied) == N
        assert len(fast) - len(copied) <= 0.05 * N


OUT_OF_THE_LOOP = {"bypassing_system", "ignoring_system"}


@pytest.mark.parametrize("name", sorted(set(PERSONAS) - {"silent_system"}))
def test_the_observed_mode_differs_from_the_declared_one_where_the_system_goes_its_own_way(name: str) -> None:
    contradicted = Counter(_mode(found) for _, found in runs(name))
    if name == "bypassing_system":
        assert contradicted[False] >= 0.95 * RUNS
    elif name not in OUT_OF_THE_LOOP:
        assert contradicted[False] <= 0.05 * RUNS


def _mode(found: Seen) -> bool | None:
    held = found.counts
    counts = ModeCounts(
        executed=held["executed"],
        needed=held["required"],
        reviewed_before=held["reviewed_before"],
        reviewed_after=held["reviewed_after"],
        never_reviewed=held["never_reviewed"],
        overruled_ignored=held["breach_code", "OVERRULED_IGNORED"],
    )
    return observed_mode(counts, declared=Mode.HITL).agrees


def direction(log: Log, found: Seen) -> list[str]:
    schema = Schema(("group",), "value", "approve", "truth", "approve", stages=("proposal", "final"))
    rows = [
        Row(
            (found.groups[name],),
            (record.proposal_value == "approve", record.final_value == "approve"),
            None if record.outcome is None else record.outcome.value == "approve",
        )
        for name, record in found.records.items()
    ]
    config = AssessmentConfig(("group",), reference={"group": "Y"}, metrics=("selection_rate",))
    return [step.direction for step in human_step(Counts.from_rows(schema, rows), config)]


def test_the_reviewer_who_favours_one_group_is_found_by_the_human_step_at_a_stated_n() -> None:
    """At 1,400 decisions: ten runs of 140 in one."""
    hits = 0
    rounds = max(1, RUNS // 10)
    for start in range(rounds):
        log, found = seen(PERSONAS["biased"], n=1400, seed=SEED + 1000 + start)
        hits += "widened" in direction(log, found)
    assert hits >= 0.95 * rounds


def test_the_same_log_in_any_order_gives_the_same_bytes() -> None:
    log, found = runs("bypassing_system")[0]
    again = see(Log(events=list(reversed(log.events)), truth=log.truth))
    for name, verdicts in found.verdicts.items():
        assert canonical(again.verdicts[name]) == canonical(verdicts)
    assert again.counts == found.counts


def test_the_generator_plants_what_it_says() -> None:
    log, _ = seen(PERSONAS["tired"], n=2000, seed=SEED)
    early = [t.changed for t in log.truth.values() if t.wrong and t.minutes_on_task < 30]
    late = [t.changed for t in log.truth.values() if t.wrong and t.minutes_on_task > 60]
    assert sum(early) / len(early) > sum(late) / len(late) + 0.1


def test_the_generator_knows_nothing_of_the_platform() -> None:
    import ast
    from pathlib import Path

    tree = ast.parse((Path(__file__).parent / "log.py").read_text())
    imported = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    } | {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not imported & {"audit", "policies", "governance", "tests"}
