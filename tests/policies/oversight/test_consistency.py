"""The eight consistency rules and the observed mode: each fires on its case and not on the one beside it."""

from dataclasses import replace
from datetime import date

import pytest

from policies.oversight.consistency import Declared, Observed, consistency
from policies.oversight.modes import Mode
from policies.oversight.observed import ModeCounts, observed_mode

SOUND = Declared(
    tiers=("high_risk",),
    mode=Mode.HITL,
    affects_persons=True,
    overseers_valid=3,
    two_person=True,
    stop_procedure=True,
    last_stop_drill=date(2026, 9, 1),
)
LOG = Observed(
    executed=200,
    reviewed_before_execution=200,
    executed_without_person=0,
    two_person=200,
    timed_reviews=200,
    too_fast=10,
    alerts_raised=4,
    alerts_acknowledged=4,
    watch_events=10,
)


def found(declared: dict | None = None, observed: dict | None = None) -> list[tuple[str, int, str]]:
    findings = consistency(replace(SOUND, **(declared or {})), replace(LOG, **(observed or {})))
    return [(each.code, each.rule, each.state) for each in findings]


def test_what_agrees_gives_no_finding() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("declared", "observed", "expected"),
    [
        ({"mode": None}, {}, ("MODE_MISSING", 1, "gap")),
        ({"overseers_valid": 0}, {}, ("NO_VALID_OVERSEER", 1, "gap")),
        ({"overseers_valid": None}, {}, ("NO_VALID_OVERSEER", 1, "unknown")),
        ({"annex_iii": ("1(a)",), "two_person": False}, {}, ("TWO_PERSONS_NOT_DECLARED", 2, "gap")),
        ({"annex_iii": ("1(a)",)}, {"two_person": 199}, ("TWO_PERSONS_NOT_OBSERVED", 2, "contradicted")),
        ({"mode": Mode.HOTL}, {}, ("SOLELY_AUTOMATED", 3, "question")),
        ({"mode": Mode.HIC, "affects_persons": None}, {}, ("SOLELY_AUTOMATED", 3, "unknown")),
        ({}, {"reviewed_before_execution": 199}, ("HITL_CONTRADICTED", 4, "contradicted")),
        ({}, {"executed_without_person": 1}, ("HITL_CONTRADICTED", 4, "contradicted")),
        ({}, {"reviewed_before_execution": None}, ("HITL_UNKNOWN", 4, "unknown")),
        ({}, {"too_fast": 51}, ("TOKEN_REVIEW", 5, "question")),
        (
            {"mode": Mode.HOTL, "affects_persons": False},
            {"alerts_acknowledged": 0, "watch_events": 0},
            ("HOTL_CONTRADICTED", 6, "contradicted"),
        ),
        (
            {"mode": Mode.HOTL, "affects_persons": False},
            {"alerts_acknowledged": None, "watch_events": None},
            ("HOTL_CONTRADICTED", 6, "unknown"),
        ),
        ({"stop_procedure": None}, {}, ("NO_STOP_PROCEDURE", 7, "unknown")),
        ({"last_stop_drill": None}, {}, ("STOP_NEVER_DRILLED", 7, "gap")),
        ({"tier_lowered_by_mode": True}, {}, ("MODE_LOWERED_TIER", 8, "gap")),
    ],
)
def test_each_rule_fires_alone_on_its_own_case(declared: dict, observed: dict, expected: tuple) -> None:
    assert found(declared, observed) == [expected]


def test_a_quarter_of_fast_reviews_is_not_yet_a_question() -> None:
    assert found({}, {"too_fast": 50}) == []


def test_findings_speak_in_whole_sentences() -> None:
    (finding,) = consistency(SOUND, replace(LOG, reviewed_before_execution=150))
    assert finding.sentence == (
        "Human in the loop is declared; 50 of 200 decisions were executed without a person's prior review."
    )
    assert finding.basis == "Art 14, GDPR Art 22"


HUNDRED = ModeCounts(executed=100, reviewed_before=100)


@pytest.mark.parametrize(
    ("counts", "mode"),
    [
        (HUNDRED, Mode.HITL),
        (replace(HUNDRED, reviewed_before=95, never_reviewed=5), Mode.HITL),
        (replace(HUNDRED, reviewed_before=94, never_reviewed=6), Mode.HOOTL),
        (replace(HUNDRED, overruled_ignored=6), Mode.HOOTL),
        (replace(HUNDRED, needed=40, reviewed_before=40), Mode.HITL),
        (replace(HUNDRED, reviewed_before=0, alerts_raised=10, alerts_acknowledged=9), Mode.HOTL),
        (replace(HUNDRED, reviewed_before=0, watch_minutes=9612.0, operating_minutes=10080.0), Mode.HOTL),
        (replace(HUNDRED, reviewed_before=0, watch_minutes=10.0, operating_minutes=10080.0), Mode.HOOTL),
        (replace(HUNDRED, reviewed_before=0, mandate_valid=100), Mode.HIC),
        (replace(HUNDRED, reviewed_before=0, mandate_valid=99), Mode.HOOTL),
        (replace(HUNDRED, executed=29, reviewed_before=29), None),
    ],
)
def test_the_log_shows_the_mode_it_was_run_in(counts: ModeCounts, mode: Mode | None) -> None:
    assert observed_mode(counts, declared=None).mode is mode


def test_declared_in_the_loop_and_seen_out_of_it_differs_and_the_other_way_round_does_not() -> None:
    seen = observed_mode(replace(HUNDRED, reviewed_before=10, never_reviewed=90), declared=Mode.HITL)
    assert seen.agrees is False
    assert seen.sentence == (
        "Declared HITL, but the log shows HOOTL; 10 of 100 decisions were reviewed by a person before execution."
    )
    assert observed_mode(HUNDRED, declared=Mode.HOTL).agrees is True
    assert observed_mode(replace(HUNDRED, executed=5), declared=Mode.HITL).agrees is None
