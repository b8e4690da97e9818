"""Runs in a sequence of yes and no: how unlikely is so long a run, or so few of them."""

import math
from collections.abc import Sequence
from itertools import pairwise

from audit.statistics.distributions import normal_two_sided_p
from audit.statistics.proportions import TestResult

LONG = 2000
"""Beyond so many trials the exact recursion gives way to its asymptotic form."""


def run_tail(length: int, event_rate: float) -> float:
    """Return P(a run without event, from a given start, is at least ``length``) = (1 - event_rate)^length."""
    return (1 - event_rate) ** length


def run_length_beyond(event_rate: float, probability: float) -> int:
    """Return the shortest run without event that is less likely than ``probability`` from a given start."""
    if not 0 < event_rate < 1 or not 0 < probability < 1:
        raise ValueError("event_rate and probability lie strictly between 0 and 1")
    return math.ceil(math.log(probability) / math.log1p(-event_rate))


def longest_run_tail(n: int, length: int, event_rate: float) -> float:
    """Return P(the longest run without event anywhere in ``n`` trials is at least ``length``)."""
    if length <= 0:
        return 1.0
    if length > n:
        return 0.0
    quiet = (1 - event_rate) ** length
    if n > LONG and event_rate > 0:
        return _long_tail(n, length, event_rate, quiet)
    reached = [0.0] * (n + 1)
    for i in range(length, n + 1):
        before = reached[i - length - 1] if i > length else 0.0
        first = quiet if i == length else event_rate * quiet * (1 - before)
        reached[i] = reached[i - 1] + first
    return reached[n]


def _long_tail(n: int, length: int, event_rate: float, quiet: float) -> float:
    """Feller's expansion (1968, XIII.7): the root next to 1 alone decides; beyond ``LONG`` exact to ten digits."""
    step = event_rate * quiet
    root = 1.0
    for _ in range(200):
        nearer = 1 + step * root ** (length + 1)
        if nearer > 1 + 1 / length:
            return 1.0  # a run of this length is all but certain
        if nearer == root:
            break
        root = nearer
    weight = (1 - (1 - event_rate) * root) / ((length + 1 - length * root) * event_rate)
    return min(max(1 - weight * math.exp(-(n + 1) * math.log(root)), 0.0), 1.0)


def longest_run(sequence: Sequence[bool], value: bool = False) -> int:
    """Return the length of the longest run of ``value``."""
    longest = current = 0
    for item in sequence:
        current = current + 1 if bool(item) is value else 0
        longest = max(longest, current)
    return longest


def wald_wolfowitz(sequence: Sequence[bool]) -> TestResult:
    """Test that yes and no come in random order (runs test, normal form, no continuity correction)."""
    n = len(sequence)
    yes = sum(map(bool, sequence))
    no = n - yes
    if yes == 0 or no == 0:
        return TestResult(None, None, "wald_wolfowitz")
    runs = 1 + sum(bool(a) is not bool(b) for a, b in pairwise(sequence))
    mean = 2 * yes * no / n + 1
    variance = (mean - 1) * (mean - 2) / (n - 1)
    if variance <= 0:
        return TestResult(None, None, "wald_wolfowitz")
    z = (runs - mean) / math.sqrt(variance)
    return TestResult(z, normal_two_sided_p(z), "wald_wolfowitz")
