"""The policy document: the example of the design, round trips, and errors that say what would be right."""

import copy
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from policies.oversight.document import PolicyInvalid, notes, parse, parse_yaml
from policies.oversight.durations import format_duration, parse_duration

EXAMPLE = """
usecase: consumer-credit
mode: HITL
version: 7
mandate: {objective: "affordable lending", allowed: [approve, refer, decline_proposal],
          forbidden: [decline_final_by_ai], expires: 2027-06-30, approver: risk-committee}
rules:
  - {id: R1, when: "class == 'decline'",            require: {reviews: 1, level: underwriter-l2}}
  - {id: R2, when: "amount >= 50000",               require: {reviews: 2, distinct: true, exclude: [maker, owner]}}
  - {id: R3, when: "confidence < 0.80 or 'novel' in flags", require: {reviews: 1, level: underwriter-l2}}
  - {id: R4, when: "class == 'approve' and confidence >= 0.80", require: {sample: 0.10, basis: hash}}
  - {id: R5, when: "true", require: {blind_double: 0.03, own_judgement_first: 0.10, canary: 0.02}}
review: {min_active_s: 45, max_turnaround: PT8H, reasons: [override, reject, two_person_disagree],
         evidence: [income, bureau], guideline: required, bulk: forbidden, approval_valid: PT24H}
reviewer: {training: credit-ai-2026, max_per_hour: 12, max_continuous_min: 60, break_min: 10, languages: [subject]}
escalation: {criteria: [sla_breach, two_person_disagree, group_alert], chain: [{to: team-lead, ack: PT30M},
             {to: head-credit, ack: PT2H}], last_hop: hold}
timeout_default: deny
stop: {authority: [head-credit, cro, duty-officer], target: PT5M, drill_every: P90D, fail_safe: queue_to_human}
monitor: {silence_max: PT1H, watch: null, drift: [psi, cusum], group_checks: [sex, age_band]}
appeal: {answer_within: P14D, independent: true}
privacy: {retention: P24M, reviewer_reporting: own_first, k: 10}
"""


def small(**changes: Any) -> dict[str, Any]:
    rule = {"id": "R1", "when": "class == 'x'", "require": {"reviews": 1}}
    return {"usecase": "u", "mode": "HITL", "version": 1, "rules": [rule], **changes}


def refused(content: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(PolicyInvalid) as raised:
        parse(content)
    return {problem.path: problem.message for problem in raised.value.problems}


def test_the_example_of_the_design_is_read_whole() -> None:
    document = parse_yaml(EXAMPLE)
    assert document.rules[3].require.sample == Decimal("0.1")
    assert document.review is not None
    assert document.review.approval_valid == timedelta(hours=24)
    assert document.mandate is not None
    assert document.mandate.expires == date(2027, 6, 30)
    assert document.escalation is not None
    assert [hop.to for hop in document.escalation.chain] == ["team-lead", "head-credit"]


def test_a_document_comes_back_equal_through_data_json_and_yaml() -> None:
    document = parse_yaml(EXAMPLE)
    assert parse(document.to_dict()) == document
    assert parse(json.loads(document.canonical_json())) == document
    assert parse_yaml(document.to_yaml()) == document
    assert parse(document.to_dict()).digest == document.digest


def test_the_canonical_form_is_rfc_8785() -> None:
    document = parse_yaml(EXAMPLE)
    assert document.canonical_json() == rfc8785.dumps(document.to_dict())


def test_the_same_number_in_another_spelling_has_the_same_digest_and_another_number_has_not() -> None:
    base = parse_yaml(EXAMPLE)
    assert parse_yaml(EXAMPLE.replace("sample: 0.10", "sample: 0.1")).digest == base.digest
    assert parse_yaml(EXAMPLE.replace("PT24H", "P1D")).digest == base.digest
    assert parse_yaml(EXAMPLE.replace("sample: 0.10", "sample: 0.11")).digest != base.digest


def test_every_problem_is_named_at_once_with_its_field() -> None:
    content = small(timeout_defualt="deny", version="seven", review={"max_turnaround": "8h"}, privacy={"k": 1})
    problems = refused(content)
    assert set(problems) == {"timeout_defualt", "version", "review.max_turnaround", "privacy.k"}
    assert "did you mean timeout_default?" in problems["timeout_defualt"]
    assert "PT8H" in problems["review.max_turnaround"]


@pytest.mark.parametrize(
    ("changes", "path", "hint"),
    [
        ({"timeout_default": "allow"}, "timeout_default", "deny or hold"),
        ({"mode": "HIC"}, "mandate.expires", "must be given"),
        ({"mode": "HOTL"}, "monitor.watch", "must be given"),
        ({"mode": "HOOTL"}, "justification", "exception"),
        ({"justification": "because"}, "justification", "HOOTL only"),
        ({"monitor": {"watch": {"roster": "r", "max_unwatched": "PT30M"}}}, "monitor.watch", "HOTL only"),
        ({"reviewer": {"break_min": 10}}, "reviewer.break_min", "max_continuous_min"),
        ({"escalation": {"criteria": ["sla_breach"]}}, "escalation.chain", "at least one hop"),
        ({"mandate": {"objective": "o", "allowed": ["a"], "forbidden": ["a"]}}, "mandate.forbidden", "allowed as well"),
    ],
)
def test_what_nobody_would_read_or_no_mode_allows_is_refused(changes: dict[str, Any], path: str, hint: str) -> None:
    assert hint in refused(small(**changes))[path]


@pytest.mark.parametrize(
    ("require", "path", "hint"),
    [
        ({}, "rules[0].require", "ask for something"),
        ({"reviews": 1, "basis": "hash"}, "rules[0].require.basis", "with sample only"),
        ({"reviews": 1, "sample": 0.1}, "rules[0].require.sample", "cannot stand beside"),
        ({"reviews": 1, "distinct": True}, "rules[0].require.distinct", "two reviews"),
        ({"reviews": 1, "roles": ["hr", "legal"]}, "rules[0].require.roles", "as many reviews"),
        ({"canary": 0.1, "level": "l2"}, "rules[0].require.level", "where people review"),
        ({"sample": 1.5}, "rules[0].require.sample", "from 0 to 1"),
    ],
)
def test_a_requirement_no_check_reads_is_refused(require: dict[str, Any], path: str, hint: str) -> None:
    content = small(rules=[{"id": "R1", "when": "true", "require": require}])
    assert hint in refused(content)[path]


def test_tier_full_approval_refuses_sampling() -> None:
    rules = [{"id": "R1", "when": "true", "require": {"sample": 0.5}}]
    assert "full_approval" in refused(small(tier="full_approval", rules=rules))["rules[0].require"]


def _rules(*pairs: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return small(rules=[{"id": f"R{i}", "when": when, "require": need} for i, (when, need) in enumerate(pairs, 1)])


@pytest.mark.parametrize(
    "when",
    [
        "class == 'a' and class == 'b'",
        "amount > 10 and amount < 10",
        "confidence > 1",
        "false",
        "not ('n' in flags or not 'n' in flags)",
    ],
)
def test_a_rule_that_can_never_fire_is_refused(when: str) -> None:
    problems = refused(_rules((when, {"reviews": 2}), ("true", {"reviews": 1})))
    assert "can never fire" in problems["rules[0]"]


def test_a_rule_that_asks_for_nothing_beyond_another_is_refused() -> None:
    problems = refused(_rules(("true", {"reviews": 1}), ("amount > 10", {"reviews": 1})))
    assert "never matters" in problems["rules[1]"]


def test_of_two_equal_rules_the_later_is_refused_and_the_earlier_stays() -> None:
    assert set(refused(_rules(("amount > 10", {"reviews": 1}), ("amount > 10", {"reviews": 1})))) == {"rules[1]"}


def test_a_rule_that_adds_something_in_one_case_only_is_kept() -> None:
    parse(_rules(("amount > 10", {"reviews": 1}), ("amount > 9", {"reviews": 1})))


def test_overlaps_and_silence_are_shown_not_refused() -> None:
    found = [
        str(note) for note in notes(parse(_rules(("amount > 10", {"reviews": 1}), ("amount > 20", {"reviews": 2}))))
    ]
    assert any("overlaps with R2" in each for each in found)
    assert any("full review" in each for each in found)


def test_a_misspelt_standard_field_is_refused_and_a_further_field_is_noted() -> None:
    assert "did you mean confidence?" in refused(_rules(("confidense < 1", {"reviews": 1})))["rules[0].when"]
    document = parse(_rules(("fields.channel == 'phone'", {"reviews": 1})))
    assert any("reads channel" in str(note) for note in notes(document))


def test_a_field_compared_as_number_and_as_word_is_refused() -> None:
    content = _rules(("x == 'a'", {"reviews": 1}), ("x == 1", {"reviews": 2}))
    assert "compared as number here and as text elsewhere" in refused(content)["rules[1].when"]


def test_text_that_is_no_yaml_is_refused_as_such() -> None:
    with pytest.raises(PolicyInvalid, match="YAML or JSON"):
        parse_yaml("rules: [")
    with pytest.raises(PolicyInvalid, match="table of fields"):
        parse_yaml("- 1")


@given(st.integers(0, 10_000_000))
def test_durations_come_back_equal(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert parse_duration(format_duration(span)) == span


@pytest.mark.parametrize("text", ["P", "PT", "8H", "P1M", "PT1H2D", "-PT1H", "P1DT"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as PT45M"):
        parse_duration(text)


def test_parsing_does_not_change_what_it_was_given() -> None:
    content = small()
    before = copy.deepcopy(content)
    parse(content)
    assert content == before
