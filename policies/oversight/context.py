"""What the checker knows besides the decision: policies in force, people, interventions, and how well we watched."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from policies.oversight.requirements import CompiledPolicy
from policies.oversight.sampling import SamplingPeriod
from policies.oversight.terms import PolicyDocument


@dataclass(frozen=True)
class PolicyInForce:
    """A version and when it binds: ``[in_force_from, in_force_until)``; compiled once."""

    document: PolicyDocument
    version: int
    ref: str
    in_force_from: datetime
    in_force_until: datetime | None = None
    compiled: CompiledPolicy = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", CompiledPolicy(self.document))

    def binds(self, at: datetime) -> bool:
        """Whether this version was in force at that moment."""
        return self.in_force_from <= at and (self.in_force_until is None or at < self.in_force_until)


@dataclass(frozen=True, slots=True)
class Qualification:
    """``person`` held ``code`` (a role, level, training, authority, or ``language:xx``) from, until (exclusive)."""

    person: str
    code: str
    valid_from: datetime
    valid_until: datetime | None = None


class People:
    """Who held what when. A person nobody registered is *unknown*, which is not the same as unqualified."""

    def __init__(self, qualifications: Iterable[Qualification] = (), *, registered: Iterable[str] = ()) -> None:
        self._held: dict[tuple[str, str], list[tuple[datetime, datetime | None]]] = {}
        self._registered = set(registered)
        for each in qualifications:
            self._registered.add(each.person)
            self._held.setdefault((each.person, each.code), []).append((each.valid_from, each.valid_until))

    def knows(self, person: str) -> bool:
        """Whether the register has heard of ``person`` (the pseudonym systems send)."""
        return person in self._registered

    def holds(self, person: str, code: str, at: datetime) -> bool | None:
        """Whether ``person`` held ``code`` at that moment; ``None`` for a person nobody registered."""
        for since, until in self._held.get((person, code), ()):
            if since <= at and (until is None or at < until):
                return True
        return False if person in self._registered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """A person's act on the running system (``ai.oversight.intervention.v1``).

    An empty scope is the whole use case. ``limits`` are highest values (``amount``) of a ``limit`` or, in a
    ``mandate_change``, of the mandate from then on; ``signatures`` are the people who signed it.
    """

    id: str
    kind: str  # pause | stop | limit | rollback | override_live | mandate_change | watch_start | watch_end
    issued_at: datetime
    effective_at: datetime | None = None
    resumed_at: datetime | None = None
    actor: str | None = None
    classes: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    limits: Mapping[str, object] = field(default_factory=dict)
    signatures: tuple[str, ...] = ()
    drill: bool = False


class Controls:
    """The interventions of one use case, in order of issue; drills are left to their measure."""

    def __init__(self, interventions: Iterable[Intervention] = ()) -> None:
        self.all = tuple(sorted(interventions, key=lambda each: (each.issued_at, each.id)))
        operational = [each for each in self.all if not each.drill]
        self.stops = tuple(each for each in operational if each.kind in ("pause", "stop", "limit"))
        self.mandate_changes = tuple(each for each in operational if each.kind == "mandate_change")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time ``[since, until)``."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        return self.until - self.since


@dataclass(frozen=True, slots=True)
class Watch:
    """Somebody on watch; ``acknowledged_at`` are the moments they confirmed it."""

    actor: str
    started_at: datetime
    ended_at: datetime
    acknowledged_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """Something people should have looked at; ``decision_id`` where it is about one decision."""

    id: str
    raised_at: datetime
    acknowledged_at: datetime | None = None
    decision_id: str | None = None
    rule: str | None = None
    true_positive: bool | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """``missing`` events of ``source`` that its sequence numbers promise, lost between two times."""

    source: str
    since: datetime
    until: datetime
    missing: int


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which neither event nor heartbeat of ``source`` came."""

    source: str
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How well the use case was watched and logged. ``None`` means nobody knows, which is never *all was well*."""

    operating: tuple[Stretch, ...] | None = None
    watches: tuple[Watch, ...] | None = None
    alerts: tuple[Alert, ...] | None = None
    gaps: tuple[Gap, ...] = ()
    silences: tuple[Silence, ...] = ()
    sampling: tuple[SamplingPeriod, ...] = ()
    median_active_ms: Mapping[str, int] = field(default_factory=dict)  # by decision class
    clock_offsets: Mapping[str, timedelta] = field(default_factory=dict)  # evidence, by decision or review id
    tokens: Mapping[str, datetime] | None = None  # when the token of an action was handed in, by its digest
    _unwatched: dict[timedelta | None, "Timeline"] = field(default_factory=dict, init=False, repr=False, compare=False)
    _alerts: dict[str, list[Alert]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for alert in self.alerts or ():
            if alert.decision_id is not None:
                self._alerts.setdefault(alert.decision_id, []).append(alert)

    def alerts_of(self, decision_id: str) -> list[Alert]:
        """The alerts about one decision."""
        return self._alerts.get(decision_id, [])

    def period_at(self, at: datetime) -> SamplingPeriod | None:
        """The sampling period ``at`` falls in."""
        return next((each for each in self.sampling if each.since <= at < each.until), None)

    def watched(self, ack_every: timedelta | None) -> "Timeline":
        """The stretches with an acknowledged watch; each acknowledgement holds for ``ack_every``."""
        if ack_every not in self._unwatched:
            self._unwatched[ack_every] = Timeline(
                stretch for watch in self.watches or () for stretch in _acknowledged(watch, ack_every)
            )
        return self._unwatched[ack_every]


def _acknowledged(watch: Watch, ack_every: timedelta | None) -> Iterable[Stretch]:
    if ack_every is None:
        return (Stretch(watch.started_at, watch.ended_at),)
    marks = sorted({watch.started_at, *watch.acknowledged_at})
    return [Stretch(mark, min(mark + ack_every, watch.ended_at)) for mark in marks if mark < watch.ended_at]


class Timeline:
    """Stretches of time, merged and sorted, for asking about single moments."""

    def __init__(self, stretches: Iterable[Stretch]) -> None:
        merged: list[Stretch] = []
        for each in sorted(stretches, key=lambda stretch: stretch.since):
            if merged and each.since <= merged[-1].until:
                merged[-1] = Stretch(merged[-1].since, max(merged[-1].until, each.until))
            else:
                merged.append(each)
        self.stretches = tuple(merged)
        self._starts = [each.since for each in merged]

    def last_end_before(self, at: datetime) -> datetime | None:
        """``at`` itself when covered, else the end of the last stretch before it; ``None`` when there is none."""
        place = bisect_right(self._starts, at) - 1
        if place < 0:
            return None
        return at if at < self.stretches[place].until else self.stretches[place].until

    def next_start_after(self, at: datetime) -> datetime | None:
        """The start of the next stretch after ``at``."""
        place = bisect_right(self._starts, at)
        return self._starts[place] if place < len(self._starts) else None
