"""Per-key quotas that hold over all processes: each takes a share of the minute from one row.

A share is spent locally, so that a key with a limit costs one small write per share, not per request.
"""

import threading
from datetime import datetime
from uuid import UUID

from django.db import connection

from audit.events.keys import Bearer
from audit.events.problems import Problem, Unreadable

_SHARES = 20
_lock = threading.Lock()
_left: dict[tuple[UUID, int], int] = {}


class Spent(Unreadable):
    """The quota of a key is spent; ``wait`` are the seconds until there is more."""

    def __init__(self, limit: int | None, wait: int) -> None:
        super().__init__(Problem("rate_limited", f"This key may send {limit} events a minute", 429))
        self.wait = wait


def take(bearer: Bearer, events: int, *, at: datetime) -> None:
    """Take ``events`` from the key's quota; raises :class:`Spent`.

    The limit is never exceeded; what a process took and did not use in a minute is lost to it.
    """
    wait = _wait(bearer, events, at)
    if wait is not None:
        raise Spent(bearer.events_per_minute, wait)


def _wait(bearer: Bearer, events: int, at: datetime) -> int | None:
    limit = bearer.events_per_minute
    if limit is None or bearer.id is None or events == 0:
        return None
    minute = int(at.timestamp()) // 60
    wait = 60 - int(at.timestamp()) % 60
    with _lock:
        left = _left.get((bearer.id, minute), 0)
        if left < events:
            for stale in [key for key in _left if key[1] != minute]:
                del _left[stale]
            left += _draw(bearer.id, minute, max(events - left, limit // _SHARES), events - left, limit)
        if left < events:
            _left[bearer.id, minute] = left
            return wait
        _left[bearer.id, minute] = left - events
    return None


def _draw(key: UUID, minute: int, wanted: int, needed: int, limit: int) -> int:
    """Take up to ``wanted`` from the shared row in one statement; nothing when ``needed`` is not left."""
    key_value = key if connection.vendor == "postgresql" else key.hex
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_key_usage (key_id, minute, taken) VALUES (%s, %s, 0)"
            " ON CONFLICT (key_id, minute) DO NOTHING",
            [key_value, minute],
        )
        for share in (wanted, needed):
            cursor.execute(
                "UPDATE audit_key_usage SET taken = taken + %s WHERE key_id = %s AND minute = %s AND taken + %s <= %s",
                [share, key_value, minute, share, limit],
            )
            if cursor.rowcount:
                return share
    return 0
