"""Figures about single reviewers: to the reviewer first, to the lead after a while and by pseudonym, to nobody else."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.crypto import salted_hmac

from audit.models import OversightReview
from audit.oversight import Shift, total
from audit.oversight.aggregates import shifts_for
from audit.oversight.measure import ALERT_FROM
from audit.oversight.months import monthly
from audit.oversight.overriding import FunnelPoint, funnel
from audit.oversight.sequences import run_chance
from audit.oversight.storage import first_of
from audit.statistics import Interval, quantile_interval, wilson
from governance.models import UseCase

OWN_FIRST = timedelta(days=14)
"""A month is the reviewer's alone until so long after its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFigures:
    """What one person's reviews of a use case show, for that person.

    ``months``: (first day, changed of decided). ``run_chance``: chance of so long a run of approvals.
    """

    reviews: int
    changed: Interval
    seconds: Interval
    shift: Shift
    run_chance: float | None
    months: tuple[tuple[date, Interval], ...]

    @property
    def enough(self) -> bool:
        """Whether there are enough reviews to say anything but their number."""
        return self.reviews >= ALERT_FROM


def own_figures(use_case: UseCase, *, reviewer: str, window: tuple[date, date]) -> OwnFigures:
    """Return what a reviewer's own work of a window shows; nobody else's can be read from it."""
    days = {"day__gte": window[0].toordinal(), "day__lt": window[1].toordinal()}
    rows = OversightReview.objects.filter(use_case=use_case, reviewer=reviewer, until_index=None, **days)
    listed = list(rows.order_by("day", "at", "review_id").values_list("day", "changed", "active_ms"))
    decided = [changed for _, changed, _ in listed if changed is not None]
    shifts = shifts_for(use_case, window=window)
    by_month: dict[date, list[bool]] = {}
    for day, changed, _ in listed:
        if changed is not None:
            by_month.setdefault(date.fromordinal(day).replace(day=1), []).append(changed)
    return OwnFigures(
        reviews=len(listed),
        changed=wilson(sum(decided), len(decided)),
        seconds=quantile_interval([ms / 1000 for _, _, ms in listed if ms is not None], 0.5),
        shift=shifts.get(reviewer, Shift()),
        run_chance=run_chance(shifts, reviewer) if reviewer in shifts else None,
        months=tuple((month, wilson(sum(held), len(held))) for month, held in sorted(by_month.items())),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One reviewer as the lead sees them: a name made for this use case and window, and the place in the funnel."""

    alias: str
    point: FunnelPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFigures:
    """The funnel of a window. ``left_out``: reviewers with fewer than thirty decisions; ``until``: last month shown."""

    people: tuple[Person, ...]
    spread: float
    left_out: int
    until: date | None


def team_figures(use_case: UseCase, *, window: tuple[date, date], at: datetime) -> TeamFigures:
    """Return the funnel of the months that were their reviewers' own long enough, in the order of the aliases."""
    months = {month: held[""] for month, held in monthly(use_case, window=window).items() if _released(month, at)}
    seen = funnel(total(months.values()))
    people = sorted(
        (Person(alias=alias(use_case, point.reviewer), point=point) for point in seen.points),
        key=lambda each: each.alias,
    )
    return TeamFigures(
        people=tuple(people),
        spread=seen.spread,
        left_out=seen.left_out,
        until=first_of(max(months)) if months else None,
    )


def _released(month: int, at: datetime) -> bool:
    end = datetime.combine(first_of(month + 1), datetime.min.time(), UTC)
    return at >= end + OWN_FIRST


def alias(use_case: UseCase, reviewer: str) -> str:
    """Return the pseudonym of a reviewer in figures of one use case: not the one that systems send."""
    digest = salted_hmac("audit.assurance.people", f"{use_case.pk}:{reviewer}", algorithm="sha256").hexdigest()
    return f"R-{digest[:6].upper()}"
