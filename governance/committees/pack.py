"""The data pack: the figures of a meeting, computed once, stored as canonical JSON, hashed, named in the ledger."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from audit.control.state import control_of
from audit.events.canonical import canonical
from audit.fairness import FairnessError
from audit.fairness.live import GroupsForbidden
from audit.fairness.live import read as read_fairness
from audit.ledger import log
from audit.models import Finding
from audit.oversight import OversightCounts, measures
from audit.oversight.aggregates import counts_for
from governance.access import record_change
from governance.committees.errors import WrongState
from governance.committees.evidence import evidence_for
from governance.committees.seats import check_convenes
from governance.models import DataPack, Meeting, PolicyInForce, UseCase, User

WINDOW: Final = timedelta(days=90)
HEADLINES: Final = ("M10", "M1", "M2", "M3", "M16", "M5")


def freeze(*, actor: User, at: datetime, meeting: Meeting) -> DataPack:
    """Store the figures of every use case on the agenda as they are now; from here on the agenda does not change.

    Raises :class:`WrongState` when the meeting is over, and :class:`~governance.access.NotAllowed`. Asked again it
    returns the pack there is.
    """
    check_convenes(actor, meeting.committee, at)
    with transaction.atomic():
        held = Meeting.objects.select_for_update().get(pk=meeting.pk)
        existing = DataPack.objects.filter(meeting=held).first()
        if existing is not None:
            return existing
        if held.state not in {Meeting.State.CONVENED, Meeting.State.OPEN}:
            raise WrongState(_("This meeting is over."), state=held.state)
        content = contents(held, actor=actor, at=at)
        data = canonical(content)
        digest = hashlib.sha256(data).hexdigest()
        size = content["checkpoint"]["size"] if content["checkpoint"] else None
        change = record_change(
            actor=actor, at=at, action="committee.data_pack_frozen", stream="committee", obj=held, before=None,
            after={"sha256": digest, "checkpoint": content["checkpoint"], "items": len(content["items"])},
            simulated=held.simulated,
        )  # fmt: skip
        return DataPack.objects.create(
            meeting=held, data=data, sha256=digest, checkpoint_size=size, frozen_at=at, entry=change.entry
        )


def contents(meeting: Meeting, *, actor: User, at: datetime) -> dict[str, Any]:
    """Return the pack of ``meeting`` as it would be frozen now: ``{"use_cases": {ref: figures}, "items": [...]}``."""
    items = list(meeting.items.select_related("use_case"))
    keys = {item.use_case_id for item in items if item.use_case_id}
    cases = UseCase.objects.filter(pk__in=keys).select_related("owner", "unit").order_by("ref")
    checkpoint = log.latest_checkpoint()
    findings = _findings(keys)
    window = (at - WINDOW, at)
    return {
        "format": "custodes data pack 1",
        "meeting": meeting.ref,
        "frozen_at": at.isoformat(),
        "window": {"from": window[0].isoformat(), "until": window[1].isoformat()},
        "checkpoint": {"size": checkpoint.size, "root": checkpoint.root.hex()} if checkpoint else None,
        "use_cases": {
            case.ref: _of_case(meeting, case, findings.get(case.pk, []), window, actor=actor, at=at) for case in cases
        },
        "items": [
            {
                "number": item.number,
                "kind": item.kind,
                "title": item.title,
                "use_case": item.use_case.ref if item.use_case else None,
            }
            for item in items
        ],
    }


def read_pack(pack: DataPack) -> dict[str, Any]:
    """Return what was frozen; its bytes hash to ``pack.sha256``."""
    content: dict[str, Any] = json.loads(bytes(pack.data))
    return content


def _of_case(
    meeting: Meeting,
    case: Any,
    findings: list[dict[str, Any]],
    window: tuple[datetime, datetime],
    *,
    actor: User,
    at: datetime,
) -> dict[str, Any]:
    in_force = PolicyInForce.objects.filter(use_case=case, in_force_until=None).select_related("policy").first()
    shown = evidence_for(meeting.committee, case, at=at)
    return {
        "name": case.name,
        "tier": case.tier,
        "mode": case.mode,
        "lifecycle": case.lifecycle,
        "control": control_of(case, at=at).state,
        "policy": {"ref": in_force.policy.ref, "version": in_force.policy.version, "digest": in_force.policy.digest}
        if in_force
        else None,
        "figures": _figures(case, window),
        "findings": findings,
        "fairness": _fairness(meeting, case, window, actor=actor, at=at),
        "evidence": [
            {"kind": each.kind, "state": each.state, "since": each.since.isoformat() if each.since else None}
            for each in shown
        ],
        "simulated": case.simulated,
    }


def _figures(case: UseCase, window: tuple[datetime, datetime]) -> list[dict[str, Any]]:
    """The headline measures of oversight over the window; ``value`` null is not available, never 0."""
    counts = counts_for(case, window=window)
    if counts == OversightCounts():
        return []
    by_id = {measure.id: measure for measure in measures(counts, window=window)}
    return [
        {
            "id": f"{case.ref}.{name}",
            "label": measure.title,
            "unit": measure.unit,
            "value": measure.value,
            "n": measure.n,
            "low": measure.interval.low if measure.interval and measure.value is not None else None,
            "high": measure.interval.high if measure.interval and measure.value is not None else None,
        }
        for name in HEADLINES
        if (measure := by_id.get(name)) is not None
    ]


def _findings(use_cases: Iterable[UUID | None]) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = {}
    rows = (
        Finding.objects.filter(use_case__in=list(use_cases), state="open", drill=False)
        .values("use_case_id", "code", "severity")
        .annotate(n=Count("pk"), cases=Sum("count"))
        .order_by("severity", "code")
    )
    for row in rows:
        kept = {"code": row["code"], "severity": row["severity"], "n": row["n"], "cases": row["cases"]}
        found.setdefault(row["use_case_id"], []).append(kept)
    return found


def _fairness(
    meeting: Meeting, case: UseCase, window: tuple[datetime, datetime], *, actor: User, at: datetime
) -> dict[str, Any]:
    """The verdict on final decisions and its comparisons; ``state`` says why there is none."""
    try:
        live = read_fairness(case, actor=actor, purpose=f"data pack {meeting.ref}", at=at, window=window)
    except GroupsForbidden:
        return {"state": "withheld"}
    except FairnessError as error:
        return {"state": "not_available", "reason": error.code}
    return {
        "state": live.final.state,
        "n": live.final.n,
        "comparisons": [
            {
                "attribute": each.attribute,
                "metric": each.metric,
                "group": each.group,
                "reference": each.reference,
                "ratio": each.ratio.value,
                "low": each.ratio.low,
                "high": each.ratio.high,
                "verdict": each.verdict,
            }
            for each in live.final.comparisons
            if each.metric == "selection_rate"
        ],
    }
