"""What people say about a point: whose it is, what shows it, until when."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import Invalid, record_change
from governance.models import DutyRecord, Person, UseCase, User
from policies.eu_ai_act.checklist import check_rows


def note_duty(
    *,
    actor: User,
    at: datetime,
    use_case: UseCase,
    point: str,
    role: str,
    state: str,
    evidence: str = "",
    responsible: Person | None = None,
    due_on: date | None = None,
) -> DutyRecord:
    """Keep what is said about ``point`` for ``role``; ``shown`` and ``not_applicable`` need words.

    Nothing here says that a duty is met: evidence is named, a reader judges.
    """
    if point not in {row.id for row in check_rows()}:
        raise Invalid(_("The checklist has no such point."), field="point")
    if state not in DutyRecord.State.values:
        raise Invalid(_("Choose open, evidence named, or does not apply."), field="state")
    if state != DutyRecord.State.OPEN and not evidence.strip():
        raise Invalid(_("Name the evidence, or say why the point does not apply."), field="evidence")
    with transaction.atomic():
        UseCase.objects.select_for_update().get(pk=use_case.pk)
        record = DutyRecord.objects.filter(use_case=use_case, point=point, role=role).first()
        before = _snapshot(record) if record else None
        record = record or DutyRecord(use_case=use_case, point=point, role=role)
        record.state, record.evidence = state, evidence.strip()
        record.responsible, record.due_on = responsible, due_on
        record.noted_by, record.noted_at = actor, at
        record.save()
        after = _snapshot(record)
        if after != before:
            record_change(
                actor=actor,
                at=at,
                action="register.use_case.duty_noted",
                obj=use_case,
                before={"point": point, "role": role, **before} if before else None,
                after={"point": point, "role": role, **after},
                simulated=use_case.simulated,
            )
    return record


def _snapshot(record: DutyRecord) -> dict[str, str | None]:
    return {
        "state": record.state,
        "evidence": record.evidence,
        "responsible": record.responsible.ref if record.responsible else None,
        "due_on": record.due_on.isoformat() if record.due_on else None,
    }
