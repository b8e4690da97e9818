"""Which handler does which kind of work; handlers register by name, so asking never imports doing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from governance.jobs.run import JobRun

    Handler = Callable[[JobRun], Mapping[str, Any] | None]

MAX_ATTEMPTS = 5


class UnknownKind(LookupError):
    """No handler is registered under this name in this process."""

    code = "unknown_kind"

    def __init__(self, kind: str) -> None:
        super().__init__(f"No handler for jobs of kind {kind!r} is loaded in this worker; known: {sorted(_kinds)}.")
        self.kind = kind


class KindTaken(ValueError):
    """Two handlers claim one name."""

    code = "kind_taken"


@dataclass(frozen=True)
class Kind:
    """One kind of work. ``time_limit`` ends the lease of a handler that hangs."""

    name: str
    handler: Handler
    max_attempts: int = MAX_ATTEMPTS
    time_limit: timedelta = timedelta(hours=1)


_kinds: dict[str, Kind] = {}


def job_kind(
    name: str, *, max_attempts: int = MAX_ATTEMPTS, time_limit: timedelta = timedelta(hours=1)
) -> Callable[[Handler], Handler]:
    """Register the decorated ``(run) -> result`` as the handler of jobs of kind ``name``.

    A handler may run more than once for one job (a worker may die after its effect and before its
    answer): its effects must be idempotent by ``run.key``.
    """

    def register(handler: Handler) -> Handler:
        held = _kinds.get(name)
        if held is not None and held.handler.__qualname__ != handler.__qualname__:
            raise KindTaken(f"Jobs of kind {name!r} already belong to {held.handler.__module__}.")
        _kinds[name] = Kind(name, handler, max_attempts, time_limit)
        return handler

    return register


def find(name: str) -> Kind:
    """Return the registered kind, or raise :class:`UnknownKind`."""
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind(name) from None


def max_attempts(name: str) -> int:
    """Return how often a job of this kind may be tried; the common limit for a kind not loaded here."""
    return _kinds[name].max_attempts if name in _kinds else MAX_ATTEMPTS
