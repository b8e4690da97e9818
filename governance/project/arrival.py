"""Requests are worked on when they have arrived: their bodies wait in memory or in a file, never in a thread."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

READ_SECONDS: Final = float(os.environ.get("CUSTODES_READ_SECONDS", "30"))
MAX_BODY: Final = 256 * 1024 * 1024
IN_MEMORY: Final = 256 * 1024
CHUNK: Final = 64 * 1024
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class Refused(Exception):
    """The body is too large, or did not come in time or in full."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class WholeRequests:
    """An ASGI application before one that reads its body in a thread."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        with SpooledTemporaryFile(max_size=IN_MEMORY) as body:
            try:
                await _gather(receive, body)
            except Refused as refused:
                await _answer(send, refused)
            else:
                body.seek(0)
                await self._application(scope, _replay(body), send)


async def _gather(receive: Receive, body: IO[bytes]) -> None:
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in _chunks(receive):
                body.write(chunk)
                if body.tell() > MAX_BODY:
                    raise Refused(413, f"A request may have {MAX_BODY} bytes.")
    except TimeoutError:
        raise Refused(408, f"The request did not arrive within {READ_SECONDS:g} seconds; send it again.") from None


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(408, "The request did not arrive in full; send it again.")
        more = message.get("more_body", False)
        yield message.get("body", b"")


def _replay(body: IO[bytes]) -> Receive:
    async def receive() -> Message:
        chunk = body.read(CHUNK)
        return {"type": "http.request", "body": chunk, "more_body": len(chunk) == CHUNK}

    return receive


async def _answer(send: Send, refused: Refused) -> None:
    text = refused.text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
