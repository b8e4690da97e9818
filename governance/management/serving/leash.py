"""Run a command that ends when its supervisor dies: ``python leash.py SUPERVISOR_PID COMMAND...``.

Stands alone (standard library only, run by path) so that it starts in a few milliseconds. Linux tells
the kernel and becomes the command; elsewhere, or with ``--watch``, it stays and watches its parent.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def bind_to_parent() -> bool:
    """Ask the kernel for SIGTERM when the parent dies; survives ``exec``. False where there is no such call."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) == 0)


def watch(supervisor: int, command: list[str]) -> int:
    """Run ``command``, pass signals on, and end it within a second of the supervisor's death."""
    child = subprocess.Popen(command)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda received, _frame: child.send_signal(received))
    asked = False
    while child.poll() is None:
        if os.getppid() != supervisor and not asked:
            child.terminate()
            asked = True
        time.sleep(0.2)
    return child.returncode


def main(arguments: list[str]) -> int:
    stay = arguments[0] == "--watch"
    supervisor, command = int(arguments[stay]), arguments[stay + 1 :]
    if not stay and bind_to_parent():
        if os.getppid() != supervisor:  # it died before the kernel was told
            return 1
        os.execvp(command[0], command)  # noqa: S606
    return watch(supervisor, command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
