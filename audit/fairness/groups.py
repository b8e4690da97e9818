"""The figures of each group, and which group the others are compared with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from audit.fairness.config import AssessmentConfig
from audit.fairness.counts import Counts, Group
from audit.fairness.errors import UnknownValue
from audit.fairness.rates import METRICS, Confusion, confusion_of, exact_rate, rates
from audit.fairness.schema import CROSS, UNKNOWN
from audit.statistics import Interval, undefined

LISTED_LEVELS = 10_000
"""Above so many possible intersections only those that occur are listed."""


@dataclass(frozen=True)
class GroupFigures:
    """Counts and rates of one group.

    ``share`` is of the cases whose group is known. ``excluded`` is the reason code of a group left out of the
    comparison; ``hidden`` tells that n is below the floor, so that no rate is shown; ``held_back`` that some cases,
    or all, are not given out because too few came together (see ``release``).
    """

    attribute: str
    group: str
    levels: Group
    confusion: Confusion
    rates: Mapping[str, Interval]
    share: float | None
    hidden: bool
    excluded: str | None = None
    held_back: bool = False
    shown_from: int = 1

    @property
    def shown_n(self) -> int | None:
        """How many cases stand here; None when there are some, too few to say how many."""
        return None if self.held_back and not self.confusion.n else self.confusion.n

    @property
    def few(self) -> bool:
        """Whether a denominator among the outcome counts is too small to show, though the group is not."""
        c, shown = self.confusion, self.shown_from
        return any(0 < n < shown for n in (c.tp + c.fn, c.fp + c.tn, c.tp + c.fp, c.tn + c.fn))

    @property
    def unknown(self) -> bool:
        """Whether any part of the group is not known."""
        return None in self.levels

    @property
    def comparable(self) -> bool:
        """Whether the group takes part in comparisons."""
        return not self.unknown and self.excluded is None

    def to_json(self, *, outcome: bool, suppress: bool, level: float) -> dict[str, Any]:
        """Return the row of the ``groups`` list of ``custodes fairness --json``."""
        blank = suppress and self.hidden
        first = "scoring_rate" if "scoring_rate" in self.rates else "selection_rate"
        selection = self.rates[first].to_json()
        if 0 < self.confusion.n < 30 and not self.hidden:
            exact = exact_rate(self.confusion, first, level)
            selection["exact"] = {"low": exact.low, "high": exact.high, "method": exact.method}
        return {
            "attribute": self.attribute,
            "group": self.group,
            "n": self.shown_n,
            "held_back": self.held_back,
            "selected": None if blank else self.confusion.selected,
            "selection_rate": selection,
            "confusion": self.confusion.to_json() if outcome and not blank and not (suppress and self.few) else None,
            "rates": {name: figure.to_json() for name, figure in self.rates.items()},
            "share": self.share,
            "unknown": self.unknown,
            "undecided": None if blank else self.confusion.undecided,
            "outcome_unknown": self.confusion.open if outcome and not blank and not (suppress and self.few) else None,
            "hidden": self.hidden,
            "excluded": self.excluded,
        }


def group_name(levels: Group) -> str:
    """Return how a group is printed; an unknown part reads ``unknown``."""
    return CROSS.join(UNKNOWN if level is None else level for level in levels)


def _order(levels: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((level is None, level or "") for level in levels)


def _listed(counts: Counts, grouping: tuple[str, ...], found: Iterable[Group]) -> list[Group]:
    known = [sorted(counts.levels[name]) for name in grouping]
    possible = 1
    for levels in known:
        possible *= max(len(levels), 1)
    everything: set[Group] = set(found)
    if possible <= LISTED_LEVELS:
        everything |= set(product(*known))
    return sorted(everything, key=_order)


def figures_of(
    counts: Counts, grouping: tuple[str, ...], config: AssessmentConfig, refused: tuple[str, ...]
) -> list[GroupFigures]:
    """Return the figures of every group of one attribute or cross: declared, seen and unknown ones."""
    outcome = counts.schema.outcome is not None
    scoring = config.metrics == ("scoring_rate",)
    found = {levels: confusion_of(counts.schema, v) for levels, v in counts.marginal(grouping).items()}
    held = counts.held_back(grouping)
    known_total = sum(confusion.n for levels, confusion in found.items() if None not in levels)
    attribute = CROSS.join(grouping)
    listed = []
    for levels in _listed(counts, grouping, {*found, *held}):
        confusion = found.get(levels, Confusion())
        figures = rates(confusion, outcome=outcome, level=config.level, refused=refused, scoring=scoring)
        shown = {
            name: figure if figure.n >= config.floor.shown else undefined(figure.n, config.level, "too_few_to_show")
            for name, figure in figures.items()
        }
        share = None if None in levels or not known_total else confusion.n / known_total
        excluded = None
        if share is not None and share < config.exclude_below and confusion.n:
            excluded = "below_share"
        listed.append(
            GroupFigures(
                attribute=attribute,
                group=group_name(levels),
                levels=levels,
                confusion=confusion,
                rates=shown,
                share=share,
                hidden=confusion.n < config.floor.shown,
                excluded=excluded,
                held_back=levels in held,
                shown_from=config.floor.shown,
            )
        )
    return listed


@dataclass(frozen=True)
class Reference:
    """The group the others are compared with, and how it was chosen: declared, largest or highest."""

    group: GroupFigures
    rule: str


def declared_reference(grouping: tuple[str, ...], config: AssessmentConfig, groups: list[GroupFigures]) -> Group | None:
    """Return the declared reference of a grouping; a cross takes those of its parts. None when not declared.

    Raises ``UnknownValue`` when the declared level does not exist.
    """
    attribute = CROSS.join(grouping)
    by_name = {figures.group: figures.levels for figures in groups if not figures.unknown}
    wanted = config.reference.get(attribute)
    if wanted is None and len(grouping) > 1 and all(name in config.reference for name in grouping):
        wanted = CROSS.join(config.reference[name] for name in grouping)
        if wanted not in by_name:
            return None
    if wanted is None:
        return None
    if wanted not in by_name:
        raise UnknownValue("reference", attribute, wanted, list(by_name))
    return by_name[wanted]


def choose_reference(
    grouping: tuple[str, ...], metric: str, config: AssessmentConfig, groups: list[GroupFigures]
) -> Reference | None:
    """Return the reference of one grouping and metric, or None when no group can serve."""
    declared = declared_reference(grouping, config, groups)
    if declared is not None:
        return Reference(next(figures for figures in groups if figures.levels == declared), "declared")
    able = [figures for figures in groups if figures.comparable and figures.confusion.n]
    if not able:
        return None
    if config.reference_rule != "highest":
        return Reference(max(able, key=lambda figures: figures.confusion.n), "largest")
    events_of = METRICS[metric].counts
    sign = -1 if METRICS[metric].orientation == "error" else 1
    if config.preset != "ll144":
        # A handful of lucky cases must not become everybody's yardstick; the statute alone counts every category.
        large = [figures for figures in able if events_of(figures.confusion)[1] >= config.floor.judged]
        able = large or able
    rated = [(events_of(figures.confusion), figures) for figures in able]
    rated = [((events, n), figures) for (events, n), figures in rated if n]
    if not rated:
        return None
    best = max(rated, key=lambda item: (sign * item[0][0] / item[0][1], item[0][1]))
    return Reference(best[1], "highest")
