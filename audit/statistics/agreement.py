"""Agreement of two raters: observed share, Cohen's kappa and Gwet's AC1, with intervals."""

import math
from collections.abc import Sequence

from audit.statistics.distributions import critical_z
from audit.statistics.intervals import Interval, undefined, wilson

Table = Sequence[Sequence[int]]
"""Square table of counts: row = first rater's category, column = second rater's."""


def percent_agreement(table: Table, level: float = 0.95) -> Interval:
    """Return the share of pairs in agreement with its Wilson interval."""
    n = sum(map(sum, table))
    return wilson(sum(table[i][i] for i in range(len(table))), n, level)


def _margins(table: Table) -> tuple[int, float, list[float], list[float]]:
    n = sum(map(sum, table))
    size = len(table)
    agreed = sum(table[i][i] for i in range(size)) / n
    rows = [sum(row) / n for row in table]
    columns = [sum(row[j] for row in table) / n for j in range(size)]
    return n, agreed, rows, columns


def cohen_kappa(table: Table, level: float = 0.95) -> Interval:
    """Return Cohen's kappa with the large-sample interval of Fleiss, Cohen & Everitt (1969).

    Undefined when both raters use one and the same category throughout.
    """
    if sum(map(sum, table)) == 0:
        return undefined(0, level, "cohen_kappa")
    n, agreed, rows, columns = _margins(table)
    chance = math.fsum(r * c for r, c in zip(rows, columns, strict=True))
    if chance >= 1:
        return undefined(n, level, "cohen_kappa")
    kappa = (agreed - chance) / (1 - chance)
    diagonal = math.fsum(table[i][i] / n * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2 for i in range(len(table)))
    off = math.fsum(
        table[i][j] / n * (columns[i] + rows[j]) ** 2 for i in range(len(table)) for j in range(len(table)) if i != j
    )
    variance = (diagonal + (1 - kappa) ** 2 * off - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    spread = critical_z(level) * math.sqrt(max(variance, 0.0))
    return Interval(kappa, kappa - spread, min(1.0, kappa + spread), n, "cohen_kappa", level)


def gwet_ac1(table: Table, level: float = 0.95) -> Interval:
    """Return Gwet's AC1 (2008), which does not collapse when one category dominates, with its interval."""
    if sum(map(sum, table)) == 0 or len(table) < 2:
        return undefined(sum(map(sum, table)), level, "gwet_ac1")
    n, agreed, rows, columns = _margins(table)
    size = len(table)
    prevalence = [(r + c) / 2 for r, c in zip(rows, columns, strict=True)]
    chance = math.fsum(p * (1 - p) for p in prevalence) / (size - 1)
    ac1 = (agreed - chance) / (1 - chance)
    # Linearised per-pair contributions (Gwet 2008, eq. 4.8) for two raters, without finite-population correction.
    squares = 0.0
    for i in range(size):
        for j in range(size):
            pair_chance = (1 - prevalence[i] + 1 - prevalence[j]) / 2 / (size - 1)
            term = ((i == j) - chance) / (1 - chance) - 2 * (1 - ac1) * (pair_chance - chance) / (1 - chance)
            squares += table[i][j] * (term - ac1) ** 2
    spread = critical_z(level) * math.sqrt(squares / (n * (n - 1))) if n > 1 else math.inf
    return Interval(ac1, max(-1.0, ac1 - spread), min(1.0, ac1 + spread), n, "gwet_ac1", level)
