"""Measures that need to know what was right: M5 and M5b, M6 (value added), M8 agreement."""

import math

from audit.oversight.contribution import MICRO
from audit.oversight.counts import OversightCounts
from audit.oversight.measure import (
    CONTRADICTS,
    INSUFFICIENT,
    SUPPORTS,
    Measure,
    Part,
    Thresholds,
    Window,
    high_is_good,
    measure,
    needed_for,
    proportion,
)
from audit.oversight.wording import Bounds, Phrase, Quantity, gettext_noop
from audit.statistics import (
    Interval,
    cohen_kappa,
    gwet_ac1,
    mcnemar,
    newcombe_paired,
    normal_quantile,
    percent_agreement,
    wilson,
)

ENOUGH = 25  # wrong cases, right cases, or discordant pairs
PAIRS = 50
STYLES = {
    "stamp": gettext_noop("stamp-like"),
    "trigger": gettext_noop("trigger-happy"),
    "balanced": gettext_noop("balanced"),
    "few": gettext_noop("too few cases with an outcome"),
}
BIASED = gettext_noop("biased sample: outcomes are known for some cases only, without a known chance")
UNBIASED = gettext_noop("every outcome has a known chance")


def truth_table(counts: OversightCounts, *, ai: bool, human: bool | None = None, changed: bool | None = None) -> int:
    """Count reviewed decisions with an outcome by: the system right, the person right, the proposal changed."""
    total = 0
    for (a, h, o), count in ((rest, n) for rest, n in counts.under("truth")):
        fits = a == str(int(ai)) and human in (None, h == "1") and changed in (None, o == "1")
        total += count if fits else 0
    return total


def reliance(counts: OversightCounts, window: Window, terms: Thresholds) -> Measure:
    """M5. Share of wrong proposals that people changed (catch rate); over- and under-reliance as parts."""
    wrong, right = truth_table(counts, ai=False), truth_table(counts, ai=True)
    caught, false_alarms = truth_table(counts, ai=False, changed=True), truth_table(counts, ai=True, changed=True)
    figure = wilson(caught, wrong)
    verdict = high_is_good(figure, wanted=terms.catch, limit=terms.catch, least=ENOUGH)
    return proportion(
        "M5",
        figure,
        caught,
        window=window,
        verdict=verdict if right >= ENOUGH else INSUFFICIENT,
        data={"f": false_alarms, "m": right},
        unknown=counts["truth_missing",],
        known=wrong + right,
        counts=counts,
        needed=None if figure.value is None else needed_for(figure.value, above=terms.catch),
        parts=(
            Part(gettext_noop("over-reliance"), wilson(wrong - caught, wrong)),
            Part(gettext_noop("under-reliance"), wilson(false_alarms, right)),
        ),
    )


def own_judgement(counts: OversightCounts, window: Window) -> Measure:
    """M5a. RAIR and RSR (Schemmer et al. 2023) where people judged before they saw the proposal."""
    cells = dict(counts.under("reliance"))
    led = wilson(cells.get(("0", "1", "1"), 0), cells.get(("0", "1", "1"), 0) + cells.get(("0", "1", "0"), 0))
    stood = wilson(cells.get(("1", "0", "1"), 0), cells.get(("1", "0", "1"), 0) + cells.get(("1", "0", "0"), 0))
    return measure(
        "M5a",
        window=window,
        value=stood.value,
        n=stood.n,
        interval=stood,
        data={"rair": Quantity(led.value), "rair_n": led.n, "rsr": Quantity(stood.value), "rsr_n": stood.n},
        counts=counts,
        needed=max(ENOUGH - min(led.n, stood.n), 0) or None,
        parts=(Part("RAIR", led), Part("RSR", stood)),
    )


def signal_detection(hits: int, wrong: int, false_alarms: int, right: int) -> tuple[Interval, float]:
    """Return (d', c) with the log-linear correction; d' with its interval (Gourevitch and Galanter 1967)."""
    hit, alarm = (hits + 0.5) / (wrong + 1), (false_alarms + 0.5) / (right + 1)
    z_hit, z_alarm = normal_quantile(hit), normal_quantile(alarm)
    variance = hit * (1 - hit) / (wrong + 1) / _density(z_hit) ** 2
    variance += alarm * (1 - alarm) / (right + 1) / _density(z_alarm) ** 2
    d, half = z_hit - z_alarm, 1.959963984540054 * math.sqrt(variance)
    figure = Interval(d, d - half, d + half, min(wrong, right), "gourevitch_galanter_loglinear", 0.95)
    return figure, -(z_hit + z_alarm) / 2


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def discrimination(counts: OversightCounts, window: Window) -> Measure:
    """M5b. Signal: the system is wrong. d' says how well people tell, c how readily they change."""
    wrong, right = truth_table(counts, ai=False), truth_table(counts, ai=True)
    enough = wrong >= ENOUGH and right >= ENOUGH
    hits, alarms = truth_table(counts, ai=False, changed=True), truth_table(counts, ai=True, changed=True)
    figure, criterion = signal_detection(hits, wrong, alarms, right)
    style = "few" if not enough else "stamp" if criterion > 1 else "trigger" if criterion < -0.5 else "balanced"
    verdict = INSUFFICIENT
    if enough and figure.low is not None and figure.high is not None:
        verdict = SUPPORTS if figure.low >= 1 else CONTRADICTS if figure.high < 1 else INSUFFICIENT
    return measure(
        "M5b",
        window=window,
        value=figure.value if enough else None,
        n=min(wrong, right),
        interval=figure if enough else None,
        verdict=verdict,
        data={
            "d": Quantity(figure.value if enough else None, "number", 2),
            "c": Quantity(criterion if enough else None, "number", 2),
            "style": Phrase(STYLES[style]),
        },
        unknown=counts["truth_missing",],
        known=wrong + right,
        counts=counts,
        needed=max(ENOUGH - min(wrong, right), 0) or None,
    )


def value_added(counts: OversightCounts, window: Window) -> Measure:
    """M6. Accuracy after people less accuracy of the system on the same cases; paired interval, McNemar's test."""
    both = truth_table(counts, ai=True, human=True)
    mended, spoilt = truth_table(counts, ai=False, human=True), truth_table(counts, ai=True, human=False)
    neither = truth_table(counts, ai=False, human=False)
    figure = newcombe_paired(both, mended, spoilt, neither)
    test = mcnemar(mended, spoilt)
    verdict = INSUFFICIENT
    if mended + spoilt >= ENOUGH and figure.low is not None and figure.high is not None:
        verdict = SUPPORTS if figure.low > 0 else CONTRADICTS if figure.high < 0 else INSUFFICIENT
    changed = wilson(mended, mended + spoilt) if mended + spoilt else None
    return measure(
        "M6",
        window=window,
        value=figure.value,
        n=both + mended + spoilt + neither,
        interval=figure,
        verdict=verdict,
        data={
            "mended": mended,
            "spoilt": spoilt,
            "n": both + mended + spoilt + neither,
            "points": Quantity(figure.value, "points"),
            "limits": Bounds(figure.low, figure.high),
            "p": Quantity(test.p_value, "p"),
            "test": test.method,
        },
        unknown=counts["truth_missing",],
        counts=counts,
        needed=max(ENOUGH - mended - spoilt, 0) or None,
        parts=(Part(gettext_noop("changes that made it right"), changed),) if changed else (),
    )


def verification_bias(counts: OversightCounts, window: Window) -> Measure:
    """M6b. Value added weighted by 1/sampling probability; without probabilities the sample is flagged as biased."""
    weights = {rest: count / MICRO for rest, count in counts.under("weight")}
    whole, squares = sum(weights.values()), counts["weight_squared"] / MICRO
    n = sum(count for _, count in counts.under("truth"))
    mended = sum(weight for (ai, human, _), weight in weights.items() if (ai, human) == ("0", "1"))
    spoilt = sum(weight for (ai, human, _), weight in weights.items() if (ai, human) == ("1", "0"))
    value = (mended - spoilt) / whole if whole else None
    biased = counts["truth_unweighted",] > 0 or counts["truth_missing",] > 0
    return measure(
        "M6b",
        window=window,
        value=value,
        n=n,
        verdict=SUPPORTS if n >= ENOUGH and not biased else INSUFFICIENT,
        data={
            "points": Quantity(value, "points"),
            "effective": Quantity(whole * whole / squares if squares else 0.0, "number", 0),
            "biased": biased,
            "flag": Phrase(BIASED if biased else UNBIASED),
        },
        unknown=counts["truth_missing",],
        counts=counts,
    )


def agreement(counts: OversightCounts, window: Window, terms: Thresholds) -> Measure:
    """M8. Agreement of blind pairs: Gwet's AC1 decides, Cohen's kappa and the share agreed stand beside it."""
    pairs = [((rest[0], rest[1]), count) for rest, count in counts.under("pair")]
    labels = sorted({label for pair, _ in pairs for label in pair})
    place = {label: i for i, label in enumerate(labels)}
    table = [[0] * max(len(labels), 2) for _ in range(max(len(labels), 2))]
    for (first, second), count in pairs:
        table[place[first]][place[second]] += count
    n = sum(count for _, count in pairs)
    ac1, kappa, agreed = gwet_ac1(table), cohen_kappa(table), percent_agreement(table)
    return measure(
        "M8",
        window=window,
        value=ac1.value,
        n=n,
        interval=ac1,
        verdict=high_is_good(ac1, wanted=terms.agreement, limit=terms.agreement_limit, least=PAIRS),
        data={
            "agreed": Quantity(agreed.value),
            "n": n,
            "ac1": Quantity(ac1.value, "number", 2),
            "kappa": Quantity(kappa.value, "number", 2),
        },
        counts=counts,
        needed=max(PAIRS - n, 0) or None,
        parts=(Part(gettext_noop("kappa"), kappa), Part(gettext_noop("agreement"), agreed)),
    )
