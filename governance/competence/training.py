"""Training: what is offered, who completed it, and until when that holds."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import BackDating, Invalid, record_change
from governance.models import Person, Qualification, TrainingModule, User


def offer(
    *, actor: User, at: datetime, code: str, name: str, topic: str, valid_days: int | None = None
) -> TrainingModule:
    """Offer a training module; completing it qualifies for ``valid_days`` days, or for good when None."""
    if topic not in TrainingModule.Topic.values:
        known = ", ".join(TrainingModule.Topic.values)
        raise Invalid(_("A topic is one of: %(known)s.") % {"known": known}, field="topic")
    if valid_days is not None and valid_days < 1:
        raise Invalid(_("A training is valid for at least one day."), field="valid_days")
    if TrainingModule.objects.filter(code=code).exists():
        raise Invalid(_("The code “%(code)s” is taken by another training.") % {"code": code}, field="code")
    with transaction.atomic():
        module = TrainingModule.objects.create(
            code=code, name=name.strip(), topic=topic, valid_days=valid_days, offered_from=at
        )
        after = {"code": code, "name": module.name, "topic": topic, "valid_days": valid_days}
        record_change(actor=actor, at=at, action="people.training.offered", obj=module, before=None, after=after)
    return module


def complete(
    *, actor: User, at: datetime, person: Person, module: TrainingModule, completed_at: datetime, evidence: str
) -> Qualification:
    """Record that ``person`` completed ``module``: they hold its code from then for as long as it is valid.

    A completion may lie in the past, with its evidence; it never lies in the future.
    """
    if completed_at > at:
        raise BackDating(_("A training that lies ahead is not completed."), field="completed_at")
    if not evidence.strip():
        raise Invalid(_("Name what shows it: a certificate, a course record, a test."), field="evidence")
    until = completed_at + timedelta(days=module.valid_days) if module.valid_days else None
    with transaction.atomic():
        held = Qualification.objects.create(
            person=person, code=module.code, valid_from=completed_at, valid_until=until, evidence=evidence.strip()
        )
        _record(actor, at, "people.training.completed", held, None)
    return held


def withdraw_qualification(*, actor: User, at: datetime, qualification: Qualification, reason: str) -> None:
    """End a qualification now; what was reviewed while it held stays qualified."""
    if not reason.strip():
        raise Invalid(_("Say why the qualification is withdrawn."), field="reason")
    with transaction.atomic():
        row = Qualification.objects.select_for_update().select_related("person").get(pk=qualification.pk)
        if row.valid_until is not None and row.valid_until <= at:
            raise Invalid(_("This qualification has ended already."), field="qualification")
        before = _snapshot(row)
        begun = row.valid_from < at
        row.valid_until = at
        _record(actor, at, "people.qualification.withdrawn", row, {**before, "reason": reason.strip()})
        if begun:
            row.save(update_fields=["valid_until"])
        else:
            row.delete()


def _snapshot(row: Qualification) -> dict[str, Any]:
    return {
        "person": row.person.ref,
        "code": row.code,
        "valid_from": row.valid_from.isoformat(),
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
        "evidence": row.evidence,
    }


def _record(actor: User, at: datetime, action: str, row: Qualification, before: dict[str, Any] | None) -> None:
    record_change(actor=actor, at=at, action=action, obj=row.person, before=before, after=_snapshot(row))
