"""The seal of a checkpoint: a rosette drawn from the root hash, so that two checkpoints can be told apart at a glance.

It decorates; the fingerprint beside it, and the proof behind it, are what counts.
"""

import math

from audit.charts.drawing import Circle, Drawing, Element, Path


def seal(root_hash: bytes, *, size: float = 64, title: str) -> Drawing:
    """Draw the rosette of ``root_hash`` (32 bytes; at least 8 are read) in a square of ``size``.

    Two closed curves r = a + b cos(p t + phase): petals, depth and phase come from the hash.
    """
    if len(root_hash) < 8:
        raise ValueError(f"a seal is drawn from a root hash of 32 bytes, got {len(root_hash)}")
    centre = size / 2
    elements: list[Element] = [Circle(centre, centre, centre - 0.75, "seal-rim")]
    for ring, offset in enumerate((0, 4)):
        petals = 4 + root_hash[offset] % 6
        depth = 0.16 + root_hash[offset + 1] / 255 * 0.22
        phase = root_hash[offset + 2] / 255 * 2 * math.pi
        turns = 1 + root_hash[offset + 3] % 2
        radius = (centre - size / 24) * (0.86 if ring == 0 else 0.5)
        elements.append(Path(_rosette(centre, radius, petals, depth, phase, turns), f"seal-curve ring-{ring}", True))
    elements.append(Circle(centre, centre, size / 40, "seal-heart"))
    return Drawing(size, size, tuple(elements), title)


def _rosette(
    centre: float, radius: float, petals: int, depth: float, phase: float, turns: int
) -> tuple[tuple[float, float], ...]:
    """A rose whose petals fall ``1 / (turns + 1)`` of a petal apart on each round, closed after all rounds."""
    rounds = turns + 1
    steps = 48 * petals
    points = []
    for step in range(steps):
        t = 2 * math.pi * rounds * step / steps
        wave = math.cos((petals + 1 / rounds) * t + phase)
        r = radius * (1 - depth + depth * wave) * 1.12
        points.append((round(centre + r * math.cos(t), 2), round(centre + r * math.sin(t), 2)))
    return tuple(points)
