"""Events of acts done in Custodes itself: recorded, proven, folded and checked like everybody else's.

Their source is ``urn:custodes:<origin>``, which no API key may name: who reads it knows that the act was
authenticated here and not asserted from elsewhere.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from audit.events import schema
from audit.events.keys import OWN_SOURCES, Bearer, UseCaseName
from audit.events.record import record
from audit.events.rows import Receipt
from audit.ledger import log
from audit.ledger.uuid7 import uuid7
from governance.access import DomainError, Invalid
from governance.models import UseCase


class AlreadyRecorded(DomainError):
    """An event of this id was recorded before; an act that must happen once has happened."""

    code = "already_recorded"


def own_source() -> str:
    """Return the source of our own events."""
    return f"{OWN_SOURCES}{log.origin()}"


def record_own(
    *,
    use_case: UseCase,
    event_type: str,
    data: Mapping[str, Any],
    at: datetime,
    event_id: str = "",
    drill: bool = False,
    simulated: bool = False,
) -> Receipt:
    """Record one event of our own inside the caller's transaction; ``event_type`` without the common prefix.

    The same ``event_id`` with the same content gives the first receipt. Raises
    :class:`governance.access.Invalid` when ``data`` does not have the event's shape and
    :class:`AlreadyRecorded` when the id stands for other content.
    """
    body: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id or str(uuid7()),
        "source": own_source(),
        "type": f"ai.oversight.{event_type}.v1",
        "time": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "usecase": use_case.key,
        "data": dict(data),
    }
    body |= {name: True for name, given in (("drill", drill), ("simulated", simulated)) if given}
    [result] = record([schema.read(body)], key=_bearer(use_case), at=at)
    if result.receipt is None:
        problem = result.problem
        if problem is not None and problem.status == 409:
            raise AlreadyRecorded(problem.detail)
        raise Invalid(
            problem.detail if problem else "", field=(problem.pointer or "" if problem else "").removeprefix("/data/")
        )
    return result.receipt


_SCOPES: Final = frozenset({"events:write"})


def _bearer(use_case: UseCase) -> Bearer:
    name = UseCaseName(use_case.pk, use_case.ref, use_case.key)
    return Bearer(
        id=None,
        public_id="custodes",
        scopes=_SCOPES,
        sources=frozenset({own_source()}),
        source_prefixes=(),
        use_cases={use_case.key: name},
        events_per_minute=None,
        last_used_at=None,
    )
