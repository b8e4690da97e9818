"""Ballots of a committee to an outcome.

A quorum counts those who took part: who voted yes, no or abstain. Who recuses, or is excluded for an interest, does not
take part, so an exclusion can cost the quorum; a function that must take part is then missing too.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

RULES: Final = ("majority", "two_thirds", "unanimity")
CHOICES: Final = ("yes", "no", "abstain", "recuse")
State = Literal["adopted", "rejected", "no_quorum"]


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat in its term: ``key`` names it, ``person`` holds it, ``function`` is what it speaks for."""

    key: str
    person: str
    function: str


@dataclass(frozen=True, slots=True)
class Ballot:
    """What ``person``, the holder or a deputy, voted for a seat."""

    seat: str
    person: str
    choice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a decision needs. ``functions`` must take part; a *no* from a function of ``veto`` rejects."""

    quorum: int
    functions: frozenset[str] = frozenset()
    rule: str = "majority"
    veto: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"A rule is one of {', '.join(RULES)}, not {self.rule!r}.")
        if self.quorum < 1:
            raise ValueError("A quorum is at least one member.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many chose what; ``took_part`` leaves the recused out."""

    yes: int = 0
    no: int = 0
    abstain: int = 0
    recuse: int = 0

    @property
    def took_part(self) -> int:
        """Those who count for the quorum."""
        return self.yes + self.no + self.abstain


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """``ground``: quorum, function, veto, or the rule that settled it; ``missing``: functions that took no part."""

    state: State
    ground: str
    tally: Tally
    missing: tuple[str, ...] = field(default=())


def decide(seats: Iterable[Seat], ballots: Iterable[Ballot], *, rule: Rule, excluded: Collection[str] = ()) -> Outcome:
    """Return what ``ballots`` come to under ``rule``; their order never matters.

    A ballot of somebody ``excluded`` counts as recused, whatever it says. Abstentions count for the quorum and not
    for the result. Raises ValueError for a seat nobody knows, an unknown choice, or two ballots of one seat or person.
    """
    known = {seat.key: seat for seat in seats}
    cast = _checked(known, list(ballots))
    counted = {ballot: "recuse" if ballot.person in excluded else ballot.choice for ballot in cast}
    chosen = list(counted.values())
    tally = Tally(**{choice: chosen.count(choice) for choice in CHOICES})
    present = {known[ballot.seat].function for ballot, choice in counted.items() if choice != "recuse"}
    missing = tuple(sorted(rule.functions - present))
    if tally.took_part < rule.quorum:
        return Outcome(state="no_quorum", ground="quorum", tally=tally, missing=missing)
    if missing:
        return Outcome(state="no_quorum", ground="function", tally=tally, missing=missing)
    against = {known[ballot.seat].function for ballot, choice in counted.items() if choice == "no"}
    if against & rule.veto:
        return Outcome(state="rejected", ground="veto", tally=tally)
    return Outcome(state="adopted" if _carried(rule.rule, tally) else "rejected", ground=rule.rule, tally=tally)


def _checked(known: dict[str, Seat], ballots: list[Ballot]) -> list[Ballot]:
    for ballot in ballots:
        if ballot.seat not in known:
            raise ValueError(f"Nobody sits on {ballot.seat!r}.")
        if ballot.choice not in CHOICES:
            raise ValueError(f"A vote is one of {', '.join(CHOICES)}, not {ballot.choice!r}.")
    if len({ballot.seat for ballot in ballots}) != len(ballots):
        raise ValueError("A seat has one vote.")
    if len({ballot.person for ballot in ballots}) != len(ballots):
        raise ValueError("A person has one vote, also when they deputise.")
    return ballots


def _carried(rule: str, tally: Tally) -> bool:
    if rule == "majority":
        return tally.yes > tally.no
    if rule == "two_thirds":
        return tally.yes > 0 and tally.yes >= 2 * tally.no
    return tally.yes > 0 and tally.no == 0
