"""Client for Custodes: one file, standard library only; copy it into your system.

    client = Client("https://custodes.example", key, source="/lending/prod/scorer", spool="/var/spool/custodes.db")
    client.decision("LN-88213", "approve", "grant", confidence={"value": "0.91", "kind": "calibrated"})
    client.executed("LN-88213", value="grant")

Every call writes the event to a spool on disk first and returns; a thread sends batches. An event keeps its id for
ever, so that sending it again after a crash, a time-out or a 503 never doubles it. What the server refuses for good
(a wrong field) is set aside with the reason: see :meth:`Client.refused`. Nothing here imports Custodes.
"""

import gzip
import json
import os
import sqlite3
import threading
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone
from typing import Any

__all__ = ["Client", "Refused"]
RETRY = frozenset({408, 429, 500, 502, 503, 504})
FINAL = frozenset({200, 201})


class Refused(Exception):
    """The server will never take this request as it is; ``status`` and ``problem`` say why."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status}: {problem.get('detail', problem)}")
        self.status, self.problem = status, problem


class Spool:
    """Events on disk until the server has committed them; ``:memory:`` gives up that safety."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=20)
        self._db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE IF NOT EXISTS event (sequence INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT, problem TEXT);"
            "CREATE TABLE IF NOT EXISTS sent (only INTEGER PRIMARY KEY CHECK (only = 1), n INTEGER);"
            "INSERT OR IGNORE INTO sent VALUES (1, 0);"
        )

    def put(self, event: dict[str, Any]) -> int:
        """Keep an event and return its sequence number; it survives a power cut from here on."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            sequence = self._db.execute("INSERT INTO event (body) VALUES ('')").lastrowid or 0
            event["sequence"] = f"{sequence:019d}"
            self._db.execute("UPDATE event SET body = ? WHERE sequence = ?", (json.dumps(event), sequence))
            self._db.execute("COMMIT")
        return sequence

    def waiting(self, limit: int) -> list[tuple[int, str]]:
        """Return up to ``limit`` (sequence, body) that wait to be sent, oldest first."""
        with self._lock:
            sql = "SELECT sequence, body FROM event WHERE problem IS NULL ORDER BY sequence LIMIT ?"
            return self._db.execute(sql, (limit,)).fetchall()

    def done(self, sequences: list[int], problems: list[tuple[int, dict[str, Any]]]) -> None:
        """Forget what the server committed; set aside what it refused."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("DELETE FROM event WHERE sequence = ?", [(each,) for each in sequences])
            rows = [(json.dumps(problem), sequence) for sequence, problem in problems]
            self._db.executemany("UPDATE event SET problem = ? WHERE sequence = ?", rows)
            self._db.execute("UPDATE sent SET n = n + ?", (len(sequences),))
            self._db.execute("COMMIT")

    def counts(self) -> tuple[int, int, int, int]:
        """Return (highest sequence, sent, waiting, refused)."""
        with self._lock:
            high = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'event'").fetchone()
            sent = self._db.execute("SELECT n FROM sent").fetchone()[0]
            sql = "SELECT count(*) FILTER (WHERE problem IS NULL), count(problem) FROM event"
            waiting, refused = self._db.execute(sql).fetchone()
        return (high[0] if high else 0, sent, waiting, refused)

    def refused(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return (event, problem) of what was set aside."""
        with self._lock:
            rows = self._db.execute("SELECT body, problem FROM event WHERE problem IS NOT NULL ORDER BY sequence")
            return [(json.loads(body), json.loads(problem)) for body, problem in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


class Client:
    """Sends events of one source. Thread-safe; ``close`` waits for what can still be sent."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        source: str,
        usecase: str | None = None,
        spool: str | os.PathLike[str] = ":memory:",
        batch: int = 500,
        pause: float = 0.2,
        heartbeat: float = 3600.0,
        timeout: float = 30.0,
        simulated: bool = False,
    ) -> None:
        self.url, self.source, self.usecase = url.rstrip("/") + "/api/v1/events", source, usecase
        self._key, self._batch, self._pause, self._timeout = key, min(batch, 1000), pause, timeout
        self._heartbeat, self._simulated = heartbeat, simulated
        self._spool = Spool(spool)
        self._wake, self._stop, self._idle = threading.Event(), threading.Event(), threading.Event()
        self._sending = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="custodes-client", daemon=True)
        self._thread.start()

    # What happened

    def decision(self, decision_id: str, decision_class: str, value: Any, **data: Any) -> str:
        """The system proposed ``value``."""
        data = {"decision_class": decision_class, "phase": "proposed", "proposal": {"value": value}, **data}
        return self.send("decision", {"decision_id": decision_id, **data})

    def executed(self, decision_id: str, *, value: Any = None, digest: str | None = None, **data: Any) -> str:
        """The decision took effect."""
        data = {"phase": "executed", "executed_value": value, "executed_digest": digest, **data}
        return self.send("decision", {"decision_id": decision_id, **data})

    def review(
        self, decision_id: str, review_id: str, outcome: str | None = None, *, phase: str = "submitted", **data: Any
    ) -> str:
        """A person reviewed it."""
        data = {"review_id": review_id, "phase": phase, "outcome": outcome, **data}
        return self.send("review", {"decision_id": decision_id, **data})

    def outcome(self, decision_id: str, value: Any, **data: Any) -> str:
        """What turned out to be true."""
        return self.send("outcome", {"decision_id": decision_id, "truth": {"value": value}, **data})

    def send(
        self,
        kind: str,
        data: dict[str, Any],
        *,
        event_id: str | None = None,
        time: str | None = None,
        **attributes: Any,
    ) -> str:
        """Keep one event for sending and return its id. ``kind`` is the middle of the type: ``review``."""
        event = {
            "specversion": "1.0",
            "id": event_id or str(uuid.uuid4()),
            "source": self.source,
            "type": kind if "." in kind else f"ai.oversight.{kind}.v1",
            "time": time or datetime.now(timezone.utc).isoformat(),  # noqa: UP017
            "datacontenttype": "application/json",
            "data": {name: value for name, value in data.items() if value is not None},
            **attributes,
        }
        if self.usecase:
            event.setdefault("usecase", self.usecase)
        if self._simulated:
            event.setdefault("simulated", True)
        self._idle.clear()
        self._spool.put(event)
        self._wake.set()
        return event["id"]

    def heartbeat(self) -> str:
        """Say that this source lives and how much it has sent, so that silence and loss can be told apart."""
        high, _, waiting, refused = self._spool.counts()
        return self.send("heartbeat", {"sequence_high": high + 1, "declared_count": high + 1 - waiting - refused})

    # How it went

    def refused(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return (event, problem) of what the server will never take as it is."""
        return self._spool.refused()

    def pending(self) -> int:
        """How many events wait on disk."""
        return self._spool.counts()[2]

    def flush(self, timeout: float = 30.0) -> bool:
        """Wait until nothing waits; False when ``timeout`` seconds were not enough."""
        deadline = time.monotonic() + timeout
        while self.pending() and time.monotonic() < deadline:
            self._wake.set()
            time.sleep(0.02)
        return not self.pending()

    def close(self, timeout: float = 30.0) -> bool:
        """Send what can be sent, stop, and leave the rest in the spool for the next start."""
        emptied = self.flush(timeout)
        self._stop.set()
        self._wake.set()
        self._thread.join(self._timeout + 5)
        self._spool.close()
        return emptied

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The thread

    def _run(self) -> None:
        backoff, beat = 0.0, time.monotonic() + self._heartbeat
        while not self._stop.is_set():
            (self._stop if backoff else self._wake).wait(backoff or self._pause)
            self._wake.clear()
            if self._heartbeat and time.monotonic() >= beat:
                self.heartbeat()
                beat = time.monotonic() + self._heartbeat
            try:
                while not self._stop.is_set() and self._send_batch():
                    backoff = 0.0
                backoff = 0.0
            except _Later as later:
                backoff = max(later.seconds, min(30.0, backoff * 2 or 0.2))
            except sqlite3.Error:
                backoff = 1.0

    def _send_batch(self) -> bool:
        rows = self._spool.waiting(self._batch)
        if not rows:
            return False
        try:
            items = self._post("[" + ",".join(body for _, body in rows) + "]")
        except Refused as refused:
            if refused.status == 413 and len(rows) > 1:
                self._batch = max(1, len(rows) // 2)
                return True
            if refused.status in (401, 403, 404):  # the key or the address is wrong, the events are not
                raise _Later(30.0) from None
            self._spool.done([], [(sequence, refused.problem) for sequence, _ in rows])
            return True
        done = [rows[item["index"]][0] for item in items if item["status"] in FINAL]
        wrong = [item for item in items if item["status"] not in FINAL and item["status"] not in RETRY]
        self._spool.done(done, [(rows[item["index"]][0], item.get("problem", item)) for item in wrong])
        return True

    def _post(self, body: str) -> list[dict[str, Any]]:
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/cloudevents-batch+json",
            "Content-Encoding": "gzip",
        }
        request = urllib.request.Request(self.url, gzip.compress(body.encode(), 3), headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                items: list[dict[str, Any]] = json.load(answer)["items"]
                return items
        except urllib.error.HTTPError as error:
            if error.code in RETRY:
                raise _Later(_seconds(error.headers.get("Retry-After"))) from None
            try:
                problem = json.load(error)
            except ValueError:
                problem = {"detail": error.reason}
            raise Refused(error.code, problem) from None
        except (OSError, ValueError, KeyError):  # no answer, or half of one: the server may have it or not
            raise _Later(0.0) from None


class _Later(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _seconds(value: str | None) -> float:
    return float(value) if value and value.isdigit() else 1.0
