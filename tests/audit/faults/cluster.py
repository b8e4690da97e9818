"""A PostgreSQL cluster of one's own, durable, that tests may kill, restart and starve of disk."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from tests import postgres


class Cluster:
    """One server in ``folder`` (its data may lie on a file system of its own); ``url`` names its database."""

    def __init__(self, data: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="custodes-fault-", dir="/tmp"))
        self.binaries = postgres._readable(postgres.binaries(), self.folder)
        self.data = data or self.folder / "data"
        self.identity = postgres._identity(self.folder)
        if data is not None and self.identity:
            os.chown(data, self.identity["user"], self.identity["group"])
        self.log = (self.folder / "log").open("ab")
        self.process: subprocess.Popen | None = None
        initdb = [self.binaries / "initdb", "-D", self.data, "-U", postgres.USER, "--auth=trust", "--encoding=UTF8"]
        postgres._run([*initdb, "--no-sync"], self.identity, self.log)
        self.url = f"postgres://{postgres.USER}@/{postgres.DATABASE}?host={quote(str(self.folder), safe='')}"
        self.start()
        with self.connect("postgres") as connection:
            connection.execute(f'CREATE DATABASE "{postgres.DATABASE}"')

    def connect(self, name: str = postgres.DATABASE):
        import psycopg

        return psycopg.connect(host=str(self.folder), user=postgres.USER, dbname=name, autocommit=True)

    def start(self) -> None:
        """Start, and wait until it takes connections: after a kill it replays its log first."""
        options = [f"unix_socket_directories={self.folder}", "listen_addresses=", "max_connections=60", "timezone=UTC"]
        options += ["max_wal_size=64MB", "min_wal_size=32MB", "shared_buffers=32MB"]
        command = [str(self.binaries / "postgres"), "-D", str(self.data)]
        command += [part for each in options for part in ("-c", each)]
        self.process = subprocess.Popen(
            command, stdout=self.log, stderr=self.log, cwd=self.folder, start_new_session=True, **self.identity
        )
        deadline = time.monotonic() + 120
        while True:
            try:
                self.connect("postgres").close()
                return
            except Exception:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"did not start: {(self.folder / 'log').read_text()[-2000:]}") from None
                time.sleep(0.1)

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL to the postmaster and every backend at once, as when the machine's power goes."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)
        with contextlib.suppress(FileNotFoundError):
            (self.data / "postmaster.pid").unlink()

    def restart_immediately(self) -> None:
        """What ``pg_ctl restart -m immediate`` does: every connection breaks, and the log is replayed."""
        assert self.process is not None
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)
        self.start()

    def terminate_backends(self) -> None:
        with self.connect("postgres") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [postgres.DATABASE]
            )

    def close(self) -> None:
        if self.running():
            assert self.process is not None
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(60)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def cluster(data: Path | None = None) -> Iterator[Cluster]:
    running = Cluster(data)
    try:
        yield running
    finally:
        running.close()


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of so many megabytes in memory; only root can make one."""
    folder = Path(tempfile.mkdtemp(prefix="custodes-disk-", dir="/tmp"))
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder)],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        folder.rmdir()
        raise PermissionError(made.stderr.decode())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)
        with contextlib.suppress(OSError):
            folder.rmdir()
