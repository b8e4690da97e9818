"""Bundles made, altered and verified by both programs: the platform's and the stand-alone file."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from audit.ledger.bundle import verify_bundle, write_bundle
from audit.ledger.verification import Verification

OFFLINE = Path(__file__).parents[3] / "audit" / "ledger" / "offline_verifier.py"


def make(path: Path, **options: object) -> Path:
    """Write the bundle of the test database."""
    write_bundle(path, at=datetime.now(UTC), **options)  # type: ignore[arg-type]
    return path


def members(path: Path) -> dict[str, bytes]:
    """All members of a bundle, in order."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def rewrite(path: Path, change: Callable[[dict[str, bytes]], None] | Mapping[str, bytes], target: Path) -> Path:
    """Write a copy with changed members (a forger's zip: valid checksums)."""
    found = members(path)
    if callable(change):
        change(found)
    else:
        found.update(change)
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in found.items():
            archive.writestr(name, data)
    return target


def offline(path: Path, *, checkpoints: Sequence[str] = (), vkeys: Sequence[str] = ()) -> tuple[str, int]:
    """Run the stand-alone verifier in an isolated interpreter; return its verdict word and exit status."""
    command = [sys.executable, "-I", str(OFFLINE), str(path)]
    for number, note in enumerate(checkpoints):
        kept = path.with_suffix(f".{number}.note")
        kept.write_text(note, newline="")
        command += ["--checkpoint", str(kept)]
    for vkey in vkeys:
        command += ["--vkey", vkey]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout, done.stderr
    return done.stdout.split("\n")[0], done.returncode


def both(path: Path, *, checkpoints: Sequence[str] = (), vkeys: Sequence[str] = ()) -> Verification:
    """Verify with both programs, insist that they agree, and return the platform's outcome."""
    ours = verify_bundle(path, checkpoints=checkpoints, vkeys=vkeys)
    assert offline(path, checkpoints=checkpoints, vkeys=vkeys) == (str(ours.verdict), ours.exit_code), ours.summary
    return ours


def to_bytes(**options: object) -> bytes:
    """Return a bundle as bytes."""
    target = io.BytesIO()
    write_bundle(target, at=datetime(2026, 1, 1, tzinfo=UTC), **options)  # type: ignore[arg-type]
    return target.getvalue()
