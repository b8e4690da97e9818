"""The register of AI use cases: verbs that change it, and the read side."""

from governance.register.classify import classify_use_case, latest_classification, save_draft
from governance.register.edit import EditConflict, edit_use_case
from governance.register.history import as_it_stood
from governance.register.lifecycle import change_lifecycle, choose_mode, declare_fairness
from governance.register.people import name_person, name_unit, qualify
from governance.register.proposals import (
    accept_proposal,
    answer_question,
    ask_sender,
    decline_proposal,
    proposal_of,
    propose,
    talk_of,
)
from governance.register.requests import decide_change, finish_change, request_change
from governance.register.responsible import assign_person, end_assignment, hand_over, responsible_on
from governance.register.submit import free_key, register_system, submit_use_case
from governance.register.systems import (
    add_model_version,
    add_system_version,
    describe_supplier,
    describe_system,
    register_model,
)

__all__ = [
    "EditConflict",
    "accept_proposal",
    "add_model_version",
    "add_system_version",
    "answer_question",
    "as_it_stood",
    "ask_sender",
    "assign_person",
    "change_lifecycle",
    "choose_mode",
    "classify_use_case",
    "decide_change",
    "declare_fairness",
    "decline_proposal",
    "describe_supplier",
    "describe_system",
    "edit_use_case",
    "end_assignment",
    "finish_change",
    "free_key",
    "hand_over",
    "latest_classification",
    "name_person",
    "name_unit",
    "proposal_of",
    "propose",
    "qualify",
    "register_model",
    "register_system",
    "request_change",
    "responsible_on",
    "save_draft",
    "submit_use_case",
    "talk_of",
]
