"""What was wrong with one event: a stable code, where, and what would be right."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why an event (or a request) was not taken; RFC 9457 fields without the transport.

    ``pointer`` is an RFC 6901 JSON pointer into the event; ``status`` the HTTP status it deserves alone.
    """

    code: str
    detail: str
    status: int = 422
    pointer: str | None = None
    event_id: str | None = None  # of the event it is about, as far as that could be read

    def as_json(self) -> dict[str, Any]:
        """Return the members of a problem answer."""
        body: dict[str, Any] = {
            "type": f"urn:custodes:problem:{self.code}",
            "title": TITLES.get(self.code, self.code.replace("_", " ").capitalize()),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.pointer is not None:
            body["pointer"] = self.pointer
        return body


TITLES = {
    "invalid_event": "The event cannot be taken as it is",
    "unparsable": "The body is not what its content type says",
    "content_conflict": "The same source and id came with other content",
    "erased": "The content of this event was erased",
    "wrong_scope": "The key does not allow this",
    "wrong_source": "The key may not speak for this source",
    "wrong_use_case": "The key may not speak for this use case",
    "too_many_events": "Too many events in one request",
    "too_large": "The request is too large",
    "rate_limited": "Too many events from this key",
    "unavailable": "Not available for the moment",
}


class Unreadable(Exception):
    """A whole request could not be taken: nothing of it was stored."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.code = problem.code
