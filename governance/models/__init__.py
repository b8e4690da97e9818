"""The rows of governance: who decides, about what, and what was decided."""

from governance.models.ai_system import AIModel, AISystem, ModelVersion, Supplier, SystemVersion
from governance.models.assessment import Assessment, DutyRecord
from governance.models.assignment import Assignment
from governance.models.base import ReferenceCounter, next_reference
from governance.models.change import Change
from governance.models.classification import Classification, ClassificationDraft
from governance.models.committee import Committee, Membership, PolicyInForce, SignOff, Vote
from governance.models.competence import AuthorityGrant, Engagement, TrainingModule
from governance.models.grants import (
    AISystemGroupGrant,
    AISystemUserGrant,
    CommitteeGroupGrant,
    CommitteeUserGrant,
    UnitGroupGrant,
    UnitUserGrant,
    UseCaseGroupGrant,
    UseCaseUserGrant,
)
from governance.models.incident import CorrectiveAction, Incident, IncidentReport
from governance.models.intake import ChangeRequest, Proposal, RegisterImport, SavedView
from governance.models.job import Job
from governance.models.letterhead import Letterhead
from governance.models.meeting import (
    Action,
    AgendaItem,
    Attendance,
    CalendarFeed,
    DataPack,
    Interest,
    ItemVote,
    Meeting,
    Minutes,
    Resolution,
)
from governance.models.notice import Notice, NoticePreference, WebhookDelivery, WebhookEndpoint
from governance.models.person import Person, Qualification, Unit
from governance.models.pilot import OversightTest, PilotPhase
from governance.models.rights import Appeal, Disclosure
from governance.models.use_case import TIERS, UseCase
from governance.models.user import User

__all__ = [
    "TIERS",
    "AIModel",
    "AISystem",
    "AISystemGroupGrant",
    "AISystemUserGrant",
    "Action",
    "AgendaItem",
    "Appeal",
    "Assessment",
    "Assignment",
    "Attendance",
    "AuthorityGrant",
    "CalendarFeed",
    "Change",
    "ChangeRequest",
    "Classification",
    "ClassificationDraft",
    "Committee",
    "CommitteeGroupGrant",
    "CommitteeUserGrant",
    "CorrectiveAction",
    "DataPack",
    "Disclosure",
    "DutyRecord",
    "Engagement",
    "Incident",
    "IncidentReport",
    "Interest",
    "ItemVote",
    "Job",
    "Letterhead",
    "Meeting",
    "Membership",
    "Minutes",
    "ModelVersion",
    "Notice",
    "NoticePreference",
    "OversightTest",
    "Person",
    "PilotPhase",
    "PolicyInForce",
    "Proposal",
    "Qualification",
    "ReferenceCounter",
    "RegisterImport",
    "Resolution",
    "SavedView",
    "SignOff",
    "Supplier",
    "SystemVersion",
    "TrainingModule",
    "Unit",
    "UnitGroupGrant",
    "UnitUserGrant",
    "UseCase",
    "UseCaseGroupGrant",
    "UseCaseUserGrant",
    "User",
    "Vote",
    "WebhookDelivery",
    "WebhookEndpoint",
    "next_reference",
]
