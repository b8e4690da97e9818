"""What the register waits for: entries without a tier, without a policy, or that should not be in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.models import PolicyInForce, UseCase

RUNNING: Final = ("live", "pilot")
KINDS: Final = ("prohibited", "no_policy", "unclassified", "review")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One kind of thing to do: the first use cases by reference, with ``ref`` and ``name``, and how many in all."""

    kind: str
    first: tuple[UseCase, ...]
    total: int


def waiting(visible: "QuerySet[UseCase]", *, counted: Sequence[Mapping[str, Any]], limit: int) -> list[Waiting]:
    """Return what waits among ``visible``, retired ones left out: at most ``limit`` of each of ``KINDS``; five queries.

    ``counted`` are the rows of :func:`governance.register.read.portfolio` for the same reader: they hold the totals.
    """
    in_force = PolicyInForce.objects.filter(use_case=OuterRef("pk"), in_force_until__isnull=True)
    conditions = {
        "prohibited": Q(tier="prohibited"),
        "no_policy": Q(lifecycle__in=RUNNING) & ~Q(Exists(in_force)),
        "unclassified": Q(tier=""),
        "review": Q(tier="review"),
    }
    kept = visible.exclude(lifecycle=UseCase.Lifecycle.RETIRED).only("ref", "name")
    with_policy = PolicyInForce.objects.filter(
        Exists(visible.filter(pk=OuterRef("use_case_id"), lifecycle__in=RUNNING)), in_force_until__isnull=True
    ).count()  # one open policy a use case, a constraint says
    totals = {
        "prohibited": _sum(counted, tier="prohibited"),
        "no_policy": sum(_sum(counted, lifecycle=each) for each in RUNNING) - with_policy,
        "unclassified": _sum(counted, tier=""),
        "review": _sum(counted, tier="review"),
    }
    return [
        Waiting(kind, tuple(kept.filter(conditions[kind]).order_by("ref")[:limit]), totals[kind])
        for kind in KINDS
        if totals[kind]
    ]


def _sum(counted: Sequence[Mapping[str, Any]], **wanted: str) -> int:
    kept = (row for row in counted if row["lifecycle"] != UseCase.Lifecycle.RETIRED)
    return sum(row["n"] for row in kept if all(row[name] == value for name, value in wanted.items()))
