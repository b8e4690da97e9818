"""Points of an agenda: put them on, change them, note what was said, leave them for another day."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from audit.events.canonical import canonical
from governance.access import Invalid, record_change
from governance.committees.errors import AlreadyDecided, WrongState
from governance.committees.seats import check_convenes, check_leads
from governance.models import AgendaItem, DataPack, ItemVote, Meeting, UseCase, User
from policies.models import OversightPolicy

Kind = AgendaItem.Kind
NEEDS_USE_CASE: Final = frozenset({Kind.POLICY, Kind.APPROVE, Kind.MODE, Kind.SUSPEND, Kind.WAIVE, Kind.EXPAND})
WANTED: Final = {
    Kind.MODE: "mode", Kind.SUSPEND: "kind", Kind.WAIVE: "finding", Kind.RISK: "until", Kind.CHARTER: "amend",
}  # fmt: skip
EDITABLE: Final = frozenset({"title", "question", "effect", "options", "prompts", "conditions"})


def add_item(
    *,
    actor: User,
    at: datetime,
    meeting: Meeting,
    kind: str,
    title: str,
    question: str = "",
    use_case: UseCase | None = None,
    policy: OversightPolicy | None = None,
    effect: Mapping[str, Any] | None = None,
    options: Sequence[Mapping[str, Any]] = (),
    prompts: Sequence[str] | None = None,
    conditions: Sequence[Mapping[str, Any]] = (),
) -> AgendaItem:
    """Put a point on the agenda, as long as the data pack is not frozen.

    ``effect``: what adopting it does, by kind: ``{"mode"}``, ``{"kind": "pause" | "stop"}``, ``{"until"}`` for a risk,
    ``{"finding", "until"}``, ``{"lifecycle"}`` beside a policy or an approval, ``{"amend"}`` as
    :func:`~governance.committees.propose_amendment` makes it. Raises :class:`Invalid`.
    """
    check_convenes(actor, meeting.committee, at)
    with transaction.atomic():
        held = Meeting.objects.select_for_update().get(pk=meeting.pk)
        if held.state != Meeting.State.CONVENED or DataPack.objects.filter(meeting=held).exists():
            raise WrongState(_("The agenda is closed: its data pack is frozen."), state=held.state)
        item = AgendaItem(
            meeting=held,
            number=next_number(held),
            kind=kind,
            title=title.strip()[:200],
            question=question.strip(),
            use_case=use_case,
            policy=policy,
            effect=dict(effect or {}),
            options=[dict(option) for option in options],
            prompts=list(meeting.committee.prompts if prompts is None else prompts),
            conditions=[dict(condition) for condition in conditions],
        )
        check_item(item)
        item.save(force_insert=True)
        _record(actor, at, "committee.item_added", item, None, snapshot(item))
    return item


def edit_item(*, actor: User, at: datetime, item: AgendaItem, reason: str = "", **fields: Any) -> AgendaItem:
    """Change what is to be decided. Votes already cast are voided and kept; the vote has to be opened again.

    Raises :class:`Invalid` when nothing would change: then the votes stand.
    """
    unknown = sorted(set(fields) - EDITABLE)
    if unknown:
        raise Invalid(_("This cannot be changed on an agenda item."), field=unknown[0])
    with transaction.atomic():
        row = held_item(item)
        check_leads(actor, row.meeting.committee, at)
        _not_decided(row)
        before = snapshot(row)
        for name, value in fields.items():
            setattr(row, name, value)
        check_item(row)
        if snapshot(row) == before:
            raise Invalid(_("Nothing would change; votes that were cast stand."), field="reason")
        voided = 0
        if row.state == AgendaItem.State.VOTING:
            voided = ItemVote.objects.filter(item=row, voided_at=None).update(voided_at=at)
            row.state, row.digest, row.motion, row.option, row.excluded = AgendaItem.State.OPEN, "", "", "", []
        row.save()
        after = {**snapshot(row), "reason": reason, "votes_voided": voided}
        _record(actor, at, "committee.item_edited", row, before, after)
    return row


def discuss(*, actor: User, at: datetime, item: AgendaItem, note: str) -> AgendaItem:
    """Write down what was said. A point for discussion is done with it; one to decide stays open."""
    if not note.strip():
        raise Invalid(_("Write down what was said; a point without a record was not discussed."), field="note")
    with transaction.atomic():
        row = held_item(item)
        check_leads(actor, row.meeting.committee, at)
        if row.meeting.state != Meeting.State.OPEN:
            raise WrongState(_("The meeting is not open."), state=row.meeting.state)
        row.note = note.strip()
        if row.kind == Kind.DISCUSS:
            row.state = AgendaItem.State.DISCUSSED
        row.save(update_fields=["note", "state"])
        _record(actor, at, "committee.item_discussed", row, None, {"number": row.number, "note": row.note})
    return row


def defer(*, actor: User, at: datetime, item: AgendaItem, reason: str) -> AgendaItem:
    """Leave an open point for the next meeting; a mandatory one cannot be left."""
    if not reason.strip():
        raise Invalid(_("Say why it waits."), field="reason")
    with transaction.atomic():
        row = held_item(item)
        check_leads(actor, row.meeting.committee, at)
        if row.mandatory:
            raise Invalid(_("The charter asks for this point in every meeting."), field="item")
        if row.state != AgendaItem.State.OPEN:
            raise WrongState(_("Only an open point can wait for another day."), state=row.state)
        row.state = AgendaItem.State.DEFERRED
        row.save(update_fields=["state"])
        _record(actor, at, "committee.item_deferred", row, None, {"number": row.number, "reason": reason.strip()})
    return row


def held_item(item: AgendaItem) -> AgendaItem:
    """Return the item locked, its meeting first: every writer takes them in this order. Needs a transaction."""
    meeting = Meeting.objects.select_for_update().select_related("committee").get(pk=item.meeting_id)
    row = AgendaItem.objects.select_for_update().get(pk=item.pk)
    row.meeting = meeting
    return row


def next_number(meeting: Meeting) -> int:
    """Return the number of the next point."""
    return (meeting.items.aggregate(last=Max("number"))["last"] or 0) + 1


def digest_of(item: AgendaItem, pack_sha256: str, motion: str, option: str) -> str:
    """Return the digest a vote binds to: what is decided, with which effect, seen with which figures."""
    subject = {
        **snapshot(item),
        "policy_digest": item.policy.digest if item.policy else None,
        "pack": pack_sha256,
        "motion": motion,
        "option": option,
    }
    return f"sha256:{hashlib.sha256(canonical(subject)).hexdigest()}"


def snapshot(item: AgendaItem) -> dict[str, Any]:
    """Return what an item asks, as JSON values."""
    return {
        "number": item.number,
        "kind": item.kind,
        "title": item.title,
        "question": item.question,
        "use_case": item.use_case.ref if item.use_case else None,
        "policy": item.policy.ref if item.policy else None,
        "effect": item.effect,
        "options": item.options,
        "prompts": item.prompts,
        "conditions": item.conditions,
    }


def check_item(item: AgendaItem) -> None:
    """Raise :class:`Invalid` when a point cannot be decided as it stands, naming the field."""
    if item.kind not in Kind.values:
        raise Invalid(_("A point is one of: %(known)s.") % {"known": ", ".join(Kind.values)}, field="kind")
    if not item.title:
        raise Invalid(_("A point needs a title."), field="title")
    if item.kind in NEEDS_USE_CASE and item.use_case is None:
        raise Invalid(_("Name the use case this is about."), field="use_case")
    if item.kind == Kind.POLICY and item.policy is None:
        raise Invalid(_("Name the policy version that is to come into force."), field="policy")
    if item.policy is not None and item.use_case is not None and item.policy.key != item.use_case.key:
        raise Invalid(_("This policy was written for another use case."), field="policy")
    wanted = WANTED.get(Kind(item.kind))
    if wanted and not item.effect.get(wanted):
        raise Invalid(_("The effect of this point needs “%(field)s”.") % {"field": wanted}, field=f"effect.{wanted}")
    if item.kind == Kind.WAIVE and not item.effect.get("until"):
        raise Invalid(_("A waiver ends: give “until”."), field="effect.until")
    keys = [option.get("key") for option in item.options]
    if len(set(keys)) != len(keys) or not all(keys):
        raise Invalid(_("Each option has a key of its own."), field="options")
    for condition in item.conditions:
        if not {"text", "owner", "due"} <= set(condition):
            raise Invalid(_("A condition has a text, an owner and a due date."), field="conditions")


def _not_decided(item: AgendaItem) -> None:
    if item.state == AgendaItem.State.DECIDED:
        raise AlreadyDecided(_("This point has its resolution."), item=item.number)
    if item.meeting.state not in {Meeting.State.CONVENED, Meeting.State.OPEN}:
        raise WrongState(_("This meeting is over."), state=item.meeting.state)


def _record(
    actor: User, at: datetime, action: str, item: AgendaItem, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    record_change(
        actor=actor, at=at, action=action, stream="committee", obj=item.meeting, before=before, after=after,
        simulated=item.meeting.simulated,
    )  # fmt: skip
