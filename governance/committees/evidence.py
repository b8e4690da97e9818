"""What a charter wants to see before an approval, and whether it is there and recent enough."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max
from django.utils.translation import gettext as _

from audit.models import FairnessTotals
from governance.committees.errors import EvidenceMissing
from governance.competence.read import who_could
from governance.models import Assessment, Assignment, Committee, OversightTest, PilotPhase, UseCase

Found = datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One piece of evidence. ``state``: shown, missing or stale; ``since``: when it came about."""

    kind: str
    state: str
    since: datetime | None
    max_age_days: int | None


def evidence_for(committee: Committee, use_case: UseCase, *, at: datetime) -> list[Shown]:
    """Return what the charter asks for about ``use_case``, and in which state it is."""
    shown = []
    for wanted in committee.evidence:
        kind, age = wanted["kind"], wanted.get("max_age_days")
        since = KINDS[kind](use_case, at)
        state = "shown" if since is not None else "missing"
        if since is not None and age is not None and since < at - timedelta(days=age):
            state = "stale"
        shown.append(Shown(kind, state, since, age))
    return shown


def check_evidence(committee: Committee, use_case: UseCase, *, at: datetime) -> None:
    """Raise :class:`EvidenceMissing`, naming what is missing or stale."""
    lacking = [each for each in evidence_for(committee, use_case, at=at) if each.state != "shown"]
    if lacking:
        named = ", ".join(f"{each.kind} ({each.state})" for each in lacking)
        raise EvidenceMissing(
            _("The charter asks for evidence that is missing or out of date: %(named)s.") % {"named": named},
            missing=[{"kind": each.kind, "state": each.state} for each in lacking],
        )


def _classification(use_case: UseCase, at: datetime) -> Found:
    rows = use_case.classifications.filter(made_at__lte=at).order_by("-made_at", "-pk")
    latest = rows.first()
    return latest.made_at if latest and latest.tier not in {"", "review"} else None


def _oversight_test(use_case: UseCase, at: datetime) -> Found:
    latest = OversightTest.objects.filter(use_case=use_case, held_at__lte=at).order_by("-held_at", "-pk").first()
    return latest.held_at if latest and latest.passed else None


def _stop_authority(use_case: UseCase, at: datetime) -> Found:
    """Somebody can stop it now: an authority grant, or a named duty in the register."""
    able = [holder.grant.valid_from for holder in who_could("stop", use_case, at=at)]
    duty = Assignment.objects.filter(use_case=use_case, duty=Assignment.Duty.STOP, since__lte=at)
    able += duty.filter(until=None).values_list("since", flat=True)
    return max(able, default=None)


def _fairness_assessment(use_case: UseCase, at: datetime) -> Found:
    """Decisions are counted under a declaration; the day of the latest counted one."""
    if not use_case.fairness.get("favourable"):
        return None
    day = FairnessTotals.objects.filter(definition__use_case=use_case).aggregate(last=Max("day"))["last"]
    if not day:
        return None
    return datetime.fromordinal(day).replace(tzinfo=at.tzinfo)


def _pilot_evaluated(use_case: UseCase, at: datetime) -> Found:
    rows = PilotPhase.objects.filter(use_case=use_case, evaluated_at__lte=at).order_by("-number")
    latest = rows.first()
    return latest.evaluated_at if latest else None


def _impact_assessment(use_case: UseCase, at: datetime) -> Found:
    rows = Assessment.objects.filter(use_case=use_case, signed_at__lte=at).order_by("-signed_at")
    latest = rows.first()
    return latest.signed_at if latest else None


KINDS: Final[dict[str, Callable[[UseCase, datetime], Found]]] = {
    "classification": _classification,
    "oversight_test": _oversight_test,
    "stop_authority": _stop_authority,
    "fairness_assessment": _fairness_assessment,
    "pilot_evaluated": _pilot_evaluated,
    "impact_assessment": _impact_assessment,
}
