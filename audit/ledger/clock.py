"""Times are given by the caller and held against the wall clock, unless an example is being replayed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from audit.ledger.errors import BackDated

TOLERANCE = timedelta(minutes=5)
_replaying: ContextVar[str | None] = ContextVar("ledger_replaying", default=None)


@contextmanager
def replaying_clock(reason: str) -> Iterator[None]:
    """Let entries carry another time than now; each is marked ``simulated`` in its envelope, for ever."""
    token = _replaying.set(reason)
    try:
        yield
    finally:
        _replaying.reset(token)


def is_replaying() -> bool:
    """Return whether entries written now are marked as simulated."""
    return _replaying.get() is not None


def check_clock(at: datetime) -> None:
    """Raise :class:`BackDated` when ``at`` is more than five minutes from now and nothing is being replayed."""
    if at.tzinfo is None:
        raise BackDated("A time needs a zone.")
    away = abs(at - datetime.now(UTC))
    if away > TOLERANCE and not is_replaying():
        raise BackDated(
            f"The time given is {away} away from the clock; entries are recorded when they happen. "
            "What happened earlier belongs into event_time.",
            seconds=away.total_seconds(),
        )
