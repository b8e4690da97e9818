"""Corrections for asking many questions at once."""

from collections.abc import Sequence


def holm(p_values: Sequence[float], *, unseen: int = 0) -> list[float]:
    """Return Holm's step-down adjusted p values, in the order given (family-wise error, any dependence).

    ``unseen`` further questions were asked whose p values are not at hand; they count as never rejected.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, (len(p_values) + unseen - rank) * p_values[index])
        adjusted[index] = min(1.0, running)
    return adjusted


def holm_levels(p_values: Sequence[float], level: float = 0.95, *, unseen: int = 0) -> list[float]:
    """Return the confidence level each comparison's interval is judged at, in the order given.

    With m comparisons of which Holm rejects r: the rejected one of rank k uses alpha / (m - k + 1), the others
    share alpha / (m - r), so that all statements together keep ``level`` (Strassburger & Bretz 2008). ``unseen`` as
    in ``holm``.
    """
    alpha = 1 - level
    m = len(p_values) + unseen
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    levels = [0.0] * len(p_values)
    divisor = m
    stopped = False
    for rank, index in enumerate(order):
        if not stopped:
            divisor = m - rank
            stopped = p_values[index] > alpha / divisor
        levels[index] = 1 - alpha / divisor
    return levels


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return Benjamini-Hochberg adjusted p values, in the order given (false discovery rate)."""
    m = len(p_values)
    order = sorted(range(m), key=p_values.__getitem__, reverse=True)
    adjusted = [0.0] * m
    running = 1.0
    for position, index in enumerate(order):
        running = min(running, p_values[index] * m / (m - position))
        adjusted[index] = running
    return adjusted
