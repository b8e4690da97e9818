"""The EU AI Act as data and pure functions: questions, classification, duties with dates, clocks, caps, annexes.

Regulation (EU) 2024/1689 as amended by Regulation (EU) 2026/1744. Paraphrase; not legal advice.
"""

from policies.eu_ai_act.answers import InvalidAnswers
from policies.eu_ai_act.classification import Classification, classify
from policies.eu_ai_act.duties import Duty
from policies.eu_ai_act.law import Law
from policies.eu_ai_act.lists import OpenList, ScreeningList, open_list, screening_lists
from policies.eu_ai_act.loading import CURRENT_LAW, law_versions, load_law
from policies.eu_ai_act.notes import Note
from policies.eu_ai_act.tiers import tier
from policies.eu_ai_act.wizard import (
    ClassificationDiff,
    NextQuestion,
    Reason,
    asked_questions,
    diff,
    explain,
    flip_questions,
    next_question,
    questions,
    suggest_roles,
)

__all__ = [
    "CURRENT_LAW",
    "Classification",
    "ClassificationDiff",
    "Duty",
    "InvalidAnswers",
    "Law",
    "NextQuestion",
    "Note",
    "OpenList",
    "Reason",
    "ScreeningList",
    "asked_questions",
    "classify",
    "diff",
    "explain",
    "flip_questions",
    "law_versions",
    "load_law",
    "next_question",
    "open_list",
    "questions",
    "screening_lists",
    "suggest_roles",
    "tier",
]
