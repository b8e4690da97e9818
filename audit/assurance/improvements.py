"""What patterns of overrides led to: an item with a cause, an owner, a change, and its effect before and after."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from audit.assurance.reading import open_slices
from audit.models import Improvement
from audit.oversight import OversightCounts
from audit.oversight.contribution import DIMENSIONS
from audit.oversight.measure import ALERT_FROM
from audit.oversight.overriding import override_counts
from audit.statistics import Interval, newcombe, wilson
from governance.access import Invalid, NotAllowed, may_on, record_change
from governance.models import Person, UseCase, User
from governance.models.base import next_reference

SPAN_MONTHS = 3
KINDS = (*DIMENSIONS, "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How often people changed proposals in the segment before and after, by whole months beside the change's own.

    ``reading``: fell | rose | not_shown | insufficient.
    """

    before: Interval
    after: Interval
    difference: Interval
    windows: tuple[tuple[date, date], tuple[date, date]]

    @property
    def reading(self) -> str:
        low, high = self.difference.low, self.difference.high
        if min(self.before.n, self.after.n) < ALERT_FROM or low is None or high is None:
            return "insufficient"
        return "fell" if high < 0 else "rose" if low > 0 else "not_shown"


def open_improvement(
    *, use_case: UseCase, dimension: str, value: str, cause: str, owner: Person | None, actor: User, at: datetime
) -> Improvement:
    """Open an item on a segment or reason: why people change proposals there. Raises ``NotAllowed``, ``Invalid``."""
    _allowed(actor, use_case)
    if dimension not in KINDS:
        raise Invalid(_("An improvement is about one of: %(kinds)s.") % {"kinds": ", ".join(KINDS)}, field="dimension")
    if not value.strip() or len(value) > 200:
        raise Invalid(_("Name the value the changes gather at, in up to 200 characters."), field="value")
    if not cause.strip():
        raise Invalid(_("Say in a sentence why people change the proposals there."), field="cause")
    with transaction.atomic():
        item = Improvement.objects.create(
            ref=next_reference("IM"),
            use_case=use_case,
            dimension=dimension,
            value=value,
            cause=cause.strip(),
            owner=owner,
            opened_by=actor,
            opened_at=at,
        )
        after = {"use_case": use_case.ref, "dimension": dimension, "value": value, "cause": item.cause,
                 "owner": owner.ref if owner else None}  # fmt: skip
        record_change(actor=actor, at=at, action="improvement.opened", obj=item, before=None, after=after)
    return item


def put_into_effect(*, improvement: Improvement, change: str, on: date, actor: User, at: datetime) -> Improvement:
    """Say what was changed, and since which day it works. Raises ``NotAllowed``, ``Invalid``."""
    _allowed(actor, improvement.use_case)
    if not change.strip():
        raise Invalid(_("Say what was changed: the model, a prompt, a rule, the guideline."), field="change")
    if on > at.date():
        raise Invalid(_("A change works from today or an earlier day on."), field="on")
    with transaction.atomic():
        row = Improvement.objects.select_for_update().get(pk=improvement.pk)
        before = {"change": row.change, "in_effect_on": row.in_effect_on.isoformat() if row.in_effect_on else None}
        row.change, row.in_effect_on = change.strip(), on
        row.save(update_fields=["change", "in_effect_on"])
        after = {"change": row.change, "in_effect_on": on.isoformat()}
        record_change(actor=actor, at=at, action="improvement.in_effect", obj=row, before=before, after=after)
    return row


def _allowed(actor: User, use_case: UseCase) -> None:
    if not may_on(actor, "handle", use_case):
        raise NotAllowed(_("Improvements are kept by those who handle findings of the use case."))


def effect_of(improvement: Improvement) -> Effect | None:
    """Return before and after, from what may be shown to everybody; None while nothing is in effect."""
    if improvement.in_effect_on is None:
        return None
    begin = improvement.in_effect_on.replace(day=1)
    behind = (_months_from(begin, -SPAN_MONTHS), begin)
    ahead = (_months_from(begin, 1), _months_from(begin, 1 + SPAN_MONTHS))
    (k, n), (later_k, later_n) = (_changed(improvement, window) for window in (behind, ahead))
    return Effect(
        before=wilson(k, n),
        after=wilson(later_k, later_n),
        difference=newcombe(later_k, later_n, k, n),
        windows=((behind[0], behind[1] - timedelta(days=1)), (ahead[0], ahead[1] - timedelta(days=1))),
    )


def _changed(improvement: Improvement, window: tuple[date, date]) -> tuple[int, int]:
    seen = open_slices(improvement.use_case, window=window)
    if improvement.dimension != "reason":
        return override_counts(seen.slices[improvement.dimension].get(improvement.value, OversightCounts()))
    return seen.people["changed_for", improvement.value], override_counts(seen.people)[1]


def _months_from(first: date, months: int) -> date:
    place = first.year * 12 + first.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)
