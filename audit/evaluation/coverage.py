"""How well a use case was logged: the holes the checker is told of, and the finding a use case gets for them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from audit.control.sampling import periods_of
from audit.events.holes import Found
from audit.findings.board import Board
from audit.models import LogHole
from governance.models import PolicyInForce
from policies.oversight import Coverage
from policies.oversight.context import Gap, Silence
from policies.oversight.record import DecisionRecord
from policies.oversight.sampling import SamplingPeriod
from policies.oversight.verdict import Verdict, verdict

NAMED: Final = 20  # holes a finding names; it counts them all
_NOTHING: Final = Coverage()
_AHEAD: Final = timedelta(days=31)
_FIRST: Final = datetime(1900, 1, 1, tzinfo=UTC)  # nothing was logged before; a decision may claim year 1


class Coverages:
    """The holes and sampling periods of some use cases, each as it was known at the moment of looking."""

    def __init__(self, use_cases: Iterable[UUID]) -> None:
        self._use_cases = use_cases = list(use_cases)
        self._holes: dict[UUID, list[LogHole]] = {}
        self._read_from: datetime | None = None  # holes that ended before it are not read yet
        self._sampling: dict[UUID, tuple[SamplingPeriod, ...]] | None = None  # read when a policy draws

    def of(self, use_case: UUID, record: DecisionRecord, *, as_of: datetime, draws: bool = True) -> Coverage:
        """Return what the checker needs to know about one decision, as known at ``as_of``.

        ``draws``: whether the decision's policy draws cases; else sampling periods are of no concern.
        """
        sampling = self._periods().get(use_case, ()) if draws else ()
        since = record.proposed_at or record.executed_at or record.recorded_at
        until = record.executed_at or as_of
        holes = self._around(use_case, since, until, as_of) if since is not None else []
        if not holes and not sampling:
            return _NOTHING
        return Coverage(gaps=_gaps(holes), silences=_silences(holes, as_of), sampling=sampling)

    def _periods(self) -> dict[UUID, tuple[SamplingPeriod, ...]]:
        if self._sampling is None:
            self._sampling = periods_of(self._use_cases)
        return self._sampling

    def _around(self, use_case: UUID, since: datetime, until: datetime, as_of: datetime) -> list[LogHole]:
        """The holes known ``as_of`` that touch the time from ``since`` to ``until``."""
        return [
            hole
            for hole in self._since(use_case, since)
            if _known(hole, as_of) and hole.since <= until and since <= (hole.until or as_of)
        ]

    def _since(self, use_case: UUID, since: datetime) -> Sequence[LogHole]:
        """Holes that reach to ``since`` or later; further back is read as decisions ask for it, a month at a time."""
        if self._read_from is None or since < self._read_from:
            start = max(since, _FIRST) - _AHEAD
            rows = LogHole.objects.filter(Q(until=None) | Q(until__gte=start), use_case__in=self._use_cases)
            if self._read_from is not None:
                rows = rows.filter(until__lt=self._read_from)
            for row in rows.order_by("source", "name", "known_from"):
                self._holes.setdefault(row.use_case_id, []).append(row)
            self._read_from = start
        return self._holes.get(use_case, ())


def _known(hole: LogHole, as_of: datetime) -> bool:
    return hole.known_from <= as_of and (hole.known_until is None or as_of < hole.known_until)


def _gaps(holes: Sequence[LogHole]) -> tuple[Gap, ...]:
    """One gap a source: a decision needs to be told once that events around it are missing."""
    joined: dict[str, Gap] = {}
    for hole in holes:
        if hole.missing is None or hole.until is None:
            continue
        gap, known = Gap(hole.source, hole.since, hole.until, hole.missing), joined.get(hole.source)
        joined[hole.source] = gap if known is None else Gap(
            gap.source, min(gap.since, known.since), max(gap.until, known.until), gap.missing + known.missing
        )  # fmt: skip
    return tuple(joined.values())


def _silences(holes: Sequence[LogHole], as_of: datetime) -> tuple[Silence, ...]:
    return tuple(Silence(hole.source, hole.since, hole.until or as_of) for hole in holes if hole.missing is None)


def check_holes(found: Sequence[Found]) -> None:
    """Keep one finding a use case for what is missing from its log and one for silence; needs a transaction."""
    if not found:
        return
    board = Board.load({(each.use_case_id, "") for each in found})
    for each in found:
        known = Q(known_from__lte=each.at) & (Q(known_until=None) | Q(known_until__gt=each.at))
        rows = list(LogHole.objects.filter(known, use_case_id=each.use_case_id).order_by("-since", "source", "name"))
        policy = _policy_ref(each.use_case_id, each.at)
        for code, several in (
            ("GAP", [row for row in rows if row.missing is not None]),
            ("SILENCE", [row for row in rows if row.missing is None]),
        ):
            board.put_of_use_case(
                each.use_case_id, code, [_verdict(code, row, policy) for row in several[:NAMED]],
                count=len(several), index=each.index, at=each.at, simulated=each.simulated,
            )  # fmt: skip
    board.save()


def _policy_ref(use_case: UUID, at: datetime) -> str | None:
    binding = PolicyInForce.objects.filter(use_case_id=use_case, in_force_from__lte=at).exclude(in_force_until__lte=at)
    row = binding.select_related("policy").order_by("in_force_from").last()
    return row.policy.ref if row else None


def _verdict(code: str, hole: LogHole, policy: str | None) -> Verdict:
    since, until = hole.since.isoformat(), hole.until.isoformat() if hole.until else "now"
    data = {"source": hole.source, "since": since, "until": until, "subject": f"{hole.source}:{since}"}
    if hole.missing is not None:
        data["missing"] = str(hole.missing)
    return verdict(code, None, "integrity", data, hole.since, policy=policy)
