"""What ``custodes doctor`` looks at; each look gives a finding and never raises."""

import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor

from audit.ledger import log
from audit.ledger.checks import missing_guards, open_doors
from audit.ledger.models import Anchor
from audit.models import FollowerCursor
from governance.access.first_administrator import is_empty
from governance.models import Job

OK, WARNING, FAULT = "ok", "warning", "fault"
LATE = timedelta(minutes=5)
LEAST_FREE = 1 << 30  # bytes


@dataclass(frozen=True)
class Finding:
    """What one look found. ``remedy`` says what to do, empty when nothing."""

    name: str
    state: str
    detail: str
    remedy: str = ""


def examine(at: datetime) -> list[Finding]:
    """Look at everything; a look that fails is a fault that says how. Without a sound database most are not taken."""
    found = [_safely("settings", _settings), _safely("database", _database)]
    if found[-1].state != FAULT:
        found.append(_safely("migrations", _migrations))
    if found[-1].state != FAULT:
        found += [
            _safely("guards", _guards),
            _safely("follower", _follower),
            _safely("anchors", lambda: _anchors(at)),
            _safely("queue", lambda: _queue(at)),
            _safely("failed jobs", _failed_jobs),
            _safely("administrator", _administrator),
        ]
    return [*found, _safely("keys", _keys), _safely("broker", _broker), _safely("disk", _disk)]


def _safely(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:
        return Finding(name, FAULT, f"{type(error).__name__}: {error}".strip())


def _settings() -> Finding:
    messages = checks.run_checks(include_deployment_checks=settings.PRODUCTION)
    serious = [message for message in messages if message.is_serious()]
    if serious:
        return Finding("settings", FAULT, "; ".join(f"{each.id}: {each.msg}" for each in serious))
    if messages:
        return Finding("settings", WARNING, "; ".join(f"{each.id}: {each.msg}" for each in messages))
    if not settings.PRODUCTION:
        return Finding(
            "settings", OK, "sound, for use on this machine", "Set CUSTODES_PRODUCTION=1 before others use it."
        )
    return Finding("settings", OK, "sound")


def _database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    name = str(connection.settings_dict["NAME"])
    return Finding("database", OK, f"{connection.display_name} {name} answers")


def _migrations() -> Finding:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return Finding("migrations", FAULT, f"{len(waiting)} are not applied", "Run “custodes migrate”.")
    return Finding("migrations", OK, "all applied")


def _guards() -> Finding:
    missing = missing_guards(connection)
    if missing:
        return Finding("guards", FAULT, " ".join(missing), "Run “custodes migrate”.")
    doors = open_doors(connection)
    if doors:
        remedy = "Run “custodes ledger grant”." if connection.vendor == "postgresql" else ""
        return Finding("guards", WARNING, "guards off: " + " ".join(doors), remedy)
    return Finding("guards", OK, "on")


def _follower() -> Finding:
    checkpoint = log.latest_checkpoint()
    size = checkpoint.size if checkpoint else 0
    read = min(FollowerCursor.objects.values_list("index", flat=True), default=0)
    behind = max(0, size - read)
    detail = f"{behind} of {size} entries under a checkpoint are not folded yet"
    if behind > 10_000:
        return Finding("follower", WARNING, detail, "Is “custodes follow” running?")
    return Finding("follower", OK, detail)


def _anchors(at: datetime) -> Finding:
    newest = Anchor.objects.order_by("-size", "-id").first()
    if newest is None:
        if settings.LEDGER_WITNESSES or settings.LEDGER_TSA_URL:
            return Finding("anchors", WARNING, "no witness or time stamp authority has answered yet")
        remedy = "Set CUSTODES_WITNESSES, or hand out the fingerprint of a checkpoint."
        return Finding("anchors", OK, "no checkpoint has left this house by itself", remedy)
    age = at - newest.at
    detail = f"{newest.size} entries were confirmed outside, {int(age.total_seconds() // 60)} min ago"
    return Finding("anchors", WARNING if age > timedelta(days=1) else OK, detail)


def _queue(at: datetime) -> Finding:
    waiting = Job.objects.filter(state=Job.State.WAITING, due_at__lte=at)
    oldest = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    lost = Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=at - LATE).count()
    if lost:
        detail = f"{lost} jobs of dead workers were not returned"
        return Finding("queue", FAULT, detail, "Is “custodes schedule” running?")
    if oldest is None:
        return Finding("queue", OK, "empty")
    age = at - oldest
    detail = f"{waiting.count()} jobs wait, the oldest for {int(age.total_seconds())} s"
    if age > LATE:
        return Finding("queue", FAULT, detail, "Are a worker and “custodes schedule” running?")
    return Finding("queue", OK, detail)


def _failed_jobs() -> Finding:
    failed = Job.objects.filter(state=Job.State.FAILED)
    count = failed.count()
    if not count:
        return Finding("failed jobs", OK, "none")
    last = failed.order_by("-finished_at").first()
    code = (last.error or {}).get("code", "unknown") if last else "unknown"
    return Finding("failed jobs", WARNING, f"{count}; the last one: {last and last.key} ({code})")


def _administrator() -> Finding:
    if is_empty():
        return Finding("administrator", WARNING, "there is none", "“custodes up” prints a link that makes the first.")
    return Finding("administrator", OK, "there is one")


def _keys() -> Finding:
    key = Path(settings.LEDGER_KEY_FILE)
    if not key.exists():
        return Finding("keys", WARNING, "no signing key yet; it is made with the first checkpoint")
    loose = [str(path) for path in (key, *Path(settings.SECRETS_DIR).glob("*")) if _others_can_read(path)]
    if loose:
        return Finding("keys", FAULT, f"readable by others: {', '.join(sorted(set(loose)))}", "chmod 600 these files.")
    return Finding("keys", OK, f"signing as {log.vkey()}; files private")


def _others_can_read(path: Path) -> bool:
    return path.is_file() and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _broker() -> Finding:
    options = {**current_app.conf.broker_transport_options, "max_retries": 1}
    url = current_app.connection_for_write().as_uri()
    with current_app.connection_for_write(connect_timeout=2, transport_options=options) as broker:
        try:
            broker.ensure_connection(max_retries=1, timeout=3)
        except Exception as error:
            remedy = "Jobs wait in the database until it is back."
            return Finding("broker", FAULT, f"{url} does not answer ({error})", remedy)
    return Finding("broker", OK, f"{url} answers")


def _disk() -> Finding:
    usage = shutil.disk_usage(settings.DATA_DIR)
    detail = f"{usage.free / (1 << 30):.1f} GiB free of {usage.total / (1 << 30):.1f} GiB at {settings.DATA_DIR}"
    return Finding("disk", OK if usage.free >= LEAST_FREE else FAULT, detail)
