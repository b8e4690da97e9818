"""From values to positions, and ticks a reader expects (1, 2, 2.5, 5 times a power of ten)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps ``low..high`` to ``start..end``; ``log`` for ratios, where 0.5 and 2 are equally far from 1."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the position of ``value``, clamped to the scale's ends."""
        value = min(max(value, self.low), self.high)
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Whether ``value`` lies on the scale."""
        return self.low <= value <= self.high


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return at most ``most`` + 1 round values covering low..high, ends included where they are round."""
    if high <= low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


RATIO_TICKS = (1.0, 0.5, 2.0, 0.2, 5.0, 0.1, 10.0, 0.8, 1.25, 1.5, 0.3, 3.0, 0.6, 0.4, 4.0, 0.7, 0.9)


def ratio_ticks(low: float, high: float) -> list[float]:
    """Return the ratios readers know that lie in low..high, the most important first."""
    return [tick for tick in RATIO_TICKS if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]


def ratio_bounds(values: Sequence[float]) -> tuple[float, float]:
    """Return a log range around positive ``values``, never narrower than 0.5 to 1.5, never beyond 0.1 to 10."""
    known = [value for value in values if value > 0]
    low = min([0.5, *[value / 1.08 for value in known]])
    high = max([1.5, *[value * 1.08 for value in known]])
    return max(low, 0.1), min(high, 10.0)


def linear_bounds(
    values: Sequence[float], *, floor: float | None = None, ceiling: float | None = None
) -> tuple[float, float]:
    """Return round bounds around ``values``, not crossing ``floor`` or ``ceiling``."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if high - low < 1e-12:
        low, high = low - 0.5, high + 0.5
    margin = (high - low) * 0.06
    low, high = low - margin, high + margin
    low = low if floor is None else max(low, floor)
    high = high if ceiling is None else min(high, ceiling)
    return low, high if high > low else low + 1.0


def month_starts(first: datetime, last: datetime, most: int = 12) -> list[datetime]:
    """Return month beginnings in first..last, every 1st, 2nd, 3rd, 6th or 12th so that at most ``most`` remain."""
    starts, moment = [], first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while moment <= last:
        if moment >= first - timedelta(days=1):
            starts.append(moment)
        moment = (moment + timedelta(days=32)).replace(day=1)
    step = next((step for step in (1, 2, 3, 6, 12) if len(starts) <= step * most), max(12, len(starts) // most))
    return [start for start in starts if (start.month - 1) % step == 0] or starts[:1]
