"""The processes of an installation and how each is started."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands

NAMES = ("web", "follower", "worker", "scheduler")


@dataclass(frozen=True)
class Child:
    """One process to keep alive. ``reloads``: it notices changed source files by itself."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    reloads: bool = False


def missing(names: tuple[str, ...]) -> dict[str, str]:
    """Return the children that cannot run in this source tree, each with the command that is not there."""
    needs = {"follower": "follow", "scheduler": "schedule"}
    known = get_commands()
    return {name: needs[name] for name in names if name in needs and needs[name] not in known}


def children(names: tuple[str, ...], *, host: str, port: int, reload: bool) -> list[Child]:
    """Return the named children in the order they are started."""
    makers = {
        "web": lambda: _web(host, port, reload),
        "follower": lambda: Child("follower", _command("follow")),
        "worker": _worker,
        "scheduler": lambda: Child("scheduler", _command("schedule")),
    }
    return [makers[name]() for name in NAMES if name in names]


def url(host: str, port: int) -> str:
    """Return the address people open; a wildcard address is reached by loopback."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "django", name, "--skip-checks"]  # the supervisor looked already


def _web(host: str, port: int, reload: bool) -> Child:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    command = [sys.executable, "-m", "gunicorn", settings.ASGI_APPLICATION.replace(".application", ":application")]
    command += ["--bind", bind, "--worker-class", "governance.project.worker.Worker", "--keep-alive", "20"]
    command += ["--workers", os.environ.get("CUSTODES_WEB_WORKERS", "2"), "--timeout", "120"]
    command += ["--graceful-timeout", "5", "--no-control-socket", "--log-level", "warning"]
    if Path("/dev/shm").is_dir():  # noqa: S108 - a slow disk must not look like a hanging worker
        command += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    # What the address is follows from how it was started, unless the installation says otherwise.
    env = {} if "CUSTODES_URL" in os.environ else {"CUSTODES_URL": url(host, port)}
    # Loaded once and forked: importing opens no connection and starts no thread.
    return Child("web", [*command, "--reload" if reload else "--preload"], env, reloads=reload)


def _worker() -> Child:
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "governance.project", "worker"]
    command += ["--without-gossip", "--without-mingle", "--hostname", f"worker-{os.getpid()}@%h"]
    command += ["--concurrency", os.environ.get("CUSTODES_WORKERS", "2")]
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        # A prefork child that is killed while idle leaves a polling transport hanging.
        command += ["--pool", "threads"]
    return Child("worker", command)
