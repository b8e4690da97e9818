"""Draft a policy version: validated, immutable, and binding on nobody until it is signed off."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from governance.access import record_change
from governance.models import UseCase, User, next_reference
from policies.models import OversightPolicy
from policies.oversight import document as policy_document


def draft_policy(
    *,
    actor: User,
    at: datetime,
    use_case: UseCase,
    content: Mapping[str, Any],
    attention: Mapping[str, Any] | None = None,
) -> OversightPolicy:
    """Store ``content`` as the next version of the use case's oversight policy.

    ``attention``: reviewer minutes needed and available, and why a shortfall is accepted; kept with the draft.

    Raises the document's own errors (unknown field, unreachable rule, unread field), each naming what
    would be right; nothing is stored then.
    """
    with transaction.atomic():
        latest = OversightPolicy.objects.filter(key=use_case.key).order_by("-version").first()
        version = latest.version + 1 if latest else 1
        parsed = policy_document.parse({**content, "usecase": use_case.key, "version": version})
        policy = OversightPolicy.objects.create(
            ref=next_reference("POL"),
            key=use_case.key,
            version=version,
            document=parsed.to_dict(),
            digest=parsed.digest,
            created_at=at,
        )
        record_change(
            actor=actor,
            at=at,
            action="policy.drafted",
            stream="policies",
            obj=policy,
            before=None,
            after={
                "use_case": use_case.ref,
                "version": version,
                "digest": policy.digest,
                **({"attention": dict(attention)} if attention else {}),
            },
            policy_ref=policy.ref,
            simulated=use_case.simulated,
        )
    return policy
