"""The number a finding keeps for ever, also through a rebuild."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from django.db.models import Max

from audit.models import FindingNumber


def finding_key(use_case: UUID, code: str, about: str) -> UUID:
    """Return the primary key of a finding about a decision or subject: the same after every rebuild."""
    return uuid5(use_case, f"finding {code} {about}")


def numbers_for(findings: Sequence[UUID]) -> dict[UUID, str]:
    """Return the references of findings by key, giving new ones in the order asked."""
    known = dict(FindingNumber.objects.filter(finding__in=findings).values_list("finding", "number"))
    last = FindingNumber.objects.aggregate(last=Max("number"))["last"] or 0
    fresh = [pk for pk in findings if pk not in known]
    numbers = {pk: last + offset for offset, pk in enumerate(fresh, 1)}
    FindingNumber.objects.bulk_create([FindingNumber(finding=pk, number=numbers[pk]) for pk in fresh], batch_size=500)
    return {pk: f"F-{number:04d}" for pk, number in (known | numbers).items()}
