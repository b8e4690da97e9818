"""What stands before Django gets a request when it is whole, and says what was wrong when it is not."""

import asyncio
from typing import Any

import pytest

from governance.project import arrival
from governance.project.arrival import WholeRequests


def ask(messages: list[dict[str, Any]]) -> list[Any]:
    """Return the body the application behind was given, or the status and text of the answer."""
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        seen.append(body)

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop(0)
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Any) -> None:
        seen.append(message.get("status") or message.get("body"))

    asyncio.run(WholeRequests(application)({"type": "http"}, receive, send))
    return seen


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize("size", [0, 5, arrival.CHUNK, arrival.IN_MEMORY + 7, 3 * arrival.CHUNK])
def test_the_body_arrives_as_it_was_sent(size: int) -> None:
    body = bytes(number % 251 for number in range(size))
    pieces = [part(body[place : place + 999]) for place in range(0, size, 999)]
    assert ask([*pieces, part(b"", more=False)]) == [body]


def test_half_a_request_is_not_worked_on() -> None:
    assert ask([part(b"half"), {"type": "http.disconnect"}])[0] == 408


def test_who_is_too_slow_or_sends_too_much_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrival, "READ_SECONDS", 0.1)
    assert ask([part(b"half")])[0] == 408
    monkeypatch.setattr(arrival, "MAX_BODY", 10)
    assert ask([part(b"eleven byte"), part(b"", more=False)])[0] == 413
