"""Verdict sentences and warnings in English; the doors translate the same templates with the same data.

Words: within threshold, disparity found, insufficient data. Never "fair", "compliant" or a single score.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audit.fairness.comparison import Comparison
    from audit.fairness.config import AssessmentConfig
    from audit.fairness.warnings import Warning_


def gettext_noop(message: str) -> str:
    """Mark a text for the catalogues; the doors translate it."""
    return message


METRIC_NAMES: Mapping[str, str] = {
    "selection_rate": gettext_noop("selection rate"),
    "scoring_rate": gettext_noop("scoring rate"),
    "base_rate": gettext_noop("base rate"),
    "true_positive_rate": gettext_noop("true positive rate"),
    "false_positive_rate": gettext_noop("false positive rate"),
    "true_negative_rate": gettext_noop("true negative rate"),
    "false_negative_rate": gettext_noop("false negative rate"),
    "positive_predictive_value": gettext_noop("positive predictive value"),
    "negative_predictive_value": gettext_noop("negative predictive value"),
    "false_discovery_rate": gettext_noop("false discovery rate"),
    "false_omission_rate": gettext_noop("false omission rate"),
    "accuracy": gettext_noop("accuracy"),
    "treatment_ratio": gettext_noop("false negatives per false positive"),
}

VERDICT_WORDS: Mapping[str | None, str] = {
    "pass": gettext_noop("within threshold"),
    "attention": gettext_noop("disparity found"),
    "insufficient_data": gettext_noop("insufficient data"),
    None: gettext_noop("no pass mark"),
}

SENTENCES: Mapping[str, str] = {
    "within_threshold": gettext_noop(
        "Within threshold: with %(level)s confidence over all %(compared)s comparisons the %(metric)s of %(group)s is "
        "at least %(low)s of that of %(reference)s (threshold %(threshold)s; n %(n)s and %(reference_n)s)."
    ),
    "within_band": gettext_noop(
        "Within threshold: with %(level)s confidence over all %(compared)s comparisons the %(metric)s of %(group)s is "
        "between %(low)s and %(high)s of that of %(reference)s (band %(threshold)s to %(ceiling)s; n %(n)s and "
        "%(reference_n)s)."
    ),
    "below_threshold": gettext_noop(
        "Disparity found: the %(metric)s of %(group)s is %(ratio)s of that of %(reference)s (%(level)s CI "
        "%(ratio_low)s-%(ratio_high)s, threshold %(threshold)s), p %(p_adjusted)s after correction for %(compared)s "
        "comparisons; n %(n)s and %(reference_n)s."
    ),
    "above_threshold": gettext_noop(
        "Disparity found: the %(metric)s of %(group)s is %(ratio)s of that of %(reference)s (%(level)s CI "
        "%(ratio_low)s-%(ratio_high)s, above %(ceiling)s), p %(p_adjusted)s after correction for %(compared)s "
        "comparisons; n %(n)s and %(reference_n)s."
    ),
    "interval_spans_threshold": gettext_noop(
        "Insufficient data on the %(metric)s of %(group)s: %(events)s of %(n)s, %(ratio)s of %(reference)s, but "
        "the interval %(low)s-%(high)s does not settle on one side of %(threshold)s."
    ),
    "too_few_to_show": gettext_noop(
        "Insufficient data on the %(metric)s of %(group)s: fewer than %(shown)s cases, so no rate is shown."
    ),
    "no_cases": gettext_noop("Insufficient data on the %(metric)s of %(group)s: no case has a known value."),
    "no_events": gettext_noop(
        "Insufficient data on the %(metric)s: none of %(n)s in %(group)s and none of %(reference_n)s in "
        "%(reference)s; a ratio is not computable."
    ),
    "below_minimum_n": gettext_noop(
        "Insufficient data on the %(metric)s of %(group)s: %(events)s of %(n)s against %(reference_events)s of "
        "%(reference_n)s in %(reference)s; at least %(judged)s are needed on each side for a verdict."
    ),
    "few_expected_events": gettext_noop(
        "Insufficient data on the %(metric)s of %(group)s: %(events)s of %(n)s against %(reference_events)s of "
        "%(reference_n)s in %(reference)s; fewer than %(expected)s events are expected in one of them."
    ),
    "ratio_undefined": gettext_noop(
        "Insufficient data on the %(metric)s of %(group)s: none of %(reference_n)s in %(reference)s, so the ratio "
        "is undefined; the difference is %(difference)s (%(level)s CI %(difference_low)s to %(difference_high)s)."
    ),
    "below_reference": gettext_noop(
        "The %(metric)s of %(group)s is %(ratio)s of that of %(reference)s (%(level)s CI "
        "%(ratio_low)s-%(ratio_high)s), p %(p_adjusted)s after correction for %(compared)s comparisons: what explains "
        "it, and is it justified?"
    ),
    "above_reference": gettext_noop(
        "The %(metric)s of %(group)s is %(ratio)s times that of %(reference)s (%(level)s CI "
        "%(ratio_low)s-%(ratio_high)s), p %(p_adjusted)s after correction for %(compared)s comparisons: what explains "
        "it, and is it justified?"
    ),
    "interval_contains_one": gettext_noop(
        "No difference shown: the %(metric)s of %(group)s is %(ratio)s of that of %(reference)s (%(level)s CI "
        "%(ratio_low)s-%(ratio_high)s), which includes equal rates; that is not evidence of equality."
    ),
}

NEEDED = gettext_noop("About %(needed)s decisions a group are needed.")
NEEDED_CASES = gettext_noop("About %(needed)s cases that count for the %(metric)s are needed in each group.")
NEEDED_PASSED = gettext_noop(
    "The number planned for a clear difference (%(needed)s a group) is reached: the rates lie close to the threshold, "
    "or many comparisons share the confidence."
)

WARNINGS: Mapping[str, str] = {
    "reference_not_declared": gettext_noop(
        "No reference was declared for %(attribute)s: the largest group, %(reference)s, stands in. Declare one."
    ),
    "small_reference": gettext_noop(
        "The reference %(reference)s of %(attribute)s has only %(n)s cases for the %(metric)s."
    ),
    "reference_below_group": gettext_noop(
        "Disparity found against the reference itself: the %(metric)s of %(reference)s is %(ratio)s of that of "
        "%(group)s (%(attribute)s)."
    ),
    "nothing_to_compare": gettext_noop("%(attribute)s has %(groups)s known group with cases: nothing to compare."),
    "groups_alike": gettext_noop(
        "%(groups)s of %(attribute)s differ in case or spacing only: probably one group counted apart."
    ),
    "groups_excluded": gettext_noop(
        "Left out of the comparisons of %(attribute)s because they are under %(limit)s of the cases used: %(groups)s. "
        "Their counts and rates are shown."
    ),
    "outcomes_known_only_for_selected": gettext_noop(
        "Outcomes are known only for favourable decisions, so these rates cannot be estimated and are refused: "
        "%(metrics)s."
    ),
    "outcome_unknown": gettext_noop(
        "The outcome of %(n)s of %(of)s decisions is unknown; rates that need it stand on the others."
    ),
    "outcomes_verified_unevenly": gettext_noop(
        "Outcomes are known for %(selected)s of the favourable and %(rejected)s of the other decisions: error rates "
        "may be biased by who was checked."
    ),
    "no_positive_among_rejected": gettext_noop(
        "Not one of %(rejected)s unfavourable decisions has the positive outcome: check whether a missing outcome was "
        "recorded as negative."
    ),
    "nobody_selected": gettext_noop("None of %(n)s decisions was favourable: no verdict is possible."),
    "cases_held_back": gettext_noop(
        "%(n)s cases are held back in the figures by %(attribute)s: a group is counted in parcels of at least "
        "%(shown)s cases, so that no subtraction points at people."
    ),
    "few_cases_held_back": gettext_noop(
        "All cases are held back in the figures by %(attribute)s: fewer than %(shown)s are there."
    ),
    "decision_unknown": gettext_noop("%(n)s cases have no decision; they are counted here and stand in no rate."),
    "decision_not_binary": gettext_noop(
        "The decision column has %(count)s values; everything but %(favourable)s counts as not favourable: %(values)s."
    ),
    "unknown_above_limit": gettext_noop(
        "%(attribute)s is unknown for %(n)s cases (%(share)s), above the limit of %(limit)s: a data-quality finding."
    ),
    "unknown_could_change": gettext_noop(
        "If the %(n)s cases of unknown %(attribute)s all fell to one side, the ratio could cross the threshold for "
        "%(comparisons)s."
    ),
    "score_unreadable": gettext_noop("%(n)s scores are not numbers; they count as missing."),
    "score_missing": gettext_noop("%(n)s cases have no score; they are not in the scoring rate's denominator."),
}


def number(value: float | None, digits: int = 2) -> str:
    """Return a figure for a sentence; ``not available`` when there is none."""
    return "not available" if value is None else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """Return a share as a percentage."""
    if value is None:
        return "not available"
    return f"{100 * value:.0f} %" if round(100 * value, 6) == round(100 * value) else f"{100 * value:.1f} %"


def p_text(value: float | None) -> str:
    """Return a p value with four digits, or that it is below them."""
    if value is None:
        return "not available"
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def count_text(value: int | None) -> str:
    """Return a count with thousands separated."""
    return "not available" if value is None else f"{value:,}"


def sentence_data(comparison: "Comparison", config: "AssessmentConfig") -> dict[str, str]:
    """Return everything a sentence template may name, already formatted."""
    ratio, judged, difference = comparison.ratio, comparison.judged, comparison.difference
    threshold = config.threshold
    return {
        "metric": METRIC_NAMES[comparison.metric],
        "group": comparison.group,
        "reference": comparison.reference,
        "level": percent(config.level),
        "compared": count_text(comparison.compared),
        "threshold": number(threshold),
        "ceiling": number(1 / threshold if threshold else None),
        "ratio": number(ratio.value),
        "ratio_low": number(ratio.low),
        "ratio_high": number(ratio.high),
        "low": number(judged.low),
        "high": number(judged.high),
        "difference": number(difference.value, 3),
        "difference_low": number(difference.low, 3),
        "difference_high": number(difference.high, 3),
        "p_adjusted": p_text(comparison.p_adjusted),
        "events": count_text(comparison.events),
        "n": count_text(comparison.n),
        "reference_events": count_text(comparison.reference_events),
        "reference_n": count_text(comparison.reference_n),
        "shown": count_text(config.floor.shown),
        "judged": count_text(config.floor.judged),
        "expected": f"{config.floor.events:g}",
        "needed": count_text(comparison.needed_n),
    }


def sentence_templates(comparison: "Comparison") -> list[str]:
    """Return the templates whose sentences, joined by a space, state a comparison's verdict."""
    code = comparison.code
    if code == "within_threshold" and comparison.metric in ("false_positive_rate", "false_negative_rate"):
        code = "within_band"
    if code == "within_threshold" and comparison.metric in ("false_discovery_rate", "false_omission_rate"):
        code = "within_band"
    templates = [SENTENCES[code]]
    if comparison.needed_n is not None:
        enough = min(comparison.n, comparison.reference_n) >= comparison.needed_n
        everybody = comparison.metric in ("selection_rate", "scoring_rate")
        templates.append(NEEDED_PASSED if enough else NEEDED if everybody else NEEDED_CASES)
    return templates


def sentence(comparison: "Comparison", config: "AssessmentConfig") -> str:
    """Return the verdict on a comparison as English text."""
    data = sentence_data(comparison, config)
    return " ".join(template % data for template in sentence_templates(comparison))


def warning_data(warning: "Warning_") -> dict[str, str]:
    """Return the data of a warning, formatted for its template."""
    shown = {}
    for key, value in warning.data.items():
        if key == "metric":
            shown[key] = METRIC_NAMES[value]
        elif isinstance(value, (list, tuple)):
            shown[key] = ", ".join(METRIC_NAMES.get(str(item), str(item)) for item in value)
        elif isinstance(value, float):
            shown[key] = number(value) if key == "ratio" else percent(value)
        else:
            shown[key] = (
                count_text(value) if isinstance(value, int) else "not available" if value is None else str(value)
            )
    return shown


def warning_text(warning: "Warning_") -> str:
    """Return a warning as English text."""
    return WARNINGS[warning.code] % warning_data(warning)
