"""Measures of causal power: M10 coverage, M10b completeness, M11 escalation, M12 stop drills, M14 appeals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from audit.oversight.bins import binned_quantile
from audit.oversight.counts import OversightCounts
from audit.oversight.measure import (
    ALERT_FROM,
    CONTRADICTS,
    INSUFFICIENT,
    SUPPORTS,
    Measure,
    Part,
    Thresholds,
    Window,
    high_is_good,
    measure,
    proportion,
)
from audit.oversight.wording import Message, Quantity, gettext_noop
from audit.statistics import wilson, zero_event_upper

LISTED = gettext_noop("each is listed")
BOUNDED = gettext_noop("at most {bound} could have gone unseen")


def coverage(counts: OversightCounts, window: Window) -> Measure:
    """M10. Breaches among executed decisions that needed people; the target is none, and each is listed elsewhere."""
    required, breached, unknown = counts["required"], counts["breach"], counts["breach_unknown"]
    known = required - unknown
    figure = wilson(breached, known)
    bound = zero_event_upper(known) if known and not breached else None
    clean = breached == 0 and known >= ALERT_FROM and unknown == 0
    codes = [(rest[0], count) for rest, count in counts.under("breach_code")]
    return proportion(
        "M10",
        figure,
        breached,
        window=window,
        digits=2 if breached else 1,
        verdict=CONTRADICTS if breached else SUPPORTS if clean else INSUFFICIENT,
        data={
            "bounded": Message(LISTED) if bound is None else Message(BOUNDED, {"bound": Quantity(bound)}),
            "upper_bound": Quantity(bound),
            "reviewed_before": counts["reviewed_before"],
            "reviewed_after": counts["reviewed_after"],
            "never_reviewed": counts["never_reviewed"],
        },
        unknown=unknown,
        counts=counts,
        parts=tuple(
            Part(gettext_noop("code"), wilson(min(n, counts["executed"]), counts["executed"]), {"k": n}, code)
            for code, n in codes
        ),
    )


def completeness(received: int | None, expected: int | None, window: Window, terms: Thresholds) -> Measure:
    """M10b. Share of events received of those the sequence numbers promise."""
    figure = wilson(min(received, expected), expected) if received is not None and expected else None
    verdict = INSUFFICIENT
    if figure is not None and figure.value is not None and figure.n >= ALERT_FROM:
        # A count of the whole log, not a sample: the share itself is compared.
        verdict = SUPPORTS if figure.value >= terms.completeness else CONTRADICTS
    return measure(
        "M10b",
        window=window,
        value=figure.value if figure else None,
        n=expected or 0,
        interval=figure,
        verdict=verdict,
        data={"k": received, "n": expected, "rate": Quantity(figure.value if figure else None, "share", 2)},
    )


def escalation(counts: OversightCounts, window: Window, terms: Thresholds) -> Measure:
    """M11. Share of escalation hops acknowledged in time; the median time to acknowledge in the data."""
    in_time, late, expired = (counts["hop", state] for state in ("in_time", "late", "expired"))
    figure = wilson(in_time, in_time + late + expired)
    unsafe = counts["hop_without_default"]
    return proportion(
        "M11",
        figure,
        in_time,
        window=window,
        verdict=CONTRADICTS if unsafe else high_is_good(figure, wanted=0.8, limit=0.8, least=20),
        data={
            "median": Quantity(binned_quantile(counts.bins("ack"), 0.5).value, "seconds"),
            "expired": expired,
            "without_default": unsafe,
        },
        unknown=0,
        counts=counts,
    )


@dataclass(frozen=True, slots=True)
class Drill:
    """One stop drill. ``time_to_stop``: last decision executed in scope less the order to stop, None when unknown."""

    id: str
    time_to_stop: timedelta | None
    in_flight: int
    leaked: int
    target: timedelta
    reached: int | None = None
    instances: int | None = None
    irreversible_in_flight: int = 0

    @property
    def clean(self) -> bool:
        in_time = self.time_to_stop is not None and self.time_to_stop <= self.target
        return in_time and self.leaked == 0 and (self.reached == self.instances)


def stop_drills(drills: Sequence[Drill], window: Window, terms: Thresholds) -> Measure:
    """M12. Clean stop drills; few clean ones bound the chance of failure only weakly, and that is said."""
    clean, n = sum(drill.clean for drill in drills), len(drills)
    figure = wilson(clean, n)
    verdict = CONTRADICTS if clean < n else SUPPORTS if n >= terms.drills else INSUFFICIENT
    return proportion(
        "M12",
        figure,
        clean,
        window=window,
        verdict=verdict,
        data={
            "bound": Quantity(zero_event_upper(n) if n and clean == n else None),
            "leaked": sum(drill.leaked for drill in drills),
            "in_flight": sum(drill.in_flight for drill in drills),
            "irreversible_in_flight": sum(drill.irreversible_in_flight for drill in drills),
        },
        needed=max(terms.drills - n, 0) or None,
        parts=tuple(
            Part(gettext_noop("drill"), wilson(int(each.clean), 1), _of_drill(each), each.id) for each in drills
        ),
    )


def _of_drill(drill: Drill) -> dict[str, float | int | None]:
    stopped = drill.time_to_stop
    return {
        "time_to_stop_s": None if stopped is None else stopped.total_seconds(),
        "in_flight": drill.in_flight,
        "leaked": drill.leaked,
    }


def appeals(counts: OversightCounts, window: Window) -> Measure:
    """M14. Share of decided appeals that overturned the decision; independence decides the verdict."""
    decided = {rest[0]: count for rest, count in counts.under("appeal_decision")}
    n = sum(decided.values())
    changed = decided.get("overturned", 0) + decided.get("partly", 0)
    same, unknown = counts["appeal_independent", "no"], counts["appeal_independent", "unknown"]
    supports = n >= 20 and not same and not unknown
    return proportion(
        "M14",
        wilson(changed, n),
        changed,
        window=window,
        verdict=CONTRADICTS if same else SUPPORTS if supports else INSUFFICIENT,
        data={
            "filed": counts["appeal", "filed"],
            "same": same,
            "median": Quantity(binned_quantile(counts.bins("appeal_answer"), 0.5).value, "seconds"),
        },
        unknown=unknown,
        known=n - unknown,
    )
