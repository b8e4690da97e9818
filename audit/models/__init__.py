"""The rows of evidence: keys, events, decisions and what was found."""

from audit.models.api_key import ApiKey, KeyUsage
from audit.models.continuity import LogHole, SourceState
from audit.models.control import Drill, PublicNotice, SamplingKey
from audit.models.decision import Decision, FollowerCursor, GroupAccess, GroupAttributes, Intervention
from audit.models.event import Event, EventBlock, EventConflict, Heartbeat, SourceBlock, TalliedBlock
from audit.models.fairness import FairnessDefinition, FairnessDelta, FairnessSummary, FairnessTotals, GroupTerm
from audit.models.finding import Finding, FindingAct, FindingNumber
from audit.models.oversight import (
    Improvement,
    OversightArrivals,
    OversightDelta,
    OversightMonth,
    OversightReading,
    OversightReview,
    OversightTotals,
)
from audit.models.report import IssuedReport, ReportAct, ReportNumber, ReportSchedule
from audit.models.retention import RemovalRequest, RetentionPeriod, Seal
from audit.models.review import ApprovalToken, ReviewEscalation, ReviewTask

__all__ = [
    "ApiKey",
    "ApprovalToken",
    "Decision",
    "Drill",
    "Event",
    "EventBlock",
    "EventConflict",
    "FairnessDefinition",
    "FairnessDelta",
    "FairnessSummary",
    "FairnessTotals",
    "Finding",
    "FindingAct",
    "FindingNumber",
    "FollowerCursor",
    "GroupAccess",
    "GroupAttributes",
    "GroupTerm",
    "Heartbeat",
    "Improvement",
    "Intervention",
    "IssuedReport",
    "KeyUsage",
    "LogHole",
    "OversightArrivals",
    "OversightDelta",
    "OversightMonth",
    "OversightReading",
    "OversightReview",
    "OversightTotals",
    "PublicNotice",
    "RemovalRequest",
    "ReportAct",
    "ReportNumber",
    "ReportSchedule",
    "RetentionPeriod",
    "ReviewEscalation",
    "ReviewTask",
    "SamplingKey",
    "Seal",
    "SourceBlock",
    "SourceState",
    "TalliedBlock",
]
