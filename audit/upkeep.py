"""What the ledger wants done by the clock: checkpoints carried out of the house, signs of life, a daily count.

Nothing here calls out unless a witness or time stamp authority is configured.
"""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.ledger import anchors, log
from audit.ledger.models import Entry
from audit.ledger.uuid7 import first_at
from audit.models import Event
from governance.jobs import JobRun, job_kind, scheduled
from governance.models import Change

HEARTBEAT, RECONCILED = "log.heartbeat", "log.reconciled"
CHUNK = 1000
logger = logging.getLogger(__name__)


@job_kind("witness")
def ask_witnesses(run: JobRun) -> Mapping[str, Any]:
    """Have every configured witness cosign the newest checkpoint; ``refused`` says who did not and why.

    A witness that is away is no failed job, or there would be one a minute; ``custodes doctor`` tells how long ago
    anybody outside confirmed a checkpoint.
    """
    done: int = 0
    refused: list[str] = []
    for url, vkey in settings.LEDGER_WITNESSES:
        try:
            done += anchors.ask_witness(url=url, vkey=vkey, at=run.at) is not None
        except anchors.AnchorRefused as error:
            logger.warning("a witness did not cosign: %s", error)
            refused.append(str(error)[:300])
    return {"cosigned": done, "refused": refused}


@job_kind("timestamp")
def ask_time(run: JobRun) -> Mapping[str, Any]:
    """Have the time stamp authority stamp the newest checkpoint, unless it was stamped already."""
    roots = [Path(settings.LEDGER_TSA_ROOTS).read_bytes()]
    kept = anchors.stamp_once(url=settings.LEDGER_TSA_URL, at=run.at, roots=roots)
    return {"stamped": kept is not None}


@job_kind("heartbeat")
def beat(run: JobRun) -> Mapping[str, Any]:
    """Record that recording works: an hour without any other entry is then known to be an empty one."""
    since = run.at - timedelta(hours=1)
    body = {"since": since.isoformat(), "entries": sum(_entries(since, run.at).values())}
    _record(HEARTBEAT, body, run.at)
    return body


@job_kind("reconcile")
def reconcile(run: JobRun) -> Mapping[str, Any]:
    """Count yesterday's entries by stream against the rows they stand for, and record the count under the tree."""
    end = run.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    counted = count_day(end - timedelta(days=1), end)
    _record(RECONCILED, counted, run.at)
    return counted


def count_day(since: datetime, until: datetime) -> dict[str, Any]:
    """Return entries by stream, and how many event and change rows of the time have no entry, or the reverse.

    A difference means that something was recorded around the ledger, or a row was deleted.
    """
    streams = _entries(since, until)
    events = Event.objects.filter(pk__gte=first_at(since), pk__lt=first_at(until))
    without = _without_entry([*events.values_list("pk", flat=True)])
    changes = Change.objects.filter(entry__gte=first_at(since), entry__lt=first_at(until))
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "streams": streams,
        "events": {"rows": events.count(), "without_entry": without, "entries": streams.get("events", 0)},
        "changes": {
            "rows": changes.count(),
            "without_entry": _without_entry([*changes.values_list("entry", flat=True)]),
        },
    }


def _entries(since: datetime, until: datetime) -> dict[str, int]:
    """Entry ids begin with the millisecond they were recorded in, so a time is an id."""
    rows = Entry.objects.filter(pk__gte=first_at(since), pk__lt=first_at(until)).values_list("stream", flat=True)
    counted: dict[str, int] = {}
    for stream in rows.iterator(chunk_size=CHUNK * 10):
        counted[stream] = counted.get(stream, 0) + 1
    return dict(sorted(counted.items()))


def _without_entry(ids: list[UUID]) -> int:
    found = 0
    for start in range(0, len(ids), CHUNK):
        found += Entry.objects.filter(pk__in=ids[start : start + CHUNK]).count()
    return len(set(ids)) - found


def _record(kind: str, body: Mapping[str, Any], at: datetime) -> None:
    payload = json.dumps(body, sort_keys=True).encode()
    draft = log.Draft(stream="ledger", type=kind, event_time=at, recorded_by=None, payload=payload)
    with transaction.atomic():
        log.append([draft], at=at)


scheduled("heartbeat", every=timedelta(hours=1))
scheduled("reconcile", every=timedelta(days=1))
if settings.LEDGER_WITNESSES:
    scheduled("witness", every=timedelta(seconds=settings.LEDGER_WITNESS_SECONDS))
if settings.LEDGER_TSA_URL:
    scheduled("timestamp", every=timedelta(hours=1))
