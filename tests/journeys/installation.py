"""A demo on disk, made once for all journeys that read it, and how to run a command in it."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Installation:
    """A demo on disk, and how to run a command in it."""

    data: Path
    result: dict[str, Any]

    def run(self, *command: str, status: int = 0) -> str:
        """Run ``custodes COMMAND`` here, assert its exit status and return what it printed."""
        return custodes(self.data, *command, status=status)

    def module(self, name: str, *arguments: str) -> str:
        """Run ``python -m NAME`` here and return what it printed."""
        run = subprocess.run(
            [sys.executable, "-m", name, *arguments],
            cwd=ROOT,
            env=env_of(self.data),
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr[-2000:]
        return run.stdout


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("demo")
    printed = custodes(data, "demo", "--no-serve", "--json", "--port", str(free_port()))
    yield Installation(data=data, result=json.loads(printed.strip().splitlines()[-1]))
    shutil.rmtree(data, ignore_errors=True)


def env_of(data: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CUSTODES_") and name != "DJANGO_SETTINGS_MODULE"
    }
    return {**kept, "CUSTODES_DATA": str(data)}


def custodes(data: Path, *command: str, status: int = 0) -> str:
    run = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=env_of(data),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.returncode == status, f"{command} exited {run.returncode}\n{run.stdout[-2000:]}\n{run.stderr[-4000:]}"
    return run.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
