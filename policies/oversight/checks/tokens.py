"""Was the one-time token handed in before execution, where the policy asks for one?"""

from collections.abc import Iterator
from datetime import timedelta

from policies.oversight.case import Case
from policies.oversight.verdict import Verdict

# The system's clock says when it executed, ours when the token came: so much they may differ.
CLOCKS = timedelta(minutes=5)


def handed_in(case: Case) -> Iterator[Verdict]:
    """NO_TOKEN for an execution under a policy with ``gate: token`` that no redeemed token covers."""
    if case.terms.gate != "token" or case.executed_at is None or case.need.reviews == 0:
        return
    tokens = case.coverage.tokens
    if tokens is None:
        return
    latest = case.executed_at + CLOCKS
    recorded = case.decision.execution_recorded_at
    if recorded is not None:
        latest = min(latest, recorded)
    digest = case.decision.executed_digest
    in_time = {action for action, at in tokens.items() if at <= latest}
    if digest in in_time:
        return
    if digest is None and in_time:
        yield case.give("NO_TOKEN", "unknown", {"why": "the execution names no digest"}, case.executed_at)
        return
    why = "handed in too late" if tokens else "none was handed in"
    yield case.give("NO_TOKEN", "breach" if case.final else "open", {"why": why}, case.executed_at)
