"""The table Local Law 144 has an employer publish (6 RCNY 5-303): count, rate and impact ratio per category."""

from typing import Any

from audit.fairness.assessment import Assessment
from audit.fairness.groups import GroupFigures


def publication(assessment: Assessment) -> list[dict[str, Any]]:
    """Return one row per category with its impact ratio; the most selected category has 1.

    ``impact_ratio`` None: not computable (every rate is 0, or the category has no case) or left out under the 2 %
    rule. Cases of unknown category stand in ``unknown``, outside the calculation.
    """
    rows = []
    unknown = {summary.attribute: summary.n for summary in assessment.unknown}
    for attribute in dict.fromkeys(group.attribute for group in assessment.groups):
        listed = [group for group in assessment.groups if group.attribute == attribute and not group.unknown]
        rates = [_rate(group) for group in listed if group.excluded is None]
        highest = max((rate for rate in rates if rate is not None), default=None)
        for group in listed:
            rate = _rate(group)
            usable = rate is not None and highest and group.excluded is None
            rows.append(
                {
                    "attribute": attribute,
                    "category": group.group,
                    "n": group.confusion.n,
                    "selected": group.confusion.selected,
                    "rate": rate,
                    "impact_ratio": rate / highest if usable and rate is not None and highest else None,
                    "excluded": group.excluded,
                    "share": group.share,
                    "unknown": unknown[attribute],
                }
            )
    return rows


def _rate(group: GroupFigures) -> float | None:
    return group.confusion.selected / group.confusion.n if group.confusion.n else None
