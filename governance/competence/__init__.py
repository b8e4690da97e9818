"""Competence and authority: who is trained for what, who may stop what, and until when."""

from governance.competence.authority import grant, withdraw
from governance.competence.experts import close_ended, engage
from governance.competence.training import complete, offer, withdraw_qualification

__all__ = ["close_ended", "complete", "engage", "grant", "offer", "withdraw", "withdraw_qualification"]
