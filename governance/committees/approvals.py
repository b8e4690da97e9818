"""Approvals end. A policy whose approval ran out, and was not renewed, is out of force from that moment."""

from datetime import datetime

from django.db import transaction

from governance.access import record_change
from governance.models import AgendaItem, PolicyInForce, Resolution

Kind = AgendaItem.Kind


def expire_approvals(*, at: datetime) -> int:
    """End what an approval that ran out brought into force; return how many approvals ended.

    An approval is renewed by a later adopted one on the same use case that holds at ``at``. Without one the policy
    ends at the approval's last moment, and gate and control say stopped.
    """
    ended = 0
    with transaction.atomic():
        over = Resolution.objects.select_for_update(of=("self",)).filter(expires_at__lte=at, expired_at=None)
        for row in over.select_related("item__meeting", "sign_off", "use_case").order_by("expires_at", "ref"):
            row.expired_at = at
            row.save(update_fields=["expired_at"])
            stopped = _end_policy(row) if row.item.kind == Kind.POLICY and not _renewed(row, at) else ""
            after = {"resolution": row.ref, "policy_ended": stopped or None}
            record_change(
                actor=None, at=at, action="committee.approval_expired", stream="committee", obj=row,
                before=None, after=after, simulated=row.item.meeting.simulated,
            )  # fmt: skip
            ended += 1
    return ended


def _renewed(row: Resolution, at: datetime) -> bool:
    later = Resolution.objects.filter(
        use_case=row.use_case, outcome="adopted", decided_at__gt=row.decided_at,
        item__kind__in=[Kind.POLICY, Kind.APPROVE, Kind.EXPAND],
    )  # fmt: skip
    return any(each.expires_at is None or each.expires_at > at for each in later)


def _end_policy(row: Resolution) -> str:
    binding = PolicyInForce.objects.filter(sign_off=row.sign_off, in_force_until=None).select_related("policy").first()
    if binding is None or row.sign_off is None:
        return ""
    binding.in_force_until = row.expires_at
    binding.save(update_fields=["in_force_until"])
    return binding.policy.ref
