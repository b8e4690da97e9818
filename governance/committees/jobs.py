"""What the clock does for committees: reminders, deadlines, approvals and engagements that end."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.access import DomainError
from governance.committees.addresses import MINE, meeting_path
from governance.committees.approvals import expire_approvals
from governance.committees.items import held_item
from governance.committees.meetings import end
from governance.committees.seats import serving
from governance.committees.voting import settle
from governance.competence import close_ended
from governance.jobs import JobRun, job_kind, scheduled
from governance.models import Action, AgendaItem, Meeting
from governance.notices import tell

SOON: Final = timedelta(days=3)


@job_kind("committee_clock")
def committee_clock(run: JobRun) -> Mapping[str, int]:
    """Close written procedures whose deadline passed, end approvals and engagements, remind people."""
    return {
        "closed": close_written(at=run.at),
        "expired": expire_approvals(at=run.at),
        "experts_ended": close_ended(at=run.at),
        "reminded": remind(at=run.at),
    }


def close_written(*, at: datetime) -> int:
    """Count and close written procedures past their deadline; return how many were closed.

    A vote whose effect is refused (evidence missing by now, say) is voided with the point deferred: nothing was
    decided, and the minutes say so.
    """
    closed = 0
    for meeting in Meeting.objects.filter(form="written", state="open", deadline__lte=at).order_by("deadline", "pk"):
        for item in meeting.items.filter(state=AgendaItem.State.VOTING):
            _settle(item, at)
        with transaction.atomic():
            held = Meeting.objects.select_for_update().get(pk=meeting.pk)
            if held.state == Meeting.State.OPEN:
                end(held, actor=None, at=at)
                closed += 1
    return closed


def _settle(item: AgendaItem, at: datetime) -> None:
    try:
        with transaction.atomic():
            row = held_item(item)
            if row.state == AgendaItem.State.VOTING:
                settle(row, actor=row.meeting.convened_by, at=at)
    except DomainError as refused:
        with transaction.atomic():
            row = held_item(item)
            row.votes.filter(voided_at=None).update(voided_at=at)
            row.state, row.digest, row.note = AgendaItem.State.DEFERRED, "", refused.message
            row.save(update_fields=["state", "digest", "note"])


def remind(*, at: datetime) -> int:
    """Tell owners of actions that are due soon or overdue, and members of meetings of tomorrow; once for each."""
    told = 0
    with transaction.atomic():
        for action in Action.objects.filter(done_at=None, due_at__lte=at + SOON).select_related("owner"):
            late = action.due_at <= at
            text = _("Overdue: %(text)s") if late else _("Due soon: %(text)s")
            told += tell(
                people=[action.owner], kind="action", subject=text % {"text": action.text}, url=MINE, at=at,
                key=f"action:{action.ref}:{action.owner.ref}:{'late' if late else 'soon'}",
            )  # fmt: skip
        coming = Meeting.objects.filter(state="convened", starts_at__gt=at, starts_at__lte=at + timedelta(days=1))
        for meeting in coming.select_related("committee"):
            n = meeting.items.count()
            subject = ngettext("Tomorrow: %(title)s, %(n)s point", "Tomorrow: %(title)s, %(n)s points", n)
            told += tell(
                people=[seat.person for seat in serving(meeting.committee, at)], kind="meeting",
                subject=subject % {"title": meeting.title, "n": n}, url=meeting_path(meeting.ref), at=at,
                key=f"meeting:{meeting.ref}:reminder",
            )  # fmt: skip
    return told


scheduled("committee_clock", every=timedelta(minutes=5))
