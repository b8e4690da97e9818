"""Logging: a line for people or JSON for machines, each with the id of the request or job it belongs to."""

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

HEADER = b"X-Request-ID"
# What a proxy sends is taken over only when it cannot break a log line.
ACCEPTED = re.compile(rb"[A-Za-z0-9._-]{1,64}")
POLLED = ("/livez", "/readyz", "/metrics", "/static/")

logger = logging.getLogger("custodes.request")


def configuration(*, level: str, as_json: bool) -> dict[str, Any]:
    """Return a ``LOGGING`` dictionary for :func:`logging.config.dictConfig`; ``as_json``: one object a line."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Tracebacks without local variables: a request's own would show its key, its body and its session.
    quiet = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
    console = structlog.dev.ConsoleRenderer(
        colors=False, pad_event_to=0, pad_level=False, exception_formatter=structlog.dev.plain_traceback
    )
    renderer: list[Any] = [quiet, structlog.processors.JSONRenderer(ensure_ascii=False)] if as_json else [console]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "custodes": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "custodes"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"level": "WARNING"} for name in QUIET},
    }


# What these say at INFO is said by our own lines, or is of no use to who runs an installation.
QUIET = (
    "axes",
    "celery.app.trace",
    "celery.worker.strategy",
    "fontTools",
    "pikepdf",
    "pyhanko",
)


class RequestLog:
    """ASGI layer around everything: names each request, says so in the answer, and writes one line about it."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        given = dict(scope["headers"]).get(HEADER.lower(), b"")
        name = given if ACCEPTED.fullmatch(given) else secrets.token_hex(8).encode()
        others = [each for each in scope["headers"] if each[0] != HEADER.lower()]
        scope = {**scope, "headers": [*others, (HEADER.lower(), name)]}
        began, status = time.perf_counter(), 0

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, name)]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=name.decode()):
            await self._application(scope, receive, named)
            path = scope["path"]
            if not path.startswith(POLLED):
                logger.info("request", extra=_facts(scope["method"], path, status, time.perf_counter() - began))


def _facts(method: str, path: str, status: int, seconds: float) -> dict[str, Any]:
    """The path only: a query may hold what somebody searched for, and a setup link is a secret."""
    return {
        "method": method,
        "path": "/setup/..." if path.startswith("/setup/") else path,
        "status": status,
        "ms": round(seconds * 1000, 1),
    }
