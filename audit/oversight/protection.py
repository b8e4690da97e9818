"""What may be shown of people: no figure about fewer than three reviewers, nor one that subtraction would bare.

Figures about people are given by whole calendar months, whole or by the values of one dimension. A month, or a value
within a month, is published when at least three people did the reviews and none of them nearly all; where a value is
held back, further values are held back with it until together they hide somebody (complementary suppression). A
figure over several months adds up published cells only, so that no two figures differ by what was held back.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from audit.oversight.counts import OversightCounts
from audit.oversight.measure import INSUFFICIENT, SHOWN_FROM, WITHHELD, Measure, Part
from audit.oversight.wording import gettext_noop

REVIEWERS = 3
MOST_BY_ONE = 0.9  # share of the reviews; above it the figure is that person's
UNKNOWN = "unknown"
FEW = gettext_noop("Withheld: fewer than ten cases.")
NO_GROUPS = gettext_noop("Not shown: group figures need the permission to read group data.")
OF_GROUPS = ("M1a", "M13")

Reviewers = Mapping[str, int]


def reviewers_in(counts: OversightCounts) -> Counter[str]:
    """Return how many reviews each person did; the unknown ones count as one person."""
    return Counter({rest[0]: count for rest, count in counts.under("work") if count > 0})


def safe(reviewers: Reviewers) -> bool:
    """Whether a figure over the work of these people is about none of them; nobody at all is safe."""
    whole = sum(reviewers.values())
    if not whole:
        return True
    return len(reviewers) >= REVIEWERS and max(reviewers.values()) <= MOST_BY_ONE * whole


def published(cells: Mapping[str, Reviewers], whole: Reviewers) -> frozenset[str]:
    """Return the values of one dimension, in one month, whose figures may be shown beside the month's."""
    if not safe(whole):
        return frozenset()
    shown = {value for value, reviewers in cells.items() if safe(reviewers)}
    by_size = sorted(shown, key=lambda value: (sum(cells[value].values()), value))
    hidden = Counter(whole)
    for value in shown:
        hidden.subtract(cells[value])
    hidden = +hidden
    for value in by_size:
        if safe(hidden):
            break
        shown.remove(value)
        hidden.update(cells[value])
    return frozenset(shown) if safe(hidden) else frozenset()


def protected(measure: Measure, *, groups: bool) -> Measure:
    """Return a measure as it may be shown: without small numbers of people's cases, groups only by right."""
    if measure.id in OF_GROUPS and not groups:
        return _hidden(measure, NO_GROUPS)
    if not measure.facts.people:
        return measure
    if measure.unit == "share" and 0 < measure.n < SHOWN_FROM:
        return _hidden(measure, FEW)
    return replace(measure, parts=_parts(measure))


def withheld(measure: Measure) -> Measure:
    """Return a measure about people of which nothing may be shown."""
    return _hidden(measure, WITHHELD)


def _hidden(measure: Measure, why: str) -> Measure:
    return replace(
        measure,
        value=None,
        n=0,
        interval=None,
        verdict=INSUFFICIENT,
        data={},
        parts=(),
        missing_share=None,
        needed_n=None,
        withheld=why,
    )


def _parts(measure: Measure) -> tuple[Part, ...]:
    """Leave out shares of fewer than ten cases, and reasons given fewer than ten times."""
    kept = [part for part in measure.parts if part.data.get("unit") == "seconds" or part.interval.n >= SHOWN_FROM]
    return tuple(part for part in kept if part.kind != "reason" or part.data.get("k", 0) >= SHOWN_FROM)
