"""Measures that need an order or another room's figures: M4 approval runs, M9 workload, M13 the human step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    low_is_good,
    measure,
)
from audit.oversight.shifts import Shift
from audit.oversight.wording import Bounds, Phrase, Quantity, gettext_noop
from audit.statistics import Interval, run_length_beyond, wilson

SUSPECT = 0.01
FOUR_FIFTHS = 0.8


def approval_runs(shifts: Mapping[str, Shift], expected_rate: float | None, window: Window) -> Measure:
    """M4. The longest run of unchanged approvals of anybody, and how many reviewers have one beyond chance.

    ``expected_rate``: override rate expected in this case mix; None: of the other reviewers, else the reviewer's own.
    A run is suspect when so long a one anywhere in that many reviews has a chance below 1 %, shared over the
    reviewers (Bonferroni): a few runs are no proof of guilt.
    """
    chances = {name: run_chance(shifts, name, expected_rate) for name in sorted(shifts)}
    judged = {name: chance for name, chance in chances.items() if chance is not None}
    suspect = [name for name, chance in judged.items() if chance < SUSPECT / len(judged)]
    n, changed = sum(shift.n for shift in shifts.values()), sum(shift.changed for shift in shifts.values())
    longest = max((shift.longest for shift in shifts.values()), default=0)
    rate = expected_rate if expected_rate is not None else changed / n if n else None
    verdict = SUPPORTS if judged and n >= ALERT_FROM else INSUFFICIENT
    return measure(
        "M4",
        window=window,
        value=float(longest) if n else None,
        n=n,
        verdict=CONTRADICTS if suspect else verdict,
        data={
            "longest": longest,
            "suspect": len(suspect),
            "reviewers": len(shifts),
            "rate": Quantity(rate),
            "alert_length": run_length_beyond(rate, SUSPECT) if rate and rate < 1 else None,
        },
    )


def run_chance(shifts: Mapping[str, Shift], name: str, expected_rate: float | None = None) -> float | None:
    """Return the chance of a reviewer's longest run; None below 30 reviews or where nobody ever changed anything."""
    own = shifts[name]
    rate = expected_rate
    if rate is None:
        others_n = sum(shift.n for other, shift in shifts.items() if other != name)
        others = sum(shift.changed for other, shift in shifts.items() if other != name)
        rate = others / others_n if others_n >= ALERT_FROM else own.changed / own.n if own.n else 0.0
    if own.n < ALERT_FROM or not 0 < rate < 1:
        return None
    return own.chance_of_run(rate)


def workload(
    counts: OversightCounts,
    shifts: Mapping[str, Shift],
    window: Window,
    terms: Thresholds,
    max_per_hour: int | None = None,
) -> Measure:
    """M9. Share of reviewers' hours that held more reviews than the policy allows; pace and stretches beside it."""
    active = counts["active_ms"] / 3_600_000
    hours = sum(n for shift in shifts.values() for n in shift.hours.values())
    over = sum(
        n
        for shift in shifts.values()
        for size, n in shift.hours.items()
        if max_per_hour is not None and size > max_per_hour
    )
    figure = wilson(over, hours) if max_per_hour is not None and hours else None
    verdict = INSUFFICIENT
    if figure is not None:
        verdict = low_is_good(figure, watch=terms.overload, limit=terms.overload)
    stretch = max((shift.stretch_s for shift in shifts.values()), default=0.0)
    return measure(
        "M9",
        window=window,
        value=figure.value if figure else None,
        n=hours,
        interval=figure,
        verdict=verdict,
        data={
            "per_hour": Quantity(counts["timed"] / active if active else None, "number"),
            "over": over if figure else None,
            "hours": hours,
            "rate": Quantity(figure.value if figure else None),
            "limits": Bounds(figure.low if figure else None, figure.high if figure else None),
            "stretch": Quantity(stretch if hours else None, "seconds"),
            "max_per_hour": max_per_hour,
        },
        unknown=max(counts["submitted"] - counts["timed"], 0),
        known=counts["timed"],
        counts=counts,
    )


@dataclass(frozen=True, slots=True)
class GroupStep:
    """What fairness found for one group against its reference: the ratio before and after people, with intervals.

    ``delta``: ratio after people less ratio of the system alone.
    """

    attribute: str
    group: str
    before: Interval
    after: Interval
    delta: Interval


def human_step(steps: Sequence[GroupStep], window: Window) -> Measure:
    """M13. Did people make the decisions more or less even? The worst group decides (weakest link)."""
    known = [step for step in steps if step.delta.value is not None]
    worse = [step for step in known if step.delta.high is not None and step.delta.high < 0]
    clear = [step for step in known if step.delta.low is not None]
    worst = min(known, key=lambda step: step.delta.value or 0.0, default=None)
    even = bool(clear) and len(clear) == len(steps) and all((step.delta.low or 0.0) > -0.05 for step in clear)
    return measure(
        "M13",
        window=window,
        value=worst.delta.value if worst else None,
        n=worst.delta.n if worst else 0,
        interval=worst.delta if worst else None,
        verdict=CONTRADICTS if worse else SUPPORTS if even else INSUFFICIENT,
        data={
            "group": f"{worst.attribute} {worst.group}" if worst else Phrase(gettext_noop("no group")),
            "before": Quantity(worst.before.value if worst else None, "number", 2),
            "after": Quantity(worst.after.value if worst else None, "number", 2),
            "worse": len(worse),
            "groups": len(steps),
            "crossed": sum(_crossed(step) for step in known),
        },
        parts=tuple(
            Part(
                gettext_noop("group"),
                step.delta,
                {"before": step.before.value, "after": step.after.value},
                f"{step.attribute} {step.group}",
            )
            for step in known
        ),
    )


def _crossed(step: GroupStep) -> bool:
    before, after = step.before.value, step.after.value
    return before is not None and after is not None and before >= FOUR_FIFTHS > after
