"""Acts of people wait for their seal: a request that wrote one is answered once a signed checkpoint covers it.

On SQLite that is at once, on PostgreSQL within a step of the sequencer. Between COMMIT and seal an entry could still
vanish without a trace (threat model, row 17); after the answer nobody can make the act undone unseen.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, Final, Protocol
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from audit.ledger.reading import wait_for_checkpoint

# Reviews and overrides, stops, votes and sign-offs, approvals of a policy.
ACTS: Final = ("ai.oversight.review.", "ai.oversight.intervention.", "committee.", "policy.")
WAIT_S: Final = 2.0
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_watched: ContextVar[list[UUID] | None] = ContextVar("watched", default=None)


class _Draft(Protocol):
    @property
    def type(self) -> str: ...


class _Recorded(Protocol):
    @property
    def entry(self) -> UUID: ...


def watch(drafts: Sequence[_Draft], receipts: Sequence[_Recorded]) -> None:
    """Remember the last act among what is appended, once it is committed; nothing is watched outside a request."""
    watched = _watched.get()
    if watched is None:
        return
    pairs = zip(drafts, receipts, strict=True)
    acts = [receipt.entry for draft, receipt in pairs if draft.type.startswith(ACTS)]
    if acts:
        transaction.on_commit(lambda: watched.append(acts[-1]))


class WaitForSeal:
    """Middleware; stands inside that of messages, which carries what it says."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, after the seal or after two seconds with a sentence that it is still missing."""
        if request.method in SAFE:
            return self.get_response(request)
        watched: list[UUID] = []
        before = _watched.set(watched)
        try:
            response = self.get_response(request)
        finally:
            _watched.reset(before)
        if watched and wait_for_checkpoint(watched[-1], WAIT_S) is None:
            self._say(request, response)
        return response

    @staticmethod
    def _say(request: Any, response: HttpResponse) -> None:
        response["Custodes-Sealed"] = "no"
        text = _("This is recorded, but its seal was not made within two seconds. The ledger's page shows when it is.")
        messages.warning(request, text, fail_silently=True)
