"""What people concerned are told: that AI takes part, who oversees it, and how often people changed what it said.

Counts below :data:`K` are withheld, and so is whatever would give them away by subtraction.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from audit.models import Decision, PublicNotice
from audit.statistics import Interval, wilson
from governance.access import Invalid, record_change
from governance.models import UseCase, User

K: Final = 10
_FRESH: Final = 3600  # seconds: a page anybody may ask for costs one count an hour


@dataclass(frozen=True, slots=True)
class Share:
    """``n`` of ``all`` with its 95 % Wilson interval; ``n`` is ``None`` when showing it could tell of one person."""

    n: int | None
    all: int
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class PublicFigures:
    """Decisions of the last twelve whole months; ``simulated``: some of them carry invented events."""

    decisions: int | None
    reviewed: Share
    changed: Share
    since: datetime
    until: datetime
    simulated: bool

    @property
    def last_day(self) -> datetime:
        """The last moment inside the window."""
        return self.until - timedelta(microseconds=1)


def publish_notice(*, use_case: UseCase, statement: str, contact: str, actor: User, at: datetime) -> PublicNotice:
    """Publish the page of ``use_case`` for the people concerned, or change what it says."""
    if not statement.strip():
        raise Invalid(_("Say in plain words what the system does and what people decide."), field="statement")
    if not contact.strip():
        raise Invalid(_("Name an address people can write to."), field="contact")
    fields = {"statement": statement.strip(), "contact": contact.strip()}
    with transaction.atomic():
        before = PublicNotice.objects.select_for_update().filter(use_case=use_case).first()
        row, _made = PublicNotice.objects.update_or_create(
            use_case=use_case, defaults={**fields, "published_at": (before and before.published_at) or at}
        )
        _record("published", actor, at, use_case, _fields(before), fields)
    return row


def withdraw_notice(*, use_case: UseCase, reason: str, actor: User, at: datetime) -> None:
    """Take the page down; what it said stays in the ledger."""
    if not reason.strip():
        raise Invalid(_("Say why the page is taken down."), field="reason")
    with transaction.atomic():
        row = PublicNotice.objects.select_for_update().filter(use_case=use_case).first()
        if row is not None and row.published_at is not None:
            row.published_at = None
            row.save(update_fields=["published_at"])
            _record("withdrawn", actor, at, use_case, _fields(row), {"reason": reason.strip()})


def public_figures(use_case: UseCase, *, at: datetime) -> PublicFigures:
    """Return what may be told to anybody; counted at most once an hour."""
    since, until = _months(at)
    key = f"public:{use_case.pk}:{until:%Y%m}"
    found: PublicFigures | None = cache.get(key)
    if found is None:
        found = _count(use_case, since, until)
        cache.set(key, found, _FRESH)
    return found


def _months(at: datetime) -> tuple[datetime, datetime]:
    """The last twelve whole months (UTC): what changes by the day could be told apart by the day."""
    until = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return until.replace(year=until.year - 1), until


def _count(use_case: UseCase, since: datetime, until: datetime) -> PublicFigures:
    rows = Decision.objects.filter(use_case=use_case, drill=False, proposed_at__gte=since, proposed_at__lt=until)
    found = rows.aggregate(
        n=Count("pk"),
        reviewed=Count("pk", filter=Q(reviewed=True)),
        changed=Count("pk", filter=Q(overridden=True)),
        simulated=Count("pk", filter=Q(simulated=True)),
    )
    n, reviewed = found["n"], found["reviewed"]
    first = _share(reviewed, n)
    # Withheld reviews would come back as the whole of the changed ones.
    second = _share(found["changed"], reviewed) if first.n is not None else Share(None, n, None)
    return PublicFigures(n if n >= K else None, first, second, since, until, bool(found["simulated"]))


def _share(n: int, all_: int) -> Share:
    if all_ < K or 0 < n < K or 0 < all_ - n < K:
        return Share(None, all_, None)
    return Share(n, all_, wilson(n, all_))


def _fields(row: PublicNotice | None) -> dict[str, Any] | None:
    return {"statement": row.statement, "contact": row.contact} if row and row.published_at else None


def _record(
    act: str, actor: User, at: datetime, use_case: UseCase, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    record_change(
        actor=actor, at=at, action=f"control.public.{act}", obj=use_case, before=before, after=after,
        simulated=use_case.simulated,
    )  # fmt: skip
