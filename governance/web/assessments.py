"""The live assessments a fairness page prints: one reading of the counts, judged at both stages."""

from dataclasses import dataclass

from audit.fairness.aggregates import paired_counts_for, simulated_in
from audit.fairness.assessment import Assessment, assess
from audit.fairness.counts import Counts
from audit.fairness.declared import NotDeclared, config_of
from audit.fairness.errors import FairnessError
from governance.models import UseCase
from governance.web.windows import Window


@dataclass(frozen=True, slots=True)
class Stages:
    """What the system proposed and what took effect; ``reason`` says why there is neither; ``counts`` are paired."""

    proposal: Assessment | None = None
    final: Assessment | None = None
    reason: str = ""
    simulated: int = 0
    counts: Counts | None = None


def assessed(use_case: UseCase, window: Window) -> Stages:
    """Assess the decisions of ``window``; a definition that does not fit the data is a reason, not a crash."""
    days = (window.start, window.end)
    try:
        config = config_of(use_case.fairness)
        counts = paired_counts_for(use_case, window=days)
        if not counts.n:
            return Stages()
        proposal, final = (assess(counts.stage(stage), config) for stage in ("proposal", "final"))
        return Stages(proposal, final, simulated=simulated_in(use_case, window=days), counts=counts)
    except NotDeclared:
        return Stages()
    except FairnessError as error:
        return Stages(reason=str(error))
