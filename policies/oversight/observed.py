"""How the use case really runs, from counts: the mode the log shows, beside the one that was declared.

Only decisions that the declared policy sent to a person count for or against HITL; where no policy says so, all do.
The caller attaches intervals to the shares; here are counts, and bounds where the caller gives them.
"""

from dataclasses import dataclass

from policies.oversight.modes import Mode

ENOUGH = 30  # from how many executed decisions on a mode is told
HITL_SHARE = 0.95  # of the decisions that needed a person, reviewed before execution
WATCH_SHARE = 0.80  # of alerts acknowledged, or of operating time watched


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeCounts:
    """``needed``: executed decisions whose policy asks for a person; ``None`` where no policy was in force."""

    executed: int
    needed: int | None = None
    reviewed_before: int = 0  # of ``needed`` (else of ``executed``): a person decided before execution
    reviewed_after: int = 0
    never_reviewed: int = 0
    overruled_ignored: int = 0
    alerts_raised: int = 0
    alerts_acknowledged: int = 0
    watch_minutes: float | None = None
    operating_minutes: float | None = None
    mandate_valid: int | None = None  # executed decisions inside a valid mandate


@dataclass(frozen=True, slots=True)
class Share:
    """``events`` of ``n``; what an interval is put around."""

    name: str
    events: int
    n: int

    @property
    def value(self) -> float | None:
        return self.events / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class ObservedMode:
    """``mode`` is ``None`` with too little to tell; ``agrees`` compares with what was declared."""

    mode: Mode | None
    declared: Mode | None
    agrees: bool | None
    evidence: tuple[Share, ...]
    sentence: str


def observed_mode(counts: ModeCounts, *, declared: Mode | None) -> ObservedMode:
    """Return the mode the log shows: HITL, HOTL, HIC or HOOTL, with the shares it rests on."""
    base = counts.executed if counts.needed is None else counts.needed
    before = Share("reviewed_before_execution", counts.reviewed_before, base)
    without = Share("executed_without_human_step", counts.never_reviewed, base)
    alerts = Share("alerts_acknowledged", counts.alerts_acknowledged, counts.alerts_raised)
    evidence = (before, without, alerts, *_watch(counts), *_mandate(counts))
    mode = _mode(counts, base, before, alerts)
    agrees = None if mode is None or declared is None else _agrees(mode, declared)
    return ObservedMode(mode, declared, agrees, evidence, _sentence(mode, declared, agrees, base, before))


def _mode(counts: ModeCounts, base: int, before: Share, alerts: Share) -> Mode | None:
    if counts.executed < ENOUGH:
        return None
    # An overruling that was ignored means the person was not in the loop, however often they looked.
    followed = counts.reviewed_before - counts.overruled_ignored
    if base >= ENOUGH and followed >= HITL_SHARE * base:
        return Mode.HITL
    watched = any(share.value is not None and share.value >= WATCH_SHARE for share in (alerts, *_watch(counts)))
    if watched:
        return Mode.HOTL
    if counts.mandate_valid is not None and counts.mandate_valid == counts.executed:
        return Mode.HIC
    return Mode.HOOTL


def _watch(counts: ModeCounts) -> tuple[Share, ...]:
    if counts.watch_minutes is None or not counts.operating_minutes:
        return ()
    return (Share("minutes_watched", round(counts.watch_minutes), round(counts.operating_minutes)),)


def _mandate(counts: ModeCounts) -> tuple[Share, ...]:
    if counts.mandate_valid is None:
        return ()
    return (Share("inside_mandate", counts.mandate_valid, counts.executed),)


def _agrees(mode: Mode, declared: Mode) -> bool:
    """More of a human step than declared contradicts nothing."""
    strictness = {Mode.HITL: 3, Mode.HOTL: 2, Mode.HIC: 1, Mode.HOOTL: 0}
    return strictness[mode] >= strictness[declared]


def _sentence(mode: Mode | None, declared: Mode | None, agrees: bool | None, base: int, before: Share) -> str:
    shown = f"{before.events} of {base} decisions were reviewed by a person before execution"
    if mode is None:
        return f"Too few decisions to tell how the use case runs ({ENOUGH} are needed); {shown}."
    if declared is None:
        return f"The log shows {mode}; no mode is declared; {shown}."
    if agrees:
        return f"Declared {declared}, and the log does not contradict it; {shown}."
    return f"Declared {declared}, but the log shows {mode}; {shown}."
