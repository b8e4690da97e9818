"""Bundles made, altered and verified by both programs: the platform's and the stand-alone file."""

import io
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate
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


def records(found: Mapping[str, bytes]) -> dict[int, bytes]:
    """What ``payloads/000.bin`` holds: place in the tile to salt and payload, joined."""
    data = found["payloads/000.bin"]
    count = len(rows(found))
    bounds = list(accumulate(struct.unpack_from(f">{count}I", data), initial=4 * count))
    kept = {place: data[bounds[place] : bounds[place + 1]] for place in range(count)}
    return {place: record for place, record in kept.items() if record}


def pack(found: dict[str, bytes], kept: Mapping[int, bytes]) -> None:
    """Write other records into ``payloads/000.bin``."""
    lengths = [len(kept.get(place, b"")) for place in range(len(rows(found)))]
    found["payloads/000.bin"] = struct.pack(f">{len(lengths)}I", *lengths) + b"".join(kept[k] for k in sorted(kept))


def rows(found: Mapping[str, bytes]) -> list[bytes]:
    """The envelopes in ``entries/000.bin``."""
    data, made = found["entries/000.bin"], []
    while data:
        size = int.from_bytes(data[:2], "big")
        made.append(data[2 : 2 + size])
        data = data[2 + size :]
    return made


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
