"""An independent verifier reads our log: golang.org/x/mod/sumdb, from Debian's golang-golang-x-mod-dev."""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.ledger import log

GOPATH = Path("/usr/share/gocode")
Fill = Callable[[int], list[log.Recorded]]
if not shutil.which("go") or not (GOPATH / "src/golang.org/x/mod/sumdb/note").is_dir():
    pytest.skip("Go or golang-golang-x-mod-dev is not installed", allow_module_level=True)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("go")
    built = folder / "verify"
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(GOPATH),
        "GOFLAGS": "",
        "GOCACHE": str(folder / "c"),
    }
    source = Path(__file__).parent / "go" / "verify.go"
    subprocess.run(["go", "build", "-o", str(built), str(source)], env=environment, check=True, cwd=folder)
    return built


def texts(hashes: tuple[bytes, ...]) -> list[str]:
    return [b64encode(value).decode() for value in hashes]


def check(program: Path, given: dict[str, Any]) -> str:
    done = subprocess.run([program], input=json.dumps(given), capture_output=True, text=True, check=False)
    return done.stdout.strip()


def test_the_checksum_databases_code_accepts_our_checkpoint_and_proofs(fill: Fill, program: Path) -> None:
    fill(300)
    newest, older = log.latest_checkpoint(), log.checkpoint_at(120)
    assert newest is not None
    given: dict[str, Any] = {}
    for index in (0, 119, 255, 256, 299):
        given = {
            "VKey": str(log.vkey()),
            "Note": newest.note,
            "Older": older.note,
            "Index": index,
            "Envelope": b64encode(next(log.entries(index, index + 1)).envelope).decode(),
            "Inclusion": texts(log.inclusion(index).hashes),
            "Consistency": texts(log.consistency(120, 300).hashes),
        }
        assert check(program, given) == "ok"
    wrong = {
        "inclusion": {"Index": 298},
        "consistency": {"Consistency": given["Consistency"][:-1]},
        "note": {"Note": newest.note.replace("\n300\n", "\n301\n")},
    }
    for what, change in wrong.items():
        assert check(program, {**given, **change}).startswith(what)
