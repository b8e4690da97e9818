"""One owner for many findings at once: what a filter finds, in one transaction, one ledger entry a use case."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from audit.findings import telling
from audit.findings.errors import Moved
from audit.findings.permissions import handled_by
from audit.ledger.uuid7 import uuid7
from audit.models import Finding, FindingAct
from governance.access import Invalid, record_change
from governance.models import Person, User

MOST: Final = 10_000
_CHUNK: Final = 500


def assignable(findings: QuerySet[Finding], user: User) -> QuerySet[Finding]:
    """Return those of ``findings`` that are not closed and that ``user`` may handle."""
    return findings.filter(handled_by(user), state__in=["open", "waived"])


def assign_all(*, findings: QuerySet[Finding], expected: int, owner: Person, actor: User, at: datetime) -> int:
    """Make ``owner`` answer for all of ``findings`` that ``actor`` may handle; return how many were not theirs before.

    ``expected`` is how many the person saw they would give away: raises :class:`Moved` when it is another number by
    now, :class:`Invalid` above :data:`MOST`.
    """
    with transaction.atomic():
        chosen = assignable(findings, actor)
        keys = list(chosen.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        if len(keys) > MOST:
            raise Invalid(_("At most %(n)s findings at once: narrow the filter.") % {"n": MOST}, field="owner")
        rows = _locked(keys)
        if len(rows) != expected:
            raise Moved(_("It is %(n)s findings by now; look at the list again.") % {"n": len(rows)}, now=len(rows))
        by_case: dict[UUID, list[Finding]] = defaultdict(list)
        for row in rows:
            if row.owner_id != owner.pk:
                by_case[row.use_case_id].append(row)
        for several in by_case.values():
            _assign(several, owner, actor, at)
        return sum(len(several) for several in by_case.values())


def _locked(keys: Sequence[UUID]) -> list[Finding]:
    """The rows as they stand, held until commit, always in the same order."""
    rows: list[Finding] = []
    for start in range(0, len(keys), _CHUNK):
        chunk = Finding.objects.filter(pk__in=keys[start : start + _CHUNK], state__in=["open", "waived"])
        list(chunk.select_for_update().order_by("pk").values_list("pk"))
        rows += chunk.select_related("use_case", "owner").order_by("pk")
    return rows


def _assign(findings: Sequence[Finding], owner: Person, actor: User, at: datetime) -> None:
    """Write the acts of one use case's findings under one change and entry, and tell the new owner once."""
    data = {"owner": {"id": str(owner.pk), "ref": owner.ref, "name": owner.name}}
    case = findings[0].use_case
    change = record_change(
        actor=actor,
        at=at,
        action="finding.assigned",
        stream="findings",
        obj=case,
        before={"owners": {row.ref: row.owner.ref if row.owner else None for row in findings}},
        after={**data, "findings": [row.ref for row in findings]},
        simulated=any(row.simulated for row in findings),
    )
    for start in range(0, len(findings), _CHUNK):
        chunk = findings[start : start + _CHUNK]
        last = _numbers([row.pk for row in chunk])
        FindingAct.objects.bulk_create(
            FindingAct(
                id=uuid7(),
                finding=row.pk,
                number=last.get(row.pk, 0) + 1,
                kind=FindingAct.Kind.ASSIGNED,
                state=row.state,
                actor_id=actor.pk,
                actor_name=actor.name,
                at=at,
                data=data,
                entry=change.entry,
            )
            for row in chunk
        )
        Finding.objects.filter(pk__in=[row.pk for row in chunk]).update(owner=owner)
    telling.tell_of_many(case, owner, len(findings), at=at, key=str(change.entry))


def _numbers(findings: Sequence[UUID]) -> dict[UUID, int]:
    """The number of the last act of each finding that has one."""
    rows = FindingAct.objects.filter(finding__in=findings).order_by().values("finding").annotate(last=Max("number"))
    return {row["finding"]: row["last"] for row in rows}
