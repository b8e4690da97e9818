"""Logging: a line for people or JSON for machines, each with the id of the request or job it belongs to."""

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog

Application = Callable[..., Iterable[bytes]]

HEADER, KEY = "X-Request-ID", "HTTP_X_REQUEST_ID"
# What a proxy sends is taken over only when it cannot break a log line.
ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")
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
    """WSGI layer around everything: names each request, says so in the answer, and writes one line about it."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        given = environ.get(KEY, "")
        name = environ[KEY] = given if ACCEPTED.fullmatch(given) else secrets.token_hex(8)
        began = time.perf_counter()
        answered: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            answered.append(status)
            return start_response(status, [*headers, (HEADER, name)], *rest)

        with structlog.contextvars.bound_contextvars(request_id=name):
            body = self._application(environ, start)
            path = environ.get("PATH_INFO", "")
            if not path.startswith(POLLED):
                logger.info("request", extra=_facts(environ, path, answered, time.perf_counter() - began))
        return body


def _facts(environ: dict[str, Any], path: str, answered: list[str], seconds: float) -> dict[str, Any]:
    """The path only: a query may hold what somebody searched for, and a setup link is a secret."""
    return {
        "method": environ.get("REQUEST_METHOD", ""),
        "path": "/setup/..." if path.startswith("/setup/") else path,
        "status": int(answered[-1].split()[0]) if answered else 0,
        "ms": round(seconds * 1000, 1),
    }
