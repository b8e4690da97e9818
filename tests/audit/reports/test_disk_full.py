"""A disk that is full: a clear error, nothing half stored, and the report comes once there is room."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.ledger.models import Entry
from audit.models import IssuedReport
from tests.audit.reports.conftest import FIRST, LAST, Past
from tests.audit.reports.elsewhere import copied_to

pytestmark = [pytest.mark.slow, pytest.mark.skipif(connection.vendor != "sqlite", reason="fills SQLite's own disk")]
ROOM = 64 * 1024  # less than a report with its pages takes


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, two megabytes large."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def resize(folder: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)


def fill(folder: Path, leave: int) -> None:
    """Take all but ``leave`` bytes."""
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    (folder / "other").write_bytes(b"x" * max(0, free - leave))


def asked(past: Past, out: Path) -> list[str]:
    assert past.cast is not None
    return ["report", "--use-case", past.use_case.ref, "--from", str(FIRST), "--to", str(LAST), "--out", str(out),
            "--by", past.cast.anna.email]  # fmt: skip


def test_no_room_for_the_file_leaves_no_half_of_it(past: Past, small: Path) -> None:
    fill(small, ROOM)
    with pytest.raises(CommandError, match=r"R-0001 is issued and stored, but .* could not be written: No space left"):
        call_command(*asked(past, small / "r.pdf"))
    assert sorted(each.name for each in small.iterdir()) == ["other"]
    assert IssuedReport.objects.count() == 1


def test_no_room_in_the_database_stores_nothing_and_says_so(past: Past, small: Path, tmp_path: Path) -> None:
    resize(small, 64 << 20)
    out = tmp_path / "r.pdf"
    with copied_to(f"sqlite:///{small / 'custodes.sqlite3'}"):
        before = Entry.objects.count()
        fill(small, ROOM)
        with pytest.raises(CommandError, match=r"could not be stored, and nothing of it was: .*full"):
            call_command(*asked(past, out))
        assert (IssuedReport.objects.count(), Entry.objects.count()) == (0, before)
        assert not out.exists()
        (small / "other").unlink()
        call_command(*asked(past, out))
        assert (IssuedReport.objects.count(), Entry.objects.count()) == (1, before + 1)
        assert out.read_bytes() == bytes(IssuedReport.objects.get().pdf)
