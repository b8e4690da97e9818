"""Rows outside the ledger that repeat what a payload says: they lose it with the payload.

A change of the register, an act on a finding, an appeal and a review task each keep, for the pages, words that the
ledger holds as well; a token and a message to another system keep the digest of a proposal. Where a payload is
removed, its copy is blanked in the same transaction, and again when a restored backup brings an older copy back. What
happened, when and by whom stays; the words go.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from audit.events import fold
from audit.events.folding import decision_key
from audit.ledger.reading import entries_in
from audit.models import ApprovalToken, Event, EventConflict, Finding, FindingAct, ReviewTask
from audit.reviews import clearing
from governance.models import Appeal, Change, UseCase
from governance.notices import forget

GONE: Final = "–"  # where a text is asked for and nothing may stand
FREE_TEXT: Final = frozenset({"reference"})  # of what an act keeps as data


def entries_about(use_case: UseCase, decision_id: str) -> set[UUID]:
    """Return the entries that people wrote about one decision: appeals, acts on its findings and reviews, tokens."""
    about = {"use_case": use_case, "decision_id": decision_id}
    rows = {
        "appeal": Appeal.objects.filter(**about),
        "finding": Finding.objects.filter(**about),
        "reviewtask": ReviewTask.objects.filter(**about),
        "approvaltoken": ApprovalToken.objects.filter(**about),
    }
    found: set[UUID] = set()
    for kind, chosen in rows.items():
        changes = Change.objects.filter(object_type=kind, object_id__in=list(chosen.values_list("pk", flat=True)))
        found |= set(changes.values_list("entry", flat=True))
    return found


def open_appeals(use_case: UseCase, decision_id: str) -> list[str]:
    """Return the references of appeals about a decision that still wait for their answer."""
    rows = Appeal.objects.filter(use_case=use_case, decision_id=decision_id).exclude(state=Appeal.State.ANSWERED)
    return list(rows.order_by("ref").values_list("ref", flat=True))


def clear_removed(*, ranges: Sequence[Sequence[int]], at: datetime, **_: Any) -> None:
    """Receiver of the ledger's signal: blank what repeats the payloads at these places, in its transaction."""
    decisions: set[tuple[UUID, str]] = set()
    for entries in entries_in(ranges):
        _clear(entries)
        told = set(_decisions(entries))
        clearing.clear(told, at=at)
        decisions |= told
    _forget_digests(decisions)


def _clear(entries: list[UUID]) -> None:
    changes = Change.objects.filter(entry__in=entries)
    appeals = list(changes.filter(object_type="appeal").values_list("object_id", flat=True))
    changes.update(before=None, after=None)
    for act in FindingAct.objects.filter(entry__in=entries):
        act.reason = GONE if act.reason else ""
        act.data = {name: value for name, value in act.data.items() if name not in FREE_TEXT}
        act.save(update_fields=["reason", "data"])
    gone = {"text": GONE, "about": "", "sender": "", "contact": "", "correction": ""}
    Appeal.objects.filter(pk__in=appeals).update(**gone)
    Appeal.objects.filter(pk__in=appeals).exclude(explanation="").update(explanation=GONE)


def _forget_digests(decisions: Iterable[tuple[UUID, str]]) -> None:
    """Tokens and messages name a proposal by its digest, and where few are possible a digest tells which it was."""
    about: set[str] = set()
    for use_case, names in clearing.in_chunks(decisions):
        about.update(str(decision_key(use_case, name)) for name in names)
        chosen = {"use_case": use_case, "decision_id__in": names}
        about.update(map(str, ReviewTask.objects.filter(**chosen).values_list("pk", flat=True)))
        tokens = list(ApprovalToken.objects.filter(**chosen))
        for token in tokens:  # that an action was let through once stays
            token.action_digest = f"removed:{secrets.token_hex(16)}"
        ApprovalToken.objects.bulk_update(tokens, ["action_digest"])
    forget(about=about, member="digest")


def _decisions(entries: list[UUID]) -> Iterable[tuple[UUID, str]]:
    """The decisions that stand on these entries: without one of them they leave the projections."""
    told = Event.objects.filter(pk__in=entries)
    contradicted = Event.objects.filter(pk__in=EventConflict.objects.filter(entry__in=entries).values("event"))
    for rows in (told, contradicted):
        yield from rows.filter(type__in=fold.FOLDED).exclude(decision_id="").values_list("use_case_id", "decision_id")
