"""The fast way in: takes ``POST /api/v1/events`` in front of Django, with the same code, models and settings.

An ASGI application, because thousands of senders may wait for a commit at once and a thread for each is dear. A small
request goes to the desk, where it shares a commit with its neighbours; a large one has a thread and a commit of its
own. Everything else goes to the application behind. Only what a browser needs is skipped (sessions, CSRF, locale):
this path takes keys, never cookies.
"""

import asyncio
import gc
import io
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from django.db import close_old_connections
from django.utils import timezone

from audit.api import intake
from audit.api.desk import Desk, turn
from audit.events.problems import Problem, Unreadable
from audit.events.record import ItemResult, Overloaded, record

PATH: Final = "/api/v1/events"
SMALL: Final = 32 * 1024  # a request of so many bytes may arrive before its key was looked up
MAX_LARGE: Final = 64  # large requests in hand at once; each may fill MAX_BYTES of memory
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
logger = logging.getLogger(__name__)


def calm_collector() -> None:
    """Keep Python's cycle collector from walking the whole program again and again while batches are read.

    What was loaded so far never goes away and is set aside; a batch of a thousand events makes tens of thousands of
    objects that reference counting alone frees. Worth a fifth of the CPU of a batch.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


class EventsFirst:
    """An ASGI application before another; ``read_seconds``: how long a body may take, ``threads``: for large ones."""

    def __init__(self, application: Application, *, read_seconds: float = 30, threads: int = 8) -> None:
        self._application = application
        self._read_seconds = read_seconds
        self._desk = Desk()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="events")
        self._large = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._application(scope, receive, partial(self._end, send))
            return
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._application(scope, receive, send)
            return
        call = _call_of(scope)
        try:
            answer = await self._take(call, receive)
        except Exception as error:
            answer = _refused(error, call)
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
        headers += [(b"content-length", str(len(answer.body)).encode()), *_FIXED]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _end(self, send: Send, message: Message) -> None:
        if message["type"] == "lifespan.shutdown.complete":
            await asyncio.get_running_loop().run_in_executor(None, self.close)
        await send(message)

    def close(self) -> None:
        """Finish what was begun."""
        self._desk.close()
        self._threads.shutdown()

    async def _take(self, call: intake.Call, receive: Receive) -> intake.Answer:
        if call.length is not None and call.length <= SMALL and not call.query:
            return await self._desk.take(_with(call, await self._body(receive)))
        if self._large >= MAX_LARGE:
            raise Overloaded("Too many large requests are in hand; send this one again in a second")
        self._large += 1
        try:
            await self._in_thread(partial(_look_up, call))
            body = await self._body(receive)
            return await self._in_thread(partial(_take_large, _with(call, body)))
        finally:
            self._large -= 1

    async def _body(self, receive: Receive) -> bytes:
        """Return what was sent, before decompression; raises :class:`Unreadable` when it is too much or too slow."""
        parts, size, more = [], 0, True
        try:
            async with asyncio.timeout(self._read_seconds):
                while more:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise Unreadable(_CUT_SHORT)
                    parts.append(message.get("body", b""))
                    size, more = size + len(parts[-1]), message.get("more_body", False)
                    intake.check_length(size)
        except TimeoutError:
            seconds = f"{self._read_seconds:g}"
            slow = f"The body did not arrive within {seconds} seconds; send the same request again"
            raise Unreadable(Problem("incomplete", slow, 408)) from None
        return b"".join(parts)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


_CUT_SHORT: Final = Problem("incomplete", "The body did not arrive in full; send the same request again", 408)
_FIXED: Final = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]


def _call_of(scope: Message) -> intake.Call:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    headers.setdefault("content-type", "")
    given = headers.get("content-length", "")
    chunked = "transfer-encoding" in headers
    length = None if chunked else int(given) if given.isdigit() else 0
    return intake.Call(headers, scope["query_string"].decode("latin-1"), lambda size: b"", length)


def _with(call: intake.Call, body: bytes) -> intake.Call:
    return intake.Call(call.headers, call.query, io.BytesIO(body).read, len(body))


def _refused(error: Exception, call: intake.Call) -> intake.Answer:
    try:
        return intake.refusal_of(error, call)
    except Exception:
        logger.exception("an event could not be taken", exc_info=error)
        problem = Problem("internal", "A defect on our side; nothing of this request was stored", 500)
        return intake.refuse(problem, call=call)


def _look_up(call: intake.Call) -> None:
    """Who has no live key need not send five megabytes to be told so."""
    close_old_connections()
    try:
        intake.bearer_of(call, at=timezone.now())
        if call.length is not None:
            intake.check_length(call.length)
    finally:
        close_old_connections()


def _take_large(call: intake.Call) -> intake.Answer:
    close_old_connections()
    try:
        return intake.take_events(call, at=timezone.now(), store=_record)
    finally:
        close_old_connections()


def _record(*args: Any, **named: Any) -> list[ItemResult]:
    with turn():
        return record(*args, **named)
