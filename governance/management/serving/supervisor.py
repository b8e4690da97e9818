"""Keeps processes alive: restarts what dies, stops all cleanly, and leaves nobody behind."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from governance.management.serving.children import Child

LEASH = Path(__file__).with_name("leash.py")
STEADY_AFTER = 10.0  # seconds a child must live for its next death to count as its first
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
GRACE = 10.0  # seconds between SIGTERM and SIGKILL
TICK = 0.1


@dataclass
class Kept:
    """A child and how it fares."""

    child: Child
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    deaths: int = 0
    pumps: list[threading.Thread] = field(default_factory=list)


class Supervisor:
    """Runs children until asked to stop. ``say(name, line)`` gets every line they print."""

    def __init__(self, children: list[Child], *, cwd: Path, say: Callable[[str, str], None]) -> None:
        self.kept = [Kept(child) for child in children]
        self.cwd = cwd
        self.say = say
        self.stopping = threading.Event()

    def stop(self, *_: object) -> None:
        """Ask all children to end; returns at once (a signal handler)."""
        self.stopping.set()

    def run(self, *, tick: Callable[[], None] = lambda: None) -> None:
        """Start all, keep them alive until :meth:`stop`, then end them. ``tick`` is called in every round.

        Must run in the main thread: on Linux a child is bound to the thread that started it.
        """
        try:
            while not self.stopping.is_set():
                for kept in self.kept:
                    self._look_after(kept)
                tick()
                self.stopping.wait(TICK)
        finally:
            self._end_all()

    def restart(self, names: set[str]) -> None:
        """End the named children; the next round starts them again without a pause."""
        for kept in self.kept:
            if kept.child.name in names and kept.process is not None and kept.process.poll() is None:
                kept.started = time.monotonic() - STEADY_AFTER  # asked for: no reason to be careful
                kept.process.terminate()

    def _look_after(self, kept: Kept) -> None:
        now = time.monotonic()
        if kept.process is None:
            if now >= kept.start_at:
                self._start(kept)
            return
        status = kept.process.poll()
        if status is None:
            return
        # What it left behind (a killed master's workers) must not hold the port or a job.
        _signal_group(kept.process, signal.SIGKILL)
        kept.deaths = 1 if now - kept.started >= STEADY_AFTER else kept.deaths + 1
        pause = min(SHORTEST_PAUSE * 2 ** (kept.deaths - 1), LONGEST_PAUSE)
        self.say("up", f"{kept.child.name} ended ({_why(status)}); starts again in {pause:g} s")
        kept.process, kept.start_at = None, now + pause

    def _start(self, kept: Kept) -> None:
        leash = [sys.executable, "-S", "-E", str(LEASH), str(os.getpid())]
        process = subprocess.Popen(
            [*leash, *kept.child.command],
            cwd=self.cwd,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **kept.child.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, and a group can be ended whole
        )
        kept.process, kept.started = process, time.monotonic()
        pump = threading.Thread(target=self._pump, args=(kept.child.name, process), daemon=True)
        pump.start()
        kept.pumps = [*(each for each in kept.pumps if each.is_alive()), pump]

    def _pump(self, name: str, process: subprocess.Popen[bytes]) -> None:
        with process.stdout or io.BytesIO() as lines:
            for line in lines:
                self.say(name, line.decode(errors="replace").rstrip("\n"))

    def _end_all(self) -> None:
        alive = [(kept.child.name, kept.process) for kept in self.kept if kept.process is not None]
        for _, process in alive:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for name, process in alive:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say("up", f"{name} does not stop and is ended")
            _signal_group(process, signal.SIGKILL)
            process.wait()
        for pump in (pump for kept in self.kept for pump in kept.pumps):
            pump.join(1.0)


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _why(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
