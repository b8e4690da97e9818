"""What the register waits for: entries without a tier, without a policy, or that should not be in use."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from governance.models import PolicyInForce, UseCase

RUNNING: Final = ("live", "pilot")
KINDS: Final = ("prohibited", "no_policy", "unclassified", "review")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One kind of thing to do: the first use cases by reference, and how many there are in all."""

    kind: str
    first: tuple[UseCase, ...]
    total: int


def waiting(visible: "QuerySet[UseCase]", *, limit: int) -> list[Waiting]:
    """Return what waits among ``visible``, retired ones left out: at most ``limit`` of each of ``KINDS``; five queries.

    How long the register is changes neither the number of queries nor of rows read.
    """
    in_force = PolicyInForce.objects.filter(use_case=OuterRef("pk"), in_force_until__isnull=True)
    conditions = {
        "prohibited": Q(tier="prohibited"),
        "no_policy": Q(lifecycle__in=RUNNING) & ~Q(Exists(in_force)),
        "unclassified": Q(tier=""),
        "review": Q(tier="review"),
    }
    kept = visible.exclude(lifecycle=UseCase.Lifecycle.RETIRED)
    totals = kept.order_by().aggregate(**{kind: Count("pk", filter=conditions[kind]) for kind in KINDS})
    return [
        Waiting(kind, tuple(kept.filter(conditions[kind]).order_by("ref")[:limit]), totals[kind])
        for kind in KINDS
        if totals[kind]
    ]
