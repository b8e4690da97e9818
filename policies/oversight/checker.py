"""Checking the log against the policy: a pure function from one decision and its context to verdicts.

The same inputs give the same verdicts to the byte, in the same order. No clock: ``as_of`` says when it is.
"""

from collections.abc import Sequence
from datetime import datetime

from policies.oversight.case import Case, text
from policies.oversight.checks.draws import sampled
from policies.oversight.checks.execution import overruled, reviewed
from policies.oversight.checks.integrity import sound
from policies.oversight.checks.mandate import mandated, stopped
from policies.oversight.checks.meaning import meaningful
from policies.oversight.checks.people import qualified
from policies.oversight.checks.timers import escalated, in_time
from policies.oversight.checks.tokens import handed_in
from policies.oversight.checks.watch import watched
from policies.oversight.context import Controls, Coverage, People, PolicyInForce
from policies.oversight.record import DecisionRecord
from policies.oversight.verdict import Verdict, in_order

# What a person said and what was done about it needs no policy to be judged.
ALWAYS = (overruled, stopped, sound)
UNDER_POLICY = (reviewed, qualified, mandated, meaningful, sampled, in_time, escalated, watched, handed_in)


def check(
    decision: DecisionRecord,
    *,
    policies: Sequence[PolicyInForce],
    people: People,
    controls: Controls,
    coverage: Coverage,
    as_of: datetime,
) -> tuple[Verdict, ...]:
    """Return what is wrong, open or unknown about ``decision``; nothing at all means nothing was found.

    ``policies`` are those of the decision's use case; the one in force when the decision was proposed judges it.
    Drills are no operational decisions and get no verdicts.
    """
    if decision.drill:
        return ()
    at = decision.proposed_at or decision.executed_at or decision.recorded_at
    policy = policy_at(policies, at)
    case = Case(decision, policy, people, controls, coverage, as_of)
    found = [each for check_one in ALWAYS for each in check_one(case)]
    if policy is None:
        state = "unknown" if at is None else "breach"
        found.append(case.give("NO_POLICY", state, {"when": text(at)}, at))
        return in_order(found)
    overruled_ignored = any(each.code == "OVERRULED_IGNORED" for each in found)
    for check_one in UNDER_POLICY:
        # Executing what a person refused is one breach, not two: nobody approved it either.
        found += [each for each in check_one(case) if not (overruled_ignored and each.code == "STALE")]
    return in_order(found)


def policy_at(policies: Sequence[PolicyInForce], at: datetime | None) -> PolicyInForce | None:
    """Return the version in force at a moment; of several, the one that came into force last."""
    if at is None:
        return None
    best: PolicyInForce | None = None
    for each in policies:
        if each.binds(at) and (best is None or each.in_force_from >= best.in_force_from):
            best = each
    return best
