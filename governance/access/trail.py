"""Every change of the register is a row and a ledger entry, in the transaction of the change itself."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from audit.ledger import log
from governance.models import Change, User


def record_change(
    *,
    actor: User | None,
    at: datetime,
    action: str,
    obj: Any,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    stream: str = "register",
    policy_ref: str = "",
    simulated: bool = False,
) -> Change:
    """Write one change and its ledger entry; needs an open transaction.

    ``before`` and ``after`` hold the fields that matter, as JSON values; ``None`` before is a creation.
    They go into the payload, outside the hashed envelope, because a purpose text may name a person. No ``actor``:
    the clock or the monitoring did it.
    """
    object_ref = str(getattr(obj, "ref", "") or getattr(obj, "key", ""))
    body = {
        "action": action,
        "object": {"type": obj._meta.model_name, "id": str(obj.pk), "ref": object_ref},
        "actor": {"id": str(actor.pk), "name": actor.name} if actor else None,
        "before": before,
        "after": after,
    }
    [entry] = log.append(
        [
            log.Draft(
                stream=stream,
                type=action,
                event_time=at,
                recorded_by=actor.pk if actor else None,
                policy_ref=policy_ref,
                refs=(object_ref,) if object_ref else (),
                payload=json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode(),
                simulated=simulated,
            )
        ],
        at=at,
    )
    return Change.objects.create(
        object_type=obj._meta.model_name,
        object_id=obj.pk,
        object_ref=object_ref,
        action=action,
        before=before,
        after=after,
        actor_id=actor.pk if actor else None,
        actor_name=actor.name if actor else "",
        at=at,
        entry=entry.entry,
    )
