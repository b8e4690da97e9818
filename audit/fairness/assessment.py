"""From counts and a configuration to the assessment: every figure, verdict and warning, as frozen data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from audit.fairness import warnings as notes
from audit.fairness.comparison import Comparison, compare, is_finding
from audit.fairness.config import AssessmentConfig
from audit.fairness.counts import Counts
from audit.fairness.groups import GroupFigures, Reference, choose_reference, figures_of
from audit.fairness.presets import PRESETS
from audit.fairness.rates import METRICS, confusion_of
from audit.fairness.schema import CROSS, Schema
from audit.fairness.spread import Spread, parities, spreads_of, worst_comparison
from audit.fairness.unknowns import UnknownSummary, summarise_unknown
from audit.fairness.verdicts import ATTENTION, INSUFFICIENT, Verdict, worst
from audit.fairness.warnings import Warning_
from audit.fairness.whatif import what_if
from audit.fairness.wording import sentence, warning_text


@dataclass(frozen=True)
class Assessment:
    """The outcome of a check. ``n`` counts cases with a known decision; ``state`` is that of the worst comparison.

    ``state`` None: the check has no pass mark (EU preset) and asks questions instead.
    """

    schema: Schema
    config: AssessmentConfig
    n: int
    groups: tuple[GroupFigures, ...]
    comparisons: tuple[Comparison, ...]
    spreads: tuple[Spread, ...]
    unknown: tuple[UnknownSummary, ...]
    refused: Mapping[str, str]
    warnings: tuple[Warning_, ...]
    state: Verdict | None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def worst(self) -> Comparison | None:
        """The comparison that decides the state: worst verdict, then furthest from equal."""
        return worst_comparison(self.comparisons)

    @property
    def findings(self) -> tuple[Comparison, ...]:
        """The comparisons that show a disparity."""
        return tuple(comparison for comparison in self.comparisons if is_finding(comparison))

    def to_json(self) -> dict[str, Any]:
        """Return the JSON of ``custodes fairness`` (interfaces.md), with what explains each figure beside it."""
        outcome = self.schema.outcome is not None
        suppress, level = self.config.suppress_counts, self.config.level
        deciding = self.worst
        data: dict[str, Any] = {
            "n": self.n,
            "decision": {
                "column": self.schema.decision,
                "favourable": self.schema.favourable,
                "stage": self.schema.stages[0],
            },
            "outcome": {"column": self.schema.outcome, "positive": self.schema.positive} if outcome else None,
            "score": {"column": self.schema.score, "edges": list(self.schema.edges)} if self.schema.score else None,
            "definition": self.schema.digest,
            "parameters": self.config.to_json(),
            "direction": {"difference": "group - reference", "ratio": "group / reference"},
            "correction": {"method": "holm", "comparisons": max((c.compared for c in self.comparisons), default=0)},
            "state": self.state,
            "worst": None if deciding is None else {**_name(deciding), "sentence": sentence(deciding, self.config)},
            "groups": [group.to_json(outcome=outcome, suppress=suppress, level=level) for group in self.groups],
            "comparisons": [
                {
                    **comparison.to_json(suppress=suppress),
                    "what_if": _what_if(comparison, self.config),
                    "sentence": sentence(comparison, self.config),
                }
                for comparison in self.comparisons
            ],
            "parity": {attribute: parity.to_json() for attribute, parity in parities(self.spreads).items()},
            "spreads": [spread.to_json() for spread in self.spreads],
            "unknown": {summary.attribute: summary.to_json() for summary in self.unknown},
            "excluded": [_excluded(group, self.config) for group in self.groups if group.excluded],
            "refused": [{"metric": metric, "code": code} for metric, code in self.refused.items()],
            "warnings": [
                {"code": warning.code, "message": warning_text(warning), "data": dict(warning.data)}
                for warning in self.warnings
            ],
        }
        found = {**data, **_preset(self.config), **self.extra}
        return without_few(found, self.config.floor.shown) if suppress else found


def without_few(data: Any, shown: int) -> Any:
    """Return plain data in which every count of cases from 1 to below ``shown``, and its events, is None."""
    if isinstance(data, list):
        return [without_few(each, shown) for each in data]
    if not isinstance(data, dict):
        return data
    found = {name: without_few(value, shown) for name, value in data.items()}
    for count, events in (("n", "events"), ("reference_n", "reference_events")):
        value = found.get(count)
        if isinstance(value, int) and 0 < value < shown:
            found[count] = None
            if events in found:
                found[events] = None
    return found


def _preset(config: AssessmentConfig) -> dict[str, Any]:
    if config.preset is None:
        return {}
    preset = PRESETS[config.preset]
    named = {"name": preset.name, "title": preset.title, "source": preset.source, "note": preset.note}
    return {"preset": named, "questions": list(preset.questions)}


def _what_if(comparison: Comparison, config: AssessmentConfig) -> dict[str, Any] | None:
    selection = comparison.metric in ("selection_rate", "scoring_rate")
    if not selection or config.threshold is None or comparison.ratio.value is None:
        return None
    counts = (comparison.events, comparison.n, comparison.reference_events, comparison.reference_n)
    return what_if(*counts, config.threshold).to_json()


def _name(comparison: Comparison) -> dict[str, Any]:
    return {
        "attribute": comparison.attribute,
        "metric": comparison.metric,
        "group": comparison.group,
        "reference": comparison.reference,
        "verdict": comparison.verdict,
    }


def _excluded(group: GroupFigures, config: AssessmentConfig) -> dict[str, Any]:
    figures = group.rates.get("scoring_rate") or group.rates["selection_rate"]
    return {
        "attribute": group.attribute,
        "group": group.group,
        "n": group.confusion.n,
        "rate": figures.value,
        "share": group.share,
        "limit": config.exclude_below,
        "code": group.excluded,
    }


def refusals(counts: Counts, config: AssessmentConfig) -> dict[str, str]:
    """Return the metrics that these outcomes cannot give, with the reason's code."""
    if counts.schema.outcome is None:
        return {}
    total = confusion_of(counts.schema, counts.total())
    if config.outcomes == "selected" or notes.outcomes_only_for_selected(total):
        return dict.fromkeys(notes.NEEDS_REJECTED_OUTCOMES, "outcomes_known_only_for_selected")
    return {}


def assess(counts: Counts, config: AssessmentConfig) -> Assessment:
    """Judge counts under a configuration.

    Raises ``UnknownColumn``, ``UnknownValue`` (a reference that does not occur), ``InvalidCheck`` and
    ``ImpossibleCounts``.
    """
    counts.check_possible()
    outcome = counts.schema.outcome is not None
    refused = refusals(counts, config)
    metrics = [
        name
        for name in config.compared(outcome=outcome)
        if name not in refused and (outcome or not METRICS[name].needs_outcome)
    ]
    groups = {grouping: figures_of(counts, grouping, config, tuple(refused)) for grouping in config.groupings}
    references: dict[tuple[tuple[str, ...], str], Reference] = {
        (grouping, metric): reference
        for grouping, listed in groups.items()
        for metric in metrics
        if (reference := choose_reference(grouping, metric, config, listed)) is not None
    }
    comparisons = compare(groups, references, config)
    unknown = [
        summarise_unknown(
            CROSS.join(grouping), listed, comparisons, limit=config.unknown_limit, threshold=config.threshold
        )
        for grouping, listed in groups.items()
    ]
    total = confusion_of(counts.schema, counts.total())
    warnings = [
        *notes.outcome_warnings(counts, total, refused),
        *notes.group_warnings(config, groups),
        *notes.reference_warnings(config, references, comparisons),
        *notes.unknown_warnings(unknown, total, config.unknown_limit),
        *notes.held_warnings(counts, config),
    ]
    return Assessment(
        schema=counts.schema,
        config=config,
        n=total.n,
        groups=tuple(figures for listed in groups.values() for figures in listed),
        comparisons=tuple(comparisons),
        spreads=tuple(spreads_of(groups, metrics, config)),
        unknown=tuple(unknown),
        refused=refused,
        warnings=tuple(warnings),
        state=_state(comparisons, config),
    )


def _state(comparisons: Sequence[Comparison], config: AssessmentConfig) -> Verdict | None:
    if config.threshold is None:
        return None
    if any(is_finding(comparison) for comparison in comparisons):
        return ATTENTION
    return worst([comparison.verdict or INSUFFICIENT for comparison in comparisons])
