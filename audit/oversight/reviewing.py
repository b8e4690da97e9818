"""Measures of what reviewers do: M2 time, M3 speed, M3b batches, M15 reasons, M16 access, M20 competence."""

import math

from audit.oversight.bins import binned_quantile
from audit.oversight.contribution import TEXT_BUCKETS
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
    low_is_good,
    needed_for,
    proportion,
)
from audit.oversight.wording import Quantity, gettext_noop
from audit.statistics import wilson, zero_event_upper

SPANS = {
    "wait": gettext_noop("wait"),
    "handling": gettext_noop("handling"),
    "turnaround": gettext_noop("turnaround"),
}
QUANTILES = ((0.5, 20), (0.9, 29), (0.95, 59))


def turnaround(counts: OversightCounts, window: Window, terms: Thresholds) -> Measure:
    """M2. Share of reviews in time (overdue ones have failed), with quantiles of wait, handling, turnaround."""
    late, in_time = counts["sla", "late"], counts["sla", "in_time"]
    figure = wilson(in_time, in_time + late)
    parts = []
    for name, kind in SPANS.items():
        bins = counts.bins(name)
        for probability, least in QUANTILES:
            quantile = binned_quantile(bins, probability)
            if quantile.n >= least:
                parts.append(Part(kind, quantile, {"unit": "seconds"}, f"p{probability * 100:.0f}"))
    median = binned_quantile(counts.bins("turnaround"), 0.5)
    return proportion(
        "M2",
        figure,
        in_time,
        window=window,
        verdict=high_is_good(figure, wanted=terms.in_time, limit=terms.in_time),
        data={"median": Quantity(median.value, "seconds"), "open": counts["sla", "open"]},
        unknown=max(counts["submitted"] - figure.n, 0),
        counts=counts,
        needed=None if figure.value is None else needed_for(figure.value, above=terms.in_time),
        parts=parts,
    )


def too_fast(counts: OversightCounts, window: Window, terms: Thresholds) -> Measure:
    """M3. Share of timed reviews faster than the case can be read; fast and catching errors is skill, not haste."""
    fast, timed = counts["too_fast"], counts["timed"]
    figure = wilson(fast, timed)
    caught = wilson(counts["wrong_fast", "1"], counts["wrong_fast", "1"] + counts["wrong_fast", "0"])
    skilled = caught.n >= 25 and caught.low is not None and caught.low >= terms.fast_skill
    verdict = low_is_good(figure, watch=terms.fast_watch, limit=terms.fast_limit)
    return proportion(
        "M3",
        figure,
        fast,
        window=window,
        verdict=INSUFFICIENT if verdict == CONTRADICTS and skilled else verdict,
        data={"skilled": skilled},
        unknown=counts["submitted"] - timed,
        counts=counts,
        needed=None if figure.value is None else needed_for(figure.value, below=terms.fast_watch),
        parts=(Part(gettext_noop("wrong proposals caught by fast reviews"), caught),) if caught.n else (),
    )


def batches(counts: OversightCounts, window: Window) -> Measure:
    """M3b. Share of reviews submitted in one bulk act."""
    figure = wilson(counts["batched"], counts["submitted"])
    forbidden = counts["soft_code", "BULK"]
    return proportion(
        "M3b",
        figure,
        counts["batched"],
        window=window,
        verdict=CONTRADICTS if forbidden else SUPPORTS if figure.n >= ALERT_FROM else INSUFFICIENT,
        data={"forbidden": forbidden},
        unknown=0,
        counts=counts,
    )


def reasons(counts: OversightCounts, window: Window, terms: Thresholds) -> Measure:
    """M15. Share of overrides and rejections with a reason; duplicate texts and spread of codes in the data."""
    given, without, unknown = (counts["reasoned", state] for state in ("yes", "no", "unknown"))
    figure = wilson(given, given + without)
    texts = sum(count for _, count in counts.under("reason_text"))
    repeated = repeated_texts(counts)
    duplicates = None if repeated is None else wilson(repeated, texts)
    stamped = (
        duplicates is not None
        and duplicates.n >= 50
        and duplicates.low is not None
        and duplicates.low > terms.duplicates
    )
    return proportion(
        "M15",
        figure,
        given,
        window=window,
        verdict=CONTRADICTS if stamped else high_is_good(figure, wanted=0.9, limit=0.5, least=50),
        data={
            "duplicates": Quantity(duplicates.value if duplicates else None),
            "entropy": Quantity(entropy([count for _, count in counts.under("reason")]), "number", 2),
        },
        unknown=unknown,
        counts=counts,
        parts=tuple(
            Part(gettext_noop("reason"), wilson(count, given), {"k": count}, rest[0])
            for rest, count in counts.under("reason")
            if count <= given
        ),
    )


def repeated_texts(counts: OversightCounts) -> int | None:
    """Estimate how many reason texts repeat an earlier one, by linear counting; None once the buckets are full."""
    sizes = [count for _, count in counts.under("reason_text") if count > 0]
    free = TEXT_BUCKETS - len(sizes)
    if free < TEXT_BUCKETS // 20:
        return None
    different = round(-TEXT_BUCKETS * math.log(free / TEXT_BUCKETS))
    return max(sum(sizes) - max(different, len(sizes)), 0)


def entropy(sizes: list[int]) -> float | None:
    """Return the Shannon entropy of reason codes in bits; ``None`` without any."""
    whole = sum(sizes)
    if not whole:
        return None
    return -sum(size / whole * math.log2(size / whole) for size in sizes if size)


def access(counts: OversightCounts, window: Window, terms: Thresholds) -> Measure:
    """M16. Share of reviews in which evidence, rationale and guideline were seen."""
    seen, unseen, unknown = (counts["access", state] for state in ("yes", "no", "unknown"))
    figure = wilson(seen, seen + unseen)
    return proportion(
        "M16",
        figure,
        seen,
        window=window,
        verdict=high_is_good(figure, wanted=terms.access, limit=terms.access_limit),
        unknown=unknown,
        counts=counts,
        needed=None if figure.value is None else needed_for(figure.value, above=terms.access),
    )


def competence(counts: OversightCounts, window: Window) -> Measure:
    """M20. Share of reviews by people qualified at that moment; anything below all of them is a list of breaches."""
    yes, no, unknown = (counts["qualified", state] for state in ("yes", "no", "unknown"))
    figure = wilson(yes, yes + no)
    supports = no == 0 and yes >= ALERT_FROM and not unknown
    return proportion(
        "M20",
        figure,
        yes,
        window=window,
        verdict=CONTRADICTS if no else SUPPORTS if supports else INSUFFICIENT,
        data={"bound": Quantity(zero_event_upper(yes) if yes and not no else None)},
        unknown=unknown,
        counts=counts,
    )
