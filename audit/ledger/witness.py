"""A witness: cosigns a log's checkpoint only after a proof that nothing it saw before was changed or taken away.

Speaks c2sp.org/tlog-witness (``POST /add-checkpoint``). It needs no database and knows nothing of the platform:
an auditor, a works council or another organisation runs it. Its memory is one small file.
"""

import json
import os
import secrets
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from audit.ledger.merkle import ProofInvalid, verify_consistency
from audit.ledger.note import (
    COSIGNATURE,
    Head,
    NoteMalformed,
    SignatureInvalid,
    SigningKey,
    VerifierKey,
    open_checkpoint,
    split_note,
    strict_base64,
)

MAX_BODY = 64 * 1024
MAX_PROOF = 63


class Answer(NamedTuple):
    """An HTTP status, a body and its type."""

    status: int
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"


class Witness:
    """Remembers size and root of each log it watches; ``state`` is its file, ``clock`` gives Unix seconds."""

    def __init__(
        self, key: SigningKey, logs: list[VerifierKey], state: Path, clock: Callable[[], float] = time.time
    ) -> None:
        if key.algorithm != COSIGNATURE:
            raise NoteMalformed("A witness signs with a cosignature key (type 4).")
        self.key, self.logs, self.state, self.clock = key, logs, state, clock
        self._lock = threading.Lock()

    def add_checkpoint(self, request: str) -> Answer:
        """Check one request and cosign; the answer's status is that of the specification."""
        try:
            old, proof, note = _parse(request)
            body, _ = split_note(note)
            head = Head.parse(body)
        except NoteMalformed as error:
            return Answer(400, f"{error}\n")
        known = [key for key in self.logs if key.name == head.origin]
        if not known:
            return Answer(404, f"This witness does not watch {head.origin}.\n")
        try:
            open_checkpoint(note, known)
        except (SignatureInvalid, NoteMalformed) as error:
            return Answer(403, f"{error}\n")
        if old > head.size:
            return Answer(400, "The old size is larger than that of the checkpoint.\n")
        with self._lock:  # comparing and remembering is one step, or an older answer could undo a newer one
            return self._cosign(old, proof, head, body)

    def _cosign(self, old: int, proof: list[bytes], head: Head, body: str) -> Answer:
        seen = self.seen()
        size, root = seen.get(head.origin, (0, b""))
        if old != size:
            return Answer(409, f"{size}\n", "text/x.tlog.size")
        if old == head.size and size and root != head.root:
            return Answer(409, f"{size}\n", "text/x.tlog.size")
        try:
            if old == 0:
                if proof:
                    raise ProofInvalid("A first submission carries no proof.")
            else:
                verify_consistency(old, head.size, proof, root, head.root)
        except ProofInvalid as error:
            return Answer(422, f"{error}\n")
        self._remember({**seen, head.origin: (head.size, head.root)})
        return Answer(200, self.key.line(body, time=int(self.clock())))

    def seen(self) -> dict[str, tuple[int, bytes]]:
        """Return size and root last cosigned, by origin."""
        try:
            stored = json.loads(self.state.read_text())
        except FileNotFoundError:
            return {}
        return {origin: (item["size"], bytes.fromhex(item["root"])) for origin, item in stored.items()}

    def _remember(self, seen: dict[str, tuple[int, bytes]]) -> None:
        text = json.dumps({o: {"size": size, "root": root.hex()} for o, (size, root) in seen.items()}, indent=1)
        draft = self.state.with_name(f".{self.state.name}.{secrets.token_hex(4)}")
        with draft.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.state)


def _parse(request: str) -> tuple[int, list[bytes], str]:
    top, _, note = request.partition("\n\n")
    first, *lines = top.split("\n")
    word, _, number = first.partition(" ")
    if word != "old" or not number.isascii() or not number.isdigit() or str(int(number)) != number or not note:
        raise NoteMalformed("A request is `old SIZE`, proof lines, an empty line and a checkpoint.")
    if len(lines) > MAX_PROOF:
        raise NoteMalformed(f"A proof holds at most {MAX_PROOF} hashes.")
    return int(number), [strict_base64(line) for line in lines], note


def request_text(old: int, proof: tuple[bytes, ...], note: str) -> str:
    """Return the body of a request for a cosignature."""
    return f"old {old}\n" + "".join(b64encode(value).decode() + "\n" for value in proof) + "\n" + note


def serve(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """Return a server that answers ``POST /add-checkpoint``; the caller runs ``serve_forever``."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint":
                self._answer(Answer(404, "Ask for /add-checkpoint.\n"))
            elif not length.isdigit() or int(length) > MAX_BODY:
                self._answer(Answer(413, "A request holds 64 KiB.\n"))
            else:
                self._answer(witness.add_checkpoint(self.rfile.read(int(length)).decode("utf-8", "replace")))

        def do_GET(self) -> None:
            if self.path == "/":
                self._answer(Answer(200, f"{witness.key.verifier}\n"))
            else:
                self._answer(Answer(404, "There is nothing here.\n"))

        def _answer(self, answer: Answer) -> None:
            data = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: requests are not worth a line, refusals are answered."""

    return ThreadingHTTPServer((host, port), Handler)
