"""Watching a comparison over time with a bound on false alarms, looking as often as one likes.

Per day the 2 x 2 block e-value of Turner, Ly & Gruenwald (2024): the likelihood of the day's counts under rates
predicted from earlier days, over that under one common rate. If both groups always share a rate, the running product
exceeds 1 / alpha with probability at most alpha, ever (Ville). The e-CUSUM (Shin, Ramdas & Rinaldo 2023) restarts
the product whenever it falls below 1, and so sees a change that comes late. Daily four-fifths is never an alarm.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

SMOOTHING = 0.18
"""Pseudo-events of each kind in the predictor (Turner et al.)."""

CUSUM_DAYS = 28
CUSUM_THRESHOLD = 1000.0
"""Days the e-CUSUM's predictor looks back, and its alarm limit: at least so many fair days on average per alarm."""


@dataclass(frozen=True)
class Block:
    """Counts of one day: events and cases of a group and of its reference."""

    day: date
    events: int
    n: int
    reference_events: int
    reference_n: int


@dataclass(frozen=True)
class Point:
    """State after one day: the log of both running e-values and whether each has alarmed so far."""

    day: date
    log_e: float
    log_cusum: float


@dataclass(frozen=True)
class Track:
    """The whole watch of one comparison. ``alarm`` and ``change_alarm`` are the days of the first alarms."""

    group: str
    alpha: float
    cusum_threshold: float
    points: tuple[Point, ...]
    alarm: date | None
    change_alarm: date | None

    def to_json(self) -> dict[str, Any]:
        """Return the watch as plain data."""
        return {
            "group": self.group,
            "alpha": self.alpha,
            "cusum_threshold": self.cusum_threshold,
            "alarm": self.alarm.isoformat() if self.alarm else None,
            "change_alarm": self.change_alarm.isoformat() if self.change_alarm else None,
            "points": [
                {"day": point.day.isoformat(), "log_e": point.log_e, "log_cusum": point.log_cusum}
                for point in self.points
            ],
        }


class _Predictor:
    """Smoothed rate of both groups from the days seen so far, or the last ``days`` of them."""

    def __init__(self, days: int | None) -> None:
        self.blocks: deque[Block] = deque(maxlen=days)
        self.sums = [0, 0, 0, 0]

    def rates(self) -> tuple[float, float]:
        events, n, other_events, other_n = self.sums
        return (
            (events + SMOOTHING) / (n + 2 * SMOOTHING),
            (other_events + SMOOTHING) / (other_n + 2 * SMOOTHING),
        )

    def learn(self, block: Block) -> None:
        if self.blocks.maxlen is not None and len(self.blocks) == self.blocks.maxlen:
            self._add(self.blocks[0], -1)
        if self.blocks.maxlen is not None:
            self.blocks.append(block)
        self._add(block, 1)

    def _add(self, block: Block, sign: int) -> None:
        for i, value in enumerate((block.events, block.n, block.reference_events, block.reference_n)):
            self.sums[i] += sign * value


def log_e_value(block: Block, rate: float, reference_rate: float) -> float:
    """Return the log e-value of one day under rates fixed before it; 0 when either group has no case.

    The common rate is the mean of both weighted by the day's sizes, which makes it an e-value for every common
    rate (Turner et al., theorem 1).
    """
    if not block.n or not block.reference_n:
        return 0.0
    common = (block.n * rate + block.reference_n * reference_rate) / (block.n + block.reference_n)
    return (
        _log_likelihood(block.events, block.n, rate)
        + _log_likelihood(block.reference_events, block.reference_n, reference_rate)
        - _log_likelihood(block.events + block.reference_events, block.n + block.reference_n, common)
    )


def _log_likelihood(events: int, n: int, rate: float) -> float:
    return events * math.log(rate) + (n - events) * math.log1p(-rate)


def watch(
    blocks: Iterable[Block],
    *,
    group: str = "",
    alpha: float = 0.05,
    cusum_days: int = CUSUM_DAYS,
    cusum_threshold: float = CUSUM_THRESHOLD,
) -> Track:
    """Follow one comparison day by day; each day's prediction uses earlier days only."""
    ever, recent = _Predictor(None), _Predictor(cusum_days)
    log_e = log_cusum = 0.0
    points: list[Point] = []
    alarm = change_alarm = None
    for block in sorted(blocks, key=lambda block: block.day):
        log_e += log_e_value(block, *ever.rates())
        log_cusum = max(log_cusum, 0.0) + log_e_value(block, *recent.rates())
        ever.learn(block)
        recent.learn(block)
        points.append(Point(block.day, log_e, log_cusum))
        if alarm is None and log_e >= -math.log(alpha):
            alarm = block.day
        if change_alarm is None and log_cusum >= math.log(cusum_threshold):
            change_alarm = block.day
    return Track(group, alpha, cusum_threshold, tuple(points), alarm, change_alarm)


def watch_all(groups: Sequence[tuple[str, Sequence[Block]]], *, alpha: float = 0.05) -> list[Track]:
    """Follow several groups so that the chance of any false alarm of the e-process stays within ``alpha``.

    Bonferroni on both limits names who is concerned; ``average`` needs no name and is quicker.
    """
    share = alpha / max(len(groups), 1)
    limit = CUSUM_THRESHOLD * max(len(groups), 1)
    return [watch(blocks, group=name, alpha=share, cusum_threshold=limit) for name, blocks in groups]


def average(tracks: Sequence[Track], *, alpha: float = 0.05) -> date | None:
    """Return the first day on which the mean of the groups' e-values reaches 1 / ``alpha``.

    The mean of e-values is an e-value whatever their dependence, and all groups share one reference.
    """
    latest = [0.0] * len(tracks)
    moves = sorted((point.day, i, point.log_e) for i, track in enumerate(tracks) for point in track.points)
    for position, (day, i, log_e) in enumerate(moves):
        latest[i] = log_e
        if position + 1 < len(moves) and moves[position + 1][0] == day:
            continue
        peak = max(latest)
        mean = peak + math.log(math.fsum(math.exp(value - peak) for value in latest) / len(latest))
        if mean >= -math.log(alpha):
            return day
    return None
