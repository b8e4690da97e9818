"""How long group data is kept: a term two people set, figures sealed before, deletion when it ends.

What is deleted are the payloads of group events and the attributes they set; the decisions they were about become of
unknown group, to the case, in every figure (see ``audit.events.sealing``). What the months said is sealed before, as
a page would show it.
"""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext as _

from audit.events.fold import GROUP
from audit.fairness.aggregates import history, paired_counts_for
from audit.fairness.assessment import assess
from audit.fairness.declared import STAGES, config_of, schema_of
from audit.fairness.errors import FairnessError
from audit.ledger import log
from audit.ledger.models import Payload
from audit.ledger.removal import OnHold, erase_entries
from audit.models import Event, FairnessSummary, GroupTerm
from governance.access import Invalid, NotAllowed, may, record_change, use_cases_visible_to
from governance.models import UseCase, User

LONGEST: Final = 3660
CHUNK: Final = 1000


def ask_term(*, use_case: UseCase, keep_days: int, necessity: str, actor: User, at: datetime) -> GroupTerm:
    """Ask that group data be kept for ``keep_days``; it counts once another person agrees.

    ``necessity``: why it is needed at all (AI Act Art. 4a(1)). Raises :class:`NotAllowed`, :class:`Invalid`.
    """
    _check(actor, use_case)
    if not 1 <= keep_days <= LONGEST:
        raise Invalid(_("Keep group data for 1 to %(n)s days.") % {"n": LONGEST}, field="keep_days")
    if not necessity.strip() or len(necessity) > 4000 or "\x00" in necessity:
        raise Invalid(_("Say why group data is needed and other data would not do."), field="necessity")
    with transaction.atomic():
        term = GroupTerm.objects.create(
            use_case=use_case,
            keep_days=keep_days,
            necessity=necessity.strip(),
            asked_by_id=actor.pk,
            asked_by_name=actor.name,
            asked_at=at,
        )
        _record("group_term.asked", use_case, actor, at, {"keep_days": keep_days, "necessity": term.necessity})
    return term


def agree_term(*, term: GroupTerm, actor: User, at: datetime) -> GroupTerm:
    """Agree to what somebody else asked; from now on it counts."""
    _check(actor, term.use_case)
    if actor.pk == term.asked_by_id:
        raise NotAllowed(_("Somebody else than who asked for the term agrees to it."))
    with transaction.atomic():
        current = GroupTerm.objects.select_for_update().get(pk=term.pk)
        if current.agreed_at is not None:
            return current
        current.agreed_by_id, current.agreed_by_name, current.agreed_at = actor.pk, actor.name, at
        after = {"keep_days": current.keep_days, "asked_by": current.asked_by_name}
        current.entry = _record("group_term.agreed", current.use_case, actor, at, after)
        current.save()
    return current


def term_of(use_case: UseCase) -> GroupTerm | None:
    """Return the term in force, None where nobody set one."""
    return GroupTerm.objects.filter(use_case=use_case, agreed_at__isnull=False).order_by("-agreed_at", "-pk").first()


def overdue(use_case: UseCase, *, at: datetime) -> int:
    """Return how many group events are kept longer than the term allows; 0 without a term."""
    term = term_of(use_case)
    return 0 if term is None else len(_expired(use_case, term, at))


def enforce_terms(*, at: datetime) -> dict[str, int]:
    """Delete what is past its term in every use case; what a legal hold keeps stays, and is counted."""
    deleted = held = sealed = 0
    for use_case in UseCase.objects.filter(group_terms__agreed_at__isnull=False).distinct().order_by("ref"):
        term = term_of(use_case)
        while term is not None and (expired := _expired(use_case, term, at)):
            try:
                with transaction.atomic():
                    months, gone = _seal_months(use_case, at), _delete(expired, term, at)
                sealed, deleted = sealed + months, deleted + gone
            except OnHold:
                held += len(expired)
                break
    return {"deleted": deleted, "held": held, "sealed": sealed}


def _delete(expired: list[Event], term: GroupTerm, at: datetime) -> int:
    if term.agreed_by_id is None:
        raise NotAllowed(_("A term counts once another person agreed to it."))
    reason = f"group data past its term of {term.keep_days} days"
    entries = [event.pk for event in expired]
    return erase_entries(
        actor=term.asked_by_id, second=term.agreed_by_id, at=at, entries=entries, reason=reason
    ).payloads


def _expired(use_case: UseCase, term: GroupTerm, at: datetime) -> list[Event]:
    """Group events recorded before the term's reach whose payload is still there and has its place in the tree."""
    limit = at - timedelta(days=term.keep_days)
    rows = Event.objects.filter(
        use_case=use_case, type=GROUP, recorded_at__lt=limit, pk__in=Payload.objects.values("entry_id")
    )
    return list(rows.order_by("recorded_at", "pk")[:CHUNK])


def _seal_months(use_case: UseCase, at: datetime) -> int:
    """Seal every closed month up to now that has figures and no seal yet, before its groups become unknown."""
    schema = schema_of(use_case.fairness)
    if schema is None:
        return 0
    sealed = 0
    known = set(
        FairnessSummary.objects.filter(use_case=use_case, definition=schema.digest).values_list("month", flat=True)
    )
    for month in _months(use_case, at):
        if month not in known:
            sealed += _seal_month(use_case, schema.digest, month, at)
    return sealed


def _months(use_case: UseCase, at: datetime) -> list[date]:
    days = {stretch.day for stretch in history(use_case) if stretch.day is not None}
    this = at.astimezone(UTC).date().replace(day=1)
    return sorted({day.replace(day=1) for day in days} - {this})


def _seal_month(use_case: UseCase, digest: str, month: date, at: datetime) -> int:
    after = (month + timedelta(days=32)).replace(day=1)
    try:
        counts = paired_counts_for(use_case, window=(month, after))
        config = config_of(use_case.fairness)
        content = {stage: assess(counts.stage(stage), config).to_json() for stage in STAGES}
    except FairnessError:
        return 0
    body = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), cls=DjangoJSONEncoder)
    sha256 = hashlib.sha256(body.encode()).hexdigest()
    [entry] = log.append(
        [
            log.Draft(
                stream="fairness",
                type="fairness.month.sealed",
                event_time=at,
                recorded_by=None,
                refs=(use_case.ref,),
                payload=json.dumps({"month": month.isoformat(), "definition": digest, "sha256": sha256}).encode(),
                simulated=use_case.simulated,
            )
        ],
        at=at,
    )
    FairnessSummary.objects.create(
        use_case=use_case,
        month=month,
        definition=digest,
        content=json.loads(body),
        sha256=sha256,
        sealed_at=at,
        entry=entry.entry,
    )
    return 1


def _check(actor: User, use_case: UseCase) -> None:
    if not may(actor, "handle") or not use_cases_visible_to(actor).filter(pk=use_case.pk).exists():
        raise NotAllowed(_("How long group data is kept is set by the registrar, legal or the committee."))


def _record(action: str, use_case: UseCase, actor: User, at: datetime, after: dict[str, Any]) -> Any:
    change = record_change(
        actor=actor,
        at=at,
        action=f"register.use_case.{action}",
        obj=use_case,
        before={},
        after=after,
        simulated=use_case.simulated,
    )
    return change.entry
