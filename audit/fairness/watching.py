"""From daily counts to watched comparisons."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from audit.fairness.config import AssessmentConfig
from audit.fairness.counts import Counts, Group, merge
from audit.fairness.groups import choose_reference, figures_of, group_name
from audit.fairness.monitoring import Block, Track, average, watch_all
from audit.fairness.rates import METRICS, confusion_of
from audit.fairness.schema import CROSS


@dataclass(frozen=True)
class Watch:
    """All groups of one attribute against one reference over time; ``first_alarm`` belongs to their mean e-value."""

    attribute: str
    metric: str
    reference: str
    tracks: tuple[Track, ...]
    first_alarm: date | None

    def to_json(self) -> dict[str, Any]:
        """Return the watch as plain data."""
        return {
            "attribute": self.attribute,
            "metric": self.metric,
            "reference": self.reference,
            "first_alarm": self.first_alarm.isoformat() if self.first_alarm else None,
            "tracks": [track.to_json() for track in self.tracks],
        }


def watch_counts(
    days: Iterable[tuple[date, Counts]],
    config: AssessmentConfig,
    *,
    metric: str = "selection_rate",
    alpha: float = 0.05,
    parcel: int = 1,
) -> list[Watch]:
    """Watch every attribute and cross of a configuration over single-stage daily counts.

    The reference is the declared one, else the largest group: choosing the highest rate would look at what is being
    tested. ``alpha`` bounds the false alarms per attribute; meant for decisions, whose counts of a past day stay.
    Days are joined until group and reference have ``parcel`` cases each, so that no point stands for fewer; where
    blocks end depends on their sizes alone, so the bound holds.
    """
    daily: dict[date, list[Counts]] = {}
    for day, counts in days:
        daily.setdefault(day, []).append(counts)
    if not daily:
        return []
    by_day = {day: merge(parts) for day, parts in sorted(daily.items())}
    whole = merge(by_day.values())
    events_of = METRICS[metric].counts
    found = []
    for grouping in config.groupings:
        listed = figures_of(whole, grouping, config, ())
        reference = _reference(grouping, metric, config, whole)
        if reference is None:
            continue
        marginals = {
            day: {k: events_of(confusion_of(c.schema, v)) for k, v in c.marginal(grouping).items()}
            for day, c in by_day.items()
        }
        watched = [f.levels for f in listed if f.comparable and not f.hidden and f.levels != reference]
        blocks = [(group_name(key), _blocks(marginals, key, reference, parcel)) for key in watched]
        tracks = watch_all(blocks, alpha=alpha)
        alarm = average(tracks, alpha=alpha) if tracks else None
        found.append(Watch(CROSS.join(grouping), metric, group_name(reference), tuple(tracks), alarm))
    return found


def _reference(grouping: tuple[str, ...], metric: str, config: AssessmentConfig, whole: Counts) -> Group | None:
    largest = AssessmentConfig(config.groups, config.crosses, reference=config.reference)
    chosen = choose_reference(grouping, metric, largest, figures_of(whole, grouping, largest, ()))
    return None if chosen is None else chosen.group.levels


def _blocks(
    marginals: dict[date, dict[Group, tuple[int, int]]], group: Group, reference: Group, parcel: int
) -> list[Block]:
    blocks, waiting = [], [0, 0, 0, 0]
    for day, found in marginals.items():
        today = (*found.get(group, (0, 0)), *found.get(reference, (0, 0)))
        waiting = [have + more for have, more in zip(waiting, today, strict=True)]
        if parcel <= 1 or min(waiting[1], waiting[3]) >= parcel:
            blocks.append(Block(day, *waiting))
            waiting = [0, 0, 0, 0]
    return blocks
