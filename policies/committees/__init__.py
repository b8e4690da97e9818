"""How a committee comes to a decision: ballots in, outcome out. No clock, no database."""

from policies.committees.votes import CHOICES, RULES, Ballot, Outcome, Rule, Seat, Tally, decide

__all__ = ["CHOICES", "RULES", "Ballot", "Outcome", "Rule", "Seat", "Tally", "decide"]
