"""A measure month by month, as everybody may see it, and what changed meanwhile: policies and model versions."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Min

from audit.models import OversightMonth
from audit.oversight import Measure, measures
from audit.oversight.aggregates import Bounds
from audit.oversight.months import monthly
from audit.oversight.protection import protected, reviewers_in, safe, withheld
from audit.oversight.storage import first_of
from governance.models import PolicyInForce, UseCase

FROM_COUNTS = frozenset(
    {"M1", "M1c", "M2", "M3", "M3b", "M5", "M5b", "M6", "M6b", "M8", "M10", "M11", "M14", "M15", "M16", "M20"}
)
"""Measures that counts alone give; the others have no month of their own."""


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month; ``measure`` None: nothing was decided in it."""

    first: date
    measure: Measure | None


def months_of(use_case: UseCase, name: str, *, window: Bounds) -> list[Month]:
    """Return one measure for every month from the first with decisions to the last; nothing where it has no months."""
    if name not in FROM_COUNTS:
        return []
    held = {month: values[""] for month, values in monthly(use_case, window=window).items()}
    if not held:
        return []
    found = []
    for month in range(min(held), max(held) + 1):
        first, past = first_of(month), first_of(month + 1)
        measure = None
        if month in held:
            measure = next(each for each in measures(held[month], window=(first, past)) if each.id == name)
            hidden = measure.facts.people and not safe(reviewers_in(held[month]))
            measure = withheld(measure) if hidden else protected(measure, groups=False)
        found.append(Month(first, measure))
    return found


def marks_of(use_case: UseCase, *, window: tuple[datetime, datetime]) -> list[tuple[date, str]]:
    """Return the days on which a policy came into force or a model version first decided (to the month)."""
    rows = PolicyInForce.objects.filter(use_case=use_case, in_force_from__range=window).select_related("policy")
    marks = [
        (row.in_force_from.astimezone(UTC).date(), f"{row.policy.ref} v{row.policy.version}")
        for row in rows.order_by("in_force_from")
    ]
    versions = OversightMonth.objects.filter(use_case=use_case, dimension="version", month__gt=0).exclude(
        value="unknown"
    )
    begun = versions.values_list("value").annotate(first=Min("month"))
    starts = sorted((first_of(month), version) for version, month in begun)  # a database sorts by its own collation
    # The version that was there from the beginning changed nothing.
    marks += [(day, version) for day, version in starts[1:] if window[0].date() <= day < window[1].date()]
    return sorted(marks)
