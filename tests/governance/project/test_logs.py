"""Logs that machines can read: one JSON object a line, with the id of the request it belongs to, and no secrets."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from governance.project.logs import RequestLog

ROOT = Path(__file__).resolve().parents[3]


def lines_of(code: str, **environment: str) -> list[str]:
    """What a process of the product logs while it runs ``code``."""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", **environment}
    program = f"import django; django.setup()\nimport logging, structlog\nlog = logging.getLogger('audit.x')\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    return done.stderr.splitlines()


def test_each_line_is_one_json_object_even_with_a_traceback() -> None:
    code = (
        "with structlog.contextvars.bound_contextvars(request_id='r-1'):\n"
        "    log.warning('two\\nlines %s', 7, extra={'use_case': 'UC-0001'})\n"
        "    try: 1 / 0\n"
        "    except ZeroDivisionError: log.exception('failed')\n"
    )
    first, second = (json.loads(line) for line in lines_of(code, CUSTODES_LOG="json"))
    assert first["event"] == "two\nlines 7"
    assert (first["level"], first["logger"], first["use_case"]) == ("warning", "audit.x", "UC-0001")
    assert first["request_id"] == second["request_id"] == "r-1"
    assert first["timestamp"].endswith("Z")
    assert second["exception"][0]["exc_type"] == "ZeroDivisionError"


def test_people_get_lines() -> None:
    [line] = lines_of("log.warning('hello %s', 'there')", CUSTODES_LOG="line")
    assert "hello there" in line
    assert not line.startswith("{")


def ask(caplog: pytest.LogCaptureFixture, path: str, given: str = "") -> tuple[dict[str, str], list[Any]]:
    answer: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": dict(scope["headers"])[b"x-request-id"]})

    async def send(message: Any) -> None:
        answer.append(message)

    headers = [(b"x-request-id", given.encode())]
    scope = {"type": "http", "path": path, "method": "GET", "query_string": b"q=name", "headers": headers}
    with caplog.at_level("INFO", logger="custodes.request"):
        asyncio.run(RequestLog(application)(scope, None, send))  # type: ignore[arg-type]
    named = {name.decode(): value.decode() for name, value in answer[0]["headers"]}
    assert answer[1]["body"].decode() == named["X-Request-ID"]
    return named, caplog.records


def test_a_request_is_named_and_logged_without_its_query(caplog: pytest.LogCaptureFixture) -> None:
    headers, [record] = ask(caplog, "/register/", "proxy-17")
    assert headers["X-Request-ID"] == "proxy-17"
    assert (record.method, record.path, record.status) == ("GET", "/register/", 404)
    assert "q=name" not in str(record.__dict__)


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'x"\n{"level":"forged"}'])
def test_a_name_that_could_break_a_line_is_replaced(given: str, caplog: pytest.LogCaptureFixture) -> None:
    headers, _ = ask(caplog, "/register/", given)
    assert headers["X-Request-ID"] != given
    assert headers["X-Request-ID"].isalnum()


def test_a_setup_link_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    _, [record] = ask(caplog, "/setup/MTc5:secret/")
    assert "secret" not in str(record.__dict__)


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/static/css/main.css"])
def test_what_is_polled_is_not_logged(path: str, caplog: pytest.LogCaptureFixture) -> None:
    _, records = ask(caplog, path)
    assert records == []
