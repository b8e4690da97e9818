"""The scoring rate of Local Law 144 from live decisions: who scores strictly above the median of the whole sample.

Daily counts keep scores in bins, which do not tell a median; the rows behind them keep each score, so this is read
from those. Their number grows with the decisions of the window: a page that asks for it takes longer than the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Sum

from audit.fairness.aggregates import Window, days_of, definition_of
from audit.fairness.assessment import Assessment, assess
from audit.fairness.counts import Counts, Group, Row, merge
from audit.fairness.declared import config_of
from audit.fairness.schema import Schema
from audit.models.fairness import FairnessDelta
from governance.models import UseCase

Scored = Mapping[Group, Mapping[float | None, int]]
"""How many cases each group has with each score; None: without one."""


@dataclass(frozen=True)
class LiveScoring:
    """``assessment`` compares scoring rates; ``scored`` cases have a score, ``missing`` stand in no denominator."""

    assessment: Assessment
    median: float
    scored: int
    missing: int


def live_scoring(use_case: UseCase, *, window: Window | None) -> LiveScoring | None:
    """Return the scoring rates of a window; None where no score is declared or no decision has one.

    Raises ``NotDeclared``.
    """
    definition, schema = definition_of(use_case)
    if definition is None or not schema.bins:
        return None
    rows = FairnessDelta.objects.filter(definition=definition, **days_of(window))
    held: dict[Group, dict[float | None, int]] = {}
    for group, score, n in rows.values("group", "score").annotate(n=Sum("sign")).values_list("group", "score", "n"):
        if n:
            held.setdefault(tuple(group), {})[score] = n
    return scoring_of(schema, held, use_case)


def scoring_of(schema: Schema, held: Scored, use_case: UseCase) -> LiveScoring | None:
    """Return the assessment of what is ``held`` under the declaration of ``use_case``."""
    scores: dict[float, int] = {}
    for by_score in held.values():
        for score, n in by_score.items():
            if score is not None:
                scores[score] = scores.get(score, 0) + n
    if not scores:
        return None
    median = weighted_median(sorted(scores.items()))
    of_rate = Schema(attributes=schema.attributes, decision="confidence > median", favourable="yes")
    parts = []
    for group, by_score in held.items():
        known = {score: n for score, n in by_score.items() if score is not None}
        above = sum(n for score, n in known.items() if score > median)
        parts.append(Counts.from_rows(of_rate, [Row(group, (True,))], above))
        parts.append(Counts.from_rows(of_rate, [Row(group, (False,))], sum(known.values()) - above))
    config = replace(config_of(use_case.fairness), metrics=("scoring_rate",))
    return LiveScoring(
        assessment=assess(merge([Counts(of_rate), *parts]), config),
        median=median,
        scored=sum(scores.values()),
        missing=sum(by_score.get(None, 0) for by_score in held.values()),
    )


def weighted_median(counted: Sequence[tuple[float, int]]) -> float:
    """Return the median of ascending (value, how many); the mean of the middle two of an even number."""
    n = sum(times for _, times in counted)
    middle, seen = [], 0
    for value, times in counted:
        middle += [value for place in ((n - 1) // 2, n // 2) if seen <= place < seen + times]
        seen += times
    return sum(middle) / 2
