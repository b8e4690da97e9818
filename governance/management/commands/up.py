"""``custodes up``: the whole installation in one command."""

import http.client
import json
import signal
import sys
import threading
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from governance.management.serving import children, first_start
from governance.management.serving.source import SourceWatch
from governance.management.serving.supervisor import Supervisor

RELOADED = ("governance", "audit", "policies")


class Command(BaseCommand):
    help = "Runs web, follower, worker and scheduler, restarts what dies, and stops all on Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--reload", action="store_true", help="restart processes when source files change")
        parser.add_argument("--only", metavar="NAMES", help=f"some of: {','.join(children.NAMES)} (comma-separated)")
        parser.add_argument("--once-ready-file", type=Path, metavar="FILE", help="written once the site answers")
        parser.add_argument("--json", action="store_true", help="print what happens as JSON lines")

    def handle(self, **options: Any) -> None:
        self.as_json = options["json"]
        self.out = threading.Lock()
        names = self._names(options["only"])
        self.bare = len(names) == 1
        host, port = options["host"], options["port"]
        try:
            if "web" in names:
                first_start.require_free_port(host, port)
                first_start.prepare_static_files()
            first_start.prepare_database()
        except first_start.NotReady as error:
            raise CommandError(str(error)) from error
        for name, command in children.missing(names).items():
            self._say("up", f"{name} is left out: this source tree has no command “custodes {command}”")
            names = tuple(each for each in names if each != name)
        supervisor = Supervisor(
            children.children(names, host=host, port=port, reload=options["reload"]),
            cwd=settings.BASE_DIR,
            say=self._say,
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, supervisor.stop)
        if "web" in names:
            address = children.url(host, port)
            waiting = threading.Thread(
                target=self._announce, args=(supervisor, address, options["once_ready_file"]), daemon=True
            )
            waiting.start()
        supervisor.run(tick=self._reloader(supervisor) if options["reload"] else lambda: None)
        self._say("up", "stopped")

    def _names(self, only: str | None) -> tuple[str, ...]:
        names = tuple(only.split(",")) if only else children.NAMES
        unknown = sorted(set(names) - set(children.NAMES))
        if unknown:
            raise CommandError(f"--only knows {', '.join(children.NAMES)}; not {', '.join(unknown)}.", returncode=2)
        return names

    def _reloader(self, supervisor: Supervisor) -> Any:
        watch = SourceWatch([settings.BASE_DIR / name for name in RELOADED])
        names = {kept.child.name for kept in supervisor.kept if not kept.child.reloads}

        def tick() -> None:
            if watch.changed():
                self._say("up", "source changed: restarting")
                supervisor.restart(names)

        return tick

    def _announce(self, supervisor: Supervisor, address: str, ready_file: Path | None) -> None:
        """Wait until the site answers, then say where it is."""
        where = address.removeprefix("http://")
        while not supervisor.stopping.is_set() and not _answers(where):
            time.sleep(0.2)
        if supervisor.stopping.is_set():
            return
        link = first_start.setup_link(address)
        self._say("up", f"ready: {address}", url=address, setup=link)
        if link:
            self._say("up", f"make the first administrator (link works once, for a day): {link}")
        if ready_file:
            ready_file.write_text(json.dumps({"url": address, "setup": link}) + "\n")

    def _say(self, name: str, line: str, **facts: Any) -> None:
        if self.as_json:
            text = json.dumps({"from": name, "line": line, **facts})
        else:
            text = line if self.bare and name != "up" else f"{name:<9} | {line}"
        with self.out:
            try:
                print(text, flush=True)
            except BrokenPipeError:  # nobody reads any more; keep the processes
                sys.stdout = open("/dev/null", "w")  # noqa: SIM115


def _answers(where: str) -> bool:
    connection = http.client.HTTPConnection(where, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()
