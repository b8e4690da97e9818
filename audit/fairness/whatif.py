"""What would have to be different: selections to reach the threshold, and whether one person turns the flag."""

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class WhatIf:
    """Counterfactual counts of one comparison.

    ``more_selections``: further favourable decisions in the group that bring its ratio to the threshold, the
    reference unchanged (0 when it is there). ``flip_one``: whether one more in the group and one fewer in the
    reference would move the ratio across the threshold (the one-person rule of UGESP Q&A 20-21): then the
    four-fifths flag rests on a single decision.
    """

    more_selections: int | None
    reachable: bool
    flip_one: bool

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self)


def what_if(events: int, n: int, reference_events: int, reference_n: int, threshold: float) -> WhatIf:
    """Return what would change the ratio of ``events / n`` to the reference against ``threshold``."""
    if not n or not reference_n or not reference_events:
        return WhatIf(None, False, False)
    # Integer arithmetic where it counts: threshold * reference_rate * n may be whole.
    target = math.ceil(round(threshold * reference_events * n / reference_n, 9))
    below = _below(events, n, reference_events, reference_n, threshold)
    flipped = False
    if below and events < n and reference_events > 1:
        flipped = not _below(events + 1, n, reference_events - 1, reference_n, threshold)
    elif not below and events > 0 and reference_events < reference_n:
        flipped = _below(events - 1, n, reference_events + 1, reference_n, threshold)
    return WhatIf(max(0, target - events), target <= n, flipped)


def _below(events: int, n: int, reference_events: int, reference_n: int, threshold: float) -> bool:
    return events * reference_n < threshold * reference_events * n - 1e-9
