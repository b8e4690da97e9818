"""A real installation for the job suite: own data folder, database and queue; real processes."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from kombu import Connection

ROOT = Path(__file__).resolve().parents[3]
LEASE_SECONDS = 3

BROKERS = {
    "embedded": "",
    "redis": os.environ.get("CUSTODES_TEST_REDIS_URL", "redis://127.0.0.1:6379/15"),
    "rabbitmq": os.environ.get("CUSTODES_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//"),
}


def reachable(url: str) -> bool:
    """Whether something listens at the address of ``url`` (always true for the embedded broker)."""
    if not url:
        return True
    parts = urlsplit(url)
    with contextlib.suppress(OSError), socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1):
        return True
    return False


class Installation:
    """``custodes up --only worker,scheduler`` on one broker and one database, and a process that asks for jobs."""

    def __init__(self, folder: Path, *, broker: str, database_url: str) -> None:
        self.folder = folder
        self.traces = folder / "traces"
        self.traces.mkdir(parents=True)
        self.queue = f"test-{uuid.uuid4().hex[:12]}"
        self.broker = broker
        self.log = folder / "up.log"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("CUSTODES_", "CELERY_"))},
            "DJANGO_SETTINGS_MODULE": "tests.governance.jobs.settings",
            "CUSTODES_DATA": str(folder / "data"),
            "CUSTODES_DATABASE_URL": database_url or f"sqlite:///{folder / 'data' / 'custodes.sqlite3'}",
            "CUSTODES_JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            "CUSTODES_QUEUE": self.queue,
            "PYTHONUNBUFFERED": "1",
        }
        if BROKERS[broker]:
            self.env["CELERY_BROKER_URL"] = BROKERS[broker]
        (folder / "data").mkdir()
        self.manage("migrate", "--skip-checks", "-v", "0")
        self.driver = self._popen([sys.executable, "-m", "tests.governance.jobs.driver"], pipes=True)
        self.up: subprocess.Popen[str] | None = None

    def manage(self, *arguments: str) -> str:
        """Run one command of the installation and return what it printed."""
        command = [sys.executable, "-m", "django", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, only: str = "worker,scheduler") -> None:
        """Start the supervisor with these children."""
        self.up = self._popen([sys.executable, "-m", "django", "up", "--only", only, "--skip-checks"])

    def stop(self) -> float:
        """Stop the supervisor as a service manager would; return the seconds it took."""
        assert self.up is not None
        began = time.monotonic()
        self.up.send_signal(signal.SIGTERM)
        self.up.wait(30)
        self.up = None
        return time.monotonic() - began

    def close(self) -> None:
        """End everything and leave nothing on the broker."""
        if self.up is not None:
            self.stop()
        self.driver.kill()
        self.driver.communicate()
        self._clear_broker()

    def _clear_broker(self) -> None:
        url = BROKERS[self.broker]
        if url.startswith("redis"):
            with redis.Redis.from_url(url) as server:
                for name in server.scan_iter(f"*{self.queue}*"):
                    server.delete(name)
        elif url:
            with Connection(url) as connection:
                connection.default_channel.queue_delete(self.queue)
                connection.default_channel.exchange_delete(self.queue)

    def enqueue(self, key: str, *, kind: str = "test.work", lose_message: bool = False, **arguments: Any) -> None:
        """Ask for a job from a process of the installation."""
        given = {"folder": str(self.traces), **arguments}
        self._ask(do="enqueue", kind=kind, key=key, arguments=given, lose_message=lose_message)

    def job(self, key: str) -> dict[str, Any]:
        """Return the row of the job ``key``."""
        [found] = [job for job in self._ask(do="jobs") if job["key"] == key]
        return dict(found)

    def effects(self, key: str) -> int:
        """Return how often the effect of job ``key`` is stored."""
        return list(self._ask(do="effects")).count(key)

    def wait_for(self, condition: Callable[[], bool], what: str, seconds: float = 120.0) -> None:
        """Wait until ``condition()``; fails with the log of the processes."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds} s: {what}\n{self.log.read_text()[-6000:]}")
            time.sleep(0.1)

    def wait_for_done(self, key: str, seconds: float = 120.0) -> dict[str, Any]:
        """Wait until the job is done and return its row."""
        self.wait_for(lambda: self.job(key)["state"] in {"done", "failed"}, f"{key} done", seconds)
        return self.job(key)

    def trace(self, key: str, step: str, attempt: int = 1) -> int:
        """Wait until the job's handler reached ``step`` and return the process it runs in."""
        file = self.traces / f"{key}.{step}.{attempt}"
        self.wait_for(lambda: file.exists() and bool(file.read_text()), f"{key} reaches {step}")
        return int(file.read_text())

    def _ask(self, **command: Any) -> Any:
        assert self.driver.stdin is not None
        assert self.driver.stdout is not None
        self.driver.stdin.write(json.dumps(command) + "\n")
        self.driver.stdin.flush()
        line = self.driver.stdout.readline()
        assert line, f"the asking process ended:\n{self.log.read_text()[-4000:]}"
        return json.loads(line)

    def _popen(self, command: list[str], *, pipes: bool = False) -> "subprocess.Popen[str]":
        with self.log.open("a") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env,
                text=True,
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipes else log,
                stderr=log,
            )


@contextlib.contextmanager
def installation(folder: Path, *, broker: str, database_url: str) -> Iterator[Installation]:
    """An installation that is gone afterwards."""
    made = Installation(folder, broker=broker, database_url=database_url)
    try:
        yield made
    finally:
        made.close()


def kill_worker(pid: int) -> None:
    """Kill -9 the whole worker (main process and children) that ``pid`` belongs to, as a power cut would."""
    os.killpg(os.getpgid(pid), signal.SIGKILL)


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
