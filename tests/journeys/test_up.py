"""``custodes up`` on an empty folder: ready, one link, one administrator; it restarts what dies and stops clean."""

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.governance.jobs.installation import alive

ROOT = Path(__file__).resolve().parents[2]
LEASH = ROOT / "governance" / "management" / "serving" / "leash.py"
PATIENCE = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("CUSTODES_", "DJANGO_", "CELERY_"))
    }
    return {**kept, "CUSTODES_DATA": str(folder / "data"), "CUSTODES_WEB_WORKERS": "1"}


def wait_for(condition: object, what: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}\n{log.read_text()[-5000:]}"
        time.sleep(0.1)


class House:
    """A running ``custodes up``."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log, self.ready = folder / "log", folder / "ready.json"
        command = [sys.executable, "manage.py", "up", "--port", str(self.port), "--once-ready-file", str(self.ready)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment(folder), stdout=log, stderr=log)
        wait_for(lambda: self.ready.exists() and self.ready.read_text().endswith("\n"), "ready", self.log)
        self.url, self.setup = (json.loads(self.ready.read_text())[name] for name in ("url", "setup"))

    def children(self) -> dict[str, int]:
        """Process ids by name, found by what each was started as."""
        marks = {"web": "gunicorn", "worker": "celery", "scheduler": "schedule", "follower": "follow"}
        found = {}
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            found.update({name: int(pid) for name, mark in marks.items() if mark in command})
        return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def browser() -> urllib.request.OpenerDirector:
    jar = http.cookiejar.CookieJar()
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))


def submit(opener: urllib.request.OpenerDirector, url: str, **fields: str) -> tuple[int, str, str]:
    """Open the form at ``url``, send it, and return status, final address and page."""
    page = opener.open(url, timeout=30).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page[page.index("<main") :])
    assert token, page
    body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
    try:
        answer = opener.open(urllib.request.Request(url, body, {"Referer": url}), timeout=30)
    except urllib.error.HTTPError as error:
        return error.code, url, error.read().decode()
    return answer.status, answer.url, answer.read().decode()


pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")


def test_an_empty_folder_becomes_an_installation_with_private_secrets(house: House) -> None:
    answer = urllib.request.urlopen(house.url + "/livez", timeout=30)
    assert answer.status == 200
    assert house.url in house.log.read_text()
    secrets = house.ready.parent / "data" / "secrets"
    assert {oct(path.stat().st_mode & 0o777) for path in secrets.iterdir() if path.is_file()} == {"0o600"}


def test_the_link_makes_the_first_administrator_once(house: House) -> None:
    opener = browser()
    person = {"name": "Ada Okonkwo", "email": "ada@example.org"}
    status, _, page = submit(opener, house.setup, **person, password="password")
    assert status == 422
    assert "Ada Okonkwo" in page  # what was typed is kept
    status, where, page = submit(opener, house.setup, **person, password="a long enough passphrase")
    assert (status, where) == (200, house.url + "/")
    assert "Ada Okonkwo" in page  # signed in
    with pytest.raises(urllib.error.HTTPError) as used:
        browser().open(house.setup, timeout=30)
    assert used.value.code == 404
    with pytest.raises(urllib.error.HTTPError):
        browser().open(house.setup[:-4] + "AAA/", timeout=30)  # forged


def test_a_child_that_is_killed_comes_back(house: House) -> None:
    before = house.children()
    assert {"web", "worker", "scheduler"} <= set(before)
    for name in ("worker", "web"):
        os.kill(before[name], signal.SIGKILL)
    wait_for(
        lambda: all(house.children().get(name, before[name]) != before[name] for name in ("worker", "web")),
        "both are back",
        house.log,
    )

    def answers() -> bool:
        try:
            with urllib.request.urlopen(house.url + "/livez", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    wait_for(answers, "the site answers again", house.log)


def test_a_taken_port_is_said_in_one_line(house: House, tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "up", "--port", str(house.port)]
    ended = subprocess.run(command, cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "--port" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_sigterm_stops_all_within_seconds(house: House) -> None:
    children = house.children().values()
    began = time.monotonic()
    house.process.send_signal(signal.SIGTERM)
    assert house.process.wait(30) == 0
    assert time.monotonic() - began < 12
    assert not [pid for pid in children if alive(pid)]


@pytest.mark.slow
def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    house = House(tmp_path)
    children = house.children()
    house.process.kill()
    house.process.wait()
    wait_for(lambda: not [pid for pid in children.values() if alive(pid)], f"{children} end", house.log)


@pytest.mark.parametrize("how", [[], ["--watch"]], ids=["kernel", "watching"])
def test_the_leash_ends_its_command_when_the_parent_dies(how: list[str], tmp_path: Path) -> None:
    """``--watch`` is the way of systems without the kernel's help; both are tried here."""
    note = tmp_path / "pid"
    sleeper = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    parent = (
        "import os, subprocess, sys, time\n"
        f"leash = [sys.executable, {str(LEASH)!r}, *{how!r}, str(os.getpid())]\n"
        f"subprocess.Popen([*leash, sys.executable, '-c', {sleeper!r}])\n"
        "time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", parent])
    wait_for(lambda: note.exists() and note.read_text().isdigit(), "the command runs", note.parent / "pid")
    pid = int(note.read_text())
    assert alive(pid)
    process.kill()
    process.wait()
    wait_for(lambda: not alive(pid), "the command ends", note)
