"""Laws of voting, over random committees: no decision without quorum, none by the excluded, order never matters."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.committees import RULES, Ballot, Outcome, Rule, Seat, decide

FUNCTIONS = ("HR", "legal", "IT", "business", "data protection")
CHOICES = ("yes", "no", "abstain", "recuse")


@st.composite
def votes(draw: st.DrawFn) -> tuple[list[Seat], list[Ballot], Rule, set[str]]:
    n = draw(st.integers(1, 12))
    seats = [Seat(f"s{i}", f"p{i}", draw(st.sampled_from(FUNCTIONS))) for i in range(n)]
    voting = draw(st.lists(st.sampled_from(range(n)), unique=True))
    ballots = []
    for i in voting:
        person = f"d{i}" if draw(st.booleans()) else f"p{i}"
        ballots.append(Ballot(f"s{i}", person, draw(st.sampled_from(CHOICES))))
    rule = Rule(
        quorum=draw(st.integers(1, n + 1)),
        functions=draw(st.frozensets(st.sampled_from(FUNCTIONS), max_size=2)),
        rule=draw(st.sampled_from(RULES)),
        veto=draw(st.frozensets(st.sampled_from(FUNCTIONS), max_size=2)),
    )
    everybody = sorted({ballot.person for ballot in ballots} | {seat.person for seat in seats})
    return seats, ballots, rule, draw(st.sets(st.sampled_from(everybody)))


def expected(seats: list[Seat], ballots: list[Ballot], rule: Rule, excluded: set[str]) -> str:
    """The same law told another way: by shares of those who took a side."""
    part = [b for b in ballots if b.person not in excluded and b.choice != "recuse"]
    speaks = {seat.key: seat.function for seat in seats}
    if len(part) < rule.quorum or not rule.functions <= {speaks[b.seat] for b in part}:
        return "no_quorum"
    sides = [b for b in part if b.choice in {"yes", "no"}]
    if any(b.choice == "no" and speaks[b.seat] in rule.veto for b in sides) or not sides:
        return "rejected"
    share = Fraction(sum(b.choice == "yes" for b in sides), len(sides))
    need = {"majority": share > Fraction(1, 2), "two_thirds": share >= Fraction(2, 3), "unanimity": share == 1}
    return "adopted" if need[rule.rule] else "rejected"


@given(votes())
def test_the_outcome_is_the_one_the_law_says(drawn: tuple[list[Seat], list[Ballot], Rule, set[str]]) -> None:
    seats, ballots, rule, excluded = drawn
    assert decide(seats, ballots, rule=rule, excluded=excluded).state == expected(seats, ballots, rule, excluded)


@given(votes(), st.randoms())
def test_the_same_votes_in_any_order_give_the_same_outcome(
    drawn: tuple[list[Seat], list[Ballot], Rule, set[str]], random: object
) -> None:
    seats, ballots, rule, excluded = drawn
    first = decide(seats, ballots, rule=rule, excluded=excluded)
    random.shuffle(ballots)  # type: ignore[attr-defined]
    random.shuffle(seats)  # type: ignore[attr-defined]
    assert decide(seats, ballots, rule=rule, excluded=excluded) == first


@given(votes())
def test_without_a_quorum_of_people_who_may_vote_nothing_is_decided(
    drawn: tuple[list[Seat], list[Ballot], Rule, set[str]],
) -> None:
    seats, ballots, rule, excluded = drawn
    able = sum(ballot.person not in excluded and ballot.choice != "recuse" for ballot in ballots)
    outcome = decide(seats, ballots, rule=rule, excluded=excluded)
    if outcome.state != "no_quorum":
        assert able >= rule.quorum


@given(votes(), st.sampled_from(CHOICES))
def test_what_an_excluded_person_votes_changes_nothing(
    drawn: tuple[list[Seat], list[Ballot], Rule, set[str]], other: str
) -> None:
    seats, ballots, rule, excluded = drawn
    turned = [Ballot(b.seat, b.person, other) if b.person in excluded else b for b in ballots]
    kept = [b for b in ballots if b.person not in excluded]
    outcome: Outcome = decide(seats, ballots, rule=rule, excluded=excluded)
    assert decide(seats, turned, rule=rule, excluded=excluded) == outcome
    left_out = decide(seats, kept, rule=rule, excluded=excluded)
    assert (left_out.state, left_out.tally.took_part) == (outcome.state, outcome.tally.took_part)


def test_a_deputy_who_also_has_a_seat_votes_once() -> None:
    seats = [Seat("s0", "p0", "HR"), Seat("s1", "p1", "legal")]
    with pytest.raises(ValueError, match="person has one vote"):
        decide(seats, [Ballot("s0", "p1", "yes"), Ballot("s1", "p1", "yes")], rule=Rule(quorum=1))
    with pytest.raises(ValueError, match="seat has one vote"):
        decide(seats, [Ballot("s0", "p0", "yes"), Ballot("s0", "p1", "yes")], rule=Rule(quorum=1))


@pytest.mark.parametrize(
    ("rule", "choices", "state"),
    [
        ("majority", "yyn", "adopted"),
        ("majority", "yn", "rejected"),
        ("two_thirds", "yyn", "adopted"),
        ("two_thirds", "yyynn", "rejected"),
        ("unanimity", "yya", "adopted"),
        ("unanimity", "yyn", "rejected"),
        ("unanimity", "aaa", "rejected"),
    ],
)
def test_each_rule_by_hand(rule: str, choices: str, state: str) -> None:
    words = {"y": "yes", "n": "no", "a": "abstain"}
    seats = [Seat(f"s{i}", f"p{i}", "HR") for i in range(len(choices))]
    for order in permutations(range(len(choices))):
        ballots = [Ballot(f"s{i}", f"p{i}", words[choices[i]]) for i in order]
        assert decide(seats, ballots, rule=Rule(quorum=2, rule=rule)).state == state


def test_a_veto_of_a_function_stands_against_any_majority() -> None:
    seats = [Seat("s0", "p0", "HR"), Seat("s1", "p1", "IT"), Seat("s2", "p2", "data protection")]
    ballots = [Ballot("s0", "p0", "yes"), Ballot("s1", "p1", "yes"), Ballot("s2", "p2", "no")]
    rule = Rule(quorum=3, veto=frozenset({"data protection"}))
    outcome = decide(seats, ballots, rule=rule)
    assert (outcome.state, outcome.ground) == ("rejected", "veto")
