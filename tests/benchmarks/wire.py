"""A sender that costs little: kept connections in one thread, requests made beforehand, answers read to their length.

The usual clients take as much of the machine as the server they measure.
"""

import re
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass
class Outcome:
    """What came back: statuses, and delays in seconds from when each request was due."""

    seconds: float = 0.0
    delays: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def speed(self) -> float:
        """Answers 201 a second."""
        return self.statuses[201] / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        return sorted(self.delays)[int(len(self.delays) * share)] * 1000


def request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Return the bytes of a POST."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def drive(
    port: int, requests: Callable[[], Iterator[bytes]], *, connections: int, seconds: float, rate: float = 0.0
) -> Outcome:
    """Send for so long: each connection the next request when the last is answered, or ``rate`` a second over all.

    At a rate the delay counts from when a request was due, so that a server that stalls cannot hide it.
    """
    outcome, made = Outcome(), requests()
    chooser = selectors.DefaultSelector()
    idle = deque(_connect(port) for _ in range(connections))
    waiting: dict[socket.socket, tuple[float, bytes]] = {}
    began = time.perf_counter()
    due, until = began, began + seconds
    while time.perf_counter() < until or waiting:
        now = time.perf_counter()
        while idle and now < until and (not rate or due <= now):
            connection = idle.popleft()  # in turn, so that none is idle until the server hangs up
            connection.sendall(next(made))
            waiting[connection] = (due if rate else now, b"")
            chooser.register(connection, selectors.EVENT_READ)
            due += 1 / rate if rate else 0.0
        pause = max(0.0, due - time.perf_counter()) if rate and idle else 1.0
        for key, _ in chooser.select(pause):
            connection = key.fileobj
            sent, got = waiting[connection]
            got += connection.recv(65536)
            if not _whole(got):
                waiting[connection] = (sent, got)
                continue
            outcome.delays.append(time.perf_counter() - sent)
            outcome.statuses[int(got[9:12])] += 1
            chooser.unregister(connection)
            del waiting[connection]
            if b"connection: close" in got.lower():
                connection.close()
                connection = _connect(port)
            idle.append(connection)
    outcome.seconds = time.perf_counter() - began
    for connection in idle:
        connection.close()
    return outcome


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _whole(got: bytes) -> bool:
    end = got.find(b"\r\n\r\n")
    if end < 0:
        if not got:
            raise ConnectionError("the server closed a connection without an answer")
        return False
    found = _LENGTH.search(got, 0, end)
    return found is not None and len(got) >= end + 4 + int(found[1])
