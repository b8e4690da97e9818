"""How often people change what the system proposes: M1 as a whole, M1a by group, M1b by reviewer, M1c by confidence."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from audit.oversight.contribution import DECIDED
from audit.oversight.counts import OversightCounts
from audit.oversight.measure import (
    ALERT_FROM,
    CONTRADICTS,
    INSUFFICIENT,
    SUPPORTS,
    Measure,
    Part,
    Window,
    measure,
    proportion,
)
from audit.oversight.wording import Bounds, Phrase, Quantity, gettext_noop
from audit.statistics import Interval, cochran_armitage, critical_z, katz, wilson

OVERRIDES = ("modify", "override")
SMALLEST_BAND = 30
PER_GROUP = 199  # cases in each group to tell 10 % from 20 % with 80 % power
SHAPES = {
    "few": gettext_noop("too few bands to tell"),
    "falling": gettext_noop("falling"),
    "rising": gettext_noop("rising"),
    "flat": gettext_noop("flat"),
}
KINDS = (gettext_noop("confirm"), gettext_noop("modify"), gettext_noop("override"), gettext_noop("refer"))
DIMENSIONS = (gettext_noop("class"), gettext_noop("band"), gettext_noop("version"), gettext_noop("language"))


def override_counts(counts: OversightCounts, *prefix: str) -> tuple[int, int]:
    """Return (overridden, decided by a person) under a prefix of cells such as ``("m1_class", "decline")``."""
    kinds = {kind: counts[(*(prefix or ("m1",)), kind)] for kind in DECIDED}
    return sum(kinds[kind] for kind in OVERRIDES), sum(kinds.values())


def override_rate(counts: OversightCounts, window: Window, ai_error: Interval | None = None) -> Measure:
    """M1. ``ai_error``: the estimated error rate of the system; an alert needs UCL(M1) < LCL(error) / 2."""
    overridden, n = override_counts(counts)
    figure = wilson(overridden, n)
    alert = (
        ai_error is not None
        and ai_error.low is not None
        and figure.high is not None
        and n >= ALERT_FROM
        and figure.high < ai_error.low / 2
    )
    referred = counts["m1", "refer"]
    return proportion(
        "M1",
        figure,
        overridden,
        window=window,
        # A high rate may come of a bad model, a low one of a good one: alone it never speaks for oversight.
        verdict=CONTRADICTS if alert else INSUFFICIENT,
        data={"alert": alert},
        unknown=0,
        counts=counts,
        parts=(*(Part(kind, wilson(counts["m1", kind], n + referred)) for kind in KINDS), *_splits(counts)),
    )


def _splits(counts: OversightCounts) -> Iterator[Part]:
    for dimension in DIMENSIONS:
        name = f"m1_{dimension}"
        for value in sorted({rest[0] for rest, _ in counts.under(name)}):
            overridden, n = override_counts(counts, name, value)
            if n:
                data = {"dimension": dimension, "value": value, "k": overridden}
                yield Part(dimension, wilson(overridden, n), data, value)


def override_trend(counts: OversightCounts, window: Window) -> Measure:
    """M1c. Override rate over confidence bands; it should fall. Cochran-Armitage, five bands of 30 at least."""
    bands = sorted({rest[0] for rest, _ in counts.under("m1_band")} - {"unknown"})
    rows = [(band, *override_counts(counts, "m1_band", band)) for band in bands]
    used = [row for row in rows if row[2] >= SMALLEST_BAND]
    test = cochran_armitage([k for _, k, _ in used], [m for _, _, m in used], [float(b) for b, _, _ in used])
    statistic, p = test.statistic, test.p_value
    enough = len(used) >= 5 and statistic is not None and p is not None
    shape = "few"
    if enough and statistic is not None and p is not None:
        shape = "flat" if p >= 0.05 else "falling" if statistic < 0 else "rising"
    return measure(
        "M1c",
        window=window,
        value=statistic if enough else None,
        n=sum(row[2] for row in rows),
        verdict={"falling": SUPPORTS, "rising": CONTRADICTS}.get(shape, INSUFFICIENT),
        data={"shape": Phrase(SHAPES[shape]), "p": Quantity(p, "p"), "bands": len(used)},
        unknown=override_counts(counts, "m1_band", "unknown")[1],
        counts=counts,
        parts=tuple(Part("band", wilson(k, m), {"k": k}, band) for band, k, m in rows if m),
    )


@dataclass(frozen=True, slots=True)
class GroupTurns:
    """How often people turned the outcome for one group and for its reference, of the same kinds of cases."""

    attribute: str
    group: str
    turned: int
    n: int
    reference_turned: int
    reference_n: int

    def ratio(self) -> Interval:
        """The ratio to the reference; without an interval while a group is below the stated n."""
        return katz(self.turned, self.n, self.reference_turned, self.reference_n)


def group_overrides(groups: Sequence[GroupTurns], window: Window) -> Measure:
    """M1a. Only groups with 199 cases, and a reference with as many, are compared."""
    compared = [(each, each.ratio()) for each in groups if min(each.n, each.reference_n) >= PER_GROUP]
    known = [(each, ratio) for each, ratio in compared if None not in (ratio.value, ratio.low, ratio.high)]
    outside = [each for each, ratio in known if ratio.low > 1 or ratio.high < 1]  # type: ignore[operator]
    worst = max(known, key=lambda pair: abs(math.log(pair[1].value or 1.0)), default=None)
    figure = worst[1] if worst else None
    needed = max((PER_GROUP - min(each.n, each.reference_n) for each in groups), default=0)
    return measure(
        "M1a",
        window=window,
        value=figure.value if figure else None,
        n=worst[0].n if worst else 0,
        interval=figure,
        data={
            "group": f"{worst[0].attribute} {worst[0].group}" if worst else Phrase(gettext_noop("no group")),
            "ratio": Quantity(figure.value if figure else None, "number", 2),
            "limits": Bounds(figure.low if figure else None, figure.high if figure else None, "number", 2),
            "examined": len(outside),
            "groups": len(groups),
        },
        needed=needed if needed > 0 else None,
        parts=[Part("group", ratio, {"n": each.n}, f"{each.attribute} {each.group}") for each, ratio in known],
    )


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """One reviewer against their own case mix."""

    reviewer: str
    n: int
    overridden: int
    expected: float
    deviation: float  # standard error of the overrides, given the case mix
    zone: str  # inside | watch | outside

    @property
    def z(self) -> float:
        """Overrides less those expected, in standard errors; 0 where the case mix leaves no room for chance."""
        return (self.overridden - self.expected) / self.deviation if self.deviation else 0.0


@dataclass(frozen=True, slots=True)
class Funnel:
    """All reviewers with enough decisions, in the order of their names; ``spread``: the over-dispersion factor."""

    points: tuple[FunnelPoint, ...]
    spread: float
    left_out: int


def funnel(counts: OversightCounts) -> Funnel:
    """Compare each reviewer with the rates of their own strata (class and confidence band); no ranking."""
    strata: dict[tuple[str, str], list[int]] = {}
    own: dict[str, dict[tuple[str, str], list[int]]] = {}
    for (reviewer, klass, band, kind), count in counts.under("by_reviewer"):
        if kind not in DECIDED:
            continue
        for held in (
            strata.setdefault((klass, band), [0, 0]),
            own.setdefault(reviewer, {}).setdefault((klass, band), [0, 0]),
        ):
            held[0] += count * (kind in OVERRIDES)
            held[1] += count
    rates = {stratum: k / n for stratum, (k, n) in strata.items() if n}
    found = [_against_own_mix(name, held, rates) for name, held in sorted(own.items())]
    compared = [point for point in found if point.n >= ALERT_FROM]
    spread = _over_dispersion([point.z for point in compared])
    points = tuple(replace(point, zone=_zone(point.z, spread)) for point in compared)
    return Funnel(points, spread, len(found) - len(compared))


def _against_own_mix(
    reviewer: str, held: dict[tuple[str, str], list[int]], rates: dict[tuple[str, str], float]
) -> FunnelPoint:
    expected = math.fsum(n * rates[stratum] for stratum, (_, n) in held.items())
    variance = math.fsum(n * rates[stratum] * (1 - rates[stratum]) for stratum, (_, n) in held.items())
    overridden, n = sum(k for k, _ in held.values()), sum(n for _, n in held.values())
    return FunnelPoint(reviewer, n, overridden, expected, math.sqrt(variance), "inside")


def _over_dispersion(scores: Sequence[float]) -> float:
    """Return the factor phi >= 1 by which limits widen: mean of squared z, the outer tenths winsorised."""
    if len(scores) < 10:
        return 1.0  # too few to tell spread from outliers
    ordered = sorted(scores)
    cut = max(1, round(len(ordered) * 0.1))
    low, high = ordered[cut], ordered[-cut - 1]
    phi = math.fsum(min(max(score, low), high) ** 2 for score in ordered) / len(ordered)
    return max(phi, 1.0)


def _zone(z: float, spread: float) -> str:
    distance = abs(z) / math.sqrt(spread)
    if distance > critical_z(0.998):
        return "outside"
    return "watch" if distance > critical_z(0.95) else "inside"


def reviewer_funnel(counts: OversightCounts, window: Window) -> Measure:
    """M1b. How many reviewers lie outside what chance explains; who they are is not in the measure."""
    seen = funnel(counts)
    zones = [point.zone for point in seen.points]
    figure = wilson(zones.count("outside"), len(zones))
    return measure(
        "M1b",
        window=window,
        value=float(zones.count("outside")) if zones else None,
        n=len(zones),
        data={
            "outside": zones.count("outside"),
            "watch": zones.count("watch"),
            "compared": len(zones),
            "left_out": seen.left_out,
            "spread": Quantity(seen.spread, "number", 2),
            "share": Quantity(figure.value),
        },
        unknown=seen.left_out,
        counts=counts,
    )
