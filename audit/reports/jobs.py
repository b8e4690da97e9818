"""Jobs of this room: one issued report per job, whatever dies in between; and the tally that reports read."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from audit.events.tally import count_blocks
from audit.reports.issue import days, issue
from audit.reports.scope import scope_named
from governance.access import Invalid
from governance.jobs import JobRun, job_kind, scheduled
from governance.models import User


@job_kind("report", time_limit=timedelta(minutes=30))
def make_report(run: JobRun) -> Mapping[str, Any]:
    """Issue the report a job asks for; returns its ``id``, ``ref`` and digests.

    Arguments: ``use_case`` (reference or id, ``unit:<id>``, ``portfolio``), ``kind``, ``from`` and ``to`` (days, both
    included), ``language``, ``recipients``. It is issued by who asked for it.
    """
    asked = run.arguments
    report = issue(
        scope=scope_named(str(asked["use_case"])),
        kind=str(asked.get("kind", "oversight")),
        window=days(date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])),
        actor=_actor(run),
        at=run.at,
        job_key=run.key,
        language=asked.get("language", "en"),
        recipients=tuple(asked.get("recipients", ())),
        progress=run.progress,
        before_commit=run.check_lease,
    )
    return {
        "id": str(report.pk),
        "ref": report.ref,
        "pdf_sha256": report.pdf_sha256,
        "data_sha256": report.data_sha256,
    }


@job_kind("event_tally")
def count_events(run: JobRun) -> Mapping[str, int]:
    """Count the events of ledger blocks that have filled up."""
    return {"blocks": count_blocks(limit=500)}


scheduled("event_tally", every=timedelta(minutes=10))


def _actor(run: JobRun) -> User:
    if run.asked_by_id is None:
        raise Invalid(_("A report is issued by somebody; nobody asked for this one."), field="actor")
    return User.objects.get(pk=run.asked_by_id)
