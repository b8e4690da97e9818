"""A web worker that does not wait for ever: whoever sends a request a byte at a time is cut off.

gunicorn's threads read head and body without a limit in time, so a handful of very slow senders could hold them
all. Here reading ends after :data:`READ_SECONDS`; a request that is complete by then is worked on as long as it takes,
because only the receiving half of the connection is closed.
"""

import os
import socket
import threading
import time
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

READ_SECONDS: Final = float(os.environ.get("CUSTODES_READ_SECONDS", "30"))


class Watch:
    """The connections being read, and when each must be done."""

    def __init__(self) -> None:
        self._reading: dict[int, tuple[socket.socket, float]] = {}
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def begin(self, connection: socket.socket) -> None:
        """Watch a connection from now on; the watching thread starts with the first one, so after any fork."""
        self._reading[id(connection)] = (connection, time.monotonic() + READ_SECONDS)
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="slow-senders", daemon=True)
                    self._thread.start()

    def end(self, connection: socket.socket) -> None:
        """The request is answered."""
        self._reading.pop(id(connection), None)

    def _run(self) -> None:
        while True:
            time.sleep(min(1.0, READ_SECONDS / 4))
            now = time.monotonic()
            for name, (connection, until) in list(self._reading.items()):
                if until <= now and self._reading.pop(name, None) is not None:
                    try:
                        connection.shutdown(socket.SHUT_RD)
                    except OSError:
                        continue  # it is gone already


_watch = Watch()


class Worker(ThreadWorker):
    """gunicorn's threaded worker, watched."""

    def handle(self, conn: Any) -> Any:
        """Handle one request of a connection."""
        connection = conn.sock
        _watch.begin(connection)
        try:
            return super().handle(conn)
        finally:
            _watch.end(connection)
