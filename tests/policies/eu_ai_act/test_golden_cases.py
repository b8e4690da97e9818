"""Golden cases: what the Act says about concrete use cases, on four dates."""

from functools import cache

import pytest

from policies.eu_ai_act import CURRENT_LAW, Classification, classify
from tests.policies.eu_ai_act import vectors

FILES = ("examples", "peers", "golden")
CASES = [case for name in FILES for case in vectors.cases(name)]
IDS = list(dict.fromkeys(case.id for case in CASES))


@cache
def classified(case_id: str) -> list[tuple[vectors.Golden, Classification]]:
    """A case on each date with its result, classified once for all tests of this file."""
    return [(case, classify(case.answers, on_date=case.on_date)) for case in CASES if case.id == case_id]


def everything() -> list[tuple[vectors.Golden, Classification]]:
    """Every case on every date with its result."""
    return [pair for case_id in IDS for pair in classified(case_id)]


@pytest.mark.parametrize("case_id", IDS)
def test_it_classifies_a_golden_case_as_the_act_does_on_four_dates(case_id: str) -> None:
    for case, result in classified(case_id):
        day, expected = case.on_date, case.expected
        assert (day, set(result.outcomes)) == (day, set(case.outcomes))
        assert (day, set(result.flags)) == (day, set(expected.get("flags", [])))
        assert (day, set(expected.get("basis", [])) - set(result.legal_basis)) == (day, set())
        assert (day, set(expected.get("rules", [])) - set(result.rules)) == (day, set())
        codes = {note.code for note in result.warnings}
        assert (day, set(expected.get("warnings", [])) - codes) == (day, set())
        assert (day, result.tier) == (day, expected.get("tier", result.tier))
        assert (day, list(result.roles)) == (day, expected.get("roles", list(result.roles)))
        assert (day, set(result.needs_legal_review)) == (day, set(expected.get("review", [])))
        assert (day, result.unanswered) == (day, tuple(expected.get("unanswered", ())))


@pytest.mark.parametrize("case_id", IDS)
def test_it_gives_the_duties_of_a_golden_case_from_their_dates(case_id: str) -> None:
    for case, result in classified(case_id):
        starts = {duty.id: duty.operative_from for duty in result.duties if duty.certain}
        possible = {duty.id for duty in result.duties}
        for duty, operative in case.expected.get("duties", {}).items():
            assert (case.on_date, duty, starts.get(duty, "absent")) == (case.on_date, duty, operative)
        assert not set(case.expected.get("no_duties", [])) & possible
        assert set(case.expected.get("depends", [])) <= possible - set(starts)


def test_every_rule_of_the_law_is_fired_by_some_golden_case() -> None:
    fired = {rule for _, result in everything() for rule in result.rules}

    assert fired == set(CURRENT_LAW.rules)


def test_every_duty_of_the_law_is_given_for_certain_by_some_golden_case() -> None:
    given = {(d.id, d.role) for _, result in everything() for d in result.duties if d.certain}

    assert given == {(row.id, role) for row in CURRENT_LAW.duties for role in row.roles}


def test_every_golden_case_names_its_source_and_only_known_things() -> None:
    rows = [row for name in FILES for row in vectors.rows(name)]

    assert all(row["source"] and row["title"] for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
    known = {"id", "title", "source", "answers", "outcomes", "flags", "basis", "rules", "duties", "no_duties"}
    known |= {"warnings", "tier", "roles", "review", "unanswered", "depends", "dated"}
    assert all(set(row) <= known for row in rows)
    duties = {duty.id for duty in CURRENT_LAW.duties}
    named = {d for row in rows for key in ("duties", "no_duties", "depends") for d in row.get(key, [])}
    assert named <= duties


def test_the_own_golden_set_has_at_least_sixty_cases() -> None:
    assert len(vectors.rows("golden")) >= 60
