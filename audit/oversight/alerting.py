"""Alerts with statistical standing: each rule watches one rate against one bound and states its false-alarm rate.

A rule keeps still until the evidence suffices, and speaks once. For a use case whose rate never crosses the bound, the
chance that the rule ever raises a false alarm is at most ``ALPHA``, however long it runs and however often it looks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from audit.oversight.counts import OversightCounts, total
from audit.oversight.measure import Thresholds
from audit.oversight.outcomes import ENOUGH, truth_table
from audit.oversight.overriding import override_counts
from audit.oversight.reviewing import too_fast
from audit.oversight.wording import Bounds, Message, Quantity, gettext_noop
from audit.statistics import crossing, wilson
from audit.statistics.sequential import Side

ALPHA = 0.01
REFERENCE_N = 300  # decisions whose override rate later ones are held against
TERMS = Thresholds()
Rate = Callable[[OversightCounts], tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. ``bound`` None: half of what the first decisions showed. ``sentence`` is filled with the figures."""

    code: str
    measure: str
    side: Side
    bound: float | None
    rate: Rate
    sentence: str
    excused: Callable[[OversightCounts], bool] = lambda counts: False


@dataclass(frozen=True, slots=True)
class Alarm:
    """A rule that found enough evidence on ``day``: ``events`` of ``n`` since the watch began."""

    rule: Rule
    day: date
    events: int
    n: int
    bound: float

    @property
    def message(self) -> Message:
        """What is to be said, with the figure, its interval and the chance of a false alarm."""
        figure = wilson(self.events, self.n)
        return Message(
            self.rule.sentence,
            {
                "k": self.events,
                "n": self.n,
                "rate": Quantity(figure.value),
                "limits": Bounds(figure.low, figure.high),
                "bound": Quantity(self.bound),
                "alpha": Quantity(ALPHA, "share", 0),
            },
        )


def _fast(counts: OversightCounts) -> tuple[int, int]:
    return counts["too_fast"], counts["timed"]


def _skilled(counts: OversightCounts) -> bool:
    """Fast reviewers who catch errors are skilled; while too few outcomes are known to tell, judgement waits."""
    judged = counts["wrong_fast", "1"] + counts["wrong_fast", "0"]
    return 0 < judged < ENOUGH or bool(too_fast(counts, (None, None), TERMS).data["skilled"])


def _caught(counts: OversightCounts) -> tuple[int, int]:
    return truth_table(counts, ai=False, changed=True), truth_table(counts, ai=False)


def _in_time(counts: OversightCounts) -> tuple[int, int]:
    return counts["sla", "in_time"], counts["sla", "in_time"] + counts["sla", "late"]


def _seen(counts: OversightCounts) -> tuple[int, int]:
    return counts["access", "yes"], counts["access", "yes"] + counts["access", "no"]


RULES = (
    Rule(
        code="REVIEWS_TOO_FAST",
        measure="M3",
        side="above",
        bound=TERMS.fast_limit,
        rate=_fast,
        excused=_skilled,
        sentence=gettext_noop(
            "{k} of {n} reviews were faster than the case can be read: {rate} {limits}, surely more than {bound}. The "
            "chance that this rule ever raises a false alarm is at most {alpha}."
        ),
    ),
    Rule(
        code="ERRORS_NOT_CAUGHT",
        measure="M5",
        side="below",
        bound=TERMS.catch,
        rate=_caught,
        sentence=gettext_noop(
            "People changed {k} of {n} wrong proposals: {rate} {limits}, surely fewer than {bound}. The chance that "
            "this rule ever raises a false alarm is at most {alpha}."
        ),
    ),
    Rule(
        code="REVIEWS_LATE",
        measure="M2",
        side="below",
        bound=TERMS.in_time,
        rate=_in_time,
        sentence=gettext_noop(
            "{k} of {n} reviews were done in time: {rate} {limits}, surely fewer than {bound}. The chance that this "
            "rule ever raises a false alarm is at most {alpha}."
        ),
    ),
    Rule(
        code="EVIDENCE_UNSEEN",
        measure="M16",
        side="below",
        bound=TERMS.access_limit,
        rate=_seen,
        sentence=gettext_noop(
            "In {k} of {n} reviews the required evidence was seen: {rate} {limits}, surely fewer than {bound}. The "
            "chance that this rule ever raises a false alarm is at most {alpha}."
        ),
    ),
    Rule(
        code="OVERRIDES_FELL",
        measure="M1",
        side="below",
        bound=None,
        rate=override_counts,
        sentence=gettext_noop(
            "People changed {k} of {n} proposals: {rate} {limits}, surely less than {bound}, half of what was usual. "
            "The chance that this rule ever raises a false alarm is at most {alpha}."
        ),
    ),
)


def alarm(rule: Rule, days: Sequence[tuple[date, OversightCounts]]) -> Alarm | None:
    """Return the alarm of one rule over the days of a use case, oldest first; None while it has none."""
    blocks = [rule.rate(counts) for _, counts in days]
    start, bound = 0, rule.bound
    if bound is None:
        start, bound = _usual(blocks)
    if bound is None or not 0 < bound < 1:
        return None
    found = crossing(blocks[start:], bound=bound, side=rule.side, alpha=ALPHA)
    if found is None:
        return None
    if rule.excused(total(counts for _, counts in days)):
        return None
    return Alarm(rule, days[start + found.block][0], found.events, found.n, bound)


def _usual(blocks: Sequence[tuple[int, int]]) -> tuple[int, float | None]:
    """Return where the reference ends and half the lower limit of its rate: settled before the watch begins."""
    events = n = 0
    for place, (seen, size) in enumerate(blocks):
        events, n = events + seen, n + size
        if n >= REFERENCE_N:
            low = wilson(events, n).low
            return place + 1, low / 2 if low else None
    return len(blocks), None


def alarms(days: Sequence[tuple[date, OversightCounts]]) -> tuple[Alarm, ...]:
    """Return the alarms of all rules."""
    return tuple(found for rule in RULES if (found := alarm(rule, days)) is not None)
