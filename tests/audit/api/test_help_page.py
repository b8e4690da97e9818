"""The help page for integrators, held against the code: its example works as printed, its codes are all there are."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from audit.events import schema
from governance.web.help import FOLDER
from tests.audit.faults.house import House

PAGE = (FOLDER / "integrate.md").read_text()
ROOT = Path(__file__).resolve().parents[3]
CURL = re.search(r"```sh\n(curl .*?)```", PAGE, re.DOTALL)[1]
CODE = re.compile(r'Problem\(\s*(?:code=)?"([a-z_]+)"')


def test_every_code_of_the_doors_for_events_is_on_the_page():
    doors = [*ROOT.glob("audit/events/*.py"), *(ROOT / "audit/api").glob("*.py"), ROOT / "audit/api/views/events.py"]
    found = {code for path in doors for code in CODE.findall(path.read_text())}
    assert len(found) > 15
    missing = sorted(code for code in found if f"`{code}`" not in PAGE)
    assert missing == []


def test_the_events_of_the_example_are_events():
    body = re.search(r"-d '(\[.*?\])'", CURL, re.DOTALL)[1]
    for event in json.loads(body):
        assert isinstance(schema.read(event), schema.Event), event


@pytest.mark.slow
def test_the_example_works_as_printed_and_twice_is_a_duplicate(tmp_path):
    house = House(tmp_path, settings={"SOURCE": "/my/system"})
    house.start()
    try:
        env = {**os.environ, "CUSTODES_KEY": house.key, "CUSTODES_URL": f"http://127.0.0.1:{house.port}"}
        answers = []
        for _ in range(2):
            done = subprocess.run(["sh", "-c", CURL], env=env, capture_output=True, text=True, check=True)
            answers.append(json.loads(done.stdout)["items"])
        assert [[item["status"] for item in items] for items in answers] == [[201, 201], [200, 200]]
        assert answers[1][0]["receipt"]["duplicate"] is True
        assert answers[1][0]["receipt"]["entry"] == answers[0][0]["receipt"]["entry"]
    finally:
        house.kill()
