"""Conditional disparity: the same comparison inside strata, so that a pooled gap cannot mislead (Simpson)."""

from dataclasses import dataclass
from typing import Any

from audit.fairness.counts import Counts
from audit.fairness.rates import METRICS, Confusion, confusion_of
from audit.fairness.schema import UNKNOWN
from audit.statistics import (
    Interval,
    Stratum,
    mantel_haenszel_ratio,
    mantel_haenszel_test,
    ratio_interval,
)


@dataclass(frozen=True)
class StratumFigures:
    """Group and reference inside one stratum; ``disparity`` is Clarify's DD."""

    stratum: str
    events: int
    n: int
    reference_events: int
    reference_n: int
    ratio: Interval
    disparity: float | None


@dataclass(frozen=True)
class ConditionalFigures:
    """A comparison with strata held fixed.

    ``disparity`` (CDD, Clarify): mean over strata, weighted by cases, of the group's share among the rejected less
    its share among the accepted. ``ratio``: Mantel-Haenszel. ``reverses``: crude and conditional ratio lie on
    different sides of 1.
    """

    attribute: str
    metric: str
    group: str
    reference: str
    by: str
    crude: Interval
    ratio: Interval
    p_value: float | None
    disparity: float | None
    crude_disparity: float | None
    reverses: bool
    strata: tuple[StratumFigures, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        data["crude"], data["ratio"] = self.crude.to_json(), self.ratio.to_json()
        data["strata"] = [{**vars(part), "ratio": part.ratio.to_json()} for part in self.strata]
        return data


def demographic_disparity(group: Confusion, everybody: Confusion) -> float | None:
    """Return the group's share among the rejected minus its share among the accepted; None without either."""
    rejected = everybody.n - everybody.selected
    if not rejected or not everybody.selected:
        return None
    return (group.n - group.selected) / rejected - group.selected / everybody.selected


def _stratum(
    name: str, pair: tuple[Confusion, Confusion], everybody: Confusion, metric: str, level: float
) -> StratumFigures:
    mine, theirs = (METRICS[metric].counts(confusion) for confusion in pair)
    disparity = demographic_disparity(pair[0], everybody) if metric == "selection_rate" else None
    return StratumFigures(name, *mine, *theirs, ratio_interval(*mine, *theirs, level), disparity)


def _side(ratio: Interval) -> int:
    return 0 if ratio.value is None or ratio.value == 1 else 1 if ratio.value > 1 else -1


def conditional(
    counts: Counts,
    attribute: str,
    by: str,
    *,
    group: str,
    reference: str,
    metric: str = "selection_rate",
    level: float = 0.95,
) -> ConditionalFigures:
    """Compare ``group`` with ``reference`` inside each level of ``by``; unknown levels are a stratum of their own.

    CDD is over everybody whose ``attribute`` is known and is defined for selection only.
    """
    events_of = METRICS[metric].counts
    nobody = Confusion()
    parts, disparities = [], []
    for stratum, part in sorted(counts.split(by).items(), key=lambda item: (item[0] is None, item[0] or "")):
        known = {key[0]: confusion_of(part.schema, v) for key, v in part.marginal([attribute]).items() if key[0]}
        everybody = sum(known.values(), nobody)
        pair = (known.get(group, nobody), known.get(reference, nobody))
        parts.append(_stratum(UNKNOWN if stratum is None else stratum, pair, everybody, metric, level))
        if parts[-1].disparity is not None:
            disparities.append((everybody.n, parts[-1].disparity))
    strata = [Stratum(part.events, part.n, part.reference_events, part.reference_n) for part in parts]
    totals = {key[0]: confusion_of(counts.schema, v) for key, v in counts.marginal([attribute]).items() if key[0]}
    mine, theirs = totals.get(group, nobody), totals.get(reference, nobody)
    crude = ratio_interval(*events_of(mine), *events_of(theirs), level)
    pooled = mantel_haenszel_ratio(strata, level)
    weight = sum(n for n, _ in disparities)
    return ConditionalFigures(
        attribute=attribute,
        metric=metric,
        group=group,
        reference=reference,
        by=by,
        crude=crude,
        ratio=pooled,
        p_value=mantel_haenszel_test(strata).p_value,
        disparity=sum(n * value for n, value in disparities) / weight if weight else None,
        crude_disparity=(
            demographic_disparity(mine, sum(totals.values(), nobody)) if metric == "selection_rate" else None
        ),
        reverses=_side(crude) * _side(pooled) == -1,
        strata=tuple(parts),
    )
