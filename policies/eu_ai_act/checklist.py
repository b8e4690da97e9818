"""The checklist of a classification: what is looked at for each duty, with what evidence, by when, and who can tell."""

from dataclasses import dataclass
from datetime import date

from policies.eu_ai_act.classification import Classification
from policies.eu_ai_act.duties import Duty
from policies.eu_ai_act.law import Row
from policies.eu_ai_act.loading import CURRENT_VERSION, read_rows

CHECKS = ("computed", "partly", "human")


class CheckRow(Row, frozen=True, kw_only=True):
    """One point of the Act to look at. ``roles`` empty: every role its duty binds; ``condition``: only then."""

    id: str
    article: str
    duties: tuple[str, ...]
    text: str
    evidence: str
    check: str
    how: str = ""
    condition: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """A point for one role. ``check``: computed, partly or human - evidence, never a verdict.

    ``due`` is the date its duty operates from; None: on the event in ``starts_when``. ``condition`` is a text a person
    judges, ``depends_on`` the open facts of the duty (``certain`` False).
    """

    id: str
    article: str
    duty: str
    role: str
    text: str
    evidence: str
    check: str
    how: str
    condition: str
    due: date | None
    starts_when: str
    certain: bool
    depends_on: tuple[str, ...]


def check_rows(version: str = CURRENT_VERSION) -> tuple[CheckRow, ...]:
    """Every point, in the order of the Act's tables."""
    return read_rows("checklist", CheckRow, version)


def checklist(result: Classification, *, version: str = CURRENT_VERSION) -> tuple[ChecklistItem, ...]:
    """The points that this use case's duties bring, once per role, in the order of the data."""
    items: dict[tuple[str, str], ChecklistItem] = {}
    for row in check_rows(version):
        for duty in result.duties:
            if duty.id in row.duties and (not row.roles or duty.role in row.roles):
                items.setdefault((row.id, duty.role), _item(row, duty))
    return tuple(items.values())


def _item(row: CheckRow, duty: Duty) -> ChecklistItem:
    return ChecklistItem(
        id=row.id,
        article=row.article,
        duty=duty.id,
        role=duty.role,
        text=row.text,
        evidence=row.evidence,
        check=row.check,
        how=row.how,
        condition=row.condition,
        due=duty.operative_from,
        starts_when=duty.starts_when,
        certain=duty.certain,
        depends_on=duty.depends_on,
    )
