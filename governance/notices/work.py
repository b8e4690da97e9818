"""The jobs that carry notices out. Imported by the queue's door, which registers them."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from governance.jobs import JobRun, job_kind, scheduled
from governance.models import Job
from governance.notices import outbox
from governance.notices.inbox import MAIL_JOB
from governance.notices.mail import send_due

DUE_JOB = "notices_due"
KEEP_RUNS = timedelta(days=1)


@job_kind(MAIL_JOB)
def mail(run: JobRun) -> Mapping[str, int]:
    """Send the mail that is due."""
    return {"mails": send_due(run.at)}


@job_kind(outbox.DELIVER_JOB)
def deliver(run: JobRun) -> Mapping[str, str]:
    """Make the first attempt at one message; the later ones are made when they fall due."""
    return {"state": outbox.deliver(UUID(run.arguments["delivery"]), at=run.at)}


@job_kind(DUE_JOB)
def due(run: JobRun) -> Mapping[str, int]:
    """Send what waited for quiet hours, a daily mail or a pause after a failed attempt."""
    messages = [outbox.deliver(each, at=run.clock()) for each in outbox.due(run.at)]
    # A run a minute: without this the list of jobs would be about nothing else.
    old = Job.objects.filter(kind=DUE_JOB, state=Job.State.DONE, finished_at__lt=run.at - KEEP_RUNS)
    removed, _ = old.delete()
    return {"mails": send_due(run.at), "messages": len(messages), "removed": removed}


scheduled(DUE_JOB, every=timedelta(minutes=1))
