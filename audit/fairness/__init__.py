"""Fairness over decision logs: counts once, then figures with intervals, tests and verdicts. No Django in the core.

counts = counts_from_frame(frame, Schema(("sex",), decision="approved", favourable="yes"))
assessment = assess(counts, AssessmentConfig(groups=("sex",), reference={"sex": "male"}))
"""

from audit.fairness.assessment import Assessment, assess
from audit.fairness.comparison import Comparison
from audit.fairness.config import AssessmentConfig, with_preset
from audit.fairness.counting import counts_from_codes, counts_from_frame
from audit.fairness.counts import Counts, Row, merge
from audit.fairness.encoding import Coded, encode
from audit.fairness.errors import (
    DifferentSchema,
    FairnessError,
    ImpossibleCounts,
    InvalidCheck,
    UnknownColumn,
    UnknownValue,
)
from audit.fairness.groups import GroupFigures
from audit.fairness.presets import PRESETS
from audit.fairness.rates import METRICS, Confusion, confusion_of, rates
from audit.fairness.schema import UNKNOWN, Schema
from audit.fairness.verdicts import Floor

__all__ = [
    "METRICS",
    "PRESETS",
    "UNKNOWN",
    "Assessment",
    "AssessmentConfig",
    "Coded",
    "Comparison",
    "Confusion",
    "Counts",
    "DifferentSchema",
    "FairnessError",
    "Floor",
    "GroupFigures",
    "ImpossibleCounts",
    "InvalidCheck",
    "Row",
    "Schema",
    "UnknownColumn",
    "UnknownValue",
    "assess",
    "confusion_of",
    "counts_from_codes",
    "counts_from_frame",
    "encode",
    "merge",
    "rates",
    "with_preset",
]
