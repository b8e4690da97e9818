"""``custodes doctor`` says what is wrong, what to do, and ends with 1 when something is."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from governance.models import Job


def doctor() -> tuple[int, dict[str, dict[str, Any]]]:
    out = StringIO()
    status = 0
    try:
        call_command("doctor", "--json", stdout=out)
    except SystemExit as end:
        status = int(end.code or 0)
    report = json.loads(out.getvalue())
    assert report["sound"] == (status == 0)
    return status, {finding["name"]: finding for finding in report["findings"]}


def waiting_job(**fields: Any) -> Job:
    now = timezone.now()
    return Job.objects.create(kind="report", key="k", arguments={}, asked_at=now, **{"due_at": now, **fields})


@pytest.mark.django_db
def test_a_sound_installation_has_no_fault() -> None:
    status, found = doctor()
    assert status == 0, found
    assert found["queue"]["detail"] == "empty"
    assert found["migrations"]["state"] == "ok"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"due_at": timezone.now() - timedelta(minutes=10)},
        {"state": "running", "lease_until": timezone.now() - timedelta(minutes=10)},
    ],
    ids=["nobody works", "nobody sweeps"],
)
def test_work_that_is_left_lying_is_a_fault(fields: dict[str, Any]) -> None:
    waiting_job(**fields)
    status, found = doctor()
    assert status == 1
    assert found["queue"]["state"] == "fault"
    assert "running?" in found["queue"]["remedy"]


@pytest.mark.django_db
def test_a_failed_job_is_named() -> None:
    waiting_job(state="failed", finished_at=timezone.now(), error={"code": "worker_lost", "detail": ""})
    status, found = doctor()
    assert status == 0
    assert "worker_lost" in found["failed jobs"]["detail"]


@pytest.mark.django_db
def test_a_key_others_can_read_is_a_fault(settings: Any, tmp_path: Path) -> None:
    settings.SECRETS_DIR = tmp_path
    (tmp_path / "secret_key").write_text("x")
    (tmp_path / "secret_key").chmod(0o644)
    settings.LEDGER_KEY_FILE = tmp_path / "secret_key"
    status, found = doctor()
    assert status == 1
    assert str(tmp_path / "secret_key") in found["keys"]["detail"]


@pytest.mark.django_db
def test_a_disk_that_is_nearly_full_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.management.health.LEAST_FREE", 1 << 60)
    status, found = doctor()
    assert status == 1
    assert found["disk"]["state"] == "fault"
