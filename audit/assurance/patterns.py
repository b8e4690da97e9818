"""Where people change what the system proposes: causes by segment, confidence, version and reason, with intervals.

Each segment is held against all the rest of the same window; differences are corrected for how many were looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from audit.assurance.reading import open_slices
from audit.oversight import OversightCounts
from audit.oversight.aggregates import Bounds
from audit.oversight.contribution import DIMENSIONS
from audit.oversight.measure import ALERT_FROM, SHOWN_FROM
from audit.oversight.overriding import override_counts
from audit.oversight.wording import Bounds as Limits
from audit.oversight.wording import Message, Phrase, Quantity, gettext_noop
from audit.statistics import Interval, compare_proportions, holm, newcombe, wilson
from governance.models import UseCase

SURELY = 0.05
KIND_OF = {
    "class": gettext_noop("class"),
    "band": gettext_noop("confidence band"),
    "version": gettext_noop("model version"),
    "language": gettext_noop("language"),
    "reason": gettext_noop("reason"),
}
MORE = gettext_noop(
    "Where {kind} is {value}, people change {rate} of the proposals {limits}, against {rest} elsewhere: {excess} "
    "changes more than the rest would lead one to expect. The reason given most is {reason}."
)
MORE_WITHOUT = gettext_noop(
    "Where {kind} is {value}, people change {rate} of the proposals {limits}, against {rest} elsewhere: {excess} "
    "changes more than the rest would lead one to expect. No reason is given often enough to name."
)
REASON = gettext_noop("{share} {limits} of the changes give {value} as their reason ({k} of {n}).")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One segment or reason. ``rest`` and ``difference`` are None for reasons; ``sure`` after Holm's correction."""

    dimension: str
    value: str
    overrides: int
    share: Interval  # of all changes
    rate: Interval | None = None
    rest: Interval | None = None
    difference: Interval | None = None
    p_value: float | None = None
    sure: bool = False
    reason: str = ""

    @property
    def excess(self) -> float:
        """Changes beyond what the rest would lead one to expect."""
        if self.rate is None or self.rest is None or self.rest.value is None:
            return 0.0
        return self.overrides - self.rate.n * self.rest.value

    @property
    def message(self) -> Message:
        """The sentence a product team can act on."""
        if self.rate is None or self.rest is None:
            data = {
                "share": Quantity(self.share.value),
                "limits": Limits(self.share.low, self.share.high),
                "value": self.value,
                "k": self.overrides,
                "n": self.share.n,
            }
            return Message(REASON, data)
        return Message(
            MORE if self.reason else MORE_WITHOUT,
            {
                "kind": Phrase(KIND_OF[self.dimension]),
                "value": self.value,
                "rate": Quantity(self.rate.value),
                "limits": Limits(self.rate.low, self.rate.high),
                "rest": Quantity(self.rest.value),
                "excess": Quantity(max(self.excess, 0.0), "number", 0),
                "reason": self.reason,
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """``causes``: segments by the changes they add, surely more often than the rest first; ``reasons`` by number."""

    window: tuple[date | None, date | None]
    overridden: Interval
    causes: tuple[Cause, ...]
    reasons: tuple[Cause, ...]


def patterns(use_case: UseCase, *, window: Bounds) -> Patterns:
    """Return where changes gather in a window, from what may be shown of its months."""
    found = open_slices(use_case, window=window)
    changed, n = override_counts(found.people)
    causes = [
        cause
        for dimension in DIMENSIONS
        for value, held in sorted(found.slices[dimension].items())
        if (cause := _cause(dimension, value, held, found.people)) is not None
    ]
    adjusted = iter(holm([cause.p_value for cause in causes if cause.p_value is not None]))
    judged = [replace(cause, sure=cause.p_value is not None and next(adjusted) < SURELY) for cause in causes]
    more = [cause for cause in judged if cause.excess > 0]
    return Patterns(
        window=found.window,
        overridden=wilson(changed, n),
        causes=tuple(sorted(more, key=lambda cause: (not cause.sure, -cause.excess, cause.dimension, cause.value))),
        reasons=_reasons(found.people, changed),
    )


def _cause(dimension: str, value: str, held: OversightCounts, whole: OversightCounts) -> Cause | None:
    k, n = override_counts(held)
    all_k, all_n = override_counts(whole)
    rest_k, rest_n = all_k - k, all_n - n
    if n < ALERT_FROM or rest_n < ALERT_FROM or rest_k < 0:
        return None
    return Cause(
        dimension=dimension,
        value=value,
        overrides=k,
        share=wilson(k, all_k),
        rate=wilson(k, n),
        rest=wilson(rest_k, rest_n),
        difference=newcombe(k, n, rest_k, rest_n),
        p_value=compare_proportions(k, n, rest_k, rest_n).p_value,
        reason=_usual_reason(dict(held.under("changed_for"))),
    )


def _usual_reason(given: Mapping[tuple[str, ...], int]) -> str:
    often = [(count, name) for (name, *_), count in given.items() if count >= SHOWN_FROM]
    return max(often, key=lambda pair: (pair[0], pair[1]))[1] if often else ""


def _reasons(counts: OversightCounts, changed: int) -> tuple[Cause, ...]:
    found = [
        Cause(dimension="reason", value=rest[0], overrides=count, share=wilson(count, changed))
        for rest, count in counts.under("changed_for")
        if SHOWN_FROM <= count <= changed
    ]
    return tuple(sorted(found, key=lambda cause: (-cause.overrides, cause.value)))
