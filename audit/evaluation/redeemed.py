"""Tokens that were handed in, as the checker asks for them."""

from datetime import datetime
from uuid import UUID

from audit.models import ApprovalToken


def tokens_of(use_case: UUID, decision_id: str, *, as_of: datetime) -> dict[str, datetime]:
    """Return when the token of each action of a decision was handed in, as known at ``as_of``; one query."""
    rows = ApprovalToken.objects.filter(use_case=use_case, decision_id=decision_id, redeemed_at__lte=as_of)
    return {digest: at for digest, at in rows.values_list("action_digest", "redeemed_at") if at is not None}
