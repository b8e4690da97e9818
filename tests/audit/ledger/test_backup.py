"""Backup and restore: what was erased since stays erased, and an older state says that it is older."""

import base64
import json
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.ledger.test_crash import Ground, a_ground, ground  # noqa: F401

PRELUDE = """
import json, os
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from django.db import connection, transaction
from audit.ledger import backup, bundle, databases, doctor, errors, log, removal, removed, sequencing, succession
from audit.ledger.models import Payload, SubjectKey
from tests.audit.ledger.conftest import ACTOR, draft, record, sequence
SECOND, SUBJECT = UUID("01900000-0000-7000-8000-000000000002"), UUID("01900000-0000-7000-8000-0000000000aa")
def now(): return datetime.now(UTC)
def say(**facts): print(json.dumps(facts))
"""


def do(place: Ground, code: str) -> dict[str, object]:
    said = place.python(PRELUDE + code, setup=True)
    return dict(json.loads(said.splitlines()[-1])) if said.strip() else {}


@pytest.fixture
def other(ground: Ground, tmp_path: Path) -> Iterator[Ground]:  # noqa: F811
    """An empty place to restore to."""
    folder = tmp_path / "other"
    folder.mkdir()
    with a_ground(folder, postgres="CUSTODES_DATABASE_URL" in ground.environment, migrate=False) as made:
        yield made


@pytest.fixture
def old(ground: Ground, tmp_path: Path) -> Path:  # noqa: F811
    """A backup with keys, after which a subject was erased and more was recorded."""
    data = Path(ground.environment["CUSTODES_DATA"])
    (data / "files").mkdir()
    (data / "files" / "note.txt").write_text("kept")
    folder = tmp_path / "kept"
    folder.mkdir()
    do(
        ground,
        f"""
record(*(draft(i) for i in range(5)), draft(5, subject=SUBJECT), draft(6, subject=SUBJECT))
folder = Path({str(folder)!r})
backup.backup(folder / "old", keys_target=folder / "old.keys", at=now())
removal.erase_subject(actor=ACTOR, second=SECOND, at=now(), subject=SUBJECT, reason="Art 17")
removal.erase_entries(actor=ACTOR, second=SECOND, at=now(), entries=[next(log.entries(2, 3)).entry], reason="x")
sequence(); record(draft(9)); sequencing.remember(log.latest_checkpoint().size, force=True)
backup.backup(folder / "new", keys_target=folder / "new.keys", at=now())
""",
    )
    return folder


RESTORE = """
folder = Path({folder!r})
found = backup.restore(folder / {name!r}, keys_source=folder / {keys!r}, lists={lists})
todo = found.pop("outstanding")
gone = [found_.index for found_ in log.entries() if found_.parsed["payload"] and found_.payload is None]
say(**found, todo=len(todo), gone=gone, keys=SubjectKey.objects.count(), payloads=Payload.objects.count())
"""


def restore(place: Ground, folder: Path, name: str, keys: str, lists: str = "[]") -> dict[str, object]:
    return do(place, RESTORE.format(folder=str(folder), name=name, keys=keys, lists=lists))


def test_a_backup_comes_back_whole_and_goes_on(old: Path, other: Ground) -> None:
    found = restore(other, old, "new", "new.keys")
    assert (found["rolled_back"], found["todo"], found["gone"]) == (False, 0, [2, 5, 6])
    assert (Path(other.environment["CUSTODES_DATA"]) / "files" / "note.txt").read_text() == "kept"
    after = do(other, "record(draft(1)); found = doctor.examine(); say(verdict=str(found.verdict), s=found.summary)")
    assert after["verdict"] == "OK", after


def test_what_was_erased_after_the_backup_is_erased_again_and_the_older_state_says_so(old: Path, other: Ground) -> None:
    found = restore(other, old, "old", "new.keys")  # the newer keys file remembers what this key has signed
    assert found["rolled_back"] is True
    assert (found["todo"], found["payloads_removed_again"], found["gone"]) == (2, 3, [2, 5, 6])
    assert found["keys"] == 0
    refused = do(other, "try:\n record(draft(1)); sequence(); say(refused=log.latest_checkpoint().size == 7)\n"
                        "except errors.RolledBack: say(refused=True)")  # fmt: skip
    assert refused["refused"] is True
    folder = Path(other.environment["CUSTODES_DATA"])
    after = do(
        other,
        f"""
succession.begin_origin(name="log.example.org/2", actor=ACTOR, second=None, at=now(), reason="the disk was lost")
sequence()
bundle.write_bundle(Path({str(folder)!r}) / "b.zip", at=now())
from tests.audit.ledger.bundles import both
found = both(Path({str(folder)!r}) / "b.zip")
say(verdict=str(found.verdict), summary=found.summary, doctor=str(doctor.examine().verdict),
    again=len(removed.outstanding(removed.remembered())))
""",
    )
    assert (after["verdict"], after["doctor"], after["again"]) == ("OK-WITH-GAPS", "OK", 0), after


@pytest.mark.slow
def test_a_list_of_removals_kept_elsewhere_is_replayed_too(old: Path, other: Ground, tmp_path: Path) -> None:
    kept = json.loads((old / "new.keys").read_text())["files"]["ledger_key.removed"]
    (tmp_path / "removed").write_text(kept)
    found = restore(other, old, "old", "old.keys", lists=f"[Path({str(tmp_path / 'removed')!r})]")
    assert (found["gone"], found["keys"]) == ([2, 5, 6], 0)


def test_a_backup_holds_no_key_is_private_and_never_written_over(old: Path, ground: Ground) -> None:  # noqa: F811
    for name in ("old", "old.keys"):
        assert stat.S_IMODE((old / name).stat().st_mode) == 0o600
    with zipfile.ZipFile(old / "old") as archive:
        database = archive.read("database")
    secrets = json.loads((old / "old.keys").read_text())
    assert secrets["files"]["ledger_key"].strip().encode() not in database
    for secret in secrets["subject_keys"].values():
        assert base64.b64decode(secret) not in database
    told = do(ground, f"""
def refused(act):
    try: act()
    except (backup.BackupFailed, backup.RestoreRefused) as error: return error.code
folder = Path({str(old)!r})
say(twice=refused(lambda: backup.backup(folder / "old", keys_target=None, at=now())),
    live=refused(lambda: backup.restore(folder / "old", keys_source=None, lists=[])))
""")  # fmt: skip
    assert told == {"twice": "backup_failed", "live": "restore_refused"}


@pytest.mark.slow
def test_a_changed_backup_and_foreign_keys_are_refused(old: Path, other: Ground, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copy(old / "old", changed)
    with zipfile.ZipFile(old / "old") as archive, zipfile.ZipFile(changed, "w") as copy:
        for name in archive.namelist():
            data = archive.read(name)
            copy.writestr(name, data[:-1] + bytes([data[-1] ^ 1]) if name == "database" else data)
    foreign = json.loads((old / "old.keys").read_text()) | {"origin": "another.example.org"}
    (tmp_path / "foreign").write_text(json.dumps(foreign))
    told = do(other, f"""
def refused(*words, **more):
    try: backup.restore(*words, lists=[], **more)
    except backup.RestoreRefused as error: return error.code
say(changed=refused(Path({str(changed)!r}), keys_source=None),
    foreign=refused(Path({str(old / 'old')!r}), keys_source=Path({str(tmp_path / 'foreign')!r})),
    garbage=refused(Path({str(tmp_path / 'foreign')!r}), keys_source=None))
""")  # fmt: skip
    assert set(told.values()) == {"restore_refused"}
