"""``custodes witness``: a small witness that another party runs; no database."""

import json
import secrets
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.ledger.keys import write_private
from audit.ledger.note import COSIGNATURE, NoteMalformed, SigningKey, VerifierKey
from audit.ledger.witness import Witness, serve


class Command(BaseCommand):
    """Makes its key on first start and prints the verification key the log's owner needs."""

    help = "Run a witness that cosigns checkpoints after checking that nothing was taken away."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="name of this witness, like witness.example.org/w1")
        parser.add_argument("--log", action="append", required=True, metavar="VKEY", help="a log to watch")
        parser.add_argument("--folder", default="witness", help="where key and memory are kept")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8800)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(options["folder"])
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            key = _key(folder / "key", options["name"])
            logs = [VerifierKey.parse(vkey) for vkey in options["log"]]
        except NoteMalformed as error:
            raise CommandError(str(error), returncode=2) from error
        server = serve(Witness(key, logs, folder / "seen.json"), options["host"], options["port"])
        url = f"http://{options['host']}:{server.server_port}"
        known = {"url": url, "vkey": str(key.verifier)}
        self.stdout.write(json.dumps(known) if options["json"] else f"{url}\n{known['vkey']}")
        self.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()


def _key(path: Path, name: str) -> SigningKey:
    if not path.exists():
        write_private(path, SigningKey(name, secrets.token_bytes(32), COSIGNATURE).to_text())
    key = SigningKey.parse(path.read_text())
    if key.name != name:
        raise NoteMalformed(f"The key in {path.name} belongs to {key.name}.")
    return key
