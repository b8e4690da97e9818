"""The worker is killed -9 in the middle of a report: the report still appears, once, without anyone's help."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.installation import ROOT, Installation, env_of, free_port

pytestmark = pytest.mark.slow
ASK = """
import json
from datetime import date
from django.db import transaction
from django.utils import timezone
from governance import jobs
from governance.models import User
with transaction.atomic():
    job = jobs.enqueue(
        kind="report", key="report:killed", actor=User.objects.get(email="registrar@demo.invalid"), at=timezone.now(),
        arguments={"use_case": "UC-0001", "from": "2026-01-01", "to": "2026-03-31"},
    )
print(json.dumps(str(job.pk)))
"""
LOOK = """
import json
from audit.models import IssuedReport
from governance.models import Job
job = Job.objects.get(key="report:killed")
print(json.dumps({"state": job.state, "attempts": job.attempts, "error": job.error,
                  "reports": IssuedReport.objects.filter(job_key="report:killed").count()}))
"""


def test_the_report_appears_once(demo: Installation, tmp_path: Path) -> None:
    data = tmp_path / "copy"
    shutil.copytree(demo.data, data)
    env = {**env_of(data), "CUSTODES_JOB_LEASE_SECONDS": "3"}
    with (data / "up.log").open("ab") as said:
        platform = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(free_port())], cwd=ROOT, env=env, stdout=said, stderr=said
        )
    try:
        worker = _wait(lambda: _worker(platform.pid), "a worker")
        _shell(env, ASK)
        _wait(lambda: _state(data) == "running", "the report to begin", pause=0.005)
        os.kill(worker, signal.SIGKILL)
        seen = _wait(lambda: (found := _shell(env, LOOK))["state"] in ("done", "failed") and found, "the report")
    finally:
        platform.terminate()
        platform.wait(timeout=30)
    assert seen["state"] == "done", seen["error"]
    assert seen["reports"] == 1
    assert seen["attempts"] >= 2, "the kill came too late to hit the report: nothing was tested"


def _worker(supervisor: int) -> int | None:
    """The Celery process under ``supervisor``."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (entry / "cmdline").read_bytes()
        except (OSError, IndexError):
            continue
        if parent == supervisor and b"celery" in command and b"worker" in command:
            return int(entry.name)
    return None


def _shell(env: dict[str, str], code: str) -> Any:
    run = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", code],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout.strip().splitlines()[-1])


def _state(data: Path) -> str:
    """The state of the job, read beside the platform: a shell takes longer to start than the report to be made."""
    with closing(sqlite3.connect(f"file:{data / 'custodes.sqlite3'}?mode=ro", uri=True)) as file:
        [state] = file.execute("SELECT state FROM governance_job WHERE key = 'report:killed'").fetchone()
    return str(state)


def _wait(condition: Any, what: str, seconds: float = 120, pause: float = 0.1) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(pause)
    raise AssertionError(f"waited {seconds} s for {what}")
