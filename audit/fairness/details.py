"""What stands beside the verdicts: scores, strata, shares, and what the human step changed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from audit.fairness.assessment import Assessment
from audit.fairness.conditional import conditional
from audit.fairness.config import AssessmentConfig
from audit.fairness.counts import Counts
from audit.fairness.errors import InvalidCheck
from audit.fairness.groups import choose_reference, figures_of
from audit.fairness.representation import representation
from audit.fairness.schema import CROSS
from audit.fairness.scores import (
    auc,
    auc_difference,
    calibration,
    kolmogorov_smirnov,
    mean_score,
    mean_score_difference,
    score_table,
    wasserstein,
)


def score_details(counts: Counts, config: AssessmentConfig) -> list[dict[str, Any]]:
    """Return AUC, mean, calibration and distance to the reference's distribution for each group that may be shown.

    Calibration is left out for scores outside 0..1: they are not probabilities.
    """
    schema = counts.schema
    if not schema.bins:
        return []
    nothing = np.zeros(schema.width, dtype=np.int64)
    probability = schema.edges[0] >= -1 and schema.edges[-1] <= 2 and _within_unit(counts)
    found = []
    for grouping in config.groupings:
        listed = figures_of(counts, grouping, config, ())
        vectors = counts.marginal(grouping)
        reference = choose_reference(grouping, "selection_rate", config, listed)
        base = None if reference is None else score_table(schema, vectors.get(reference.group.levels, nothing))
        for figures in listed:
            table = score_table(schema, vectors.get(figures.levels, nothing))
            row: dict[str, Any] = {"attribute": CROSS.join(grouping), "group": figures.group, "n": table.n}
            if table.n < max(config.floor.shown, 1):
                found.append({**row, "hidden": True})
                continue
            row |= {
                "missing": table.missing,
                "auc": auc(table, config.level).to_json(),
                "mean_score": mean_score(schema, table, config.level).to_json(),
            }
            if probability and schema.outcome is not None:
                row["calibration"] = calibration(schema, table, config.level).to_json()
            if base is not None and reference is not None and figures.levels != reference.group.levels:
                row["reference"] = reference.group.group
                row["auc_difference"] = auc_difference(table, base, config.level).to_json()
                row["mean_difference"] = mean_score_difference(schema, table, base, config.level).to_json()
                row["kolmogorov_smirnov"] = kolmogorov_smirnov(table, base)
                row["wasserstein"] = wasserstein(table, base)
            found.append(row)
    return found


def _within_unit(counts: Counts) -> bool:
    table = score_table(counts.schema, counts.total())
    used = np.flatnonzero(table.all)
    if not len(used):
        return False
    means = table.sums.sum(axis=1)[used] / table.all[used] / 1_000_000
    return bool(means.min() >= 0 and means.max() <= 1)


def conditional_details(counts: Counts, assessment: Assessment, by: str) -> list[dict[str, Any]]:
    """Return every comparison of a single attribute with the strata of ``by`` held fixed."""
    if by not in counts.schema.attributes:
        raise InvalidCheck(f"{by!r} was not counted as a stratum")
    return [
        conditional(
            counts,
            comparison.attribute,
            by,
            group=comparison.group,
            reference=comparison.reference,
            metric=comparison.metric,
            level=assessment.config.level,
        ).to_json()
        for comparison in assessment.comparisons
        if comparison.attribute in counts.schema.attributes
        and comparison.attribute != by
        and comparison.p_value is not None
    ]


def representation_details(
    counts: Counts, benchmarks: Mapping[str, Mapping[str, float]], level: float
) -> list[dict[str, Any]]:
    """Return the shares of every attribute that has a declared benchmark."""
    return [representation(counts, name, shares, level).to_json() for name, shares in benchmarks.items()]


def strata_named(names: Sequence[str], attributes: Sequence[str]) -> tuple[str, ...]:
    """Return the strata that are not attributes already, once each."""
    return tuple(name for name in dict.fromkeys(names) if name not in attributes)
