"""Rights of people a system decides about: what they are told, and what they may ask."""

from governance.rights.appeals import answer_appeal, appeal_of, assign_reviewer, place_appeal, receive_appeal
from governance.rights.disclosures import publish

__all__ = ["answer_appeal", "appeal_of", "assign_reviewer", "place_appeal", "publish", "receive_appeal"]
