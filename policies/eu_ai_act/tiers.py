"""One word for a list or a badge: the tier of a set of outcomes. The set itself stays the truth."""

from collections.abc import Collection

from policies.eu_ai_act.law import Law
from policies.eu_ai_act.loading import CURRENT_LAW

TIERS = ("prohibited", "high", "review", "limited", "minimal", "out_of_scope")


def tier(
    outcomes: Collection[str], *, flags: Collection[str] = (), complete: bool = True, law: Law = CURRENT_LAW
) -> str:
    """``prohibited | high | review | limited | minimal | out_of_scope`` of outcome codes.

    The most demanding wins; "high" stands over "review" because it is then at least high. Anything lower shows as
    "review" while questions are open or an answer is "unsure". Raises KeyError for a code the law does not know.
    """
    found = {law.outcomes[code].tier for code in (*outcomes, *flags)}
    if not found or not complete:
        found.add("review")
    return next(name for name in TIERS if name in found)
