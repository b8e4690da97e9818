"""A web worker that does not wait for ever: whoever sends the head of a request a byte at a time is cut off.

gunicorn's worker for ASGI ends idle connections, but reads a first head without a limit in time. The body is limited
where it is read (:mod:`governance.project.arrival`, :mod:`audit.api.front`), with an answer that says so.
"""

import asyncio
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi

from governance.project.arrival import READ_SECONDS


class Watched(ASGIProtocol):
    """gunicorn's protocol with a deadline for the first head of a connection, and an answer after its end."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin a connection."""
        super().connection_made(transport)
        self._deadline = self.worker.loop.call_later(READ_SECONDS, transport.abort)

    def _on_headers_complete(self) -> Any:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        return super()._on_headers_complete()

    def eof_received(self) -> bool:
        """Answer who has nothing more to send but still listens; asyncio would hang up."""
        receiver = self._body_receiver
        if receiver is None:
            return False
        if not receiver._complete:
            receiver.signal_disconnect()  # what is missing never comes
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)


gasgi.ASGIProtocol = Watched  # the worker has no setting for it


class Worker(gasgi.ASGIWorker):
    """gunicorn's worker for ASGI, watched."""
