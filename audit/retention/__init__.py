"""Keeping and removing: how long each stream is kept, legal holds, and removals that need two people.

The ledger's :mod:`~audit.ledger.removal` does the removing; here stands who may ask, who must agree, what the law asks
at least, and which entries a request means. A request by one person does nothing until another agrees. Reports take
their counts of what was erased, pruned and held from :func:`removals_in`.
"""

from audit.retention.counting import Held, Removals, removals_in
from audit.retention.periods import Period, in_force, periods
from audit.retention.requests import (
    SamePerson,
    agree,
    ask_erasure,
    ask_lift,
    ask_period,
    ask_prune,
    may_remove,
    place_hold,
    refuse,
)

__all__ = [
    "Held",
    "Period",
    "Removals",
    "SamePerson",
    "agree",
    "ask_erasure",
    "ask_lift",
    "ask_period",
    "ask_prune",
    "in_force",
    "may_remove",
    "periods",
    "place_hold",
    "refuse",
    "removals_in",
]
