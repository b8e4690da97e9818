"""One-time tokens: a system fetches one for the very action the gate opened for, and hands it in as it executes."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from audit.evaluation.gate import gate_of
from audit.models import ApprovalToken
from governance.access import DomainError, Invalid, record_change
from governance.models import UseCase

VALID_FOR: Final = timedelta(minutes=10)
OPEN: Final = frozenset({"approved", "modified", "not_required"})
STREAM: Final = "gate"
PREFIX: Final = "cat_"


class GateClosed(DomainError):
    """The gate does not answer for this action now; ``data['state']`` says what it answers."""

    code = "gate_closed"


class TokenUsed(DomainError):
    """The token of this action was handed in already."""

    code = "token_used"


class TokenExpired(DomainError):
    """The token is too old, or was replaced by a newer one."""

    code = "token_expired"


def issue_token(
    *, use_case: UseCase, decision_id: str, digest: str, key: UUID | None, at: datetime
) -> tuple[ApprovalToken, str]:
    """Return a token for the action ``digest``; the second value is its secret and is never shown again.

    A token that was not handed in is replaced. Raises :class:`GateClosed`, :class:`TokenUsed` and
    :class:`governance.access.Invalid`.
    """
    if not digest:
        raise Invalid("Name the digest of the action to be executed, as the gate gives it", field="digest")
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        _require_open(use_case, decision_id, digest, at)
        fresh = {"token_hash": _hash(secret), "issued_to_id": key, "issued_at": at, "expires_at": at + VALID_FOR}
        row, made = ApprovalToken.objects.get_or_create(
            use_case=use_case, decision_id=decision_id, action_digest=digest, defaults=fresh
        )
        if not made:
            row = ApprovalToken.objects.select_for_update().get(pk=row.pk)
            if row.redeemed_at is not None:
                raise TokenUsed("The token of this action was handed in already; an action is executed once")
            for name, value in fresh.items():
                setattr(row, name, value)
            row.save()
        _ledger(row, "gate.token.issued", at)
    return row, secret


def redeem_token(*, use_case: UseCase, decision_id: str, token: str, at: datetime) -> ApprovalToken:
    """Hand a token in: from now on its action may be executed, once.

    Raises :class:`TokenExpired` (also for a token nobody issued), :class:`TokenUsed` and :class:`GateClosed`.
    """
    with transaction.atomic():
        rows = ApprovalToken.objects.select_for_update()
        row = rows.filter(use_case=use_case, decision_id=decision_id, token_hash=_hash(token)).first()
        if row is None:
            raise TokenExpired("There is no such token for this decision; fetch a new one")
        if row.redeemed_at is not None:
            raise TokenUsed("This token was handed in already; an action is executed once")
        if row.expires_at <= at:
            raise TokenExpired("This token is too old; fetch a new one")
        _require_open(use_case, decision_id, row.action_digest, at)
        row.redeemed_at = at
        row.save(update_fields=["redeemed_at"])
        _ledger(row, "gate.token.redeemed", at)
    return row


def _require_open(use_case: UseCase, decision_id: str, digest: str, at: datetime) -> None:
    gate = gate_of(use_case, decision_id, at=at)
    if gate is None or gate.state not in OPEN or gate.digest != digest:
        state = gate.state if gate else "unknown"
        other = gate is not None and gate.state in OPEN
        detail = "The gate answers for another action" if other else f"The gate answers {state}"
        raise GateClosed(f"{detail}; ask it again and execute what it answers for", state=state)


def _ledger(row: ApprovalToken, action: str, at: datetime) -> None:
    after = {
        "use_case": row.use_case.ref,
        "decision_id": row.decision_id,
        "digest": row.action_digest,
        "key": str(row.issued_to_id) if row.issued_to_id else None,
        "expires_at": row.expires_at.isoformat(),
    }
    record_change(actor=None, at=at, action=action, obj=row, before=None, after=after, stream=STREAM)


def _hash(token: str) -> str:
    """256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
