"""Actions: what a meeting asked somebody to do; done, or handed on."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import Invalid, NotAllowed, record_change
from governance.committees.addresses import MINE
from governance.committees.errors import WrongState
from governance.committees.seats import check_leads, leads, person_of
from governance.models import Action, Meeting, Person, Resolution, UseCase, User, next_reference
from governance.notices import tell


def agree(
    *,
    actor: User,
    at: datetime,
    meeting: Meeting,
    text: str,
    owner: Person,
    due_at: datetime,
    use_case: UseCase | None = None,
    resolution: Resolution | None = None,
) -> Action:
    """Write down that ``owner`` does something until ``due_at``, and tell them."""
    check_leads(actor, meeting.committee, at)
    if not text.strip():
        raise Invalid(_("Say what is to be done."), field="text")
    if due_at <= at:
        raise Invalid(_("An action is due in the future."), field="due_at")
    with transaction.atomic():
        row = Action.objects.create(
            ref=next_reference("ACT"),
            meeting=meeting,
            resolution=resolution,
            use_case=use_case,
            text=text.strip(),
            owner=owner,
            due_at=due_at,
        )
        _record(actor, at, "committee.action_agreed", row, {"due_at": due_at.isoformat()})
        _tell(row, at, "agreed", _("An action for you: %(text)s"))
    return row


def complete(*, actor: User, at: datetime, action: Action, note: str) -> Action:
    """Mark an action done, with what shows it; its owner or the chair does this."""
    if not note.strip():
        raise Invalid(_("Say how it was done, and where that can be seen."), field="note")
    with transaction.atomic():
        row = _open(action, actor, at)
        row.done_at, row.done_note = at, note.strip()
        row.save(update_fields=["done_at", "done_note"])
        _record(actor, at, "committee.action_done", row, {"note": row.done_note})
    return row


def delegate(*, actor: User, at: datetime, action: Action, to: Person, reason: str) -> Action:
    """Hand an action to somebody else; who handed it on stays on record."""
    if not reason.strip():
        raise Invalid(_("Say why you hand it on."), field="reason")
    with transaction.atomic():
        row = _open(action, actor, at)
        if to.pk == row.owner_id:
            raise Invalid(_("It is theirs already."), field="to")
        row.delegated_by, row.owner = row.owner, to
        row.save(update_fields=["delegated_by", "owner"])
        after = {"from": row.delegated_by.ref, "to": to.ref, "reason": reason.strip()}
        _record(actor, at, "committee.action_delegated", row, after)
        _tell(row, at, f"to:{to.ref}", _("Handed to you: %(text)s"))
    return row


def _open(action: Action, actor: User, at: datetime) -> Action:
    """The action locked, checked to be open and ``actor``'s to touch."""
    rows = Action.objects.select_for_update(of=("self",)).select_related("meeting__committee", "owner")
    row = rows.get(pk=action.pk)
    own = person_of(actor)
    if (own is None or own.pk != row.owner_id) and not leads(actor, row.meeting.committee, at):
        raise NotAllowed(_("The owner of an action, or the chair, does this."))
    if row.done_at is not None:
        raise WrongState(_("This action is done already."), state="done")
    return row


def _tell(row: Action, at: datetime, occasion: str, subject: str) -> None:
    text = subject % {"text": row.text}
    key = f"action:{row.ref}:{occasion}"
    tell(people=[row.owner], kind="action", subject=text, url=MINE, at=at, key=key)


def _record(actor: User, at: datetime, action: str, row: Action, more: dict[str, str]) -> None:
    after = {"text": row.text, "owner": row.owner.ref, **more}
    record_change(
        actor=actor, at=at, action=action, stream="committee", obj=row, before=None, after=after,
        simulated=row.meeting.simulated,
    )  # fmt: skip
