"""The checklist of a use case: law data x what can be computed x what people noted, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime

from governance.duties.evidence import Evidence, gather
from governance.models import DutyRecord, UseCase
from governance.register.classify import latest_classification, under_its_law
from policies.eu_ai_act.checklist import ChecklistItem, checklist
from policies.frameworks import controls_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point for one role. ``computed`` None: nothing here can be computed; a person shows it.

    ``due``: the day a person set, else the day its duty operates from (None: on an event).
    """

    item: ChecklistItem
    computed: Evidence | None
    record: DutyRecord | None
    due: date | None
    iso_42001: tuple[str, ...]
    nist_ai_rmf: tuple[str, ...]

    @property
    def state(self) -> str:
        """``shown``, ``missing`` (computed and not there), ``not_applicable`` or ``open``; never a verdict of law."""
        if self.record is not None and self.record.state != DutyRecord.State.OPEN:
            return str(self.record.state)
        if self.computed is None or self.computed.found is None:
            return "open"
        return "shown" if self.computed.found else "missing"


def points_of(use_case: UseCase, *, now: datetime) -> list[Point]:
    """Every point the classification of ``use_case`` brings, in the order of the Act; empty while unclassified."""
    row = latest_classification(use_case)
    if row is None:
        return []
    items = checklist(under_its_law(row))
    known = gather(use_case, row, now=now)
    records = {
        (record.point, record.role): record
        for record in use_case.duty_records.select_related("responsible", "noted_by")
    }
    return [_point(item, known.get(item.id), records.get((item.id, item.role))) for item in items]


def _point(item: ChecklistItem, computed: Evidence | None, record: DutyRecord | None) -> Point:
    return Point(
        item=item,
        computed=computed,
        record=record,
        due=record.due_on if record and record.due_on else item.due,
        iso_42001=controls_for(item.id, "iso_42001"),
        nist_ai_rmf=controls_for(item.id, "nist_ai_rmf"),
    )
