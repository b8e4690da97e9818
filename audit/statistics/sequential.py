"""Watching a rate over time without false alarms adding up: an e-process for one bound on a Bernoulli rate.

Under the hypothesis that the rate never crosses the bound, the chance that the process ever reaches 1 / alpha is at
most alpha, however long and however often one looks (Ville 1939; plug-in likelihood ratios, Ramdas et al. 2023).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Side = Literal["above", "below"]
WEIGHT = 10.0  # cases the first guess counts for


@dataclass(frozen=True, slots=True)
class Crossing:
    """When the evidence first sufficed: after so many blocks; ``events`` of ``n`` until then."""

    block: int
    events: int
    n: int
    log_e: float


def crossing(blocks: Iterable[tuple[int, int]], *, bound: float, side: Side, alpha: float = 0.01) -> Crossing | None:
    """Return the first block (events, n) after which the rate is surely beyond ``bound``; None when it never is.

    The rate bet on in a block rests on earlier blocks only; for ``above`` the hypothesis is rate <= bound.
    """
    if not 0 < bound < 1 or not 0 < alpha < 1:
        raise ValueError("bound and alpha lie strictly between 0 and 1")
    first = bound + (1 - bound) * 0.3 if side == "above" else bound * 0.7
    log_e, events, n = 0.0, 0, 0
    for place, (seen, size) in enumerate(blocks):
        guess = (events + first * WEIGHT) / (n + WEIGHT)
        rate = max(guess, bound) if side == "above" else min(guess, bound)
        rate = min(max(rate, 1e-6), 1 - 1e-6)
        log_e += seen * math.log(rate / bound) + (size - seen) * math.log((1 - rate) / (1 - bound))
        events, n = events + seen, n + size
        if log_e >= -math.log(alpha):
            return Crossing(place, events, n, log_e)
    return None
