"""What an issued report counts of groups.

Over everything that was recorded a report is exact, so that the one-off audit of the same file gives the same
figures to the digit; below the floor of the check no rate is printed. Over part of the record it counts the parcels
that pages give out. The price, said in the help: who holds an exact report can take the pages' parcels from it, and is
left with the last, fewer than k, cases of a group. Who issued it stands in the ledger.
"""

from audit.fairness.aggregates import Window, exact_counts_for, holds_all_days, paired_counts_for
from audit.fairness.counts import Counts
from governance.models import UseCase


def issued_counts_for(use_case: UseCase, *, window: Window, as_of: int | None = None) -> Counts:
    """Return the counts of a report over ``window`` as of checkpoint ``as_of``; raises ``NotDeclared``."""
    within = exact_counts_for(use_case, window=window, as_of=as_of)
    if holds_all_days(use_case, window) or within.n == exact_counts_for(use_case, window=None, as_of=as_of).n:
        return within
    return paired_counts_for(use_case, window=window, as_of=as_of)
