"""Oversight measures: what the log says about the human step. A pure core: counts in, figures with n and interval out.

OversightCounts.of(record, requirement, document=..., verdicts=..., truth=...)
measures(counts, window=(since, until), extras=...) -> tuple[Measure, ...]
pillars(measures), claims(measures), mode_seen(counts, declared=...), observed_counts(counts)
"""

from audit.oversight.claims import Claim, claims
from audit.oversight.counts import OversightCounts, total
from audit.oversight.declared import ShownMode, mode_seen, observed_counts
from audit.oversight.measure import Measure, Part, Thresholds
from audit.oversight.measures import Extras, measures
from audit.oversight.overriding import GroupTurns
from audit.oversight.pillars import Pillar, pillars
from audit.oversight.power import Drill
from audit.oversight.sequences import GroupStep
from audit.oversight.shifts import Shift
from audit.oversight.truth import Truth
from audit.oversight.wording import Message, Voice, say

__all__ = [
    "Claim",
    "Drill",
    "Extras",
    "GroupStep",
    "GroupTurns",
    "Measure",
    "Message",
    "OversightCounts",
    "Part",
    "Pillar",
    "Shift",
    "ShownMode",
    "Thresholds",
    "Truth",
    "Voice",
    "claims",
    "measures",
    "mode_seen",
    "observed_counts",
    "pillars",
    "say",
    "total",
]
