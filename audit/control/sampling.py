"""Sampling keys in force: committed in the ledger before their period, used in it, revealed after it.

Who looks at which case is then nobody's choice, and an auditor recomputes the list from the revealed key with
:func:`policies.oversight.sampling.select`.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from audit.ledger import log
from audit.ledger.uuid7 import uuid7
from audit.models import SamplingKey
from governance.models import UseCase
from policies.oversight.sampling import DRAWS, SamplingPeriod, commitment

COMMITTED = "sampling.key.committed"
REVEALED = "sampling.key.revealed"


def month_of(at: datetime) -> tuple[datetime, datetime]:
    """Return the calendar month (UTC) ``at`` falls into, as ``[since, until)``."""
    first = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


def commit_key(*, use_case: UseCase, since: datetime, until: datetime, at: datetime) -> SamplingKey:
    """Make and commit the key of a period; a second call for the same period gives the first key."""
    known = SamplingKey.objects.filter(use_case=use_case, since=since).first()
    if known is not None:
        return known
    key = secrets.token_bytes(32)
    try:
        with transaction.atomic():
            body = {"use_case": use_case.ref, "since": since.isoformat(), "until": until.isoformat()}
            entry = _ledger(COMMITTED, {**body, "commitment": commitment(key)}, use_case, at)
            return SamplingKey.objects.create(
                id=uuid7(),
                use_case=use_case,
                since=since,
                until=until,
                commitment=commitment(key),
                key=key,
                committed_entry=entry,
            )
    except IntegrityError:  # another process was first
        return SamplingKey.objects.get(use_case=use_case, since=since)


def keep_keys(*, at: datetime) -> int:
    """Commit this month's and the next month's keys where a policy draws, and reveal those whose period is over.

    The first month of a policy begins in the middle: its period starts now, never earlier than its commitment.
    """
    done = 0
    now = month_of(at)
    for use_case in _drawing(at):
        if not SamplingKey.objects.filter(use_case=use_case, since__lte=at, until__gt=at).exists():
            commit_key(use_case=use_case, since=max(now[0], at), until=now[1], at=at)
            done += 1
        following = month_of(now[1])
        if not SamplingKey.objects.filter(use_case=use_case, since=following[0]).exists():
            commit_key(use_case=use_case, since=following[0], until=following[1], at=at)
            done += 1
    for pk in SamplingKey.objects.filter(until__lte=at, revealed_at=None).values_list("pk", flat=True):
        done += _reveal(pk, at)
    return done


def periods_of(use_cases: Iterable[UUID]) -> dict[UUID, tuple[SamplingPeriod, ...]]:
    """Return the sampling periods of some use cases with their keys, in order of time, for the checker; one query."""
    found: dict[UUID, list[SamplingPeriod]] = defaultdict(list)
    for row in SamplingKey.objects.filter(use_case__in=list(use_cases)).order_by("since"):
        found[row.use_case_id].append(SamplingPeriod(row.since, row.until, row.commitment, bytes(row.key)))
    return {key: tuple(several) for key, several in found.items()}


def _drawing(at: datetime) -> list[UseCase]:
    """Use cases whose policy in force draws cases."""
    in_force = UseCase.objects.filter(
        policies_in_force__in_force_from__lte=at, policies_in_force__in_force_until=None
    ).prefetch_related("policies_in_force__policy")
    return [use_case for use_case in in_force.distinct() if any(_draws(row) for row in _open(use_case))]


def _open(use_case: UseCase) -> list[Any]:
    return [row for row in use_case.policies_in_force.all() if row.in_force_until is None]


def _draws(row: Any) -> bool:
    rules = row.policy.document.get("rules") or []
    return any((rule.get("require") or {}).get(name) for rule in rules for name in DRAWS)


def _reveal(pk: UUID, at: datetime) -> int:
    with transaction.atomic():
        row = SamplingKey.objects.select_for_update().select_related("use_case").get(pk=pk)
        if row.revealed_at is not None:
            return 0
        body = {
            "use_case": row.use_case.ref,
            "since": row.since.isoformat(),
            "until": row.until.isoformat(),
            "commitment": row.commitment,
            "key": bytes(row.key).hex(),
        }
        row.revealed_entry, row.revealed_at = _ledger(REVEALED, body, row.use_case, at), at
        row.save(update_fields=["revealed_entry", "revealed_at"])
    return 1


def _ledger(kind: str, body: dict[str, str], use_case: UseCase, at: datetime) -> UUID:
    draft = log.Draft(
        stream="sampling",
        type=kind,
        event_time=at,
        recorded_by=None,
        refs=(use_case.ref,),
        payload=json.dumps(body, sort_keys=True, separators=(",", ":")).encode(),
        simulated=use_case.simulated,
    )
    return log.append([draft], at=at)[0].entry
