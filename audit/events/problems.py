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
        """Return the members of a problem answer, but for the title, which the door adds in its reader's language."""
        body: dict[str, Any] = {
            "type": f"urn:custodes:problem:{self.code}",
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.pointer is not None:
            body["pointer"] = self.pointer
        return body


class Unreadable(Exception):
    """A whole request could not be taken: nothing of it was stored."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.code = problem.code
