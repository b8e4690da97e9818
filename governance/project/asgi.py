"""What the server runs: events by the fast way in, pages and the rest of REST by Django.

Django itself stays WSGI, in threads that keep their database connection (under ASGI its ORM opens them without end);
it gets a request when all of it is here, so that a slow sender holds no thread.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any, Final
from wsgiref.util import FileWrapper

from governance.project.wsgi import application as django_application  # isort: skip  (sets Django up)
from a2wsgi import WSGIMiddleware

from audit.api.front import EventsFirst, calm_collector
from governance.project.arrival import READ_SECONDS, WholeRequests
from governance.project.logs import RequestLog

THREADS = int(os.environ.get("CUSTODES_WEB_THREADS", "8"))
PIECE: Final = 256 * 1024


def files_in_pieces(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, but files go out in large pieces: each piece is handed from a thread to the loop and waited for."""
    environ["wsgi.file_wrapper"] = lambda file, _size: FileWrapper(file, PIECE)
    return django_application(environ, start_response)


pages = WholeRequests(WSGIMiddleware(files_in_pieces, workers=THREADS))  # type: ignore[arg-type]
application = RequestLog(EventsFirst(pages, read_seconds=READ_SECONDS, threads=THREADS))
calm_collector()
