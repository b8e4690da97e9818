"""Senders that are slow, hostile, cut off or all say the same at once: one server, one oracle over all of it."""

import contextlib
import gzip
import http.client
import json
import socket
import threading
import time
import zlib
from pathlib import Path

import pytest

from tests.audit.events.samples import dump, proposed
from tests.audit.faults.house import House

pytestmark = pytest.mark.slow
READ_SECONDS = 8  # the product's own setting, shortened


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    running = House(tmp_path_factory.mktemp("senders"), settings={"CUSTODES_READ_SECONDS": str(READ_SECONDS)})
    running.start()
    yield running
    running.kill()


def headers(house: House, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.key}", "Content-Type": "application/cloudevents+json", **more}


def post(house: House, body: bytes, **more: str) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=300)
    try:
        connection.request("POST", "/api/v1/events", body, headers(house, **more))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def head(house: House, *lines: str) -> bytes:
    first = ["POST /api/v1/events HTTP/1.1", f"Host: 127.0.0.1:{house.port}", f"Authorization: Bearer {house.key}"]
    return "\r\n".join([*first, "Content-Type: application/cloudevents+json", *lines, "", ""]).encode()


def stored(house: House, event_id: str) -> int:
    return len(house.query(f"SELECT id FROM audit_event WHERE event_id = '{event_id}'"))


def memory(house: House) -> int:
    """Resident kilobytes of the workers, at their highest."""
    lines = [Path(f"/proc/{pid}/status").read_text() for pid in house.workers()]
    return max(int(line.split("VmHWM:")[1].split()[0]) for line in lines)


def test_the_same_event_sent_fifty_times_at_once_is_one_row_and_one_receipt(house):
    answers: list[tuple[int, dict]] = []
    barrier = threading.Barrier(50)

    def send():
        barrier.wait()
        while (answer := post(house, dump(proposed("same"))))[0] == 503:
            time.sleep(0.05)
        answers.append(answer)

    threads = [threading.Thread(target=send) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in answers) == [200] * 49 + [201]
    assert len({body["entry"] for _, body in answers}) == 1
    assert stored(house, "p-same") == 1


def test_a_connection_cut_before_the_answer_loses_nothing_and_doubles_nothing(house):
    for number in range(10):
        body = dump(proposed(f"cut-{number}"))
        with socket.create_connection(("127.0.0.1", house.port), 60) as connection:
            connection.sendall(head(house, f"Content-Length: {len(body)}") + body)
        status, _ = post(house, body)
        assert status in (200, 201)
        assert stored(house, f"p-cut-{number}") == 1


def test_a_body_that_ends_too_early_is_408_and_nothing_of_it_stays(house):
    body = dump(proposed("short"))
    with socket.create_connection(("127.0.0.1", house.port), 60) as connection:
        connection.sendall(head(house, f"Content-Length: {len(body) + 10}") + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"incomplete"' in answer
    assert stored(house, "p-short") == 0


def test_bombs_and_bodies_without_end_are_413_and_cost_no_memory(house):
    assert post(house, dump(proposed("warm")))[0] == 201
    before = memory(house)
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(2000)) + squeeze.flush()
    assert post(house, bomb, **{"Content-Encoding": "gzip"})[0] == 413
    assert post(house, gzip.compress(bomb), **{"Content-Encoding": "gzip"})[0] in (400, 413)  # a bomb in a bomb
    assert post(house, b"{}", **{"Content-Encoding": "br"})[0] == 415
    with socket.create_connection(("127.0.0.1", house.port), 60) as connection:
        connection.sendall(head(house, "Transfer-Encoding: chunked"))
        with contextlib.suppress(OSError):  # refused while we were still talking
            for _ in range(300):  # 300 MB, a megabyte at a time; it is refused after five
                connection.sendall(b"100000\r\n" + bytes(1 << 20) + b"\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(4096).startswith(b"HTTP/1.1 413")
    assert memory(house) - before < 64 * 1024


def test_slow_senders_are_cut_off_and_the_others_do_not_wait_for_them(house):
    """More of them than there are threads, a third of them slow with the head, the others with a body to a door."""
    slow = [socket.create_connection(("127.0.0.1", house.port), 60) for _ in range(42)]
    stop = threading.Event()
    page = f"POST /account/login/ HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nContent-Length: 1000\r\n\r\n".encode()

    def drip():
        whole = head(house, "Content-Length: 1000")
        for number, connection in enumerate(slow):
            connection.sendall([whole[:-4], whole + b"{", page + b"x"][number % 3])
        while not stop.wait(0.5):
            for connection in slow:
                with contextlib.suppress(OSError):
                    connection.send(b"x")

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        time.sleep(1)
        began = time.monotonic()
        assert post(house, dump(proposed("in-between")))[0] == 201
        assert time.monotonic() - began < READ_SECONDS
        assert [_end(connection) for connection in slow] == [b"", b"HTTP/1.1 408", b"HTTP/1.1 408"] * 14
    finally:
        stop.set()
        dripping.join()
        for connection in slow:
            connection.close()


def _end(connection: socket.socket) -> bytes:
    """What the server said before it hung up."""
    connection.settimeout(READ_SECONDS + 20)
    try:
        return connection.recv(4096)[:12]
    except ConnectionResetError:
        return b""
