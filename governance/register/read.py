"""The register as pages and the API read it: a list with filters, and one use case whole."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from governance.access.visible import Principal, use_cases_visible_to
from governance.models import Change, Classification, PolicyInForce, SignOff, UseCase
from governance.register.search import matching

SORTS = {
    "ref": "ref",
    "name": "name",
    "tier": "tier_rank",
    "mode": "mode",
    "lifecycle": "lifecycle",
    "unit": "unit__name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFilter:
    """What narrows the list; empty means all. ``sort`` is a key of ``SORTS``, ``-`` in front turns it round."""

    q: str = ""
    tier: str = ""
    mode: str = ""
    lifecycle: str = ""
    unit: str = ""
    sort: str = "ref"


def register_list(user: Principal, wanted: RegisterFilter) -> QuerySet[Any]:
    """Return the visible use cases that match, with tier, owner and unit, as one query that filters permissions too."""
    found = use_cases_visible_to(user).select_related("owner", "unit")
    if wanted.q:
        found = matching(found, wanted.q)
    if wanted.tier:
        found = found.filter(tier="" if wanted.tier == "none" else wanted.tier)
    if wanted.mode:
        found = found.filter(mode="" if wanted.mode == "none" else wanted.mode)
    if wanted.lifecycle:
        found = found.filter(lifecycle=wanted.lifecycle)
    if wanted.unit:
        found = found.filter(unit__name=wanted.unit)
    column = SORTS.get(wanted.sort.removeprefix("-"), "ref")
    way = "-" if wanted.sort.startswith("-") else ""
    return found.order_by(f"{way}{column}", f"{way}ref")  # one way for both: an index gives both ways


@dataclass(frozen=True, slots=True)
class UseCasePage:
    """One use case with what hangs on it."""

    use_case: UseCase
    classification: Classification | None
    policy: PolicyInForce | None
    past_policies: list[PolicyInForce]
    sign_offs: list[SignOff]
    changes: list[Change]


def use_case_page(user: Principal, ref: str, *, changes: int = 20) -> UseCasePage | None:
    """Return the use case ``ref`` for its page, or None where ``user`` may not see it."""
    use_case = (
        use_cases_visible_to(user)
        .select_related("owner", "owner__unit", "unit")
        .prefetch_related("systems__supplier")
        .filter(ref=ref)
        .first()
    )
    if use_case is None:
        return None
    classification = use_case.classifications.order_by("-made_at", "-pk").select_related("made_by").first()
    policies = list(use_case.policies_in_force.select_related("policy", "sign_off").order_by("-in_force_from"))
    current = next((policy for policy in policies if policy.in_force_until is None), None)
    return UseCasePage(
        use_case=use_case,
        classification=classification,
        policy=current,
        past_policies=[policy for policy in policies if policy is not current],
        sign_offs=list(use_case.sign_offs.select_related("committee", "policy").order_by("-signed_at")),
        changes=list(Change.objects.filter(object_id=use_case.pk).order_by("-at", "-pk")[:changes]),
    )


def portfolio(user: Principal) -> list[dict[str, Any]]:
    """Return counts of visible use cases by ``tier`` and ``mode``, retired ones apart (``retired``), one query."""
    rows = use_cases_visible_to(user).values("tier", "mode", "lifecycle").annotate(n=Count("*")).order_by()
    return [dict(row) for row in rows]
