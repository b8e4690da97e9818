"""Committees: appoint them, let them meet, vote and resolve, and sign off what comes into force."""

from governance.committees.actions import agree, complete, delegate
from governance.committees.appoint import amend_charter, appoint_committee
from governance.committees.charter import propose_amendment
from governance.committees.errors import NoQuorum
from governance.committees.interests import declare_interest, end_interest
from governance.committees.items import add_item, defer, discuss, edit_item
from governance.committees.meetings import arrive, cancel, close_meeting, convene, leave, open_meeting
from governance.committees.members import add_member, end_membership, name_deputy, set_term
from governance.committees.pack import freeze
from governance.committees.policies import draft_policy
from governance.committees.sign_off import Ballot, sign_off_policy
from governance.committees.voting import cast, close_vote, open_vote

__all__ = [
    "Ballot",
    "NoQuorum",
    "add_item",
    "add_member",
    "agree",
    "amend_charter",
    "appoint_committee",
    "arrive",
    "cancel",
    "cast",
    "close_meeting",
    "close_vote",
    "complete",
    "convene",
    "declare_interest",
    "defer",
    "delegate",
    "discuss",
    "draft_policy",
    "edit_item",
    "end_interest",
    "end_membership",
    "freeze",
    "leave",
    "name_deputy",
    "open_meeting",
    "open_vote",
    "propose_amendment",
    "set_term",
    "sign_off_policy",
]
