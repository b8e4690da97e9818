"""``POST /api/v1/events``: from the bytes of a request to the bytes of its answer.

The same steps under two doors: the Django view, and the small ASGI application that :mod:`audit.api.front` puts
before Django on the same path. Nothing is answered 2xx before COMMIT.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID

import msgspec

from audit.api import quota
from audit.api.problem_words import language_of, said
from audit.api.problems import MEDIA_TYPE, problem_of
from audit.events import bodies
from audit.events.keys import Bearer, KeyRefused, authenticate
from audit.events.problems import Problem, Unreadable
from audit.events.record import Item, ItemResult, Receipt, record
from audit.ledger import log

CHECKPOINT_WAIT_SECONDS: Final = 10.0
Store = Callable[..., list[ItemResult]]
Proofs = dict[UUID, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Call:
    """What of a request matters here; ``headers`` has lower-case names, ``read(n)`` gives body bytes."""

    headers: Mapping[str, str]
    query: str
    read: Callable[[int], bytes]
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and headers of an answer."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def call_of(environ: Mapping[str, Any]) -> Call:
    """Return the call of a WSGI environment; the body is read as far as its length, or to the end when chunked."""
    headers = {
        name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    given = environ.get("CONTENT_LENGTH") or ""
    length = int(given) if given.isdigit() else None
    stream = environ["wsgi.input"]
    if length is None:
        chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        return Call(headers, environ.get("QUERY_STRING", ""), stream.read if chunked else lambda size: b"", None)
    left = length

    def read(size: int) -> bytes:
        nonlocal left
        chunk: bytes = stream.read(min(size, left)) if left > 0 else b""
        if left > 0 and not chunk:
            raise Unreadable(Problem("incomplete", "The body did not arrive in full; send the same request again", 408))
        left -= len(chunk)
        return chunk

    return Call(headers, environ.get("QUERY_STRING", ""), read, length)


@dataclass(frozen=True, slots=True)
class Order:
    """What a call asks to be recorded, for whom, and how it wants to be answered."""

    call: Call
    bearer: Bearer
    items: Sequence[Item]
    many: bool
    atomic: bool = False
    wait: bool = False


def take_events(call: Call, *, at: datetime, store: Store = record) -> Answer:
    """Take the events of a call and answer as ``interfaces`` promise."""
    try:
        order = order_of(call, bearer_of(call, at=at), at=at)
        results = store(order.items, key=order.bearer, at=at, atomic=order.atomic)
        return answer_to(order, results)
    except Exception as error:
        return refusal_of(error, call)


def order_of(call: Call, bearer: Bearer, *, at: datetime) -> Order:
    """Read a call whose key is known, and take its events from the key's quota; raises :class:`Unreadable`."""
    request = bodies.split(body_of(call), content_type=call.headers["content-type"], headers=call.headers)
    quota.take(bearer, len(request.items), at=at)
    options = parse_qs(call.query)
    atomic, waits = options.get("atomic") == ["true"], options.get("wait") == ["checkpoint"]
    return Order(call, bearer, request.items, request.many, atomic, waits)


def answer_to(order: Order, results: Sequence[ItemResult]) -> Answer:
    """Return the answer to an order that was committed."""
    proofs = _proofs(results) if order.wait else None
    if order.many:
        return _many(results, proofs, order.atomic, order.call)
    return _single(results[0], proofs, order.call)


def refusal_of(error: Exception, call: Call) -> Answer:
    """Return the answer an exception means; raises it again when it is a defect of ours."""
    found = problem_of(error)
    if found is None:
        raise error
    return refuse(*found, call=call)


def bearer_of(call: Call, *, at: datetime, scope: str = "events:write") -> Bearer:
    """Return the key of a call; raises :class:`KeyRefused`, or 403 when it lacks ``scope``."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise KeyRefused
    bearer = authenticate(token.strip(), at=at)
    if not bearer.may(scope):
        raise Unreadable(Problem("wrong_scope", f"This key lacks the scope {scope}", 403))
    return bearer


def body_of(call: Call) -> bytes:
    """Return the body, decompressed; a length over the cap is refused unread."""
    if call.length is not None:
        check_length(call.length)
    return bodies.gather(call.read, encoding=call.headers.get("content-encoding", ""))


def check_length(size: int) -> None:
    """Raise :class:`Unreadable` when a body of ``size`` bytes is more than a request may have."""
    if size > bodies.MAX_BYTES:
        raise Unreadable(Problem("too_large", f"A request may have {bodies.MAX_BYTES} bytes", 413))


def refuse(problem: Problem, headers: Mapping[str, str] | None = None, *, call: Call | None = None) -> Answer:
    """Return a problem answer, in the language ``call`` asks for."""
    language = _language(call)
    return Answer(
        problem.status,
        msgspec.json.encode(said(problem, language)),
        {"Content-Type": MEDIA_TYPE, **_spoken(language), **(headers or {})},
    )


def _language(call: Call | None) -> str:
    return language_of(call.headers.get("accept-language", "")[:200] if call else "")


def _spoken(language: str) -> dict[str, str]:
    return {"Content-Language": language, "Vary": "Accept-Language"}


def _single(result: ItemResult, proofs: Proofs | None, call: Call) -> Answer:
    if result.receipt is None:
        return refuse(result.problem or Problem("not_stored", "Not stored", 422), call=call)
    return _json(result.status, _receipt(result.receipt, proofs))


def _many(results: Sequence[ItemResult], proofs: Proofs | None, atomic: bool, call: Call) -> Answer:
    failed = any(result.problem is not None for result in results)
    language = _language(call) if failed else None
    items = [_item(index, result, proofs, language) for index, result in enumerate(results)]
    if atomic and failed:
        problem = Problem("not_stored", "Nothing was stored: the request is atomic and not every event was good", 422)
        body = msgspec.json.encode({**said(problem, language), "items": items})
        return Answer(422, body, {"Content-Type": MEDIA_TYPE, **_spoken(str(language))})
    return _json(207 if failed else 201, {"items": items})


def _item(index: int, result: ItemResult, proofs: Proofs | None, language: str | None) -> dict[str, Any]:
    item: dict[str, Any] = {"index": index, "id": result.id, "status": result.status}
    if result.problem is not None:
        item["problem"] = said(result.problem, language)
    if result.receipt is not None:
        item["receipt"] = _receipt(result.receipt, proofs)
    return item


def _receipt(receipt: Receipt, proofs: Proofs | None) -> dict[str, Any]:
    return receipt.as_json() if proofs is None else {**receipt.as_json(), **proofs[receipt.entry]}


def _proofs(results: Sequence[ItemResult]) -> Proofs:
    """Wait until the last entry is under a signed checkpoint, then prove each under that one.

    What is not there in time is said to be missing: ``checkpoint: null``; the receipt holds all the same.
    """
    entries = [result.receipt.entry for result in results if result.receipt is not None]
    deadline = time.monotonic() + CHECKPOINT_WAIT_SECONDS
    covering = [log.wait_for_checkpoint(entry, max(0.0, deadline - time.monotonic())) for entry in entries]
    newest = max((checkpoint.size for checkpoint in covering if checkpoint is not None), default=0)
    proofs: Proofs = {}
    for entry, checkpoint in zip(entries, covering, strict=True):
        if checkpoint is None:
            proofs[entry] = {"checkpoint": None}
            continue
        proof = log.inclusion(entry, newest)
        proofs[entry] = {"index": proof.index, "checkpoint": proof.note, "proof": proof.to_text()}
    return proofs


def _json(status: int, body: Any) -> Answer:
    return Answer(status, msgspec.json.encode(body), {"Content-Type": "application/json"})
