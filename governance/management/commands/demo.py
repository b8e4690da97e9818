"""``custodes demo``: a filled example organisation from real data, a report issued, then the site."""

import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from governance.management.demo.run import Demo, DemoFailed


class Command(BaseCommand):
    help = "Make the example organisation (real decision log, simulated reviews), issue a report, serve the site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="stop when the report is there")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--json", action="store_true", help="print the result as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start the platform as a user would, build the example through it, and keep it running."""
        port = options["port"]
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        said = (settings.DATA_DIR / "up.log").open("ab")
        command = [sys.executable, "manage.py", "up", "--port", str(port)]
        platform = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=said, stderr=said)
        try:
            demo = Demo(port=port, out=self.stderr if options["json"] else self.stdout)
            result = demo.run(platform)
            demo.tell(result, as_json=options["json"], serving=not options["no_serve"])
            if not options["no_serve"]:
                signal.signal(signal.SIGTERM, lambda *_: platform.terminate())
                while platform.poll() is None:
                    time.sleep(0.5)
        except DemoFailed as failure:
            raise CommandError(str(failure)) from failure
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            platform.terminate()
            try:
                platform.wait(timeout=15)
            except subprocess.TimeoutExpired:
                platform.kill()
