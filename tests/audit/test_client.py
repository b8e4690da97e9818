"""The client against a real server process of ours: crash, outage and refusal lose nothing and double nothing."""

import ast
import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from audit.client import Client
from audit.events import bodies, schema

CLIENT = Path(__file__).resolve().parents[2] / "audit" / "client.py"


class Server:
    """A receiver that keeps what it committed, and fails as told: statuses to answer before it works."""

    def __init__(self):
        self.stored: dict[str, dict] = {}
        self.tries: list[str] = []
        self.failures: list[int] = []
        self.drop_answers = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                outer.take(self)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        if self.failures:
            handler.send_response(self.failures.pop(0))
            handler.send_header("Retry-After", "0")
            handler.end_headers()
            return
        parts = [body]
        raw = bodies.gather(lambda _: parts.pop() if parts else b"", encoding="gzip")
        request = bodies.split(raw, content_type=handler.headers["Content-Type"], headers={})
        items = []
        for index, (item, sent) in enumerate(zip(request.items, json.loads(raw), strict=True)):
            self.tries.append(sent["id"])
            if isinstance(item, schema.Event):
                status = 200 if item.id in self.stored else 201
                self.stored[item.id] = sent
                items.append({"index": index, "id": item.id, "status": status})
            else:
                items.append({"index": index, "id": sent["id"], "status": 422, "problem": item.as_json()})
        if self.drop_answers:
            self.drop_answers -= 1
            handler.connection.close()
            return
        answer = json.dumps({"items": items}).encode()
        handler.send_response(207)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)


@pytest.fixture
def server():
    running = Server()
    yield running
    running.http.shutdown()


def test_it_imports_nothing_but_the_standard_library():
    tree = ast.parse(CLIENT.read_text())
    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert names <= sys.stdlib_module_names


def test_events_arrive_with_sequence_numbers_and_are_forgotten(server, tmp_path):
    with Client(server.url, "k", source="/s", spool=tmp_path / "spool.db", usecase="uc") as client:
        ids = [client.decision(f"D{number}", "grant", "grant") for number in range(30)]
        assert client.flush()
        assert client.pending() == 0
    assert list(server.stored) == ids
    assert [int(event["sequence"]) for event in server.stored.values()] == list(range(1, 31))


@pytest.mark.slow
def test_outages_and_lost_answers_lose_nothing_and_keep_the_ids(server, tmp_path):
    server.failures = [503, 429, 500, 502]
    server.drop_answers = 2
    with Client(server.url, "k", source="/s", spool=tmp_path / "spool.db", batch=7) as client:
        ids = {client.decision(f"D{number}", "grant", "grant") for number in range(40)}
        assert client.flush(20)
    assert set(server.stored) == ids
    assert len(server.tries) > len(ids)  # some were sent twice, under the same id


def test_what_is_refused_for_good_is_set_aside_with_the_reason(server, tmp_path):
    with Client(server.url, "k", source="/s", spool=tmp_path / "spool.db") as client:
        good = client.decision("D1", "grant", "grant")
        client.decision("not url safe", "grant", "grant")
        assert client.flush()
        [(event, problem)] = client.refused()
    assert list(server.stored) == [good]
    assert event["data"]["decision_id"] == "not url safe"
    assert problem["pointer"] == "/data/decision_id"


def test_a_killed_process_leaves_its_events_for_the_next_start(server, tmp_path):
    spool = tmp_path / "spool.db"
    script = (
        "import sys, time; from audit.client import Client\n"
        "c = Client('http://127.0.0.1:9', 'k', source='/s', spool=sys.argv[1])\n"
        "for n in range(25): print(c.decision(f'D{n}', 'grant', 'grant'), flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(spool)], stdout=subprocess.PIPE, text=True, cwd=CLIENT.parents[1]
    )
    ids = [process.stdout.readline().strip() for _ in range(25)]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with Client(server.url, "k", source="/s", spool=spool) as client:
        assert client.flush()
    assert list(server.stored) == ids


def test_a_heartbeat_declares_what_was_sent(server, tmp_path):
    with Client(server.url, "k", source="/s", spool=tmp_path / "spool.db") as client:
        client.decision("D1", "grant", "grant")
        client.flush()
        beat = client.heartbeat()
        client.flush()
    assert server.stored[beat]["data"] == {"sequence_high": 2, "declared_count": 2}


def test_time_out_of_close_leaves_the_rest_in_the_spool(tmp_path):
    began = time.monotonic()
    client = Client("http://127.0.0.1:9", "k", source="/s", spool=tmp_path / "spool.db")
    client.decision("D1", "grant", "grant")
    assert client.close(timeout=0.3) is False
    assert time.monotonic() - began < 40
