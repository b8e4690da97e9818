"""A real installation in its own folder and processes, clients that keep their own log, and the oracle over both."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.audit.events.samples import proposed, reviewed

ROOT = Path(__file__).resolve().parents[3]
APPLICATION = "governance.project.asgi:application"
WORKER = "governance.project.worker.Worker"


@dataclass
class House:
    """gunicorn with two workers over one database; ``kill`` takes the whole process group."""

    folder: Path
    database: str = ""
    application: str = APPLICATION
    settings: dict[str, str] = field(default_factory=dict)
    key: str = ""
    port: int = 0
    process: subprocess.Popen | None = None

    def __post_init__(self) -> None:
        self.env = {**os.environ, "CUSTODES_DATA": str(self.folder), "CUSTODES_LOG_LEVEL": "CRITICAL"}
        self.env.pop("DJANGO_SETTINGS_MODULE", None)
        self.env.pop("CUSTODES_DATABASE_URL", None)
        if self.database:
            self.env["CUSTODES_DATABASE_URL"] = self.database
        self.env.update(self.settings)
        command = [sys.executable, "-m", "tests.audit.faults.prepare"]
        made = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=True)
        self.key = made.stdout.strip().splitlines()[-1]
        self.listen()

    def listen(self) -> None:
        """Choose a free port for the next start."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", self.application, "--bind", f"127.0.0.1:{self.port}"]
        command += ["--workers", "2", "--worker-class", WORKER, "--log-level", "critical"]
        command += ["--keep-alive", "20", "--no-control-socket"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, start_new_session=True)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/livez")
                if connection.getresponse().status == 200:
                    return
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
            finally:
                connection.close()
        raise TimeoutError("the server did not start")

    def kill(self, number: int = signal.SIGKILL) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)
        self.process.wait(60)

    def workers(self) -> list[int]:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database without any code of ours."""
        if self.database:
            import psycopg

            with psycopg.connect(self.database) as connection:
                return connection.execute(sql).fetchall()
        connection = sqlite3.connect(self.folder / "custodes.sqlite3", timeout=20)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


@dataclass
class Clients:
    """Threads that send single events and small batches, and note every answer."""

    house: House
    tag: str
    stop: threading.Event = field(default_factory=threading.Event)
    acked: dict[str, str] = field(default_factory=dict)  # event id -> entry of its receipt
    tried: set[str] = field(default_factory=set)
    statuses: dict[int, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, count: int = 6) -> None:
        self.threads = [threading.Thread(target=self._send, args=(number,)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def finish(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _send(self, number: int) -> None:
        turn = 0
        while not self.stop.is_set():
            turn += 1
            name = f"{self.tag}-{number}-{turn}"
            batch = [proposed(name), reviewed(name)] if turn % 3 == 0 else [proposed(name)]
            with self.lock:
                self.tried.update(event["id"] for event in batch)
            try:
                self._post(batch)
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.02)

    def _post(self, batch: list[dict[str, Any]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.house.key}", "Content-Type": "application/cloudevents-batch+json"}
        connection.request("POST", "/api/v1/events", json.dumps(batch), headers)
        answer = connection.getresponse()
        body = json.loads(answer.read())
        with self.lock:
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
            for item in body.get("items", ()):
                if item["status"] in (200, 201):
                    self.acked[item["id"]] = item["receipt"]["entry"]
        connection.close()


@dataclass(frozen=True)
class Findings:
    """What the oracle found: all but ``acked`` and ``stored`` must be empty."""

    acked: int
    stored: int
    lost: set[str]
    invented: set[str]
    doubled: set[str]
    without_entry: int
    without_event: int
    other_entry: set[str]

    @property
    def sound(self) -> bool:
        bad = (self.lost, self.invented, self.doubled, self.without_entry, self.without_event, self.other_entry)
        return not any(bad)


def _plain(value: Any) -> str:
    return str(value).replace("-", "")


def judge(clients: Clients) -> Findings:
    """Hold the clients' own log against the store and the store against the ledger."""
    rows = [(name, _plain(entry)) for name, entry in clients.house.query("SELECT event_id, id FROM audit_event")]
    stored = dict(rows)
    times = Counter(name for name, _ in rows)
    ledger = clients.house.query("SELECT id FROM ledger_entry WHERE stream = 'events'")
    entries = {_plain(row[0]) for row in ledger}
    return Findings(
        acked=len(clients.acked),
        stored=len(stored),
        lost=set(clients.acked) - set(stored),
        invented=set(stored) - clients.tried,
        doubled={name for name, count in times.items() if count > 1},
        without_entry=len(set(stored.values()) - entries),
        without_event=len(entries - set(stored.values())),
        other_entry={name for name, entry in clients.acked.items() if stored.get(name) not in (None, _plain(entry))},
    )
