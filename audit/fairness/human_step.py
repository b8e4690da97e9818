"""What the human step did: the AI's proposal and the final decision of the same cases, group by group.

Needs counts of two stages. Each rate is paired with itself, so that the change is measured on the same people.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from audit.fairness.config import AssessmentConfig
from audit.fairness.counts import MISSING, NO, YES, Counts, Vector
from audit.fairness.errors import InvalidCheck
from audit.fairness.groups import Reference, choose_reference, figures_of, group_name
from audit.fairness.schema import CROSS, Schema
from audit.statistics import (
    Interval,
    critical_z,
    difference_of,
    holm,
    mcnemar,
    newcombe_paired,
    normal_two_sided_p,
    undefined,
)

Direction = Literal["narrowed", "widened", "not_shown", "insufficient_data"]
PAIRED = ("selection_rate", "true_positive_rate", "false_positive_rate")
"""Rates whose denominator does not depend on the decision, so that both stages stand on the same cases."""


@dataclass(frozen=True)
class Pairs:
    """The same cases before and after: favourable at both stages, at the first only, the second only, at neither."""

    both: int
    only_proposal: int
    only_final: int
    neither: int

    @property
    def n(self) -> int:
        """Cases whose decision is known at both stages."""
        return self.both + self.only_proposal + self.only_final + self.neither

    @property
    def proposal(self) -> float | None:
        """Rate of the proposals."""
        return (self.both + self.only_proposal) / self.n if self.n else None

    @property
    def final(self) -> float | None:
        """Rate of the final decisions."""
        return (self.both + self.only_final) / self.n if self.n else None


@dataclass(frozen=True)
class StepChange:
    """Change of one group's rate and of its distance from the reference.

    ``change`` is final minus proposal in the group; ``gap_change`` the change of (group - reference); ``ratio_change``
    the factor by which the ratio to the reference moved. ``direction`` says whether the gap got smaller or larger,
    where the corrected test shows a change at all.
    """

    attribute: str
    metric: str
    group: str
    reference: str
    pairs: Pairs
    change: Interval
    p_value: float | None
    proposal_ratio: float | None
    final_ratio: float | None
    gap_change: Interval
    ratio_change: Interval
    gap_p_value: float | None
    gap_p_adjusted: float | None = None
    direction: Direction = "insufficient_data"
    reference_pairs: Pairs | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the change as plain data."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "reference_pairs"}
        data["pairs"] = {**vars(self.pairs), "n": self.pairs.n}
        for name in ("change", "gap_change", "ratio_change"):
            data[name] = data[name].to_json()
        return data


def pairs_of(schema: Schema, vector: Vector, metric: str) -> Pairs:
    """Read the pairs of a two-stage vector; cases unknown at either stage are left out, and counted elsewhere."""
    table = vector[: schema.cell_size].reshape(schema.cell_shape)
    outcomes = {"selection_rate": [NO, YES, MISSING], "true_positive_rate": [YES], "false_positive_rate": [NO]}[metric]
    pairs = np.asarray(table[:, :, outcomes].sum(axis=2))
    return Pairs(int(pairs[YES, YES]), int(pairs[YES, NO]), int(pairs[NO, YES]), int(pairs[NO, NO]))


def _change(pairs: Pairs, level: float) -> Interval:
    return newcombe_paired(pairs.both, pairs.only_final, pairs.only_proposal, pairs.neither, level)


def _ratio(group: float | None, reference: float | None) -> float | None:
    return None if group is None or not reference else group / reference


def _log_ratio(pairs: Pairs) -> tuple[float, float] | None:
    """Log of final over proposal rate and its variance for pairs (Nam & Blackwelder 2002)."""
    proposal, final = pairs.both + pairs.only_proposal, pairs.both + pairs.only_final
    if not proposal or not final:
        return None
    return math.log(final / proposal), (pairs.only_proposal + pairs.only_final) / (proposal * final)


def _ratio_change(group: Pairs, reference: Pairs, level: float) -> Interval:
    mine, theirs = _log_ratio(group), _log_ratio(reference)
    n = min(group.n, reference.n)
    if mine is None or theirs is None:
        return undefined(n, level, "paired_log")
    shift = mine[0] - theirs[0]
    spread = critical_z(level) * math.sqrt(mine[1] + theirs[1])
    return Interval(math.exp(shift), math.exp(shift - spread), math.exp(shift + spread), n, "paired_log", level)


def _gap_p(group: Pairs, reference: Pairs) -> float | None:
    if not group.n or not reference.n:
        return None
    gap, variance = 0.0, 0.0
    for pairs, sign in ((group, 1), (reference, -1)):
        moved = (pairs.only_final - pairs.only_proposal) / pairs.n
        gap += sign * moved
        variance += ((pairs.only_final + pairs.only_proposal) / pairs.n - moved**2) / pairs.n
    if variance <= 0:
        return 1.0 if gap == 0 else 0.0
    return normal_two_sided_p(gap / math.sqrt(variance))


def _step(
    attribute: str, metric: str, group: str, pairs: Pairs, reference: tuple[str, Pairs], level: float
) -> StepChange:
    name, other = reference
    change = _change(pairs, level)
    return StepChange(
        attribute=attribute,
        metric=metric,
        group=group,
        reference=name,
        pairs=pairs,
        change=change,
        p_value=mcnemar(pairs.only_proposal, pairs.only_final).p_value if pairs.n else None,
        proposal_ratio=_ratio(pairs.proposal, other.proposal),
        final_ratio=_ratio(pairs.final, other.final),
        gap_change=difference_of(change, _change(other, level)),
        ratio_change=_ratio_change(pairs, other, level),
        gap_p_value=_gap_p(pairs, other),
        reference_pairs=other,
    )


def _direction(step: StepChange, reference: Pairs, config: AssessmentConfig) -> Direction:
    if min(step.pairs.n, reference.n) < config.floor.judged or step.gap_p_adjusted is None:
        return "insufficient_data"
    if step.gap_p_adjusted >= 1 - config.level:
        return "not_shown"
    parts = (step.pairs.proposal, step.pairs.final, reference.proposal, reference.final)
    before_g, after_g, before_r, after_r = (part or 0.0 for part in parts)
    return "narrowed" if abs(after_g - after_r) < abs(before_g - before_r) else "widened"


def human_step(counts: Counts, config: AssessmentConfig) -> list[StepChange]:
    """Return what the second stage changed for every group against its reference, Holm over all of them.

    Outcome metrics need a known outcome and are left out without one. Groups below the floor are not shown.
    """
    if len(counts.schema.stages) != 2:
        raise InvalidCheck("the human step needs counts of two stages: the proposal and the final decision")
    first = counts.stage(counts.schema.stages[0])
    metrics = PAIRED if counts.schema.outcome else PAIRED[:1]
    steps: list[tuple[StepChange, Pairs]] = []
    for grouping in config.groupings:
        listed = figures_of(first, grouping, config, ())
        vectors = counts.marginal(grouping)
        for metric in metrics:
            reference = choose_reference(grouping, metric, config, listed)
            if reference is not None:
                steps += _grouping_steps(counts.schema, vectors, grouping, metric, reference, config)
    p_values = [step.gap_p_value for step, _ in steps if step.gap_p_value is not None]
    adjusted = iter(holm(p_values))
    found = []
    for step, other in steps:
        corrected = replace(step, gap_p_adjusted=None if step.gap_p_value is None else next(adjusted))
        found.append(replace(corrected, direction=_direction(corrected, other, config)))
    return found


def _grouping_steps(
    schema: Schema,
    vectors: Mapping[tuple[str | None, ...], Vector],
    grouping: tuple[str, ...],
    metric: str,
    reference: Reference,
    config: AssessmentConfig,
) -> list[tuple[StepChange, Pairs]]:
    nothing = np.zeros(schema.width, dtype=np.int64)
    other = pairs_of(schema, vectors.get(reference.group.levels, nothing), metric)
    found = []
    for levels in sorted((key for key in vectors if None not in key), key=lambda key: tuple(map(str, key))):
        pairs = pairs_of(schema, vectors[levels], metric)
        if levels != reference.group.levels and min(pairs.n, other.n) >= max(config.floor.shown, 1):
            name = (reference.group.group, other)
            found.append((_step(CROSS.join(grouping), metric, group_name(levels), pairs, name, config.level), other))
    return found
