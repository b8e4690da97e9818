"""A measure: a figure with all that is needed to believe it or not, and what it says about one pillar.

Pillars (Sterz et al. 2024): P1 causal power, P2 epistemic access, P3 self-control, P4 fitting intentions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from audit.oversight.catalogue import FACTS, Facts
from audit.oversight.counts import OversightCounts
from audit.oversight.wording import Bounds, Message, Phrase, Quantity, gettext_noop
from audit.statistics import Interval, wilson

METHOD = "2026.2"
SHOWN_FROM = 10  # a value with its interval
ALERT_FROM = 30  # a trend, an alert, a verdict
Window = tuple[date | datetime | None, date | datetime | None]

NOTHING = gettext_noop("Not available: there was nothing to measure.")
UNTOLD = gettext_noop("Not available: for none of the cases do the events say enough to tell.")
WITHHELD = gettext_noop("Withheld: too few reviewers, so that the figure would be about one of them.")
SUPPORTS, CONTRADICTS, INSUFFICIENT = "supports", "contradicts", "insufficient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where a figure counts for or against oversight. Our own choices, editable; none is a number of the law."""

    fast_watch: float = 0.10
    fast_limit: float = 0.25
    fast_skill: float = 0.50  # fast reviews surely catching at least this share of wrong proposals are skill
    in_time: float = 0.90
    access: float = 0.95
    access_limit: float = 0.80
    catch: float = 0.80
    duplicates: float = 0.30
    agreement: float = 0.800
    agreement_limit: float = 0.667
    completeness: float = 0.995
    overload: float = 0.10  # share of hours above the policy's limit
    drills: int = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a split. ``kind``: what it is split by, a text of ours; ``name``: whatever the senders call it."""

    kind: str
    interval: Interval
    data: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    @property
    def label(self) -> str:
        """English: ``modify`` or ``class decline``."""
        return f"{self.kind} {self.name}".strip()

    @property
    def message(self) -> Message:
        """The label as it is said: the kind is translated, the name is not."""
        if self.name:
            return Message(gettext_noop("{kind} {name}"), {"kind": Phrase(self.kind), "name": self.name})
        return Message(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """``value`` None: not available, or ``withheld``. ``message`` says it in words."""

    facts: Facts
    value: float | None
    n: int
    interval: Interval | None
    window: Window
    verdict: str
    data: Mapping[str, Any] = field(default_factory=dict)
    missing_share: float | None = None
    evidence_grade: str = "A"
    needed_n: int | None = None
    parts: tuple[Part, ...] = ()
    method_version: str = METHOD
    withheld: str = ""  # a template: why it is not shown to this reader

    @property
    def id(self) -> str:
        return self.facts.id

    @property
    def title(self) -> str:
        return self.facts.title

    @property
    def pillar(self) -> str:
        return self.facts.pillar

    @property
    def unit(self) -> str:
        """One of share, count, difference, index, ratio."""
        return self.facts.unit

    @property
    def message(self) -> Message:
        """What it says; without anything to measure, or withheld, it says that."""
        if self.withheld:
            return Message(self.withheld)
        if self.value is None and self.n == 0:
            return Message(UNTOLD if self.missing_share else NOTHING)
        return Message(self.facts.sentence, self.data)

    @property
    def text(self) -> str:
        """The message in English."""
        return self.message.text


def measure(
    name: str,
    *,
    window: Window,
    value: float | None,
    n: int,
    verdict: str = INSUFFICIENT,
    interval: Interval | None = None,
    data: Mapping[str, Any] | None = None,
    unknown: int | None = None,
    known: int | None = None,
    counts: OversightCounts | None = None,
    needed: int | None = None,
    parts: Sequence[Part] = (),
) -> Measure:
    """Build the measure ``name``. ``unknown``: units whose data were missing, beside ``known`` (else ``n``) others."""
    return Measure(
        facts=FACTS[name],
        value=value,
        n=n,
        interval=interval,
        window=window,
        verdict=verdict,
        data=data or {},
        missing_share=None if unknown is None else missing(unknown, n if known is None else known),
        evidence_grade="A" if counts is None else grade_of(counts),
        needed_n=needed,
        parts=tuple(parts),
    )


def proportion(
    name: str,
    figure: Interval,
    k: int,
    *,
    window: Window,
    verdict: str,
    digits: int = 1,
    data: Mapping[str, Any] | None = None,
    **more: Any,
) -> Measure:
    """Build a measure that is ``k`` of ``n``: its value, rate and limits come from the interval."""
    said = {
        "k": k,
        "n": figure.n,
        "rate": Quantity(figure.value, "share", digits),
        "limits": Bounds(figure.low, figure.high, "share", digits),
        **(data or {}),
    }
    return measure(
        name, window=window, value=figure.value, n=figure.n, interval=figure, verdict=verdict, data=said, **more
    )


def grade_of(counts: OversightCounts) -> str:
    """Return the evidence grade of review data: A when every review came authenticated, else B."""
    return "B" if counts["grade", "B"] else "A"


def low_is_good(figure: Interval, *, watch: float, limit: float, least: int = ALERT_FROM) -> str:
    """Judge a share that should be low: surely at most ``watch`` supports, surely above ``limit`` contradicts."""
    if figure.n < least or figure.low is None or figure.high is None:
        return INSUFFICIENT
    if figure.high <= watch:
        return SUPPORTS
    return CONTRADICTS if figure.low > limit else INSUFFICIENT


def high_is_good(figure: Interval, *, wanted: float, limit: float, least: int = ALERT_FROM) -> str:
    """Judge a share that should be high: surely at least ``wanted`` supports, surely below ``limit`` contradicts."""
    if figure.n < least or figure.low is None or figure.high is None:
        return INSUFFICIENT
    if figure.low >= wanted:
        return SUPPORTS
    return CONTRADICTS if figure.high < limit else INSUFFICIENT


def missing(unknown: int, known: int) -> float | None:
    """Return the share of units whose data were missing; ``None`` when there were no units."""
    return unknown / (unknown + known) if unknown + known else None


def needed_for(rate: float, *, above: float | None = None, below: float | None = None) -> int | None:
    """Return the n at which a Wilson limit at this rate passes the bound; ``None`` on the wrong side of it."""
    if (above is not None and rate <= above) or (below is not None and rate >= below):
        return None

    def enough(n: int) -> bool:
        figure = wilson(min(n, round(rate * n)), n)
        if above is not None:
            return figure.low is not None and figure.low >= above
        return figure.high is not None and below is not None and figure.high <= below

    low, high = 0, ALERT_FROM
    while not enough(high):
        low, high = high, high * 2
        if high > 10_000_000:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return max(high, ALERT_FROM)
