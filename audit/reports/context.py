"""What every section is computed from: one use case, one window, one state of the ledger."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from audit.events.fold import folded
from audit.ledger import log
from audit.ledger.models import SignedCheckpoint
from audit.ledger.note import Head
from audit.models import Decision, Finding
from audit.reports.content import Checkpoint, Figure, Interval, Unit, Window
from audit.statistics import Interval as Estimate
from governance.models import PolicyInForce, UseCase

VERSION = "1"


class NothingToReport(LookupError):
    """The ledger has no checkpoint that the projections have reached; a report needs one."""

    code = "no_checkpoint"


@dataclass(frozen=True)
class Context:
    """``checkpoint``: the newest signed state that every projection has reached; figures are as of its size.

    ``thorough``: findings are held against their decisions and not believed, as who checks a report again asks.
    """

    use_case: UseCase
    window: Window
    checkpoint: log.Checkpoint
    at: datetime
    simulated_reviews: bool = False
    may_read_groups: bool = True
    thorough: bool = False
    _known: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def as_of(self) -> int:
        """Number of ledger entries the figures stand on."""
        return self.checkpoint.size

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """The window as the evidence rooms take it."""
        return (self.window.start, self.window.end)

    def once(self, name: str, compute: Callable[[], Any]) -> Any:
        """Return what ``compute`` gave the first time a section asked under this name."""
        if name not in self._known:
            self._known[name] = compute()
        return self._known[name]

    def decisions(self) -> QuerySet[Decision]:
        """Return the operational decisions proposed within the window and known at the checkpoint."""
        return Decision.objects.filter(
            use_case=self.use_case,
            drill=False,
            proposed_at__gte=self.window.start,
            proposed_at__lt=self.window.end,
            first_index__lt=self.as_of,
        )

    def findings(self) -> QuerySet[Finding]:
        """Return the findings of decisions of the window, and those of the window that name no decision."""
        rows = Finding.objects.filter(
            use_case=self.use_case,
            drill=False,
            case_at__gte=self.window.start,
            case_at__lt=self.window.end,
            opened_index__lt=self.as_of,
        )
        rows = rows.filter(Q(closed_index__isnull=True) | Q(closed_index__gte=self.as_of))
        if self.thorough:
            rows = rows.filter(Q(decision_id="") | Exists(self.decisions().filter(decision_id=OuterRef("decision_id"))))
        return rows

    def policies(self) -> list[PolicyInForce]:
        """Return the policy versions in force at some time within the window, oldest first."""
        return list(self.once("policies", self._policies))

    def _policies(self) -> list[PolicyInForce]:
        rows = self.use_case.policies_in_force.select_related("policy", "sign_off", "sign_off__committee")
        rows = rows.filter(in_force_from__lt=self.window.end)
        rows = rows.filter(Q(in_force_until__isnull=True) | Q(in_force_until__gt=self.window.start))
        return list(rows.order_by("in_force_from"))

    def figure(self, id: str, label: str, unit: Unit, **fields: Any) -> Figure:  # noqa: A002
        """Return a figure of this window and checkpoint; ``fields`` are those of :class:`Figure`."""
        given = {"window": self.window, "checkpoint": self.as_of, "method_version": VERSION, **fields}
        return Figure(id=f"{self.use_case.ref}.{id}", label=label, unit=unit, **given)

    def count(self, id: str, label: str, value: int | None, **fields: Any) -> Figure:  # noqa: A002
        """Return a count as a figure."""
        return self.figure(id, label, "count", value=None if value is None else Decimal(value), **fields)

    def estimate(self, id: str, label: str, unit: Unit, found: Estimate, **fields: Any) -> Figure:  # noqa: A002
        """Return an estimate with its interval as a figure; an undefined one is not available, with the reason."""
        if found.value is None:
            fields.setdefault("reason", _("undefined: no case in the denominator") if not found.n else found.method)
        return self.figure(id, label, unit, value=exact(found.value), n=found.n, interval=bounds_of(found), **fields)


@dataclass(frozen=True)
class Many:
    """Several use cases over one window at one checkpoint: a unit's, or the whole portfolio."""

    contexts: tuple[Context, ...]
    window: Window
    checkpoint: log.Checkpoint
    at: datetime


def exact(value: float | Decimal | None) -> Decimal | None:
    """Return a float as the shortest decimal that reads back the same."""
    return None if value is None else value if isinstance(value, Decimal) else Decimal(repr(float(value)))


def bounds_of(found: Estimate) -> Interval | None:
    """Return the limits of an estimate, None when it has none."""
    if found.value is None or (found.low is None and found.high is None):
        return None
    return Interval(low=exact(found.low), high=exact(found.high), level=Decimal(repr(found.level)), method=found.method)


def usable_checkpoint(as_of: int | None = None) -> log.Checkpoint:
    """Return the checkpoint at ``as_of`` entries, or the newest that the projections have reached.

    Raises :class:`NothingToReport` while there is none, and the ledger's ``NotFound`` for an unsigned size.
    """
    if as_of is not None:
        return log.checkpoint_at(as_of)
    reached = SignedCheckpoint.objects.filter(size__lte=folded()).order_by("-size").values_list("size", flat=True)
    size = reached.first()
    if not size:
        raise NothingToReport(_("No entry of the ledger is under a signed checkpoint and folded yet."))
    return log.checkpoint_at(size)


def printed_checkpoint(checkpoint: log.Checkpoint) -> Checkpoint:
    """Return a ledger checkpoint as report data."""
    head = Head.parse(checkpoint.note[: checkpoint.note.rfind("\n\n") + 1])
    return Checkpoint(
        origin=head.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        fingerprint=checkpoint.fingerprint,
        note=checkpoint.note,
    )


def window_of(start: datetime, end: datetime) -> Window:
    """Return a window in UTC; raises ``ValueError`` when it is empty or without zone."""
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("A window needs times with a zone.")
    if not start < end:
        raise ValueError("A window begins before it ends.")
    return Window(start=start.astimezone(UTC), end=end.astimezone(UTC))
