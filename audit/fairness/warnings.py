"""What a reader must know beside the figures, as stable codes with their data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from audit.fairness.comparison import Comparison
from audit.fairness.config import AssessmentConfig
from audit.fairness.counts import Counts
from audit.fairness.groups import GroupFigures, Reference
from audit.fairness.rates import METRICS, Confusion
from audit.fairness.schema import CROSS
from audit.fairness.unknowns import UnknownSummary
from audit.fairness.verdicts import ATTENTION


@dataclass(frozen=True)
class Warning_:  # noqa: N801 - the plain word is a builtin
    """One warning: ``code`` is stable, ``data`` fills the text of ``wording.WARNINGS``."""

    code: str
    data: Mapping[str, Any] = field(default_factory=dict)


NEEDS_REJECTED_OUTCOMES = tuple(name for name, metric in METRICS.items() if metric.rejected_outcomes)
"""Rates that cannot be estimated when outcomes exist only for favourable decisions (credit, hiring)."""


def outcomes_only_for_selected(total: Confusion) -> bool:
    """Whether the outcome of not one unfavourable decision is known while some favourable ones are."""
    return total.rejected_open > 0 and total.fn + total.tn == 0 and total.tp + total.fp > 0


def outcome_warnings(counts: Counts, total: Confusion, refused: Mapping[str, str]) -> list[Warning_]:
    """Return what is suspicious about decisions and outcomes as a whole; ``refused`` metrics with their reason."""
    found = []
    if refused:
        found.append(Warning_("outcomes_known_only_for_selected", {"metrics": list(refused)}))
    if total.n and not total.selected:
        found.append(Warning_("nobody_selected", {"n": total.n}))
    if counts.schema.outcome is None:
        return found
    if total.open:
        found.append(Warning_("outcome_unknown", {"n": total.open, "of": total.n}))
    selected_known, rejected_known = total.tp + total.fp, total.fn + total.tn
    rejected = rejected_known + total.rejected_open
    if rejected_known and total.rejected_open and total.selected:
        shares = (selected_known / total.selected, rejected_known / rejected)
        if abs(shares[0] - shares[1]) > 0.1:
            found.append(Warning_("outcomes_verified_unevenly", {"selected": shares[0], "rejected": shares[1]}))
    if total.fn == 0 and total.tn >= 30 and total.tp >= 30:
        found.append(Warning_("no_positive_among_rejected", {"rejected": total.tn, "positive": total.tp}))
    return found


def group_warnings(config: AssessmentConfig, groups: Mapping[tuple[str, ...], list[GroupFigures]]) -> list[Warning_]:
    """Return attributes without a comparison, groups left out and cases without a decision."""
    found = []
    for grouping, listed in groups.items():
        attribute = CROSS.join(grouping)
        able = [figures for figures in listed if figures.comparable and figures.confusion.n]
        if len(able) < 2:
            found.append(Warning_("nothing_to_compare", {"attribute": attribute, "groups": len(able)}))
        alike = _alike([figures.group for figures in listed if not figures.unknown]) if len(grouping) == 1 else []
        if alike:
            found.append(Warning_("groups_alike", {"attribute": attribute, "groups": alike}))
        left_out = [figures.group for figures in listed if figures.excluded]
        if left_out:
            data = {"attribute": attribute, "groups": left_out, "limit": config.exclude_below}
            found.append(Warning_("groups_excluded", data))
    return found


def _alike(groups: Sequence[str]) -> list[str]:
    """Return names that differ in case or spacing only, which is probably one group written twice."""
    folded = [" ".join(group.casefold().replace("_", " ").replace("-", " ").split()) for group in groups]
    return [group for group, name in zip(groups, folded, strict=True) if folded.count(name) > 1]


def reference_warnings(
    config: AssessmentConfig,
    references: Mapping[tuple[tuple[str, ...], str], Reference],
    comparisons: Sequence[Comparison],
) -> list[Warning_]:
    """Return references nobody declared, that are small, or that are themselves the group worse off."""
    found: list[Warning_] = []
    seen = set()
    for (grouping, metric), reference in references.items():
        attribute = CROSS.join(grouping)
        if reference.rule == "largest" and attribute not in seen:
            seen.add(attribute)
            found.append(
                Warning_("reference_not_declared", {"attribute": attribute, "reference": reference.group.group})
            )
        n = METRICS[metric].counts(reference.group.confusion)[1]
        if n < config.floor.judged:
            few = config.suppress_counts and 0 < n < config.floor.shown
            stated: int | str = f"< {config.floor.shown}" if few else n
            data = {"attribute": attribute, "metric": metric, "reference": reference.group.group, "n": stated}
            found.append(Warning_("small_reference", data))
    for comparison in comparisons:
        if comparison.reverse == ATTENTION:
            turned: dict[str, Any] = {
                "attribute": comparison.attribute,
                "metric": comparison.metric,
                "reference": comparison.reference,
                "group": comparison.group,
                "ratio": (comparison.reference_events * comparison.n) / (comparison.events * comparison.reference_n),
            }
            found.append(Warning_("reference_below_group", turned))
    return found


def unknown_warnings(summaries: Sequence[UnknownSummary], total: Confusion, limit: float) -> list[Warning_]:
    """Return attributes too often unknown, and unknown cases that could turn a verdict."""
    found = []
    if total.undecided:
        found.append(Warning_("decision_unknown", {"n": total.undecided}))
    for summary in summaries:
        data = {"attribute": summary.attribute, "n": summary.n, "share": summary.share, "limit": limit}
        if summary.above_limit:
            found.append(Warning_("unknown_above_limit", data))
        turned = [f"{case.metric}: {case.group}" for case in summary.worst_case if case.could_change]
        if turned:
            found.append(Warning_("unknown_could_change", {**data, "comparisons": turned}))
    return found


def held_warnings(counts: Counts, config: AssessmentConfig) -> list[Warning_]:
    """Return how many cases are not given out, because too few of their group came together; a few are not counted."""
    return [
        Warning_(
            "cases_held_back" if n >= config.floor.shown else "few_cases_held_back",
            {"attribute": CROSS.join(names), "n": max(n, config.floor.shown), "shown": config.floor.shown},
        )
        for names, n in counts.held.items()
    ]
