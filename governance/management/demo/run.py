"""Build the example through the running platform: verbs for what people do, the API for what systems send."""

import itertools
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from audit.assurance.glance import renew
from audit.events.fold import lag
from audit.events.keys import issue_key
from audit.ledger import log
from audit.models import ApiKey, Decision
from governance.management.demo import acs, cv
from governance.management.demo.meetings import meet, wait_for_minutes
from governance.management.demo.organisation import classify_all, set_up
from governance.models import PolicyInForce, UseCase, User

BATCH = 1000
PATIENCE = 300  # seconds the platform may take to start: a small machine makes its database first
GRACE = timedelta(seconds=10)  # verdicts that fall due this soon are waited for: the policies give two seconds
MAIN = acs.USE_CASE


class DemoFailed(RuntimeError):
    """The example could not be made; the message says at which step."""

    code = "demo_failed"


@dataclass(frozen=True)
class Result:
    """Where everything is."""

    url: str
    email: str
    password: str
    pdf: str
    bundle: str
    decisions: int
    events: int
    seconds: float


class Demo:
    """One run of ``custodes demo`` against the platform on ``port``."""

    def __init__(self, *, port: int, out: Any) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.console = Console(file=out)
        # Different on every installation, the same on every run, and written nowhere.
        self.password = salted_hmac("custodes.demo", "password", algorithm="sha256").hexdigest()[:14]
        self.began = time.monotonic()

    def run(self, platform: subprocess.Popen[bytes]) -> Result:
        """Make what is missing and return where it is; a second run finds all of it made."""
        self.console.print(
            "[bold]Custodes[/bold] makes an example organisation. The decision log is real, every review is simulated."
        )
        self._wait_until_ready(platform)
        now = timezone.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if not UseCase.objects.filter(key=MAIN).exists():
            signed_at = midnight - timedelta(days=366)
            with log.replaying_clock("example organisation"):
                set_up(at=signed_at, password=self.password)
            classify_all(at=now)
        start, end = self._period()
        key = self._key(now)
        with self._progress() as progress:
            sent = self._send(progress, key, "decision log (real)", list(acs.events(start=start, end=end, now=end)))
            sent += self._send(progress, key, "CV ranking (invented)", list(cv.events(end=end)))
            self._fold(progress)
            self._committee(progress)
            report = self._report(progress, key, start, end)
        renew(at=timezone.now())  # what is read of many use cases at once, as of the last event
        return self._result(report, key, sent)

    def _period(self) -> tuple[datetime, datetime]:
        """The twelve months after the policy was signed: the same on every later run."""
        signed = PolicyInForce.objects.get(use_case__key=MAIN, in_force_until=None).in_force_from
        return signed + timedelta(days=1), signed + timedelta(days=366)

    def _wait_until_ready(self, platform: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE
        with self.console.status("starting web, follower, worker and scheduler …"):
            while time.monotonic() < deadline:
                if platform.poll() is not None:
                    raise DemoFailed(f"The platform stopped while starting; read {settings.DATA_DIR / 'up.log'}.")
                try:
                    with urllib.request.urlopen(f"{self.base}/readyz", timeout=10) as answer:  # noqa: S310
                        if answer.status == 200:
                            return
                except (urllib.error.URLError, OSError):
                    time.sleep(0.2)
        raise DemoFailed(f"The site did not answer at {self.base} within {PATIENCE} seconds.")

    def _key(self, at: datetime) -> str:
        """A fresh key for this run; keys are stored hashed, so an old one cannot be read back."""
        registrar = User.objects.get(email="registrar@demo.invalid")
        cases = list(UseCase.objects.filter(key__in=[MAIN, cv.USE_CASE]))
        ApiKey.objects.filter(label="example", revoked_at=None).update(revoked_at=at)
        _, secret = issue_key(
            use_cases=cases,
            sources=[acs.SOURCE, cv.SOURCE],
            scopes=["events:write", "reports:write", "reports:read", "ledger:read"],
            label="example",
            actor=registrar,
            at=at,
            expires_at=at + timedelta(days=1),
        )
        return secret

    def _send(self, progress: Progress, key: str, label: str, events: list[dict[str, Any]]) -> int:
        bar = progress.add_task(label, total=len(events))
        for batch in _batches(events):
            status, answer = self._call("POST", "/api/v1/events", key, batch, "application/cloudevents-batch+json")
            if status not in (200, 201):
                raise DemoFailed(f"Sending events was answered {status}: {json.dumps(answer)[:400]}")
            progress.advance(bar, len(batch))
        return len(events)

    def _fold(self, progress: Progress) -> None:
        """Wait for the follower: every event folded, checked and counted."""
        total = lag()
        bar = progress.add_task("folding, checking, counting", total=max(total, 1))
        deadline = time.monotonic() + 600
        while (left := lag()) and time.monotonic() < deadline:
            total = max(total, left)
            progress.update(bar, total=total, completed=total - left)
            connection.close()
            time.sleep(0.3)
        if left:
            raise DemoFailed(f"{left} events were not folded within ten minutes.")
        while Decision.objects.filter(recheck_at__lte=timezone.now() + GRACE).exists() and time.monotonic() < deadline:
            connection.close()
            time.sleep(0.3)
        progress.update(bar, completed=total)

    def _committee(self, progress: Progress) -> None:
        """One meeting held on the folded figures, its minutes signed, and the next one convened."""
        bar = progress.add_task("committee and minutes", total=1)
        meet(at=timezone.now())
        if not wait_for_minutes():
            raise DemoFailed("The minutes were not signed within two minutes.")
        progress.update(bar, completed=1)

    def _report(self, progress: Progress, key: str, start: datetime, end: datetime) -> dict[str, Any]:
        bar = progress.add_task("oversight report", total=100)
        reference = UseCase.objects.get(key=MAIN).ref
        asked = {
            "use_case": reference,
            "from": start.date().isoformat(),
            "to": (end - timedelta(days=1)).date().isoformat(),
            "key": f"example-{reference}",
        }
        status, job = self._call("POST", "/api/v1/reports", key, asked)
        if status not in (200, 201, 202):
            raise DemoFailed(f"Asking for the report was answered {status}: {json.dumps(job)[:400]}")
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            status, job = self._call("GET", f"/api/v1/jobs/{job['id']}", key)
            progress.update(bar, completed=int(100 * job.get("progress", 0)))
            if job.get("state") == "done":
                return dict(job["result"])
            if job.get("state") == "failed":
                raise DemoFailed(f"The report failed: {job.get('error')}")
            time.sleep(0.3)
        raise DemoFailed("The report was not ready within five minutes.")

    def _result(self, report: dict[str, Any], key: str, sent: int) -> Result:
        folder = settings.DATA_DIR / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        paths = {}
        address = f"/api/v1/reports/{report['id']}"
        for kind, content in (
            ("pdf", self._download(f"{address}.pdf", key)),
            ("zip", self._download(f"{address}/evidence-pack", key, method="POST")),
        ):
            path = folder / f"oversight-report-{report['ref']}.{kind}"
            path.write_bytes(content)
            paths[kind] = str(path)
        return Result(
            url=self.base,
            email="registrar@demo.invalid",
            password=self.password,
            pdf=paths["pdf"],
            bundle=paths["zip"],
            decisions=len(acs.rows()) + cv.DECISIONS,
            events=sent,
            seconds=round(time.monotonic() - self.began, 1),
        )

    def tell(self, result: Result, *, as_json: bool, serving: bool) -> None:
        """Print where to look and how to check it."""
        if as_json:
            print(json.dumps(asdict(result)))
            return
        self.console.print(f"\n{result.decisions:,} decisions, {result.events:,} events in {result.seconds:.0f} s.")
        self.console.print(
            f"\n  open  {result.url}\n        {result.email}  ·  password {result.password}", highlight=False
        )
        self.console.print(f"  read  {result.pdf}", highlight=False, soft_wrap=True)
        self.console.print(f"  check custodes verify {result.bundle}\n", highlight=False, soft_wrap=True)
        if serving:
            self.console.print("Ctrl-C stops the site; run it again with `make demo`.")

    def _progress(self) -> Progress:
        columns = (TextColumn("{task.description:<28}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        return Progress(*columns, console=self.console)

    def _call(
        self, method: str, path: str, key: str, body: Any = None, content_type: str = "application/json"
    ) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key}", "Content-Type": content_type}
        request = urllib.request.Request(self.base + path, data=data, headers=headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def _download(self, path: str, key: str, *, method: str = "GET") -> bytes:
        headers = {"Authorization": f"Bearer {key}"}
        request = urllib.request.Request(self.base + path, headers=headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            return bytes(answer.read())


def _batches(events: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    iterator = iter(events)
    while batch := list(itertools.islice(iterator, BATCH)):
        yield batch
