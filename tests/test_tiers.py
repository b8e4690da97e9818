"""A test that fails in the crowd is run once more by itself: red twice is red."""

import os
import sys
from pathlib import Path

import pytest

from tests import tiers

ONCE = """
import pathlib

def test_it():
    seen = pathlib.Path('seen')
    first = not seen.exists()
    seen.touch()
    assert not first
"""
ALWAYS = "def test_it():\n    assert False\n"


@pytest.mark.slow
@pytest.mark.parametrize(("body", "status", "word"), [(ONCE, 0, "some only alone"), (ALWAYS, 1, "FAILED (1)")])
def test_what_failed_beside_others_is_run_alone(
    body: str,
    status: int,
    word: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "test_one.py").write_text(body)
    monkeypatch.setattr(tiers, "ROOT", tmp_path)
    monkeypatch.setattr(tiers, "LAST_FAILED", tmp_path / ".pytest_cache/v/cache/lastfailed")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "--rootdir", ".", "test_one.py"]
    step = tiers.Step("tests", command, {"PYTHONPATH": os.fspath(tmp_path)}, again=True)
    monkeypatch.setattr(tiers, "steps", lambda tier: [step])

    assert tiers.run("ci") == status
    said = capfd.readouterr().out
    assert word in said
    assert "again, one at a time: test_one.py::test_it" in said
