"""The queue's door: reads the clock, calls a verb. One task does every kind of job."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from audit.reports.content import to_json
from audit.reports.letterhead import under_letterhead
from audit.reports.papers import document, paper
from audit.reports.signing import sign_pages
from governance.committees import jobs as committees  # noqa: F401 - registers the job kind
from governance.committees.minutes import Printed, issue_minutes
from governance.jobs import JobRun, job_kind, scheduled
from governance.jobs import run_job as do
from governance.jobs.wake import TASK
from governance.models import Meeting, User
from governance.notices import work as notices  # noqa: F401 - registers the job kinds


@shared_task(name=TASK, ignore_result=True, acks_late=True)
def run_job(job_id: str) -> None:
    """Do the job a wake-up message names; a message for a job that is taken or done does nothing."""
    with structlog.contextvars.bound_contextvars(job=job_id):
        do(UUID(job_id), clock=timezone.now)


@job_kind("minutes", time_limit=timedelta(minutes=10))
def make_minutes(run: JobRun) -> Mapping[str, str]:
    """Print, sign and store the minutes of the meeting a job names; done once."""
    meeting = Meeting.objects.select_related("committee", "convened_by").get(ref=run.arguments["meeting"])
    actor = User.objects.get(pk=run.asked_by_id) if run.asked_by_id else meeting.convened_by

    def render(content: Mapping[str, Any]) -> Printed:
        content = under_letterhead(content)
        pdf = paper("minutes", content)
        signed = sign_pages(pdf, reason=str(content["title"])[:200], at=run.at)
        return Printed(to_json(document("minutes", content)), pdf, signed)

    language = run.arguments.get("language", "en")
    made = issue_minutes(meeting=meeting, actor=actor, at=run.at, language=language, render=render)
    return {"ref": made.ref, "pdf_sha256": made.pdf_sha256}


@job_kind("clear_sessions")
def clear_sessions(run: JobRun) -> Mapping[str, int]:
    """Remove sign-in sessions that ended."""
    deleted, _ = Session.objects.filter(expire_date__lt=run.at).delete()
    return {"deleted": deleted}


scheduled("clear_sessions", every=timedelta(days=1))
